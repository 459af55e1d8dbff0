"""Gradients: check them against finite differences, measure them, clip them.

h      the step of a central difference
‖g‖    the Euclidean norm: the root of the sum of all squares
dz     ∂L/∂z of a layer's sums z; dW the gradient of its weights
"""

import math
from dataclasses import dataclass

import numpy as np

from lessons_lib._validation import as_float, finite, not_empty, overlaps_itself, positive, same_shape

KINK_JUMP = 1e-4


def numerical_gradient(f, x, h=None):
    """Gradient of a scalar f at x by central differences: ∂f/∂xᵢ ≈ [f(x + h eᵢ) - f(x - h eᵢ)] / 2h.

    x (...) -> (...). A writable float x is moved in place, one element at a time, so an f that reads its parameters
    elsewhere works too; each element is put back bit for bit, even when f raises. Other input is copied, and so is a
    view whose elements share memory.
    h defaults to eps^(1/3), where truncation and rounding balance. Errors: ValueError when f gives no finite number.

    >>> numerical_gradient(lambda x: x @ x, np.array([1.0, -2.0])).round(6)
    array([ 2., -4.])
    """
    x, h = checked_point(x, h)
    ahead, behind = values_around(f, x, h)
    return (ahead - behind) / (2 * h)


@dataclass(frozen=True)
class GradientCheck:
    """What check_gradient found: the error, the worst element with both its numbers, and the kinks, if any."""

    relative_error: float
    worst_index: tuple
    analytic: float
    numeric: float
    kinks: tuple

    def __str__(self):
        place = f"worst at {list(self.worst_index)}: analytic {self.analytic:.9g}, numeric {self.numeric:.9g}"
        warning = f"; kink within h at {[list(i) for i in self.kinks]}: no check there" if self.kinks else ""
        return f"relative error {self.relative_error:.1e}; {place}{warning}"


def check_gradient(f, grad, x, h=None):
    """Compare an analytic gradient with central differences: ‖a - n‖ / max(‖a‖, ‖n‖), 0 when both are 0.

    grad: an array with the shape of x, or a function of x. Returns a GradientCheck. A correct gradient in float64
    gives about 1e-10 … 1e-7. Within h of a kink (relu at 0) the two sides have different slopes and no difference
    quotient is right: such elements are reported in `kinks`. Errors: ValueError for a gradient of another shape.

    >>> check_gradient(lambda x: x @ x, lambda x: 2 * x, np.array([1.0, -2.0])).relative_error < 1e-9
    True
    """
    x, h, analytic = checked_gradient(grad, x, h)
    ahead, behind = values_around(f, x, h)
    numeric = (ahead - behind) / (2 * h)
    scale = max(euclidean_norm(analytic), euclidean_norm(numeric))
    error = euclidean_norm(analytic - numeric) / scale if scale > 0 else 0.0
    worst = np.argmax(np.abs(analytic - numeric))
    kinks = kinks_within(f, x, h, ahead, behind)
    return gradient_check(error, worst, analytic, numeric, kinks)


def clip_by_norm(g, max_norm):
    """Clip one gradient by its norm: g where ‖g‖ <= max_norm, else max_norm/‖g‖ · g. The direction stays.

    Shapes: g (...) -> a new array (...). PyTorch divides by ‖g‖ + 1e-6 and so shrinks a gradient of exactly
    max_norm. Errors: ValueError for max_norm <= 0 or a g that is not finite.

    >>> clip_by_norm([3.0, 4.0], max_norm=1.0)
    array([0.6, 0.8])
    """
    (clipped,), _ = _clipped([as_float("g", g)], max_norm, "g")
    return clipped


def clip_by_global_norm(grads, max_norm):
    """Clip a list of gradients by their common norm ‖g‖ = √(Σᵢ ‖gᵢ‖²): all are scaled by the same factor.

    Returns (new list of arrays, ‖g‖ before clipping). The direction of the whole step stays; clipping each array
    separately would change it. Errors: ValueError for max_norm <= 0, no arrays, or a grads[i] that is not finite.

    >>> clip_by_global_norm([np.array([3.0]), np.array([4.0])], max_norm=1.0)
    ([array([0.6]), array([0.8])], 5.0)
    """
    return _clipped(_gradient_list(grads), max_norm)


