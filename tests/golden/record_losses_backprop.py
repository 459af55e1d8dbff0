"""Record losses, their gradients and a two-layer backward pass from PyTorch (float64) into losses_backprop.json.

Run by hand where PyTorch is installed: python tests/golden/record_losses_backprop.py
"""

import torch
from recording import write
from torch.nn import functional as F

LOGITS = [[0.2, -1.0, 3.0], [1.5, 0.0, -2.0], [-0.7, 4.0, 0.3], [2.5, -3.5, 1.25]]
NUMBERS = [[0.5, 2.0, -1.0], [0.0, -3.25, 1.5], [4.0, 0.125, -0.5], [1.0, 1.0, 2.0]]
PROBABILITIES = [[0.9, 0.2, 0.35], [0.05, 0.5, 0.999], [0.6, 0.01, 0.75], [0.3, 0.8, 0.45]]
BITS = [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
SOFT = [[0.7, 0.2, 0.1], [0.0, 1.0, 0.0], [0.25, 0.25, 0.5], [0.1, 0.1, 0.8]]
LABELS = [2, 0, 1, 1]
NETWORK = {
    "x": [[0.5, -1.0], [2.0, 0.25], [-1.5, 1.0], [0.0, 3.0]],
    "W1": [[0.4, -0.6, 1.1], [-0.3, 0.8, 0.2]],
    "b1": [[0.1, -0.2, 0.05]],
    "W2": [[0.7, -0.5], [-1.2, 0.3], [0.45, 0.9]],
    "b2": [[0.2, -0.1]],
    "y_true": [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]],
}


def record():
    def tensor(value):
        return torch.tensor(value, requires_grad=True)

    def case(function, name, value, y_true):
        """Loss and its gradient by PyTorch's automatic differentiation."""
        point = tensor(value)
        loss = function(point)
        loss.backward()
        return {"function": name, "input": value, "y_true": y_true, "loss": loss.item(), "grad": point.grad.tolist()}

    bits, soft, labels, numbers = tensor(BITS), tensor(SOFT), torch.tensor(LABELS), tensor(NUMBERS)
    row_probabilities = torch.softmax(tensor(LOGITS), 1).tolist()
    cases = [
        case(lambda z: F.mse_loss(z, numbers), "mse", LOGITS, NUMBERS),
        case(lambda p: F.binary_cross_entropy(p, bits), "binary_cross_entropy", PROBABILITIES, BITS),
        case(lambda z: F.binary_cross_entropy_with_logits(z, bits), "binary_cross_entropy_from_logits", LOGITS, BITS),
        case(lambda p: F.nll_loss(p.log(), labels), "cross_entropy", row_probabilities, LABELS),
        case(lambda p: -(soft * p.log()).sum(1).mean(), "cross_entropy", row_probabilities, SOFT),
        case(lambda z: F.cross_entropy(z, labels), "cross_entropy_from_logits", LOGITS, LABELS),
        case(lambda z: F.cross_entropy(z, soft), "cross_entropy_from_logits", LOGITS, SOFT),
    ]

    x, W1, b1, W2, b2, y = (tensor(value) for value in NETWORK.values())
    a2 = torch.sigmoid(torch.relu(x @ W1 + b1) @ W2 + b2)
    loss = F.binary_cross_entropy(a2, y)
    loss.backward()
    grads = {f"d{name}": p.grad.tolist() for name, p in [("W1", W1), ("b1", b1), ("W2", W2), ("b2", b2)]}
    network = {"inputs": NETWORK, "a2": a2.tolist(), "loss": loss.item(), "grads": grads}

    source = f"PyTorch {torch.__version__.split('+')[0]}, float64, CPU, tests/golden/record_losses_backprop.py"
    return {"source": source, "losses": cases, "network": network}


if __name__ == "__main__":
    write("losses_backprop.json", record())
