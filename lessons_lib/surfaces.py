"""Test surfaces for optimizers: functions of a point with their gradients, vectorised for contour lines.

p      points, shape (..., d): the last axis holds the coordinates
κ      the condition number: the largest curvature over the smallest
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lessons_lib._validation import as_float, finite, number, positive, quiet, two_dimensional, whole


@dataclass(frozen=True)
class Surface:
    """A function of two coordinates with its gradient, its minimum (None for a saddle), a start and a window.

    window is (left, right, bottom, top), the part that is worth drawing.
    """

    name: str
    f: Callable
    grad: Callable
    start: tuple
    minimum: tuple | None
    window: tuple


def quadratic_bowl(condition_number=10.0):
    """Quadratic bowl f = ½ (x² + κ y²), gradient (x, κ y): the simplest valley of condition number κ.

    Returns a Surface. Gradient descent converges if and only if 0 < η < 2/κ. Errors: ValueError for κ < 1.

    >>> bowl = quadratic_bowl(condition_number=4.0)
    >>> float(bowl.f([2.0, 1.0])), bowl.grad([2.0, 1.0])
    (4.0, array([2., 4.]))
    """
    kappa = number("condition_number", condition_number, 1)

    def f(p):
        x, y = _coordinates(p)
        return 0.5 * (x**2 + kappa * y**2)

    def grad(p):
        x, y = _coordinates(p)
        return np.stack([x, kappa * y], axis=-1)

    return Surface("bowl", f, grad, start=(-4.0, 1.5), minimum=(0.0, 0.0), window=(-5.0, 5.0, -2.5, 2.5))


def turned(surface, degrees):
    """The surface turned about the origin, counterclockwise: f(Rᵀp), where R turns a point.

    Returns a Surface with the old window. Errors: ValueError for degrees that are not finite.

    >>> turned(quadratic_bowl(4.0), 90).grad([2.0, 1.0]).round(9)
    array([8., 1.])
    """
    angle = np.radians(number("degrees", degrees))
    cos, sin = float(np.cos(angle)), float(np.sin(angle))

    def rotate(p, sin=sin):
        x, y = _coordinates(p)
        return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)

    return replace(
        surface,
        f=lambda p: surface.f(rotate(p, -sin)),
        grad=lambda p: rotate(surface.grad(rotate(p, -sin))),
        start=tuple(rotate(surface.start).tolist()),
        minimum=None if surface.minimum is None else tuple(rotate(surface.minimum).tolist()),
    )


class AsColumn:
    """An optimizer that is given every vector as a matrix of one column, as Shampoo and Muon need it on a surface.

    >>> from lessons_lib.after_adam import Shampoo
    >>> descend(quadratic_bowl(4.0), AsColumn(Shampoo(1.0)), steps=1, start=(2.0, 0.0)).round(3)
    array([[2., 0.],
           [1., 0.]])
    """

    def __init__(self, optimizer):
        self.optimizer = optimizer

    def update(self, params, grads):
        """The optimizer's update of (n, 1) views of arrays (n,)."""
        self.optimizer.update([theta[:, None] for theta in params], [g[:, None] for g in grads])


def rosenbrock(p):
    """Rosenbrock's valley f = Σᵢ [100 (pᵢ₊₁ - pᵢ²)² + (1 - pᵢ)²], minimum 0 at (1, …, 1).

    Shapes: p (..., d >= 2) -> (...). Errors: ValueError for fewer coordinates. Source: Rosenbrock, 1960.

    >>> float(rosenbrock([1, 1, 1])), float(rosenbrock([0.0, 0.0]))
    (0.0, 1.0)
    """
    p = _points(p)
    here, there = p[..., :-1], p[..., 1:]
    return np.sum(100 * (there - here**2) ** 2 + (1 - here) ** 2, axis=-1)


