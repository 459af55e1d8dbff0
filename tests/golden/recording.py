"""What the recorders share. They run by hand where the other libraries are installed; no test imports them."""

import json
import warnings
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)
# Stepping a schedule without training it is meant here.
warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")


def write(name, recorded, indent=None):
    """Write a record beside this file."""
    Path(__file__).with_name(name).write_text(json.dumps(recorded, indent=indent) + "\n", encoding="utf-8")


def normal_start_and_grads(rng, shapes, steps):
    """Parameters and the gradients of every step; their sizes from 1e-9 to 1 show where epsilon stands."""
    start = [rng.normal(size=shape).tolist() for shape in shapes]

    def grad(shape):
        return (rng.normal(size=shape) * 10.0 ** rng.integers(-9, 1, size=shape)).tolist()

    return start, [[grad(shape) for shape in shapes] for _ in range(steps)]


def torch_path(make, settings, rates, start, grads):
    """Parameters after every step: a list over steps of a list over arrays; rates None: those of the settings."""
    params = [torch.tensor(p, requires_grad=True) for p in start]
    optimizer, steps = make(params, **settings), []
    for rate, step in zip(rates or [settings["lr"]] * len(grads), grads, strict=True):
        optimizer.param_groups[0]["lr"] = rate
        for p, g in zip(params, step, strict=True):
            p.grad = torch.tensor(g)
        optimizer.step()
        steps.append([p.detach().tolist() for p in params])
    return steps


def optimizer_record(path, make, settings, rates, start, grads):
    params = path(make, settings, rates, start, grads)
    return {"class": make.__name__, "settings": settings, "lr_per_step": rates, "params": params}


def torch_rates(make, lr, steps, **settings):
    """The learning rate that step t = 0, 1, … uses."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler, rates = make(optimizer, **settings), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        scheduler.step()
    return rates
