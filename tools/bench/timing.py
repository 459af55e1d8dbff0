"""Times of programs that take turns: a slow moment of the machine hits all of them, and their ratios stay.

The clock is the processor time of this process, over all its threads: on one core it is the time that passes on a
quiet machine, and other work does not count. The core matters: JAX takes a second thread whatever it is told, and on
two cores both threads would wait for each other, and their waiting would be counted.
"""

import contextlib
import os
import statistics
import time

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
KERNELS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def use_one_thread():
    """One thread in every library that has a variable for it, and the processor's own kernels; call it before NumPy."""
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    for name in KERNELS:
        os.environ.pop(name, None)
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"


@contextlib.contextmanager
def one_core():
    """All threads that start inside share one core, where the system can pin them (Linux)."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def in_turns(programs, rounds, clock=time.process_time):
    """{name: [seconds of every round]} of functions without arguments; each runs once before it is timed."""
    times = {name: [] for name in programs}
    for program in programs.values():
        program()
    for _ in range(rounds):
        for name, program in programs.items():
            start = clock()
            program()
            times[name].append(clock() - start)
    return times


def in_places(make, rounds, places):
    """Like in_turns, with programs that `make` makes `places` times: each time their arrays are elsewhere in memory.

    The place makes the same program up to 3 % faster or slower: a single place would be a matter of luck.
    """
    kept, times = [], {}
    for _ in range(places):
        kept.append(make())  # kept, because new arrays would take the place of freed ones
        for name, seconds in in_turns(kept[-1], max(1, rounds // places)).items():
            times.setdefault(name, []).extend(seconds)
    return times


def ratio(times, name, to):
    """How many times longer `name` took than `to`: the median over the rounds of the ratio in each round."""
    return statistics.median(a / b for a, b in zip(times[name], times[to], strict=True))