def rosenbrock_grad(p):
    """Gradient of rosenbrock: ∂f/∂pᵢ = -400 pᵢ (pᵢ₊₁ - pᵢ²) - 2 (1 - pᵢ) + 200 (pᵢ - pᵢ₋₁²), where these exist.

    Shapes: p (..., d) -> (..., d). Errors: those of rosenbrock.

    >>> rosenbrock_grad([0.0, 0.0])
    array([-2.,  0.])
    """
    p = _points(p)
    here, there = p[..., :-1], p[..., 1:]
    g = np.zeros_like(p)
    g[..., :-1] += -400 * here * (there - here**2) - 2 * (1 - here)
    g[..., 1:] += 200 * (there - here**2)
    return g


_BEALE = ((1.5, 1), (2.25, 2), (2.625, 3))


def beale(p):
    """Beale's function f = Σₖ (cₖ - x + x yᵏ)², c = 1.5, 2.25, 2.625, k = 1, 2, 3; minimum 0 at (3, 0.5).

    Shapes: p (..., 2) -> (...). Errors: ValueError for another number of coordinates.

    >>> float(beale([3.0, 0.5]))
    0.0
    """
    x, y = _coordinates(p)
    return sum((c - x + x * y**k) ** 2 for c, k in _BEALE)


def beale_grad(p):
    """Gradient of beale: Σₖ 2 rₖ (yᵏ - 1) and Σₖ 2 rₖ k x yᵏ⁻¹ with rₖ = cₖ - x + x yᵏ.

    Shapes: p (..., 2) -> (..., 2). Errors: those of beale.

    >>> beale_grad([3.0, 0.5])
    array([0., 0.])
    """
    x, y = _coordinates(p)
    rest = [(c - x + x * y**k, k) for c, k in _BEALE]
    along_x = sum(2 * r * (y**k - 1) for r, k in rest)
    along_y = sum(2 * r * k * x * y ** (k - 1) for r, k in rest)
    return np.stack([along_x, along_y], axis=-1)


def saddle(p):
    """Saddle f = x² - y²: the gradient is 0 at the origin, which is no minimum.

    Shapes: p (..., 2) -> (...). Errors: ValueError for another number of coordinates.

    >>> float(saddle([2.0, 1.0]))
    3.0
    """
    x, y = _coordinates(p)
    return x**2 - y**2


def saddle_grad(p):
    """Gradient of saddle: (2x, -2y).

    Shapes: p (..., 2) -> (..., 2). Errors: those of saddle.

    >>> saddle_grad([2.0, 1.0])
    array([ 4., -2.])
    """
    x, y = _coordinates(p)
    return np.stack([2 * x, -2 * y], axis=-1)


@quiet
def descend(surface, optimizer, steps=100, start=None):
    """Path of an optimizer on a surface: start, and the point after each step; (steps + 1, 2).

    optimizer: anything with update(params, grads), best a new one, since its state carries over. start: the surface's
    own by default. A path ends before it would leave the finite numbers: it is then shorter than steps + 1. Errors:
    TypeError for what is no Surface or no optimizer, ValueError for steps < 1 or a start that is not two numbers.

    >>> from lessons_lib.optimizers import SGD
    >>> descend(quadratic_bowl(2.0), SGD(0.5), steps=2, start=(4.0, 1.0))
    array([[4., 1.],
           [2., 0.],
           [1., 0.]])
    """
    p = checked_start(surface, optimizer, steps, start)
    path = [p.copy()]
    for _ in range(steps):
        g = surface.grad(p)
        if not np.isfinite(g).all():
            break
        optimizer.update([p], [g])
        if not np.isfinite(p).all():
            break
        path.append(p.copy())
    return np.array(path)


def steps_until_close(path, target, share=0.01):
    """Number of steps after which a path stays within share of its initial distance to target; None if it never does.

    Shapes: path (steps + 1, d), target (d,). Passing by does not count: all later points must be close too.
    Errors: ValueError for shapes that do not fit, a path that starts at the target, share <= 0.

    >>> steps_until_close([[8.0, 0.0], [0.0, 0.0], [4.0, 0.0], [0.01, 0.0]], (0.0, 0.0))
    3
    """
    path, target = two_dimensional("path", as_float("path", path)), as_float("target", target)
    if len(path) == 0 or target.shape != path.shape[1:]:
        raise ValueError(f"path (steps + 1, d) and target (d,) must fit, got shapes {path.shape} and {target.shape}")
    share = number("share", share, 0, low_open=True)
    distance = np.linalg.norm(path - target, axis=1)
    if distance[0] == 0:
        raise ValueError("path starts at the target: there is no distance to take a share of")
    far = np.flatnonzero(distance > share * distance[0])
    steps = int(far[-1]) + 1 if len(far) else 0
    return steps if steps < len(path) else None


