"""Pages that profit from a GPU keep their tensors on one device: tried on a device that is not there."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from mgai_book import layout, pages

ROOT = Path(__file__).parents[2]
FAULTS = {
    "there @ here": "are on the CPU",
    "here[there.long()[0]]": "are on the CPU",
    "there.numpy()": "copy it with cpu() first",
    "numpy.asarray(there)": "copy it with cpu() first",
    "torch.randn(3, generator=torch.Generator(), device=settings.device())": "a generator of the CPU",
    "there.clone().uniform_(generator=torch.Generator())": "a generator of the CPU",
    "torch.func.vmap(lambda row: row * here[0])(there)": "are on the CPU",
    "torch.stack([there[0], here[0]])": "are on the CPU",
    "there.clone().index_add_(0, torch.tensor([0]), there[:1])": "are on the CPU",
}
ALLOWED = {
    "(there * torch.tensor(2.0)).device": "second:0",
    "there[torch.tensor([0])].device": "second:0",
    "torch.tensor([1.0], device=SECOND).device": "second:0",
    "there.new_zeros(3).device": "second:0",
    "there.new_tensor([1.0]).device": "second:0",
    "there.cpu().device": "cpu",
    "there.cpu().numpy().sum()": "4.0",
    "here.clone().copy_(there).device": "cpu",
    "torch.func.vmap(torch.func.grad(torch.norm))(there).device": "second:0",
    "gradient(there).cpu()[0, 0].item()": "8.0",
    "torch.linalg.svd(there).S.tolist()[0]": "2.0",
}
TRIAL = """
import json, sys
sys.path.insert(0, sys.argv[1])
import numpy, torch
from second_device import SECOND, second_device
from mgai import settings

def gradient(matrix):
    leaf = matrix.clone().requires_grad_()
    (leaf @ leaf).sum().backward()
    return 2 * leaf.grad

def attempt(code):
    with second_device():
        there, here = torch.ones(2, 2).to(settings.device()), torch.ones(2, 2)
        try:
            return str(eval(code, globals() | {"there": there, "here": here}))
        except Exception as error:
            return f"{type(error).__name__}: {error}"

print(json.dumps({code: attempt(code) for code in json.loads(sys.argv[2])}))
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def attempts() -> dict[str, str]:
    """What each expression gives on the second device, in a process of its own: the device stays once it is made."""
    done = run("-c", TRIAL, str(ROOT / "tests"), json.dumps([*FAULTS, *ALLOWED]))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("code", FAULTS)
def test_a_misplaced_tensor_is_found(attempts, code):
    assert "Error: " in attempts[code] and FAULTS[code] in attempts[code]


@pytest.mark.parametrize("code", ALLOWED)
def test_what_a_gpu_allows_is_allowed(attempts, code):
    assert attempts[code] == ALLOWED[code]


def test_a_name_that_is_no_page_is_refused_among_others():
    done = run(str(ROOT / "tests" / "second_device.py"), "chapters/4-networks/cnn-capacity", "nowhere-at-all")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: PAGE=nowhere-at-all is unknown")


def test_a_page_that_profits_from_a_gpu_runs_on_a_second_device():
    profit = [page.docname for page in pages.executable(layout.find(ROOT)) if page.wants_gpu]
    chosen = random.Random(int(os.environ.get("MGAI_SEED", "0"))).choice(profit)
    done = run(str(ROOT / "tests" / "second_device.py"), chosen)
    assert done.returncode == 0, done.stdout + done.stderr
