"""The trainings that judge a choice of hyperparameters: settings in, the loss reached and what the run shows out.

A trial is quick, the same for the same seed, and says by `sign` which known mistake the run is an example of.
"""

from typing import NamedTuple

__all__ = ["TRIALS", "Trial"]


class Trial(NamedTuple):
    """What a training gave: the loss that the goal is about, and the key of the mistake that it shows, or ""."""

    loss: float
    sign: str = ""


TRIALS = {}


def trial(run):
    """Make a function ``(settings, seed) -> Trial`` known by its name."""
    TRIALS[run.__name__] = run
    return run
