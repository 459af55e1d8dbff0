"""Losses, each with its gradient beside it under the same name with `_grad`.

y_pred   predictions: numbers for MSE, probabilities for the cross-entropies
z        logits: the sums before sigmoid or softmax
y_true   targets of y_pred's shape; for cross-entropy also whole labels (m,)
n        the number of elements in the mean; m the number of samples (rows); C the number of classes

Every gradient is the gradient of the mean, so it carries the same 1/n. Probabilities are clipped to the machine
epsilon of their dtype, [eps, 1 - eps], so the loss stays finite; the forms from logits need no clipping and are
exact at ±1e4. float32 stays float32.
"""

import numpy as np

from lessons_lib._validation import as_float, float_pair, in_unit_interval, not_empty, quiet, same_shape, whole
from lessons_lib.activations import log_softmax, sigmoid, softmax

ROW_SUM_TOLERANCE = 1e-3


@quiet
def mse(y_pred, y_true):
    """Mean squared error: L = 1/n Σ (y_pred - y_true)², n = all elements.

    Shapes: y_pred and y_true (...), the same. A prediction that is not finite, as of a diverged network, gives a loss
    that is not; so does a float32 square above 1.8e19.
    Errors: ValueError for different shapes, no elements, or a target that is not finite.

    >>> float(mse([1.0, 2.0], [1.0, 4.0]))
    2.0
    """
    y_pred, y_true = float_pair("y_pred", y_pred, "y_true", y_true)
    return np.mean((y_pred - y_true) ** 2)


@quiet
def mse_grad(y_pred, y_true):
    """Gradient of mse: ∂L/∂y_pred = 2/n (y_pred - y_true).

    Shapes: as y_pred. Errors: those of mse.

    >>> mse_grad([1.0, 2.0], [1.0, 4.0])
    array([ 0., -2.])
    """
    y_pred, y_true = float_pair("y_pred", y_pred, "y_true", y_true)
    n = y_pred.size
    return 2 / n * (y_pred - y_true)


def binary_cross_entropy(y_pred, y_true):
    """Binary cross-entropy: L = -1/n Σ [y log p + (1 - y) log(1 - p)], n = all elements.

    Shapes: y_pred = p and y_true = y (...), the same; both in [0, 1].
    Errors: ValueError for different shapes, no elements, or a value outside [0, 1].

    >>> round(float(binary_cross_entropy([0.5, 0.5], [0, 1])), 6)
    0.693147
    """
    p, y = probabilities_and_targets(y_pred, y_true)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def binary_cross_entropy_grad(y_pred, y_true):
    """Gradient of binary_cross_entropy: ∂L/∂p = -1/n [y/p - (1 - y)/(1 - p)], at the clipped p.

    Shapes: as y_pred. Errors: those of binary_cross_entropy.

    >>> binary_cross_entropy_grad([0.5, 0.5], [0, 1])
    array([ 1., -1.])
    """
    p, y = probabilities_and_targets(y_pred, y_true)
    n = p.size
    return -1 / n * (y / p - (1 - y) / (1 - p))


@quiet
def binary_cross_entropy_from_logits(z, y_true):
    """Binary cross-entropy of σ(z): L = 1/n Σ [max(z, 0) - z y + log(1 + e^(-|z|))], exact for any finite z.

    Shapes: z and y_true (...), the same; y_true in [0, 1]. Logits that are not finite give a loss that is not.
    Errors: ValueError for different shapes, no elements, or a target outside [0, 1].

    >>> float(binary_cross_entropy_from_logits([1e4, -1e4], [0, 1]))
    10000.0
    """
    z, y = logits_and_targets(z, y_true)
    return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))


def binary_cross_entropy_from_logits_grad(z, y_true):
    """Gradient of binary_cross_entropy_from_logits: ∂L/∂z = 1/n (σ(z) - y), n = all elements.

    Shapes: as z. Errors: those of binary_cross_entropy_from_logits.

    >>> binary_cross_entropy_from_logits_grad([1e4, -1e4], [0, 1])
    array([ 0.5, -0.5])
    """
    z, y = logits_and_targets(z, y_true)
    n = z.size
    return 1 / n * (sigmoid(z) - y)


def cross_entropy(y_pred, y_true):
    """Cross-entropy: L = -1/m Σᵢ Σⱼ y[i, j] log p[i, j], the mean over the m samples.

    Shapes: y_pred = p (m, C), rows sum to 1; y_true (m, C) one-hot or soft rows, or whole labels (m,) in 0…C-1.
    Errors: ValueError for other shapes, no samples, values outside [0, 1], rows that do not sum to 1, a label
    outside 0…C-1; TypeError for labels that are not whole numbers.

    >>> round(float(cross_entropy([[0.5, 0.5], [0.25, 0.75]], [0, 1])), 6)
    0.490415
    """
    p, y = class_probabilities_and_targets(y_pred, y_true)
    m = len(p)
    return -1 / m * np.sum(y * np.log(p))


def cross_entropy_grad(y_pred, y_true):
    """Gradient of cross_entropy: ∂L/∂p[i, j] = -1/m y[i, j] / p[i, j], at the clipped p.

    Shapes: as y_pred. Errors: those of cross_entropy.

    >>> cross_entropy_grad([[0.5, 0.5]], [1])
    array([[-0., -2.]])
    """
    p, y = class_probabilities_and_targets(y_pred, y_true)
    m = len(p)
    return -1 / m * (y / p)


