"""Backpropagation by hand through a network of two layers: forward pass, loss, backward pass.

m   samples in the batch        x   (m, inputs)
z1  = x W1 + b1   (m, hidden)   a1  = relu(z1)
z2  = a1 W2 + b2  (m, outputs)  a2  = σ(z2), the prediction
n   = m · outputs, the number of elements that the loss averages

Weights are (from, to), biases (1, to) or (to,). The gradient of an array has the array's own shape.
"""

from functools import wraps

import numpy as np

from lessons_lib._validation import as_float, finite, float_pair, in_unit_interval, same_shape, two_dimensional
from lessons_lib.activations import relu, relu_grad, sigmoid
from lessons_lib.losses import binary_cross_entropy


def forward_pass(x, W1, b1, W2, b2):
    """Forward pass of the two layers: a2 = σ(relu(x W1 + b1) W2 + b2), and everything that the backward pass needs.

    Shapes: x (m, inputs), W1 (inputs, hidden), b1 (1, hidden), W2 (hidden, outputs), b2 (1, outputs); b also (hidden,)
    and (outputs,). Returns a2 (m, outputs) and cache with 'z1', 'a1', 'z2', 'a2'; with biases of one dimension also
    'flat', which says so to backward_pass.
    Errors: ValueError for shapes that do not fit or an x that is not finite.

    >>> a2, cache = forward_pass([[1.0, 2.0]], np.eye(2), np.zeros((1, 2)), [[1.0], [-0.5]], [[0.0]])
    >>> a2, sorted(cache)
    (array([[0.5]]), ['a1', 'a2', 'z1', 'z2'])
    """
    x, W1, b1, W2, b2 = _checked_network(x, W1, b1, W2, b2)
    z1 = x @ W1 + b1
    a1 = relu(z1)
    z2 = a1 @ W2 + b2
    a2 = sigmoid(z2)
    return a2, {"z1": z1, "a1": a1, "z2": z2, "a2": a2}


def compute_loss(y_pred, y_true):
    """Loss of the network: binary cross-entropy, the mean over all m · outputs elements.

    Shapes: y_pred and y_true (m, outputs), the same. Errors: those of binary_cross_entropy.

    >>> round(float(compute_loss([[0.5]], [[1.0]])), 6)
    0.693147
    """
    return binary_cross_entropy(y_pred, y_true)


def backward_pass(x, y_true, cache, W2):
    """Backward pass: the gradient of compute_loss for every weight and bias, by the chain rule, from the end back.

    Shapes: x (m, inputs), y_true (m, outputs), cache from forward_pass, W2 (hidden, outputs).
    Returns {'dW2', 'db2', 'dW1', 'db1'}, each with the shape that its parameter had in forward_pass. The 1/n of the
    loss, n = m · outputs, is in dz2, so it reaches every gradient once. Errors: ValueError when the cache comes from
    another batch.

    >>> x, W1, b1, W2, b2 = np.ones((1, 2)), np.eye(2), np.zeros((1, 2)), np.array([[1.0], [-1.0]]), np.zeros((1, 1))
    >>> a2, cache = forward_pass(x, W1, b1, W2, b2)
    >>> backward_pass(x, [[1.0]], cache, W2)["dW2"]
    array([[-0.5],
           [-0.5]])
    """
    x, y_true, W2 = _checked_way_back(x, y_true, cache, W2)
    z1, a1, a2 = cache["z1"], cache["a1"], cache["a2"]
    n = y_true.size

    dz2 = (a2 - y_true) / n
    dW2 = a1.T @ dz2
    db2 = dz2.sum(axis=0, keepdims=True)

    da1 = dz2 @ W2.T
    dz1 = da1 * relu_grad(z1)
    dW1 = x.T @ dz1
    db1 = dz1.sum(axis=0, keepdims=True)

    return {"dW2": dW2, "db2": db2, "dW1": dW1, "db1": db1}


def _with_flat_biases(forward, backward):
    """The two passes for biases of one dimension too: the cache says which, and their gradients get one dimension."""

    @wraps(forward)
    def there(x, W1, b1, W2, b2):
        a2, cache = forward(x, W1, b1, W2, b2)
        flat = tuple(name for name, b in [("db1", b1), ("db2", b2)] if np.ndim(b) == 1)
        return a2, {**cache, "flat": flat} if flat else cache

    @wraps(backward)
    def back(x, y_true, cache, W2):
        gradients = backward(x, y_true, cache, W2)
        return gradients | {name: gradients[name][0] for name in cache.get("flat", ())}

    return there, back


# Here and not above the functions: pages show these, and their lines are the equations of the sheet.
forward_pass, backward_pass = _with_flat_biases(forward_pass, backward_pass)


def _checked_network(x, W1, b1, W2, b2):
    x, W1, W2 = (two_dimensional(name, as_float(name, array)) for name, array in [("x", x), ("W1", W1), ("W2", W2)])
    b1, b2 = as_float("b1", b1), as_float("b2", b2)
    if len(x) == 0:
        raise ValueError(f"x has no samples: got shape {x.shape}")
    if x.shape[1] != W1.shape[0]:
        raise ValueError(f"x has {x.shape[1]} features, but W1 expects {W1.shape[0]}")
    if W1.shape[1] != W2.shape[0]:
        raise ValueError(f"W1 gives {W1.shape[1]} hidden values, but W2 expects {W2.shape[0]}")
    for name, b, W in [("b1", b1, W1), ("b2", b2, W2)]:
        if b.shape not in [(1, W.shape[1]), (W.shape[1],)]:
            raise ValueError(f"{name} must have shape (1, {W.shape[1]}) or ({W.shape[1]},), got {b.shape}")
    return finite("x", x), W1, b1, W2, b2


def _checked_way_back(x, y_true, cache, W2):
    if not isinstance(cache, dict):
        raise TypeError(f"cache must be the dict that forward_pass returned, got {type(cache).__name__}")
    missing = {"z1", "a1", "a2"} - set(cache)
    if missing:
        raise ValueError(f"cache must come from forward_pass, but it lacks {sorted(missing)}")
    _, y_true = float_pair("the cached a2", cache["a2"], "y_true", y_true)
    in_unit_interval("y_true", y_true)
    x, W2 = two_dimensional("x", as_float("x", x)), two_dimensional("W2", as_float("W2", W2))
    if len(x) != len(cache["z1"]):
        raise ValueError(f"x has {len(x)} samples, but the cache has {len(cache['z1'])}")
    same_shape("W2", W2, "what the cache expects", np.empty((cache["a1"].shape[1], cache["a2"].shape[1])))
    return x, y_true, W2
