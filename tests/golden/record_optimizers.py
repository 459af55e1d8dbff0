"""Record what PyTorch's optimizers and schedules do: `python tests/golden/record_optimizers.py`, with torch installed.

Writes optimizers.json beside this file. Everything is float64 and starts from the numbers in the file itself, so the
tests need neither torch nor its random numbers.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import torch

# Stepping a schedule without training it is meant here.
warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")

STEPS = 12
# 6 steps at the first rate, then 6 at a tenth of it.
DROPPED = [0.1] * 6 + [0.01] * 6

OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {"lr": 0.1}, None),
    "momentum": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}, None),
    "momentum, lr dropped": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}, DROPPED),
    "nesterov": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}, None),
    "adagrad": (torch.optim.Adagrad, {"lr": 0.1, "eps": 1e-8}, None),
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.05, "alpha": 0.9, "eps": 1e-8}, None),
    "rmsprop, lr dropped": (torch.optim.RMSprop, {"lr": 0.1, "alpha": 0.9, "eps": 1e-8}, DROPPED),
    "adam": (torch.optim.Adam, {"lr": 0.1, "betas": (0.9, 0.999), "eps": 1e-8}, None),
    "adam, lr dropped": (torch.optim.Adam, {"lr": 0.1, "betas": (0.8, 0.99), "eps": 1e-3}, DROPPED),
    "adamw": (torch.optim.AdamW, {"lr": 0.1, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.05}, None),
    "adamw, lr dropped": (
        torch.optim.AdamW,
        {"lr": 0.1, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.05},
        DROPPED,
    ),
}

SCHEDULES = {
    "step": (torch.optim.lr_scheduler.StepLR, {"step_size": 7, "gamma": 0.3}),
    "exponential": (torch.optim.lr_scheduler.ExponentialLR, {"gamma": 0.93}),
    "cosine": (torch.optim.lr_scheduler.CosineAnnealingLR, {"T_max": 25, "eta_min": 0.002}),
    "linear": (torch.optim.lr_scheduler.LinearLR, {"start_factor": 1e-12, "end_factor": 1.0, "total_iters": 10}),
}


def trajectory(make, settings, rates, start, grads):
    """Parameters after every step: a list over steps of a list over arrays."""
    params = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in start]
    optimizer = make(params, **settings)
    steps = []
    for i, step in enumerate(grads):
        if rates is not None:
            optimizer.param_groups[0]["lr"] = rates[i]
        for p, g in zip(params, step, strict=True):
            p.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        steps.append([p.detach().tolist() for p in params])
    return steps


def schedule(make, settings, lr, steps):
    """The learning rate that step t = 0, 1, … uses."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler = make(optimizer, **settings)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        scheduler.step()
    return rates


def main():
    rng = np.random.default_rng(20)
    start = [rng.normal(size=shape).tolist() for shape in [(2, 3), (3,)]]
    # Sizes from 1e-9 to 1: small gradients show where epsilon stands.
    grads = [
        [(rng.normal(size=shape) * 10.0 ** rng.integers(-9, 1, size=shape)).tolist() for shape in [(2, 3), (3,)]]
        for _ in range(STEPS)
    ]
    recorded = {
        "source": f"PyTorch {torch.__version__}, float64, recorded by record_optimizers.py with NumPy {np.__version__}",
        "start": start,
        "grads": grads,
        "optimizers": {
            name: {
                "class": make.__name__,
                "settings": settings,
                "lr_per_step": rates,
                "params": trajectory(make, settings, rates, start, grads),
            }
            for name, (make, settings, rates) in OPTIMIZERS.items()
        },
        "schedules": {
            name: {"class": make.__name__, "settings": settings, "rates": schedule(make, settings, 0.05, 40)}
            for name, (make, settings) in SCHEDULES.items()
        },
    }
    Path(__file__).with_name("optimizers.json").write_text(json.dumps(recorded, indent=None) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