def gradient_norms(grads):
    """Norm of every gradient in a list, layer by layer: ‖gᵢ‖.

    Returns an array (len(grads),). Errors: ValueError for no arrays or a grads[i] that is not finite.

    >>> gradient_norms([np.array([3.0, 4.0]), np.zeros((2, 2))])
    array([5., 0.])
    """
    return np.array([euclidean_norm(g) for g in _gradient_list(grads)])


def euclidean_norm(g):
    """Norm of one array: ‖g‖ = √(Σ g²), summed in float64; not finite where g is not.

    Squares of 1e200 would overflow and those of 1e-200 would vanish: there the largest |g| is factored out first.

    >>> euclidean_norm(np.array([3.0, 4.0]))
    5.0
    """
    wide = g.astype(np.float64, copy=False)
    squares = np.vdot(wide, wide)
    if 1e-280 < squares < 1e280:
        return math.sqrt(squares)
    largest = float(np.max(np.abs(wide), initial=0.0))
    if largest == 0:
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        return largest * float(np.sqrt(np.sum((wide / largest) ** 2)))


def layer_gradients(x, weights, grad, f, f_grad):
    """Gradients of every layer of a deep chain a ← f(a W) without biases, from grad = ∂L/∂a of the last layer.

    x (m, n0), weights [W1 (n0, n1), W2 (n1, n2), …], grad (m, n_last); f and f_grad act element by element.
    Returns (list of ∂L/∂z, list of ∂L/∂W), first layer first. Errors: ValueError for shapes that do not fit.

    >>> dz, dW = layer_gradients([[1.0]], [np.array([[2.0]]), np.array([[3.0]])], [[1.0]], lambda z: z, np.ones_like)
    >>> [g.item() for g in dz], [g.item() for g in dW]
    ([3.0, 1.0], [3.0, 2.0])
    """
    a, da = as_float("x", x), as_float("grad", grad)
    layers, dzs, dWs = [], [], []
    for W in weights:
        z = a @ W
        layers.append((a, z, W))
        a = f(z)
    same_shape("grad", da, "the last layer", a)
    for a, z, W in reversed(layers):
        dz = da * f_grad(z)
        dzs.append(dz)
        dWs.append(a.T @ dz)
        da = dz @ W.T
    return dzs[::-1], dWs[::-1]


def largest_curvature(grad, x, v, rounds=60, h=1e-8):
    """Largest curvature at x by power iteration: v ← Hv/‖Hv‖, Hv ≈ [∇f(x + hv) - ∇f(x - hv)] / 2h, λ = v · Hv.

    grad: ∇f, a function of x. x, v (...): v starts the search, best with the direction found nearby. Returns (λ, v):
    the eigenvalue of the Hessian H that is largest in modulus, and its direction, ‖v‖ = 1. All in float64. So small
    an h is for relu: few kinks lie between the two points. Errors: ValueError for a v of another shape or of zeros.

    >>> lam, v = largest_curvature(lambda x: np.array([2.0, -5.0]) * x, x=[1.0, 1.0], v=[1.0, 1.0])
    >>> round(lam, 6), np.abs(v).round(6)
    (-5.0, array([0., 1.]))
    """
    x, v = checked_direction(x, v)
    for _ in range(rounds):
        Hv = (grad(x + h * v) - grad(x - h * v)) / (2 * h)
        lam, length = float(np.vdot(v, Hv)), euclidean_norm(Hv)
        if length == 0:
            break
        v = Hv / length
    return lam, v


def _clipped(grads, max_norm, name=None):
    max_norm = positive("max_norm", max_norm)
    norms = [euclidean_norm(finite(name or f"grads[{i}]", g)) for i, g in enumerate(grads)]
    norm = euclidean_norm(np.array(norms))
    if not np.isfinite(norm):
        raise ValueError(f"{name or 'grads'} must have a finite norm, got {max(norms):.3g} in one array")
    if norm <= max_norm:
        return [g.copy() for g in grads], norm
    return [_scaled(g, max_norm, norm) for g in grads], norm


