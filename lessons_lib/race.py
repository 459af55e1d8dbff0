"""A fair race of optimizers: everyone gets the same networks, batches and schedule, and the same rates to choose from.

A task has three parts of data: networks learn on `fit`, racers choose their learning rate on `validation`, and `test`
measures them with other seeds. A seed is the initial weights and the order of the batches.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lessons_lib._validation import quiet
from lessons_lib.after_adam import ScheduleFree
from lessons_lib.data import standardize, train_test_split
from lessons_lib.network import MLP, train
from lessons_lib.schedules import warmup_cosine


class Task(NamedTuple):
    """A network, its loss, how long it trains, and the pairs (x, y) of the three parts."""

    layer_sizes: list
    loss: str
    epochs: int
    batch_size: int
    fit: tuple
    validation: tuple
    test: tuple


class Racer(NamedTuple):
    """make: a learning rate -> an optimizer; scheduled: warmup over a tenth of the steps, then cosine to 0."""

    make: Callable
    scheduled: bool = True
    max_norm: float | None = None


class Result(NamedTuple):
    """The chosen lr, the median validation loss of every rate, and loss and accuracy on the test part, one per seed."""

    lr: float
    tuning: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray


def task(x, y, layer_sizes, loss, scaled=False, epochs=8, batch_size=64):
    """A Task of all samples: 20 % to test, 16 % to validate, 64 % to fit; scaled: standardized by the last part."""
    x_train, x_test, y_train, y_test = train_test_split(x, y, seed=0)
    x_fit, x_validation, y_fit, y_validation = train_test_split(x_train, y_train, seed=0)
    xs = standardize(x_fit, x_validation, x_test) if scaled else (x_fit, x_validation, x_test)
    return Task(layer_sizes, loss, epochs, batch_size, *zip(xs, (y_fit, y_validation, y_test), strict=True))


@quiet
def trained(racer, task, lr, seed):
    """The network of a task after training, or None where the training diverged. Schedule-Free gives its mean x."""
    model, optimizer = MLP(task.layer_sizes, task.loss, seed), racer.make(lr)
    steps = task.epochs * -(-len(task.fit[0]) // task.batch_size)
    rates = warmup_cosine(np.arange(steps), lr, 0, steps // 10, steps - steps // 10)
    history = train(
        model, optimizer, *task.fit, epochs=task.epochs, batch_size=task.batch_size, seed=seed,
        schedule=rates.__getitem__ if racer.scheduled else None, max_norm=racer.max_norm,
    )  # fmt: skip
    if isinstance(optimizer, ScheduleFree):
        model.theta = optimizer.x[0]
    return None if history.diverged else model


@quiet
def score(racer, task, lr, seed, part):
    """Loss and accuracy of the trained network on a part (x, y); ∞ and 0 after a training that diverged."""
    model, (x, y) = trained(racer, task, lr, seed), part
    if model is None:
        return np.inf, 0.0
    return np.nan_to_num(model.compute_loss((x, y)), nan=np.inf), np.mean(model.predict(x) == y)


def race(racers, task, rates, tuning_seeds, seeds):
    """{name: Result} of all racers on a task: each takes the rate with the least median loss on the validation part."""
    results = {}
    for name, racer in racers.items():
        tuning = [np.median([score(racer, task, lr, s, task.validation)[0] for s in tuning_seeds]) for lr in rates]
        lr = rates[int(np.argmin(tuning))]
        scores = np.array([score(racer, task, lr, seed, task.test) for seed in seeds])
        results[name] = Result(lr, np.array(tuning), *scores.T)
    return results
