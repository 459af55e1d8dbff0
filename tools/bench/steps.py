"""How long a step of training takes: the library beside its floor, a textbook's NumPy and other libraries."""

import statistics

import numpy as np

from tools.bench import parts, programs
from tools.bench.timing import in_places, one_core, ratio

PEAK_SIZE = 512  # of the square matrices whose product gives the peak


@one_core()
def compared(problem, rounds, places):
    """Times of every program in both precisions, all taking turns, and the peak of the matrix product in each."""

    def cases():
        both = (np.float64, np.float32)
        made = {f"{n}, {d.__name__}": program(problem, d) for d in both for n, program in programs.available().items()}
        return made | {f"product, {dtype.__name__}": _product(dtype) for dtype in both}

    times = in_places(cases, rounds, places)
    rows, peaks = [], {}  # seconds of an operation
    for dtype in ("float64", "float32"):
        peak = peaks[dtype] = statistics.median(times[f"product, {dtype}"]) / (2 * PEAK_SIZE**3)
        for name in programs.available():
            case = f"{name}, {dtype}"
            seconds = statistics.median(times[case]) / problem.steps
            rows.append({
                "program": name,
                "dtype": dtype,
                "microseconds": round(1e6 * seconds, 1),
                "times_library": round(ratio(times, case, f"library, {dtype}"), 3),
                "times_floor": round(ratio(times, case, f"floor, {dtype}"), 3),
                "share_of_peak": round(problem.products * peak / seconds, 3),
            })  # fmt: skip
    return {
        "sizes": list(problem.sizes),
        "batch_size": problem.batch_size,
        "steps": problem.steps,
        "rounds": rounds,
        "gigaflops": {dtype: round(1e-9 / peak, 1) for dtype, peak in peaks.items()},
        "rows": rows,
    }


@one_core()
def gains(problem, rounds, places):
    """{part of the fast room: how many times longer a step takes without it}, float64."""

    def cases():
        return {name: parts.program(name, problem, np.float64) for name in parts.VARIANTS}

    times = in_places(cases, rounds, places)
    return {name: round(ratio(times, name, "library"), 3) for name in parts.VARIANTS if name != "library"}


def _product(dtype):
    a, b, out = (np.full((PEAK_SIZE, PEAK_SIZE), 0.5, dtype) for _ in range(3))
    return lambda: np.matmul(a, b, out=out)
