"""The formulas of activations, losses, backprop and clipping once more, in plain Python loops over lists.

Nothing here is shared with the library: only floats, lists and `math`. The tests demand that both agree.
"""

import math


def relu(z):
    return [max(0.0, a) for a in z]


def sigmoid(z):
    return [1 / (1 + math.exp(-a)) for a in z]


def sigmoid_grad(z):
    return [math.exp(-a) / (1 + math.exp(-a)) ** 2 for a in z]


def softmax(row):
    exps = [math.exp(a) for a in row]
    return [e / sum(exps) for e in exps]


def log_softmax(row):
    return [math.log(p) for p in softmax(row)]


def softmax_jacobian(row):
    p = softmax(row)
    return [[p[i] * (1 - p[i]) if i == j else -p[i] * p[j] for j in range(len(p))] for i in range(len(p))]


def flat(rows):
    return [value for row in rows for value in row]


def mse(y_pred, y_true):
    total = 0.0
    for p, y in zip(flat(y_pred), flat(y_true), strict=True):
        total += (p - y) ** 2
    return total / len(flat(y_pred))


def mse_grad(y_pred, y_true):
    n = len(flat(y_pred))
    return [[2 / n * (p - y) for p, y in zip(*rows, strict=True)] for rows in zip(y_pred, y_true, strict=True)]


def binary_cross_entropy(y_pred, y_true):
    total = 0.0
    for p, y in zip(flat(y_pred), flat(y_true), strict=True):
        total -= y * math.log(p) + (1 - y) * math.log(1 - p)
    return total / len(flat(y_pred))


def binary_cross_entropy_grad(y_pred, y_true):
    n = len(flat(y_pred))
    return [
        [-1 / n * (y / p - (1 - y) / (1 - p)) for p, y in zip(*rows, strict=True)]
        for rows in zip(y_pred, y_true, strict=True)
    ]


def binary_cross_entropy_from_logits(z, y_true):
    return binary_cross_entropy([sigmoid(row) for row in z], y_true)


def binary_cross_entropy_from_logits_grad(z, y_true):
    n = len(flat(z))
    return [
        [(s - y) / n for s, y in zip(sigmoid(row), targets, strict=True)]
        for row, targets in zip(z, y_true, strict=True)
    ]


def cross_entropy(y_pred, y_true):
    m, total = len(y_pred), 0.0
    for i in range(m):
        for j in range(len(y_pred[i])):
            total -= y_true[i][j] * math.log(y_pred[i][j])
    return total / m


def cross_entropy_grad(y_pred, y_true):
    m = len(y_pred)
    return [[-y / p / m for p, y in zip(*rows, strict=True)] for rows in zip(y_pred, y_true, strict=True)]


def cross_entropy_from_logits(z, y_true):
    return cross_entropy([softmax(row) for row in z], y_true)


def cross_entropy_from_logits_grad(z, y_true):
    m = len(z)
    return [
        [(p - y) / m for p, y in zip(softmax(row), targets, strict=True)]
        for row, targets in zip(z, y_true, strict=True)
    ]


def layer(x, W, b):
    """x W + b for one sample x; b is one row."""
    return [sum(x[i] * W[i][j] for i in range(len(x))) + b[j] for j in range(len(b))]


def forward_pass(x, W1, b1, W2, b2):
    """Lists of z1, a1, z2, a2 over the samples of x."""
    steps = {"z1": [], "a1": [], "z2": [], "a2": []}
    for sample in x:
        z1 = layer(sample, W1, b1[0])
        a1 = relu(z1)
        z2 = layer(a1, W2, b2[0])
        steps["z1"].append(z1)
        steps["a1"].append(a1)
        steps["z2"].append(z2)
        steps["a2"].append(sigmoid(z2))
    return steps


def backward_pass(x, y_true, W1, b1, W2, b2):
    """Every gradient as a sum over samples s, hidden units h and outputs o, one path after another."""
    steps = forward_pass(x, W1, b1, W2, b2)
    inputs, hidden, outputs = len(W1), len(W2), len(W2[0])
    n = len(x) * outputs
    dW1, db1 = [[0.0] * hidden for _ in range(inputs)], [[0.0] * hidden]
    dW2, db2 = [[0.0] * outputs for _ in range(hidden)], [[0.0] * outputs]
    for s in range(len(x)):
        for o in range(outputs):
            slope = (steps["a2"][s][o] - y_true[s][o]) / n
            db2[0][o] += slope
            for h in range(hidden):
                dW2[h][o] += steps["a1"][s][h] * slope
                if steps["z1"][s][h] > 0:
                    db1[0][h] += W2[h][o] * slope
                    for i in range(inputs):
                        dW1[i][h] += x[s][i] * W2[h][o] * slope
    return {"dW2": dW2, "db2": db2, "dW1": dW1, "db1": db1}


def norm(arrays):
    """Root of the sum of squares over a list of flat lists."""
    return math.sqrt(sum(value * value for values in arrays for value in values))


def clip_by_global_norm(arrays, max_norm):
    factor = min(1.0, max_norm / norm(arrays))
    return [[value * factor for value in values] for values in arrays]
