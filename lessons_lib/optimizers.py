"""Optimizers: what to do with a gradient. Each `update` is its textbook equation, in place.

θ    params, a list of arrays that are changed in place
g    grads, the gradients ∇L(θ), a list of the same shapes
η    lr (learning_rate): may be set anew before any step, as a schedule does
β    momentum, beta, beta1, beta2; ε epsilon

All arguments are checked before anything is changed: an update happens wholly or not at all.
"""

import math
import operator
from itertools import combinations

import numpy as np

from lessons_lib._validation import as_float, finite, number, positive


class FiniteGrads(list):
    """Gradients that are known to be finite, as train knows from their norm: an update need not look again."""


class _Optimizer:
    """What all optimizers share: the learning rate, the checks, and the making of their state."""

    _state_names = ()

    def __init__(self, learning_rate):
        self.lr = self._checked_lr = positive("learning_rate", learning_rate)
        self._known, self._step, self._root = [], [], []
        for name in self._state_names:
            setattr(self, name, None)

    def _start(self, params, grads):
        """Check everything, fill the state with zeros at the first step, and return the gradients to use."""
        if self.lr is not self._checked_lr:
            self._checked_lr = number("lr", self.lr, 0)
        _check_lists(params, grads)
        arrays = [*params, *grads]
        for name in self._state_names:
            arrays += getattr(self, name) or ()
        # The very arrays of the step before can only have new values: 1 µs instead of 5 µs of a step of 53 µs.
        if len(arrays) == len(self._known) and all(map(operator.is_, arrays, self._known)):
            _check_writeable(params)
            if not isinstance(grads, FiniteGrads):
                _check_finite(grads)
            return grads
        checked = self._checked(params, grads)
        unchanged = all(map(operator.is_, grads, checked))
        self._known = [*params, *grads, *(s for name in self._state_names for s in getattr(self, name))] * unchanged
        return checked

    def _checked(self, params, grads):
        """The gradients to use, after all checks; state and room for the formulas where there are none."""
        _check_params(params)
        checked = _checked_grads(params, grads)
        shapes = [p.shape for p in params]
        for name in self._state_names:
            state = getattr(self, name)
            if state is None:
                setattr(self, name, [np.zeros_like(p) for p in params])
            elif [s.shape for s in state] != shapes:
                raise ValueError(
                    f"this {type(self).__name__} was started with {len(state)} arrays of shapes "
                    f"{[s.shape for s in state]}, got {shapes}; make a new optimizer"
                )
        # Intermediate results of the formulas, the same arrays at every step: new ones would make a training step
        # with Adam about 13 % longer (64-64-10), 12 % (784-256-128-10).
        if [(s.shape, s.dtype) for s in self._step] != [(p.shape, p.dtype) for p in params]:
            self._step, self._root = ([np.zeros_like(p) for p in params] for _ in range(2))
        return checked

    def __repr__(self):
        return f"{type(self).__name__}(lr={self.lr:g})"


class SGD(_Optimizer):
    """Stochastic gradient descent: θ ← θ - η g.

    update(params, grads) changes the arrays of the list params in place. Errors: ValueError for a learning rate
    that is not > 0 and finite, other lengths or shapes, gradients that are not finite; TypeError for no arrays.

    >>> theta = np.array([1.0])
    >>> SGD(learning_rate=0.1).update([theta], [np.array([2.0])])
    >>> theta
    array([0.8])
    """

    def __init__(self, learning_rate=0.01):
        super().__init__(learning_rate)

    def update(self, params, grads):
        grads = self._start(params, grads)
        for theta, g, step in zip(params, grads, self._step):
            theta -= np.multiply(self.lr, g, out=step)


class SGDMomentum(_Optimizer):
    """SGD with momentum: v ← β v - η g;  θ ← θ + v.

    The learning rate is inside v (Keras, scikit-learn); PyTorch has v ← β v + g, θ ← θ - η v. Both agree while η is
    constant; after η drops ×0.1 ours goes on with the old speed. State: velocity. Errors: those of SGD.

    >>> theta, optimizer = np.array([1.0]), SGDMomentum(learning_rate=0.1, momentum=0.5)
    >>> for _ in range(2):
    ...     optimizer.update([theta], [np.array([1.0])])
    >>> theta, optimizer.velocity
    (array([0.75]), [array([-0.15])])
    """

    _state_names = ("velocity",)

    def __init__(self, learning_rate=0.01, momentum=0.9):
        super().__init__(learning_rate)
        self.momentum = _decay("momentum", momentum)

    def update(self, params, grads):
        grads = self._start(params, grads)
        for theta, g, v, step in zip(params, grads, self.velocity, self._step):
            v *= self.momentum
            v -= np.multiply(self.lr, g, out=step)
            theta += v