@quiet
def cross_entropy_from_logits(z, y_true):
    """Cross-entropy of softmax(z): L = -1/m Σᵢ Σⱼ y[i, j] (z[i, j] - log Σₖ exp z[i, k]), exact for any finite z.

    Shapes: z (m, C); y_true as in cross_entropy. A class with target 0 adds 0, also at z = -inf; a logit of +inf
    or NaN gives NaN, so a diverged network shows it in its loss. Errors: those of cross_entropy, for y_true.

    >>> float(cross_entropy_from_logits([[1e4, -1e4]], [1]))
    20000.0
    """
    z, y = class_logits_and_targets(z, y_true)
    m = len(z)
    log_p = log_softmax(z)
    terms = np.where((y == 0) & ~np.isnan(log_p), 0, y * log_p)
    return -1 / m * np.sum(terms)


def cross_entropy_from_logits_grad(z, y_true):
    """Gradient of cross_entropy_from_logits: ∂L/∂z = 1/m (p - y), p = softmax(z).

    Shapes: as z. Errors: those of cross_entropy_from_logits and of softmax.

    >>> cross_entropy_from_logits_grad([[0.0, 0.0]], [1])
    array([[ 0.5, -0.5]])
    """
    z, y = class_logits_and_targets(z, y_true)
    m = len(z)
    return 1 / m * (softmax(z) - y)


LOSSES = {
    "cross_entropy": (cross_entropy_from_logits, cross_entropy_from_logits_grad),
    "binary_cross_entropy": (binary_cross_entropy_from_logits, binary_cross_entropy_from_logits_grad),
    "mse": (mse, mse_grad),
}
"""The losses that a network can train on: {name: (loss, gradient)}, both functions of its last layer's sums z."""


def one_hot(labels, num_classes):
    """Whole labels (m,) as one-hot rows (m, C): a single 1 in the column of the label.

    Errors: TypeError for labels that are not whole numbers, ValueError for one outside 0…C-1 or another shape.

    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    labels, num_classes = np.asarray(labels), whole("num_classes", num_classes, 1)
    if labels.ndim != 1:
        raise ValueError(f"labels must have shape (m,), got {labels.shape}")
    return _one_hot_rows(not_empty("labels", labels), num_classes)


def clipped(p):
    """Probabilities moved into [eps, 1 - eps], eps the machine epsilon of their dtype: then log p is finite."""
    eps = np.finfo(p.dtype).eps
    return np.clip(p, eps, 1 - eps)


def probabilities_and_targets(y_pred, y_true):
    """The checked arguments of binary_cross_entropy: clipped p, and y of the same dtype."""
    p, y = float_pair("y_pred", y_pred, "y_true", y_true)
    in_unit_interval("y_pred", p, "; for logits use binary_cross_entropy_from_logits")
    return clipped(p), in_unit_interval("y_true", y)


def logits_and_targets(z, y_true):
    """The checked arguments of binary_cross_entropy_from_logits."""
    z, y = float_pair("z", z, "y_true", y_true)
    return z, in_unit_interval("y_true", y)


def class_probabilities_and_targets(y_pred, y_true):
    """The checked arguments of cross_entropy: clipped p (m, C), and y as rows (m, C)."""
    p = _rows_of_classes("y_pred", y_pred)
    in_unit_interval("y_pred", p, "; for logits use cross_entropy_from_logits")
    _rows_sum_to_one("y_pred", p)
    return clipped(p), class_targets("y_pred", p, y_true)


def class_logits_and_targets(z, y_true):
    """The checked arguments of cross_entropy_from_logits: z (m, C), and y as rows (m, C)."""
    z = _rows_of_classes("z", z)
    return z, class_targets("z", z, y_true)


def _rows_of_classes(name, value):
    array = not_empty(name, as_float(name, value))
    if array.ndim != 2:
        raise ValueError(f"{name} must have shape (m, C), got {array.shape}")
    return array


def class_targets(name, rows, y_true):
    """Targets as rows (m, C) with the dtype of `rows`: from whole labels (m,), or checked one-hot or soft rows."""
    y = np.asarray(y_true)
    if y.ndim == 1:
        if len(y) != len(rows):
            raise ValueError(f"{name} has {len(rows)} samples, but y_true has {len(y)} labels")
        return _one_hot_rows(y, rows.shape[1]).astype(rows.dtype)
    y = as_float("y_true", y).astype(rows.dtype)
    same_shape(name, rows, "y_true", y)
    _rows_sum_to_one("y_true", in_unit_interval("y_true", y))
    return y


def _one_hot_rows(labels, num_classes):
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be whole numbers, got dtype {labels.dtype}")
    wrong = (labels < 0) | (labels >= num_classes)
    if wrong.any():
        raise ValueError(f"labels must be in 0..{num_classes - 1}, got {labels[wrong][0]}")
    return (labels[:, None] == np.arange(num_classes)).astype(np.float64)


def _rows_sum_to_one(name, rows):
    sums = rows.sum(axis=1)
    wrong = np.abs(sums - 1) > ROW_SUM_TOLERANCE
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"every row of {name} must sum to 1, got {sums[row]} in row {row}")
