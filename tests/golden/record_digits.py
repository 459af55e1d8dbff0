"""Record tests/golden/digits_training.json: the first steps of chapter 7's network, computed by PyTorch.

Run from the top of the repository, in an environment with PyTorch and NumPy:  python tests/golden/record_digits.py

The initial weights and the batches are those of lessons_lib (seed 0); the forward pass, the loss, the gradients and
Adam are PyTorch's. Gradients are not clipped: PyTorch divides by the norm + 1e-6, the course by the norm itself.
"""

import sys
from itertools import islice
from pathlib import Path

import torch
from record_training import tensors, trained
from recording import write

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lessons_lib.data import Batches, load_digits, train_test_split
from lessons_lib.network import MLP

SIZES, LEARNING_RATE, BATCH_SIZE, STEPS, SEED = [64, 64, 10], 0.01, 32, 5, 0


def record():
    x_train, _, y_train, _ = train_test_split(*load_digits(), seed=SEED)
    params = tensors(MLP(SIZES, seed=SEED).params)
    batches = islice(Batches(x_train, y_train, BATCH_SIZE, seed=SEED), STEPS)
    found = trained(params, torch.optim.Adam(params, lr=LEARNING_RATE), batches)
    return {
        "source": f"PyTorch {torch.__version__}, torch.optim.Adam, float64",
        "recorded_by": "tests/golden/record_digits.py",
        "layer_sizes": SIZES,
        "learning_rate": LEARNING_RATE,
        "batch_size": BATCH_SIZE,
        "seed": SEED,
        "losses": found["losses"],
        "gradient_norms": found["grad_norms"],
    }


if __name__ == "__main__":
    write("digits_training.json", record(), indent=2)
