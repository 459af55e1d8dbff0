"""The ratios of times by which the course calls its library fast, measured here. Slow, so not in `make test`."""

import json
import subprocess
import sys

import numpy as np
import pytest

from tools.bench import limits, programs
from tools.shared import ROOT

# A process of its own, in which nothing has loaded NumPy with more threads.
MEASURE = """
from tools.bench.timing import use_one_thread
use_one_thread()
import json
from tools.bench import programs, startup, steps
problems = {"small": (programs.small(), 18, 6), "large": (programs.large(), 6, 1)}
print(json.dumps({
    "steps": {name: steps.compared(*problem) for name, problem in problems.items()},
    "gains": {name: steps.gains(*problem) for name, problem in problems.items()},
    "imports": startup.imports(9),
}))
"""


def measured():
    run = subprocess.run([sys.executable, "-c", MEASURE], cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(run.stdout.splitlines()[-1])


def test_the_library_keeps_its_limits():
    # A busy machine may spoil one measurement; what is too slow stays so in all three.
    assert [] in (limits.broken(measured()) for _ in range(3))


@pytest.mark.parametrize(("package", "program"), [("torch", programs.pytorch), ("jax", programs.jax_jit)])
@pytest.mark.parametrize("problem", [programs.small(), programs.large()], ids=["small", "large"])
def test_other_libraries_compute_the_same(package, program, problem):
    pytest.importorskip(package)
    for ours, theirs in zip(programs.library(problem, np.float64)(), program(problem, np.float64)(), strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-12)
