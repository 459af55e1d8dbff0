"""The programs that the benchmark compares train in the same way, and a broken limit is noticed."""

import numpy as np
import pytest

from tools.bench import parts, programs


def small_problem(sizes=(5, 7, 6, 3), samples=96):
    rng = np.random.default_rng(2)
    return programs.Problem(sizes, 16, rng.normal(size=(samples, sizes[0])), rng.integers(0, sizes[-1], samples))


@pytest.mark.parametrize("problem", [programs.small(), small_problem()], ids=lambda problem: problem.name)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_weights_after_five_epochs_are_those_of_the_textbook(problem, dtype, tolerance, monkeypatch):
    monkeypatch.setattr(programs, "EPOCHS", 5)
    start = problem.start(dtype)
    found = {name: getattr(programs, name)(problem, dtype)() for name in ("library", "textbook", "floor")}
    for first, ours, textbook, floor in zip(start, *found.values(), strict=True):
        assert ours.dtype == textbook.dtype == floor.dtype == dtype
        assert np.abs(ours - first).max() > 0.01
        np.testing.assert_allclose(ours, textbook, rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(floor, textbook, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("part", parts.VARIANTS)
def test_no_part_changes_a_weight(part):
    problem = small_problem()
    runs = [parts.program(name, problem, np.float64) for name in ("library", part)]
    for run in runs:
        run()
    for ours, without in zip(*(run() for run in runs), strict=True):
        np.testing.assert_allclose(ours, without, rtol=1e-13, atol=1e-15)
