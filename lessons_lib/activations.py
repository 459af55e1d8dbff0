"""Activations and their derivatives: what a layer does to its sums z.

z        the sums of a layer, any shape (softmax works along one axis)
σ(z)     the sigmoid
p        the probabilities that softmax gives

A NaN in z stays a NaN in the result: an activation must not hide it.
"""

import numpy as np

from lessons_lib._validation import as_float, quiet


def relu(z):
    """Rectified linear unit: max(0, z), element by element.

    Shapes: z (...) -> (...). Errors: TypeError when z does not hold real numbers.

    >>> relu([-2.0, 0.0, 3.0])
    array([0., 0., 3.])
    """
    return np.maximum(as_float("z", z), 0)


def relu_grad(z):
    """Derivative of relu: 1 where z > 0, else 0; at the kink relu'(0) = 0, as in PyTorch and Keras.

    Shapes: z (...) -> (...). Errors: TypeError when z does not hold real numbers.

    >>> relu_grad([-2.0, 0.0, 3.0])
    array([0., 0., 1.])
    """
    z = as_float("z", z)
    return np.where(np.isnan(z), z, z > 0).astype(z.dtype)


def sigmoid(z):
    """Sigmoid σ(z) = 1 / (1 + e⁻ᶻ), written so that it never overflows.

    e^(-|z|) lies in (0, 1]; for z < 0 both parts of the fraction are multiplied by eᶻ: σ(z) = eᶻ / (1 + eᶻ).

    Shapes: z (...) -> (...). Errors: TypeError when z does not hold real numbers.

    >>> sigmoid([-1e4, 0.0, 1e4])
    array([0. , 0.5, 1. ])
    """
    z = as_float("z", z)
    with np.errstate(under="ignore"):
        e = np.exp(-np.abs(z))
        return np.where(z >= 0, z.dtype.type(1), e) / (1 + e)


def sigmoid_grad(z):
    """Derivative of the sigmoid: σ'(z) = σ(z) (1 - σ(z)).

    1 - σ(z) is computed as σ(-z): the same number, but it does not round to 0 for large z.

    Shapes: z (...) -> (...). Errors: TypeError when z does not hold real numbers.

    >>> float(sigmoid_grad(0.0))
    0.25
    """
    with np.errstate(under="ignore"):
        return sigmoid(z) * sigmoid(-as_float("z", z))


def softmax(z, axis=-1):
    """Softmax pᵢ = exp(zᵢ) / Σⱼ exp(zⱼ) along `axis`; the largest zⱼ is subtracted first, which changes nothing.

    Shapes: z (..., C) -> (..., C), every row sums to 1; a single vector is one row. -inf means probability 0.
    Errors: ValueError for no classes, a missing axis, +inf, or a row that holds only -inf.

    >>> softmax([0.0, 0.0, 1e4])
    array([0., 0., 1.])
    """
    z = checked_logits(z, axis)
    top = z.max(axis=axis, keepdims=True)
    if np.isinf(top).any():
        row = np.argwhere(np.isinf(np.squeeze(top, axis=axis)))[0].tolist() if z.ndim > 1 else 0
        raise ValueError(f"z must have a finite maximum in every row, got {top[np.isinf(top)][0]} in row {row}")
    with np.errstate(over="ignore", under="ignore"):
        e = np.exp(z - top)
        return e / e.sum(axis=axis, keepdims=True)


def softmax_grad(z):
    """Jacobian matrix of softmax: ∂pᵢ/∂zⱼ = pᵢ (δᵢⱼ - pⱼ); the last axis of z holds the classes.

    Shapes: z (..., C) -> (..., C, C), symmetric, every row sums to 0. Errors: those of softmax.

    >>> softmax_grad([0.0, 0.0])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    p = softmax(z)
    identity = np.eye(p.shape[-1], dtype=p.dtype)
    return p[..., :, None] * (identity - p[..., None, :])


@quiet
def log_softmax(z, axis=-1):
    """Logarithm of softmax: log pᵢ = zᵢ - log Σⱼ exp(zⱼ), exact where softmax itself rounds to 0.

    Shapes: z (..., C) -> (..., C). A row with +inf gives NaN, so that a diverged network shows a loss that is not
    finite instead of an exception. Errors: ValueError for no classes or a missing axis.

    >>> log_softmax([1000.0, 1.0])
    array([   0., -999.])
    """
    z = checked_logits(z, axis)
    shifted = z - z.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def checked_logits(z, axis):
    """z as a float array that has classes along axis."""
    z = as_float("z", z)
    if z.ndim == 0 or not -z.ndim <= axis < z.ndim:
        raise ValueError(f"z must have an axis {axis}, got shape {z.shape}; expected (m, C) or one vector (C,)")
    if z.shape[axis] == 0:
        raise ValueError(f"z has 0 classes along axis {axis}: got shape {z.shape}, expected at least 1")
    return z
