"""Record tests/golden/clipping.json: three gradients clipped by their global norm, by optax and by PyTorch.

Run from the top of the repository, in an environment with optax and PyTorch:  python tests/golden/record_clipping.py

The limits: one that clips, exactly the norm, and one just above the norm, which PyTorch clips too: it compares the
limit with the norm + 1e-6.
"""

import math

import jax
import jax.numpy as jnp
import optax
import torch
from recording import write

GRADS = [[0.7, -2.4], [3.1], [-0.9, 1.8, 0.2]]
NORM = math.sqrt(sum(number**2 for g in GRADS for number in g))
LIMITS = {"clips": 1.5, "the norm": NORM, "just above the norm": NORM + 5e-7, "does not clip": 10.0}


def by_optax(grads, limit):
    arrays = [jnp.array(g) for g in grads]
    clip = optax.clip_by_global_norm(limit)
    clipped, _ = clip.update(arrays, clip.init(arrays))
    return {"clipped": [g.tolist() for g in clipped], "norm": float(optax.global_norm(arrays))}


def by_torch(grads, limit):
    params = [torch.zeros(len(g), requires_grad=True) for g in grads]
    for p, g in zip(params, grads, strict=True):
        p.grad = torch.tensor(g)
    norm = torch.nn.utils.clip_grad_norm_(params, limit)
    return {"clipped": [p.grad.tolist() for p in params], "norm": norm.item()}


def main():
    jax.config.update("jax_enable_x64", True)
    record = {
        "source": f"optax {optax.__version__} on JAX {jax.__version__}, PyTorch {torch.__version__}; float64",
        "recorded_by": "tests/golden/record_clipping.py",
        "grads": GRADS,
        "limits": LIMITS,
        "optax.clip_by_global_norm": {name: by_optax(GRADS, limit) for name, limit in LIMITS.items()},
        "torch.nn.utils.clip_grad_norm_": {name: by_torch(GRADS, limit) for name, limit in LIMITS.items()},
    }
    write("clipping.json", record, indent=2)


if __name__ == "__main__":
    main()
