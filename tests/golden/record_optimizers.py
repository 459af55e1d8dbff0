"""Record what PyTorch's optimizers and schedules do: `python tests/golden/record_optimizers.py`, with torch installed.

Writes optimizers.json beside this file. Everything is float64 and starts from the numbers in the file itself, so the
tests need neither torch nor its random numbers.
"""

import numpy as np
import torch
from recording import normal_start_and_grads, optimizer_record, torch_path, torch_rates, write

# 6 steps at the first rate, then 6 at a tenth of it.
DROPPED = [0.1] * 6 + [0.01] * 6
ADAMW = {"lr": 0.1, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.05}

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
    "adamw": (torch.optim.AdamW, ADAMW, None),
    "adamw, lr dropped": (torch.optim.AdamW, ADAMW, DROPPED),
}

SCHEDULES = {
    "step": (torch.optim.lr_scheduler.StepLR, {"step_size": 7, "gamma": 0.3}),
    "exponential": (torch.optim.lr_scheduler.ExponentialLR, {"gamma": 0.93}),
    "cosine": (torch.optim.lr_scheduler.CosineAnnealingLR, {"T_max": 25, "eta_min": 0.002}),
    "linear": (torch.optim.lr_scheduler.LinearLR, {"start_factor": 1e-12, "end_factor": 1.0, "total_iters": 10}),
}


def main():
    start, grads = normal_start_and_grads(np.random.default_rng(20), [(2, 3), (3,)], len(DROPPED))
    recorded = {
        "source": f"PyTorch {torch.__version__}, float64, recorded by record_optimizers.py with NumPy {np.__version__}",
        "start": start,
        "grads": grads,
        "optimizers": {name: optimizer_record(torch_path, *row, start, grads) for name, row in OPTIMIZERS.items()},
        "schedules": {
            name: {"class": make.__name__, "settings": settings, "rates": torch_rates(make, 0.05, 40, **settings)}
            for name, (make, settings) in SCHEDULES.items()
        },
    }
    write("optimizers.json", recorded)


if __name__ == "__main__":
    main()
