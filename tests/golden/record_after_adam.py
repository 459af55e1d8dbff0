"""Record what the authors' and other libraries' Lion, Schedule-Free, Shampoo, Muon and AdamW do.

Writes after_adam.json beside this file. Everything is float64 and starts from the numbers in the file itself; only
torch.optim.Muon multiplies in bfloat16, whatever it is given. Run in an environment with what is imported here:

    python tests/golden/record_after_adam.py
"""

import inspect
import os
from importlib.metadata import version

os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax.numpy as jnp
import lion_pytorch
import numpy as np
import optax
import pytorch_optimizer
import schedulefree
import torch
import torch_optimizer
from recording import torch_path, write

torch.set_default_dtype(torch.float64)

LIBRARIES = ("torch", "jax", "optax", "schedulefree", "lion-pytorch", "pytorch_optimizer", "torch-optimizer", "numpy")
SHAPES = [(2, 3), (4, 2), (3, 3), (1, 4)]
STEPS = 12
# A warmup of 3 steps, then down to 0, as language models are trained.
WARMED = [0.1 * min((t + 1) / 3, (STEPS - t) / (STEPS - 3)) for t in range(STEPS)]
CONVERGING = (15 / 8, -10 / 8, 3 / 8)


class Trained(schedulefree.SGDScheduleFree):
    def step(self):
        self.train()
        super().step()


class Evaluated(Trained):
    def step(self):
        super().step()
        self.eval()


def optax_path(make, settings, rates, start, grads):
    """Parameters after every step; rows go in as vectors, which Muon hands to Adam."""
    params, optimizer = [jnp.array(p).squeeze() for p in start], make(**settings)
    state, steps = optimizer.init(params), []
    for step in grads:
        updates, state = optimizer.update([jnp.array(g).squeeze() for g in step], state, params)
        params = optax.apply_updates(params, updates)
        steps.append([np.atleast_2d(p).tolist() for p in params])
    return steps


DECOUPLED = {"decoupled_weight_decay": True}
LION = {"learning_rate": 0.01, "b1": 0.8, "b2": 0.95}
SHAMPOO = {"lr": 0.1, "momentum": 0.0, "weight_decay": 0.0}
MUON = {"learning_rate": 0.1, "beta": 0.9, "nesterov": False, "consistent_rms": 0.2, "eps": 1e-30}
BFLOAT16 = {"lr": 0.1, "momentum": 0.9, "nesterov": False, "weight_decay": 0.0, "adjust_lr_fn": "match_rms_adamw"}
PATHS = {
    "optax lion": (optax_path, optax.lion, {**LION, "weight_decay": 0.0}, None),
    "optax lion, decay": (optax_path, optax.lion, {**LION, "weight_decay": 0.5}, None),
    "lion-pytorch": (torch_path, lion_pytorch.Lion, {"lr": 0.01, "betas": (0.8, 0.95), "weight_decay": 0.5}, None),
    "schedulefree, train": (torch_path, Trained, {"lr": 0.1, "momentum": 0.8}, None),
    "schedulefree, eval": (torch_path, Evaluated, {"lr": 0.1, "momentum": 0.8}, None),
    "pytorch_optimizer shampoo": (torch_path, pytorch_optimizer.Shampoo, {**SHAMPOO, "matrix_eps": 1e-4}, None),
    "torch-optimizer shampoo": (torch_path, torch_optimizer.Shampoo, {**SHAMPOO, "epsilon": 1e-4}, None),
    "optax muon": (optax_path, optax.contrib.muon, MUON, None),
    "optax muon, converging": (optax_path, optax.contrib.muon, {**MUON, "ns_steps": 9, "ns_coeffs": CONVERGING}, None),
    "torch muon, bfloat16": (torch_path, torch.optim.Muon, BFLOAT16, None),
    "torch adamw": (torch_path, torch.optim.AdamW, {"lr": 0.1, "betas": (0.9, 0.95), "weight_decay": 0.1}, WARMED),
    # What else the page «Домовленості» turns into our steps.
    "lion-pytorch, decoupled": (torch_path, lion_pytorch.Lion, {"lr": 0.01, "weight_decay": 0.5, **DECOUPLED}, None),
    "schedulefree, eval, equal weights": (
        torch_path, Evaluated, {"lr": 0.1, "momentum": 0.8, "weight_lr_power": 0}, WARMED,
    ),
    "optax muon, by width": (optax_path, optax.contrib.muon, {**MUON, "consistent_rms": None}, None),
}  # fmt: skip
DEFAULTS = (
    "lion_pytorch.Lion", "optax.lion", "schedulefree.SGDScheduleFree", "optax.contrib.schedule_free_sgd",
    "pytorch_optimizer.Shampoo", "torch_optimizer.Shampoo", "torch.optim.Muon", "optax.contrib.muon",
)  # fmt: skip


def defaults(make):
    """The default numbers and switches of a signature."""
    items = inspect.signature(make).parameters.items()
    return {name: p.default for name, p in items if isinstance(p.default, (bool, int, float, tuple))}


def main():
    rng = np.random.default_rng(20)
    start = [rng.normal(size=shape).tolist() for shape in SHAPES]
    grads = [[(rng.normal(size=s) * 10.0 ** rng.integers(-3, 1, s)).tolist() for s in SHAPES] for _ in range(STEPS)]
    recorded = {
        "versions": {name: version(name) for name in LIBRARIES},
        "start": start,
        "grads": grads,
        "paths": {
            name: {"settings": settings, "rates": rates, "params": path(make, settings, rates, start, grads)}
            for name, (path, make, settings, rates) in PATHS.items()
        },
        "defaults": {name: defaults(eval(name)) for name in DEFAULTS},
    }
    write("after_adam.json", recorded)


if __name__ == "__main__":
    main()
