"""The programs that the benchmark compares train in the same way."""

import numpy as np
import pytest

from tools.bench import parts, programs


def small_problem(sizes=(5, 7, 6, 3), samples=96):
    rng = np.random.default_rng(2)
    return programs.Problem(sizes, 16, rng.normal(size=(samples, sizes[0])), rng.integers(0, sizes[-1], samples))


@pytest.mark.parametrize("problem", [programs.small(), small_problem()], ids=["small", "smaller"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_every_program_and_the_library_without_a_part_give_the_same_weights(problem, dtype, tolerance, monkeypatch):
    for module in (programs, parts):
        monkeypatch.setattr(module, "EPOCHS", 5)
    runs = [programs.textbook(problem, dtype), programs.library(problem, dtype), programs.floor(problem, dtype)]
    runs += [parts.program(name, problem, dtype) for name in parts.VARIANTS]
    for first, textbook, *others in zip(problem.start(dtype), *(run() for run in runs), strict=True):
        assert np.abs(textbook - first).max() > 0.01
        for found in others:
            assert found.dtype == textbook.dtype == dtype
            np.testing.assert_allclose(found, textbook, rtol=tolerance, atol=tolerance)