class Nesterov(SGDMomentum):
    """Nesterov momentum: v ← β v - η g;  θ ← θ + β v - η g, the step of the point ahead.

    The form of Keras and scikit-learn, in which g is taken at θ itself. State: velocity. Errors: those of SGD.
    Source: Sutskever et al., ICML 2013, rewritten for the moved variable.

    >>> theta = np.array([1.0])
    >>> Nesterov(learning_rate=0.1, momentum=0.5).update([theta], [np.array([1.0])])
    >>> theta
    array([0.85])
    """

    def update(self, params, grads):
        grads = self._start(params, grads)
        for theta, g, v, step, ahead in zip(params, grads, self.velocity, self._step, self._root):
            v *= self.momentum
            v -= np.multiply(self.lr, g, out=step)
            ahead = np.multiply(self.momentum, v, out=ahead)
            ahead -= step
            theta += ahead


class AdaGrad(_Optimizer):
    """AdaGrad: s ← s + g²;  θ ← θ - η g / (√s + ε). The steps only ever shrink.

    State: cache (s). Errors: those of SGD. Source: Duchi, Hazan, Singer, JMLR 2011.

    >>> theta = np.array([1.0])
    >>> AdaGrad(learning_rate=0.1).update([theta], [np.array([2.0])])
    >>> theta.round(6)
    array([0.9])
    """

    _state_names = ("cache",)

    def __init__(self, learning_rate=0.01, epsilon=1e-8):
        super().__init__(learning_rate)
        self.epsilon = positive("epsilon", epsilon)

    def update(self, params, grads):
        grads = self._start(params, grads)
        for theta, g, s, step, root in zip(params, grads, self.cache, self._step, self._root):
            s += np.square(g, out=step)
            root = np.sqrt(s, out=root)
            root += self.epsilon
            step = np.multiply(self.lr, g, out=step)
            step /= root
            theta -= step


class RMSprop(_Optimizer):
    """RMSprop: s ← β s + (1 - β) g²;  θ ← θ - η g / (√s + ε).

    With eps_in_sqrt=True the step is η g / √(s + ε), as Keras and optax have it; it matters for |g| below about
    1e-3. Default: outside the root, as PyTorch. State: cache (s). Errors: those of SGD; beta must be in [0, 1).

    >>> theta = np.array([1.0])
    >>> RMSprop(learning_rate=0.1, beta=0.75).update([theta], [np.array([2.0])])
    >>> theta.round(6)
    array([0.8])
    """

    _state_names = ("cache",)

    def __init__(self, learning_rate=0.001, beta=0.9, epsilon=1e-8, *, eps_in_sqrt=False):
        super().__init__(learning_rate)
        self.beta = _decay("beta", beta)
        self.epsilon = positive("epsilon", epsilon)
        self.eps_in_sqrt = bool(eps_in_sqrt)

    def update(self, params, grads):
        grads = self._start(params, grads)
        for theta, g, s, step, root in zip(params, grads, self.cache, self._step, self._root):
            s *= self.beta
            s += np.multiply(1 - self.beta, np.square(g, out=step), out=step)
            if self.eps_in_sqrt:
                root = np.sqrt(np.add(s, self.epsilon, out=root), out=root)
            else:
                root = np.sqrt(s, out=root)
                root += self.epsilon
            step = np.multiply(self.lr, g, out=step)
            step /= root
            theta -= step


class Adam(_Optimizer):
    """Adam: m ← β₁ m + (1 - β₁) g;  v ← β₂ v + (1 - β₂) g²;  θ ← θ - η m̂ / (√v̂ + ε).

    m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) take back the bias towards 0 of the first steps, t = 1, 2, …
    ε is added to √v̂ (PyTorch); Keras and scikit-learn add it before the correction. State: m, v, t. Errors: those
    of SGD; both betas must be in [0, 1). Source: Kingma, Ba, ICLR 2015.

    >>> theta = np.array([1.0, 1.0])
    >>> Adam(learning_rate=0.1).update([theta], [np.array([2.0, -30.0])])
    >>> theta.round(6)
    array([0.9, 1.1])
    """

    _state_names = ("m", "v")

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(learning_rate)
        self.beta1 = _decay("beta1", beta1)
        self.beta2 = _decay("beta2", beta2)
        self.epsilon = positive("epsilon", epsilon)
        self.t = 0

    def update(self, params, grads):
        grads = self._start(params, grads)
        self.t += 1
        # m̂ = m / c1 and √v̂ = √v / c2, so η m̂ / (√v̂ + ε) = (η c2/c1) m / (√v + ε c2): two numbers change, no array.
        # With m̂ and v̂ as arrays a step of 64-64-10 is about 6 % longer.
        c1, c2 = 1 - self.beta1**self.t, math.sqrt(1 - self.beta2**self.t)
        lr, epsilon = float(self.lr) * c2 / c1, self.epsilon * c2
        for theta, g, m, v, step, root in zip(params, grads, self.m, self.v, self._step, self._root):
            m *= self.beta1
            m += np.multiply(1 - self.beta1, g, out=step)
            v *= self.beta2
            v += np.multiply(1 - self.beta2, np.square(g, out=step), out=step)
            root = np.sqrt(v, out=root)
            root += epsilon
            step = np.multiply(lr, m, out=step)
            step /= root
            theta -= step


