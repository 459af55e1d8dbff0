"""The trainings that judge a choice of hyperparameters: settings in, the loss reached and what the run shows out.

A trial is quick, the same for the same seed, and says by `sign` which known mistake the run is an example of.
"""

from typing import NamedTuple

import numpy as np

from lessons_lib.data import load_digits
from lessons_lib.gradients import gradient_norms
from lessons_lib.network import MLP, train
from lessons_lib.optimizers import SGD

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


@trial
def deep_and_clipped(settings, seed):
    """Chapter 6: six hidden layers of 32, SGD at 0.3, 160 steps on 640 digits; the loss is the mean of the last epoch.

    settings  init_scale, which multiplies the weights by He, and max_norm
    """
    lr, epochs, limit = 0.3, 8, settings["max_norm"]
    x, y = load_digits()
    chosen = np.random.default_rng(seed).permutation(len(x))[:640]
    x, y = x[chosen], y[chosen]
    model = MLP([64, *[32] * 6, 10], seed=seed, init_scale=settings["init_scale"])
    model.compute_loss((x, y))
    first_layer = gradient_norms(model.backward())[0]
    history = train(model, SGD(lr), x, y, epochs=epochs, seed=seed, max_norm=limit)
    loss = np.inf if history.diverged else float(np.mean(history.loss[-20:]))
    if history.diverged or history.grad_norm[0] > 100:
        return Trial(loss, "gradients_run_exploded")
    if first_layer < 0.02:
        return Trial(loss, "gradients_run_vanished")
    if np.mean(history.grad_norm > limit) > 0.9 and limit <= 0.1:
        return Trial(loss, "gradients_run_short_steps")
    if np.max(np.minimum(history.grad_norm, limit)) > 5:
        return Trial(loss, "gradients_run_free")
    return Trial(loss)