def noisy_bowl(rates, start=10.0, *, curvature=1.0, noise=1.0, runs=1, seed=0):
    """SGD on ½ λ θ² with a noisy gradient: θ ← θ - η (λ θ + σ ξ), ξ ~ N(0, 1); one independent path per run.

    rates (steps,): η of every step. λ is the curvature, σ the noise of one gradient. Returns θ (steps + 1, runs),
    the start included.
    Errors: ValueError for rates that are negative or not a list, curvature <= 0, noise < 0, runs < 1.

    >>> noisy_bowl([0.5, 0.5], start=8.0, noise=0.0).ravel()
    array([8., 4., 2.])
    """
    rates, curvature, noise = _rates(rates), positive("curvature", curvature), number("noise", noise, 0)
    rng = np.random.default_rng(seed)
    theta = np.full((len(rates) + 1, whole("runs", runs, 1)), number("start", start))
    for t, lr in enumerate(rates):
        gradient = curvature * theta[t] + noise * rng.normal(size=theta.shape[1])
        theta[t + 1] = theta[t] - lr * gradient
    return theta


def noisy_bowl_loss(rates, start=10.0, *, curvature=1.0, noise=1.0):
    """Mean loss of noisy_bowl over all possible noise, exactly: E θ² ← (1 - η λ)² E θ² + η² σ², loss = ½ λ E θ².

    Shapes: rates (steps,) -> (steps + 1,). Errors: those of noisy_bowl.

    >>> noisy_bowl_loss([1.0, 1.0], start=2.0)
    array([2. , 0.5, 0.5])
    """
    rates, curvature, noise = _rates(rates), positive("curvature", curvature), number("noise", noise, 0)
    squares = [number("start", start) ** 2]
    for lr in rates:
        squares.append((1 - lr * curvature) ** 2 * squares[-1] + lr**2 * noise**2)
    return 0.5 * curvature * np.array(squares)


ROSENBROCK = Surface("rosenbrock", rosenbrock, rosenbrock_grad, (-1.2, 1.0), (1.0, 1.0), (-2.0, 2.0, -1.0, 3.0))
BEALE = Surface("beale", beale, beale_grad, (1.0, 1.5), (3.0, 0.5), (-1.0, 4.5, -1.5, 2.0))
SADDLE = Surface("saddle", saddle, saddle_grad, (-2.0, 0.01), None, (-2.5, 2.5, -2.5, 2.5))


def _points(p, d=None):
    p = as_float("p", p)
    if p.ndim == 0 or (p.shape[-1] < 2 if d is None else p.shape[-1] != d):
        raise ValueError(f"p must have {d or 'at least 2'} coordinates on its last axis, got shape {p.shape}")
    return p


def _coordinates(p):
    p = _points(p, 2)
    return p[..., 0], p[..., 1]


def checked_start(surface, optimizer, steps, start):
    """A copy of the given start, or of the surface's own, after all checks."""
    if not isinstance(surface, Surface):
        raise TypeError(f"surface must be a Surface, as quadratic_bowl(10) or BEALE, got {type(surface).__name__}")
    if isinstance(optimizer, type) or not callable(getattr(optimizer, "update", None)):
        raise TypeError(f"optimizer must have update(params, grads), as Adam(0.1), got {optimizer!r}")
    whole("steps", steps, 1)
    start = finite("start", as_float("start", surface.start if start is None else start))
    if start.shape != (2,):
        raise ValueError(f"start must be two coordinates, got shape {start.shape}")
    return start.copy()


def _rates(rates):
    rates = finite("rates", as_float("rates", rates))
    if rates.ndim != 1 or (rates < 0).any():
        raise ValueError(f"rates must be a list of learning rates >= 0, got shape {rates.shape}")
    return rates
