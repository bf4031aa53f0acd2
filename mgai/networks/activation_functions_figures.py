"""The figures of the page ``chapters/4-networks/activation-functions``, and what they show in words."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure

from mgai import figures
from mgai.calculus.activations import activation
from mgai.networks import activation_functions as forms
from mgai.networks.activation_functions_references import relative_error

_REACH = 4.0
_EPS = torch.finfo(torch.float64).eps
#: Label, name of the exact function, the form that stands in formulas, the form that is stable.
_SLOPES = (
    (r"$1-\tanh^2x$", "tanh slope", activation("tanh").derivative, forms.tanh_slope),
    (r"$\sigma(x)(1-\sigma(x))$", "sigmoid slope", activation("sigmoid").derivative, forms.sigmoid_slope),
)


@figures.style()
def activations_figure() -> Figure:
    """The three activations of the sheet and their derivatives; at 0 that of ReLU is a set."""
    drawn = figures.figure(7.0, 3.6)
    left, right = drawn.subplots(1, 2)
    x = torch.linspace(-_REACH, _REACH, 321, dtype=torch.float64)
    names = ("tanh", "sigmoid", "relu")
    for name, colour, dash in zip(names, figures.COLOURS, figures.DASHES, strict=False):
        left.plot(x, activation(name)(x), color=colour, linestyle=dash, label="ReLU" if name == "relu" else name)
        if name != "relu":
            right.plot(x, activation(name).derivative(x), color=colour, linestyle=dash)
    colour, dash = figures.COLOURS[2], figures.DASHES[2]
    right.plot([-_REACH, 0], [0, 0], color=colour, linestyle=dash)
    right.plot([0, _REACH], [1, 1], color=colour, linestyle=dash)
    low, high = forms.relu_subdifferential(torch.zeros(1))
    right.plot([0, 0], [float(low), float(high)], color=colour, linewidth=3.5, alpha=0.35)
    right.axhline(0.25, color="0.5", linewidth=0.9)
    right.text(_REACH, 0.27, r"$\frac{1}{4}$", ha="right", fontsize=9)
    left.set(xlabel="$x$", ylabel="activation", ylim=(-1.2, 2.2))
    right.set(xlabel="$x$", ylabel="derivative", ylim=(-0.08, 1.12))
    left.legend(loc="upper left", fontsize=9)
    return drawn


def activations_alt() -> str:
    """What :func:`activations_figure` shows, in words and numbers."""
    x = torch.tensor([-2.0, 0.0, 2.0], dtype=torch.float64)
    rows = []
    for name in ("tanh", "sigmoid"):
        values, slopes = (
            ", ".join(f"{v:.3f}" for v in each) for each in (activation(name)(x), activation(name).derivative(x))
        )
        rows.append(f"{name} {values} with slopes {slopes}")
    low, high = forms.relu_subdifferential(torch.zeros(1))
    return (
        f"Left: tanh, sigmoid and ReLU; right: their derivatives. At -2, 0 and 2: {'; '.join(rows)}. The derivative of "
        f"ReLU is 0 on the left of 0 and 1 on its right; a bar at 0 from {float(low):.0f} to {float(high):.0f} marks "
        "its set of subgradients."
    )


@figures.style()
def errors_figure() -> Figure:
    """Relative errors in float64: of the quotient for tanh near 0, and of two slopes far from it."""
    drawn = figures.figure(7.0, 3.6)
    left, right = drawn.subplots(1, 2)
    near, far = _near(), _far()
    pairs = (("quotient", forms.tanh_by_quotient), ("stable form", forms.tanh))
    for (label, form), marker in zip(pairs, ("x", "."), strict=True):
        left.plot(near, _shown(relative_error(form(near), "tanh", near)), marker, markersize=4, label=label)
    for (label, name, printed, stable), colour, cross in zip(_SLOPES, figures.COLOURS[2:], "x+", strict=False):
        for form, marker, text in ((printed, cross, label), (stable, ".", None)):
            right.plot(
                far, _shown(relative_error(form(far), name, far)), marker, color=colour, markersize=4, label=text
            )
    left.set(xlabel="$x$", ylabel=r"relative error of $\tanh x$", xscale="log", yscale="log", ylim=(1e-17, 1e1))
    right.set(xlabel="$x$", ylabel="relative error of the slope", yscale="log", ylim=(1e-17, 1e1))
    left.legend(loc="upper right", fontsize=9)
    right.legend(loc="lower right", bbox_to_anchor=(1, 0.09), fontsize=9, title="dots: stable forms")
    return drawn


def errors_alt() -> str:
    """What :func:`errors_figure` shows, in words and numbers."""
    near, far = _near(), _far()
    quotient = relative_error(forms.tanh_by_quotient(near), "tanh", near)
    rows = []
    for _, name, printed, stable in _SLOPES:
        lost = far[relative_error(printed(far), name, far) == 1]
        best = relative_error(stable(far), name, far).max() / _EPS
        rows.append(f"{name}: all digits lost from {float(lost.min()):.0f} on, stable form within {best:.1f} epsilon")
    worst = relative_error(forms.tanh(near), "tanh", near).max() / _EPS
    return (
        f"Relative errors on logarithmic scales. Left, for tanh: the quotient's grow towards small x, up to "
        f"{float(quotient.max()):.0e} at {float(near[quotient.argmax()]):.0e}; the stable form stays within "
        f"{worst:.1f} epsilon. Right, for the slopes, growing exponentially with x. {'; '.join(rows)}."
    )


def _near() -> torch.Tensor:
    return torch.logspace(-12, 1, 53, dtype=torch.float64)


def _far() -> torch.Tensor:
    return torch.linspace(0.5, 45, 90, dtype=torch.float64)


def _shown(errors: torch.Tensor) -> torch.Tensor:
    """Errors for a logarithmic axis: exact results are drawn at its lower end."""
    return errors.clamp(min=2e-17)
