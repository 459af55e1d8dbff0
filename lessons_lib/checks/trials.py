"""The training runs that judge a choice of hyperparameters: settings go in, the loss and a diagnosis come out.

A trial is quick, gives the same result for the same seed, and names in `sign` the known mistake that the run shows.
"""

from functools import cache, partial
from typing import NamedTuple

import numpy as np

from lessons_lib.after_adam import Lion
from lessons_lib.data import load_digits, train_test_split
from lessons_lib.gradients import gradient_norms
from lessons_lib.network import MLP, train
from lessons_lib.optimizers import SGD, Adam, SGDMomentum
from lessons_lib.schedules import warmup_cosine, wsd
from lessons_lib.surfaces import descend, quadratic_bowl

__all__ = ["TRIALS", "Trial"]


class Trial(NamedTuple):
    """The result of a run: the loss that the goal is about, and the key of the mistake that it shows, or ""."""

    loss: float
    sign: str = ""


def momentum_on_a_bowl(settings, seed):
    """60 steps of momentum in a valley of κ = 100 from eight random starts; the largest loss at the end.

    The starts are the same for every seed: what passes for a student passes for the teacher. Below β = 0.5 no η
    reaches 0.001. A path that crosses x = 0 swings along the valley: only complex roots do that, and they shrink by
    √β per step, so β is too large. A path that neither jumps across the valley nor swings crawls along it.
    """
    bowl, steps = quadratic_bowl(100.0), 60
    rng = np.random.default_rng(0)
    starts = rng.choice([-1.0, 1.0], size=(8, 2)) * rng.uniform([3.8, 1.4], [4.2, 1.6], size=(8, 2))
    paths = [descend(bowl, SGDMomentum(**settings), steps, start) for start in starts]
    loss = max(float(bowl.f(path[-1])) if len(path) == steps + 1 else np.inf for path in paths)
    beta, product = settings["momentum"], 100.0 * settings["learning_rate"]
    if product >= 2 + 2 * beta:
        sign = "bowl_rate_too_large"
    elif beta < 0.5:
        sign = "bowl_momentum_too_small"
    elif product > (1 + np.sqrt(beta)) ** 2:  # real roots below 0: it jumps across the valley
        sign = "bowl_rate_too_large"
    elif (paths[0][:, 0] * starts[0, 0] < 0).any():
        sign = "bowl_momentum_too_large"
    else:
        sign = "bowl_rate_too_small"
    return Trial(loss, sign)


def warmup_on_digits(settings, seed):
    """Plain SGD on 480 digits, 120 steps, initial weights three times too large; the mean loss of six networks.

    The networks are the same for every seed: what reached the goal for a student reaches it for the teacher. A run
    that misses the goal is compared with the same rate warmed up for half of the steps.
    """
    loss, silent = _warmed(**settings)
    of_half, _ = _warmed(settings["lr_max"], 60)
    if of_half < 0.8 * loss:
        return Trial(loss, "warmed_too_short" if settings["T_warmup"] < 60 else "warmed_too_long")
    return Trial(loss, "warmed_too_large" if silent > 1 / 3 else "warmed_too_small")


@cache
def _warmed(lr_max, T_warmup):
    """Mean loss of the six networks, and the share of their hidden neurons that are silent on every image."""
    schedule = partial(warmup_cosine, lr_max=lr_max, lr_min=0, T_warmup=T_warmup, T_max=120 - T_warmup)
    x, loss, models = _trained(SGD, schedule, networks=6, init_scale=3)
    silent = [np.mean((x @ W + b <= 0).all(axis=0)) for W, b, *_ in (model.params for model in models)]
    return loss, float(np.mean(silent))


def _trained(make, schedule, networks, init_scale=1.0):
    """480 digits, the mean loss of networks that learned them in 120 steps, and these networks."""
    x, y = (part[:480] for part in load_digits())
    models = [MLP([64, 16, 10], seed=network, init_scale=init_scale) for network in range(networks)]
    for network, model in enumerate(models):
        train(model, make(), x, y, epochs=8, seed=network, schedule=schedule)
    return x, float(np.mean([model.compute_loss((x, y)) for model in models])), models


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


def digits_under_budget(settings, seed):
    """Adam on 320 digits, 64 → hidden → 10, within 12 million multiplications: the mean loss of three networks.

    The loss is that of the 1118 other pictures of the training part; the test part is never seen. The sign comes from
    training one network again with one thing changed: the change that helps most is named. A run over the budget is
    refused: the loss is that of untrained networks.
    """
    lr, hidden, epochs = float(settings["learning_rate"]), int(settings["hidden"]), int(settings["epochs"])
    budget = 12_000_000 / (320 * 158)  # of hidden · epochs: 74 multiplications a neuron forward, 84 back
    if hidden * epochs > budget:
        return Trial(_digits_loss(lr, hidden, 0, seed), "budget_exceeded")
    changes = {
        "budget_rate_too_small": (min(5 * lr, 1.0), hidden, epochs),
        "budget_rate_too_large": (lr / 5, hidden, epochs),
        "budget_network_too_narrow": (lr, min(2 * hidden, 128), (epochs + 1) // 2),
        "budget_too_few_epochs": (lr, (hidden + 1) // 2, min(2 * epochs, 40)),
        "budget_unspent": (lr, hidden, min(int(budget // hidden), 40)),
    }
    loss = _digits_loss(lr, hidden, epochs, seed)
    others = {sign: _digits_loss(*change, seed, networks=1) for sign, change in changes.items()}
    return Trial(loss, _best_change(others, _digits_loss(lr, hidden, epochs, seed, networks=1)))


def _best_change(losses, loss):
    """The name of the change with the least loss, when it helps by 5 %."""
    best = min(losses, key=losses.get)
    return best if losses[best] < 0.95 * loss else ""


@cache
def _digits_loss(lr, hidden, epochs, seed, networks=3):
    x, y = _training_digits()
    losses = []
    for start in np.random.SeedSequence(seed).generate_state(networks).tolist():
        model = MLP([64, hidden, 10], seed=start)
        if epochs:
            train(model, Adam(lr), x[:320], y[:320], epochs=epochs, seed=start)
        losses.append(model.compute_loss((x[320:], y[320:])))
    return float(np.mean(losses))


@cache
def _training_digits():
    x_train, _, y_train, _ = train_test_split(*load_digits())
    return x_train, y_train


def lion_on_digits(settings, seed):
    """Chapter 8: Lion on 480 digits, 120 steps, η falls to 0 in the last T_decay; the mean loss of four networks.

    The networks are the same for every seed. The sign is the change that helps most, when it helps by 5 %.
    """
    lr, fall = settings["lr_max"], settings["T_decay"]
    changes = {"lion_run_too_slow": (3 * lr, fall), "lion_run_too_fast": (lr / 3, fall)}
    if fall < 60:
        changes["lion_run_never_settles"] = (lr, 60)
    loss, others = _settled(lr, fall), {sign: _settled(*change) for sign, change in changes.items()}
    return Trial(loss, _best_change(others, loss))


@cache
def _settled(lr_max, T_decay):
    schedule = partial(wsd, lr_max=lr_max, T_warmup=0, T_stable=120 - T_decay, T_decay=T_decay)
    return _trained(Lion, schedule, networks=4)[1]


_RUNS = (momentum_on_a_bowl, warmup_on_digits, deep_and_clipped, digits_under_budget, lion_on_digits)
TRIALS = {run.__name__: run for run in _RUNS}  # each from (settings, seed) to a Trial
