"""The trainings that judge a choice of hyperparameters: settings in, the loss reached and what the run shows out.

A trial is quick, the same for the same seed, and says by `sign` which known mistake the run is an example of.
"""

import functools
from typing import NamedTuple

import numpy as np

from lessons_lib.data import load_digits, train_test_split
from lessons_lib.network import MLP, train
from lessons_lib.optimizers import Adam

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
def digits_under_budget(settings, seed):
    """Adam on 320 digits, 64 → hidden → 10, within 12 million multiplications: the mean loss of three networks.

    The loss is that of the 1118 other pictures of the training part; the test part is never seen. The sign comes from
    trying again with one thing changed, the rate or the shape, and the change that helps more is named. A run over the
    budget is refused: the loss is that of untrained networks.
    """
    lr, hidden, epochs = float(settings["learning_rate"]), int(settings["hidden"]), int(settings["epochs"])
    budget = 12_000_000 / (320 * 158)  # of hidden · epochs: 74 multiplications a neuron forward, 84 back
    if hidden * epochs > budget:
        return Trial(_digits_loss(lr, hidden, 0, seed), "budget_exceeded")
    loss = _digits_loss(lr, hidden, epochs, seed)
    good_rate, good_shape = 0.02, (24, 9)
    other_rate, other_shape = _digits_loss(good_rate, hidden, epochs, seed), _digits_loss(lr, *good_shape, seed)
    if min(other_rate, other_shape) > 0.95 * loss:
        return Trial(loss)
    if other_rate < other_shape:
        return Trial(loss, "budget_rate_too_small" if lr < good_rate else "budget_rate_too_large")
    if hidden * epochs < 0.6 * budget:
        return Trial(loss, "budget_unspent")
    if hidden < good_shape[0]:
        return Trial(loss, "budget_network_too_narrow")
    return Trial(loss, "budget_too_few_epochs" if hidden > good_shape[0] and epochs < good_shape[1] else "")


def _digits_loss(lr, hidden, epochs, seed):
    x, y = _training_digits()
    losses = []
    for start in np.random.SeedSequence(seed).generate_state(3).tolist():
        model = MLP([64, hidden, 10], seed=start)
        if epochs:
            train(model, Adam(lr), x[:320], y[:320], epochs=epochs, seed=start)
        losses.append(model.compute_loss((x[320:], y[320:])))
    return float(np.mean(losses))


@functools.cache
def _training_digits():
    x_train, _, y_train, _ = train_test_split(*load_digits())
    return x_train, y_train
