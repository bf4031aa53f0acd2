"""The benchmark of the build runs and says what it promises; how fast anything is, is not asserted."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[1] / "benchmarks/build.py"
STAGES = ("cold", "nothing changed", "one prose change", "one code change")


def test_the_benchmark_of_the_build_measures_every_stage_on_both_sides():
    command = [sys.executable, str(BENCHMARK), "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("2 pages, 4 cells; ")
    for stage in STAGES:
        (line,) = [each for each in lines if each.startswith(stage)]
        stock, ours, ratio, only = (float(number) for number in line.removeprefix(stage).split())
        assert ratio == only
        assert ratio == pytest.approx(stock / ours, rel=0.05)  # the times are printed rounded
    assert sum(line.startswith("ours, ") for line in lines) == 3


def test_a_number_of_pages_below_one_is_refused():
    done = subprocess.run([sys.executable, str(BENCHMARK), "--pages", "0"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "at least 1" in done.stderr
