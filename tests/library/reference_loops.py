"""The formulas of activations, BCE and the two-layer network once more, in plain Python loops over lists.

Nothing here is shared with the library: only floats, lists and `math`. The tests demand that both agree.
"""

import math


def relu(z):
    return [max(0.0, a) for a in z]


def sigmoid(z):
    return [1 / (1 + math.exp(-a)) for a in z]


def softmax(row):
    exps = [math.exp(a) for a in row]
    return [e / sum(exps) for e in exps]


def log_softmax(row):
    return [math.log(p) for p in softmax(row)]


def flat(rows):
    return [value for row in rows for value in row]


def binary_cross_entropy(y_pred, y_true):
    total = 0.0
    for p, y in zip(flat(y_pred), flat(y_true), strict=True):
        total -= y * math.log(p) + (1 - y) * math.log(1 - p)
    return total / len(flat(y_pred))


def binary_cross_entropy_from_logits(z, y_true):
    return binary_cross_entropy([sigmoid(row) for row in z], y_true)


def cross_entropy_from_logits(z, labels):
    return -sum(math.log(softmax(row)[label]) for row, label in zip(z, labels, strict=True)) / len(labels)


def layer(x, W, b):
    """x W + b for every sample of x; b is one row."""
    return [[sum(v * W[i][j] for i, v in enumerate(row)) + b[0][j] for j in range(len(b[0]))] for row in x]


def forward_pass(x, W1, b1, W2, b2):
    """Lists of z1, a1, z2, a2 over the samples of x."""
    z1 = layer(x, W1, b1)
    a1 = [relu(row) for row in z1]
    z2 = layer(a1, W2, b2)
    return {"z1": z1, "a1": a1, "z2": z2, "a2": [sigmoid(row) for row in z2]}


def norm(arrays):
    """Root of the sum of squares over a list of flat lists."""
    return math.sqrt(sum(value * value for values in arrays for value in values))


def dot(a, b):
    return sum(one * other for one, other in zip(a, b, strict=True))


def slope(f, x, h=1e-6):
    """Central difference."""
    return (f(x + h) - f(x - h)) / (2 * h)


def slopes(f, x):
    """Central differences of a function of a list of numbers."""
    return [slope(lambda value, i=i: f([*x[:i], value, *x[i + 1 :]]), x[i]) for i in range(len(x))]


def row_slopes(f, rows):
    """Central differences of a function of a list of rows, in rows."""
    width = len(rows[0])
    cut = lambda values: [values[i : i + width] for i in range(0, len(values), width)]  # noqa: E731
    return cut(slopes(lambda values: f(cut(values)), flat(rows)))


def jacobian(f, x):
    """Rows are the outputs of f, columns its inputs, by central differences."""
    return [slopes(lambda x, k=k: f(x)[k], x) for k in range(len(f(x)))]