def _scaled(g, max_norm, norm):
    """max_norm/norm · g, also where that factor is too small for the dtype of g."""
    factor = max_norm / norm
    if factor >= np.finfo(g.dtype).tiny:
        return g * g.dtype.type(factor)
    with np.errstate(under="ignore"):
        return (g / np.float64(norm) * max_norm).astype(g.dtype)


def _gradient_list(grads):
    if isinstance(grads, np.ndarray) or not hasattr(grads, "__len__"):
        raise TypeError(f"grads must be a list of arrays, got {type(grads).__name__}; write [grads] for one array")
    if len(grads) == 0:
        raise ValueError("grads is empty: expected at least one array")
    return [finite(f"grads[{i}]", as_float(f"grads[{i}]", g)) for i, g in enumerate(grads)]


def checked_point(x, h):
    """x as a float array that can be moved in place, and the step h."""
    x = finite("x", not_empty("x", as_float("x", x)))
    if not x.flags.writeable or overlaps_itself(x):
        x = x.copy()
    h = float(np.finfo(x.dtype).eps) ** (1 / 3) if h is None else positive("h", h)
    largest = np.max(np.abs(x))
    if largest + h == largest:
        raise ValueError(f"h must be large enough to move x, got h = {h:.1e} beside an element of {largest:.1e}")
    return x, h


def checked_direction(x, v):
    """x and the unit vector v/‖v‖, both in float64 and of one shape."""
    x, v = (finite(name, as_float(name, array)).astype(np.float64) for name, array in (("x", x), ("v", v)))
    same_shape("v", v, "x", x)
    if not v.any():
        raise ValueError("v must have a length: got only zeros")
    return x, v / euclidean_norm(v)


def checked_gradient(grad, x, h):
    """The results of checked_point, and the analytic gradient at x: an array with the shape of x."""
    x, h = checked_point(x, h)
    analytic = finite("grad", as_float("grad", grad(x.copy()) if callable(grad) else grad))
    if analytic.shape != x.shape:
        raise ValueError(f"grad must have the shape of x {x.shape}, got {analytic.shape}")
    return x, h, analytic.copy()  # f may compute its gradient anew, in the same memory


def values_around(f, x, h):
    """f at x + h eᵢ and at x - h eᵢ for every element i."""
    ahead, behind = np.empty(x.shape), np.empty(x.shape)
    for index in np.ndindex(x.shape):
        ahead[index], behind[index] = _moved(f, x, index, h), _moved(f, x, index, -h)
    return ahead, behind


def kinks_within(f, x, h, ahead, behind):
    """The elements of x that have a kink within h, where the slopes on both sides differ."""
    middle = _value(f, x)
    jumps = np.abs(ahead - 2 * middle + behind) / h
    rounding = 10 * np.finfo(x.dtype).eps * abs(middle) / h
    steepest = np.max(np.abs(ahead - behind)) / (2 * h)
    suspects = np.argwhere(jumps > KINK_JUMP * steepest + rounding)
    return tuple(index for index in map(_as_index, suspects) if _is_kink(f, x, index, h))


def gradient_check(error, worst, analytic, numeric, kinks):
    """A GradientCheck; `worst` is the index of the worst element in the flat arrays."""
    index = _as_index(np.unravel_index(worst, analytic.shape))
    return GradientCheck(error, index, float(analytic[index]), float(numeric[index]), kinks)


def _moved(f, x, index, step):
    """f with one element of x moved by `step`, which is then put back bit for bit."""
    saved = x[index]
    try:
        x[index] = saved + step
        return _value(f, x)
    finally:
        x[index] = saved


def _value(f, x):
    value = finite("f(x)", as_float("f(x)", f(x)))
    if value.size != 1:
        raise ValueError(f"f must return one number, got shape {value.shape}")
    return float(value.reshape(()))


def _is_kink(f, x, index, h):
    """Whether the slopes left and right of x differ at 2 h by more than half of their difference at 10 h.

    A kink within h gives at least 5/9, a curve about a fifth.
    """
    return _slope_jump(f, x, index, 2 * h) > 0.5 * _slope_jump(f, x, index, 10 * h)


def _slope_jump(f, x, index, h):
    return abs(_moved(f, x, index, h) - 2 * _value(f, x) + _moved(f, x, index, -h)) / h


def _as_index(indices):
    return tuple(int(i) for i in indices)