class AdamW(Adam):
    """AdamW: θ ← θ - η λ θ, then the step of Adam. The decay λ does not pass through m and v.

    State: m, v, t. Errors: those of Adam; weight_decay must be >= 0.
    Source: Loshchilov, Hutter, ICLR 2019, in PyTorch's form (η multiplies λ).

    >>> theta = np.array([1.0])
    >>> AdamW(learning_rate=0.1, weight_decay=0.5).update([theta], [np.array([0.0])])
    >>> theta
    array([0.95])
    """

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.01):
        super().__init__(learning_rate, beta1, beta2, epsilon)
        self.weight_decay = number("weight_decay", weight_decay, 0)

    def update(self, params, grads):
        grads = self._start(params, grads)
        for theta, step in zip(params, self._step):
            theta -= np.multiply(self.lr * self.weight_decay, theta, out=step)
        super().update(params, grads)


def uncorrected_factor(t, beta1=0.9, beta2=0.999):
    """How many times longer the t-th step of Adam would be without bias correction: (1 - β₁ᵗ) / √(1 - β₂ᵗ), ε → 0.

    t = 1, 2, … scalar or array; at β₁ = 0.9, β₂ = 0.999 the factor is above 1 at every step. Errors: ValueError for
    t < 1 or betas outside [0, 1). Source: the form of the step at the end of section 2 in Kingma, Ba, ICLR 2015.

    >>> uncorrected_factor([1, 12, 1000]).round(2)
    array([3.16, 6.57, 1.26])
    """
    t, beta1, beta2 = as_float("t", t), _decay("beta1", beta1), _decay("beta2", beta2)
    if not (t >= 1).all():
        raise ValueError(f"t counts steps from 1, got {t.min()}")
    return (1 - beta1**t) / np.sqrt(1 - beta2**t)


def _decay(name, value):
    """β in [0, 1): at 1 nothing new would ever come in."""
    return number(name, value, 0, 1, high_open=True)


def _check_lists(params, grads):
    if not isinstance(params, (list, tuple)):
        raise TypeError(f"params must be a list of arrays, got {type(params).__name__}; write [params] for one array")
    if not isinstance(grads, (list, tuple)):
        raise TypeError(f"grads must be a list of arrays, got {type(grads).__name__}; write [grads] for one array")
    if not params:
        raise ValueError("params is empty: expected at least one array")
    if len(params) != len(grads):
        raise ValueError(f"params has {len(params)} arrays, grads {len(grads)}: expected the same number")


def _check_params(params):
    for i, theta in enumerate(params):
        if not isinstance(theta, np.ndarray) or theta.dtype.kind != "f":
            kind = f"dtype {theta.dtype}" if isinstance(theta, np.ndarray) else type(theta).__name__
            raise TypeError(f"params[{i}] must be a float array, which can be changed in place, got {kind}")
    for (i, a), (j, b) in combinations(enumerate(params), 2):
        if np.shares_memory(a, b):
            raise ValueError(f"params[{i}] and params[{j}] share memory: it would be updated twice in one step")


def _checked_grads(params, grads):
    """The gradients in the dtype of their params; one that shares memory with a param is copied."""
    checked = []
    for i, (theta, g) in enumerate(zip(params, grads)):
        if not isinstance(g, np.ndarray) or g.dtype.kind not in "iuf":
            kind = f"dtype {g.dtype}" if isinstance(g, np.ndarray) else type(g).__name__
            raise TypeError(f"grads[{i}] must be an array of real numbers, got {kind}")
        if theta.shape != g.shape:
            raise ValueError(f"grads[{i}] has shape {g.shape}, but params[{i}] has {theta.shape}")
        with np.errstate(over="ignore"):
            g = np.asarray(g, dtype=theta.dtype)
        checked.append(g.copy() if any(np.may_share_memory(g, p) for p in params) else g)
    _check_writeable(params)
    _check_finite(checked)
    return checked


def _check_writeable(params):
    for i, theta in enumerate(params):
        if not theta.flags.writeable:
            raise ValueError(f"params[{i}] is read-only: expected an array that can be changed in place")


def _check_finite(grads):
    for i, g in enumerate(grads):
        finite(f"grads[{i}]", g)
