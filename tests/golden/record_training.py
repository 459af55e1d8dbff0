"""Record what PyTorch makes of two networks: `python tests/golden/record_training.py`, with torch installed.

Writes training.json beside this file: the two-layer network of the crib sheet (relu, sigmoid, binary cross-entropy)
and an MLP 64-16-10 on digits (cross-entropy), float64. Initial weights and batches come from numpy's Generator with
the seeds in the file, so the tests make the same ones; a checksum of them is recorded too.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from recording import write
from torch.nn.functional import binary_cross_entropy, cross_entropy

STEPS, BATCH = 20, 32
LR_MAX, LR_MIN, T_WARMUP, T_MAX, MAX_NORM = 0.02, 0.001, 5, 10, 1.0
DIGITS = Path(__file__).parents[2] / "lessons_lib" / "datasets" / "digits.npz"


def initial_weights(seed, sizes):
    """[W1, b1, W2, b2, …] with normal weights and small normal biases."""
    rng = np.random.default_rng(seed)
    shapes = [s for a, b in pairwise(sizes) for s in [(a, b), (1, b)]]
    return [rng.normal(0, np.sqrt(2 / sizes[0]) if shape[0] > 1 else 0.01, shape) for shape in shapes]


def tensors(weights):
    return [torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in weights]


def logits(x, params):
    a = torch.tensor(x, dtype=torch.float64)
    for i in range(0, len(params), 2):
        z = a @ params[i] + params[i + 1]
        a = torch.relu(z)
    return z


def warmup_cosine(t):
    """The rate of step t: linear from 0, then cosine, then held (PyTorch's own would rise again)."""
    if t < T_WARMUP:
        return LR_MAX * t / T_WARMUP
    part = torch.tensor(min(t - T_WARMUP, T_MAX) / T_MAX, dtype=torch.float64)
    return float(LR_MIN + (LR_MAX - LR_MIN) * (1 + torch.cos(torch.pi * part)) / 2)


def two_layer():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(8, 2)), rng.integers(0, 2, size=(8, 1)).astype(np.float64)
    params = tensors(initial_weights(2, [2, 3, 1]))
    optimizer = torch.optim.SGD(params, lr=0.5)
    losses, first_grads = [], None
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = binary_cross_entropy(torch.sigmoid(logits(x, params)), torch.tensor(y))
        loss.backward()
        first_grads = first_grads or [p.grad.tolist() for p in params]
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses, "first_grads": first_grads, "final": [p.detach().tolist() for p in params]}


def trained(params, optimizer, batches, scheduled=False):
    """Losses, norms of the gradients and rates of the steps on batches of digits, and the final weights."""
    losses, norms, rates = [], [], []
    for t, (x, y) in enumerate(batches):
        optimizer.zero_grad()
        loss = cross_entropy(logits(x, params), torch.tensor(y))
        loss.backward()
        norm = torch.sqrt(sum((p.grad**2).sum() for p in params))
        if scheduled:
            optimizer.param_groups[0]["lr"] = warmup_cosine(t)
            if norm > MAX_NORM:
                for p in params:
                    p.grad *= MAX_NORM / norm
        optimizer.step()
        losses.append(loss.item())
        norms.append(norm.item())
        rates.append(optimizer.param_groups[0]["lr"])
    return {"losses": losses, "grad_norms": norms, "lr": rates, "final": [p.detach().tolist() for p in params]}


def digits(make, scheduled):
    with np.load(DIGITS) as stored:
        x, y = stored["images"].reshape(-1, 64) / 16.0, stored["labels"].astype(np.int64)
    params = tensors(initial_weights(3, [64, 16, 10]))
    first = [slice(i * BATCH, (i + 1) * BATCH) for i in range(STEPS)]  # batches, in the order of the file
    return trained(params, make(params), [(x[rows], y[rows]) for rows in first], scheduled)


def main():
    weights = {"two_layer": initial_weights(2, [2, 3, 1]), "digits": initial_weights(3, [64, 16, 10])}
    recorded = {
        "source": f"PyTorch {torch.__version__}, float64, recorded by record_training.py with NumPy {np.__version__}",
        "sum_of_initial_weights": {name: sum(float(w.sum()) for w in ws) for name, ws in weights.items()},
        "two_layer": two_layer(),
        "digits": {
            "sgd": digits(lambda p: torch.optim.SGD(p, lr=0.1), False),
            "momentum": digits(lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9), False),
            "adam": digits(lambda p: torch.optim.Adam(p, lr=0.01), False),
            "adam, warmup_cosine, clipped": digits(lambda p: torch.optim.Adam(p, lr=LR_MAX), True),
        },
    }
    write("training.json", recorded)


if __name__ == "__main__":
    main()
