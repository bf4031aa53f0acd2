"""Parameters as tensors, or as dictionaries, lists and tuples of them: one function over all, checks of steps.

Used by :mod:`mgai.optimization.optimizers` and through it on the page ``chapters/3-optimization/optimizers``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

Tree = Tensor | Mapping[str, Any] | Sequence[Any]
Number = float | Tensor


def tree_map(function: Callable[..., Tensor], tree: Tree, *others: Tree) -> Tree:
    """Apply a function to every tensor of a structure and its counterparts in others of the same structure.

    Raises ValueError when the structures differ, TypeError for a leaf that is no tensor.

    >>> tree_map(torch.add, {"a": torch.ones(1)}, {"a": torch.ones(1)})
    {'a': tensor([2.])}
    """
    if isinstance(tree, Tensor):
        if not all(isinstance(other, Tensor) for other in others):
            raise ValueError("the structures differ: a tensor on one side is none on the other")
        return function(tree, *others)
    if isinstance(tree, Mapping):
        if not all(isinstance(other, Mapping) and other.keys() == tree.keys() for other in others):
            raise ValueError(f"the structures differ: not all have the keys {sorted(tree)}")
        return {key: tree_map(function, tree[key], *(other[key] for other in others)) for key in tree}
    if isinstance(tree, (list, tuple)):
        if not all(isinstance(other, (list, tuple)) and len(other) == len(tree) for other in others):
            raise ValueError(f"the structures differ: not all have {len(tree)} entries")
        return [tree_map(function, *each) for each in zip(tree, *others, strict=True)]
    raise TypeError(f"parameters must be tensors, or dictionaries, lists or tuples of them, not {type(tree).__name__}")


def lead(number: Number, like: Tensor) -> Number:
    """A hyperparameter shaped to multiply a tensor whose leading axes it has; numbers stay as they are.

    Take differences such as ``1 - beta`` before: the hyperparameter is rounded to the tensor's dtype.

    >>> lead(torch.tensor([0.1, 0.2]), torch.ones(2, 3)).shape
    torch.Size([2, 1])
    """
    if not isinstance(number, Tensor):
        return number
    return number.to(like).reshape(number.shape + (1,) * (like.ndim - number.ndim))


def check_step(others: Mapping[str, Tree], theta: Tree, lr: Number, **numbers: Number) -> None:
    """Raise unless structures and shapes agree and every hyperparameter is in range, with fitting axes.

    ``lr`` is positive, ``eps`` not negative, every other number in [0, 1).
    """
    _check_range("lr", lr, lambda x: (x > 0) & (x < float("inf")), "positive and finite")
    for name, number in numbers.items():
        if name == "eps":
            _check_range(name, number, lambda x: (x >= 0) & (x < float("inf")), "finite and not negative")
        else:
            _check_range(name, number, lambda x: (x >= 0) & (x < 1), "in [0, 1)")
    tree_map(lambda leaf: _check_leaf(leaf, {"lr": lr, **numbers}), theta)
    for name, other in others.items():
        try:
            tree_map(_check_shapes, theta, other)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} does not fit the parameters: {error}") from error


def _check_range(name: str, number: Number, inside: Callable[[Any], Any], words: str) -> None:
    if not isinstance(number, (int, float, Tensor)):
        raise TypeError(f"{name} must be a number or a tensor, not {type(number).__name__}")
    if not bool(torch.as_tensor(inside(number)).all()):
        raise ValueError(f"{name} must be {words}, not {number}")


def _check_leaf(leaf: Tensor, numbers: Mapping[str, Number]) -> Tensor:
    if not leaf.is_floating_point():
        raise TypeError(f"parameters must be floating-point tensors, not {leaf.dtype}")
    for name, number in numbers.items():
        if isinstance(number, Tensor) and number.shape != leaf.shape[: number.ndim]:
            raise ValueError(f"{name} has the shape {tuple(number.shape)}, which is not how {tuple(leaf.shape)} begins")
    return leaf


def _check_shapes(leaf: Tensor, other: Tensor) -> Tensor:
    if leaf.shape != other.shape:
        raise ValueError(f"its shape {tuple(other.shape)} is not {tuple(leaf.shape)}")
    return leaf
