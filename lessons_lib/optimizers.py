"""Optimizers: what to do with a gradient. The method `step` of each is its textbook equation, in place.

θ    theta, one array of params
g    its gradient ∇L(θ), one array of grads
η    lr (learning_rate): may be changed before any update, as a schedule does; a rate of 0 moves no θ
β    momentum, beta, beta1, beta2; ε epsilon
t    updates so far: 1 in the first step

`update` takes all arrays of a network: it checks them, counts, and calls `step` for each. All arguments are checked
before anything is changed: an update happens completely or not at all.
"""

from itertools import combinations

import numpy as np

from lessons_lib._validation import as_float, finite, number, overlaps_itself, positive


class _Optimizer:
    """What all optimizers share: the learning rate, the checks, the state, and the way from `update` to `step`."""

    _state_names = ()
    by_matrix = False  # whether the step needs every W as a matrix, not all weights in one vector

    def __init__(self, learning_rate=0.01):
        self.lr = number("learning_rate", learning_rate, 0)
        self.t = 0
        for name in self._state_names:
            setattr(self, name, None)

    def update(self, params, grads):
        """One update of all params, in place: `step` for every array θ with its gradient g and its state.

        params, grads: lists of arrays of the same shapes. The first update makes the state, zeros in these shapes.
        Errors: ValueError for an lr that is negative or not finite, for other lengths or shapes, arrays or elements
        that share memory, read-only arrays, gradients that are not finite; TypeError for anything but lists of arrays,
        params in float32 or float64. After an error nothing has changed.

        >>> theta, optimizer = np.array([1.0]), SGD(learning_rate=0.1)
        >>> optimizer.update([theta], [np.array([2.0])])
        >>> theta, optimizer.t
        (array([0.8]), 1)
        """
        grads, state = self._checked(params, grads)
        self.t += 1
        for theta, g, *memory in zip(params, grads, *state):
            self.step(theta, g, *memory)

    def _checked(self, params, grads):
        """The gradients in the dtypes of their params, and the lists of the state, created after all checks."""
        number("lr", self.lr, 0)
        _check_params(params, grads)
        grads = _checked_grads(params, grads)
        if self.by_matrix:
            _check_matrices(params, grads)
        fresh = {name: [self._initial(name, p) for p in params] for name in self._state_names}
        for name, arrays in fresh.items():
            state = getattr(self, name)
            if state is not None and [s.shape for s in state] != [s.shape for s in arrays]:
                raise ValueError(
                    f"this {type(self).__name__} was started with {len(state)} arrays of shapes "
                    f"{[s.shape for s in state]}, got {[p.shape for p in params]}; make a new optimizer"
                )
        for name, arrays in fresh.items():
            if getattr(self, name) is None:
                setattr(self, name, arrays)
        return grads, [getattr(self, name) for name in self._state_names]

    def _initial(self, name, theta):
        """The state of this name for one array before the first step."""
        return np.zeros_like(theta)

    def __repr__(self):
        return f"{type(self).__name__}(lr={self.lr:g})"


class SGD(_Optimizer):
    """Stochastic gradient descent: θ ← θ - η g.

    Errors: ValueError for a learning rate that is negative or not finite; update has its own.

    >>> theta = np.array([1.0])
    >>> SGD(learning_rate=0.1).update([theta], [np.array([2.0])])
    >>> theta
    array([0.8])
    """

    def step(self, theta, g):
        """θ ← θ - η g."""
        theta -= self.lr * g


class SGDMomentum(_Optimizer):
    """SGD with momentum: v ← β v - η g;  θ ← θ + v.

    The learning rate is inside v (Keras, scikit-learn); PyTorch has v ← β v + g, θ ← θ - η v. Both agree while η is
    constant; after η drops to a tenth, ours goes on at the old speed. State: velocity. Errors: those of SGD.

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

    def step(self, theta, g, v):
        """v ← β v - η g;  θ ← θ + v."""
        v[...] = self.momentum * v - self.lr * g
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

    def step(self, theta, g, v):
        """v ← β v - η g;  θ ← θ + β v - η g."""
        v[...] = self.momentum * v - self.lr * g
        theta += self.momentum * v - self.lr * g


class AdaGrad(_Optimizer):
    """AdaGrad: s ← s + g²;  θ ← θ - η / (√s + ε) · g. The factor η/(√s + ε) only ever shrinks.

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

    def step(self, theta, g, s):
        """s ← s + g²;  θ ← θ - η / (√s + ε) · g."""
        s += g**2
        theta -= self.lr / (np.sqrt(s) + self.epsilon) * g


class RMSprop(_Optimizer):
    """RMSprop: s ← β s + (1 - β) g²;  θ ← θ - η / (√s + ε) · g.

    With eps_in_sqrt=True the step is η / √(s + ε) · g, as in Keras and optax; it matters for |g| below about 1e-3.
    Default: outside the root, as in PyTorch. State: cache (s). Errors: those of SGD; beta must be in [0, 1).

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

    def step(self, theta, g, s):
        """s ← β s + (1 - β) g²;  θ ← θ - η / (√s + ε) · g, or η / √(s + ε) · g."""
        s[...] = self.beta * s + (1 - self.beta) * g**2
        if self.eps_in_sqrt:
            theta -= self.lr / np.sqrt(s + self.epsilon) * g
        else:
            theta -= self.lr / (np.sqrt(s) + self.epsilon) * g


class Adam(_Optimizer):
    """Adam: m ← β₁ m + (1 - β₁) g;  v ← β₂ v + (1 - β₂) g²;  θ ← θ - η / (√v̂ + ε) · m̂.

    m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) correct the bias towards 0 in the first steps, t = 1, 2, …
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

    def step(self, theta, g, m, v):
        """m, v, m̂ and v̂ from g;  θ ← θ - η / (√v̂ + ε) · m̂."""
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**self.t)
        v_hat = v / (1 - self.beta2**self.t)
        theta -= self.lr / (np.sqrt(v_hat) + self.epsilon) * m_hat


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

    def step(self, theta, g, m, v):
        """θ ← θ - η λ θ, then the step of Adam."""
        theta -= self.lr * self.weight_decay * theta
        super().step(theta, g, m, v)


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


def _check_params(params, grads):
    if not isinstance(params, (list, tuple)):
        raise TypeError(f"params must be a list of arrays, got {type(params).__name__}; write [params] for one array")
    if not isinstance(grads, (list, tuple)):
        raise TypeError(f"grads must be a list of arrays, got {type(grads).__name__}; write [grads] for one array")
    if not params:
        raise ValueError("params is empty: expected at least one array")
    if len(params) != len(grads):
        raise ValueError(f"params has {len(params)} arrays, grads {len(grads)}: expected the same number")
    for i, theta in enumerate(params):
        if not isinstance(theta, np.ndarray) or theta.dtype.kind != "f":
            kind = f"dtype {theta.dtype}" if isinstance(theta, np.ndarray) else type(theta).__name__
            raise TypeError(f"params[{i}] must be a float array, which can be changed in place, got {kind}")
        if theta.dtype == np.float16:
            raise TypeError(f"params[{i}] must be float32 or float64, got dtype float16: an epsilon of 1e-8 is 0 there")
        if not theta.flags.writeable:
            raise ValueError(f"params[{i}] is read-only: expected an array that can be changed in place")
        if overlaps_itself(theta):
            raise ValueError(f"params[{i}] has elements that share memory: they would be updated twice in one step")
    for (i, a), (j, b) in combinations(enumerate(params), 2):
        if np.shares_memory(a, b):
            raise ValueError(f"params[{i}] and params[{j}] share memory: it would be updated twice in one step")


def _checked_grads(params, grads):
    """The gradients in the dtypes of their params; one that shares memory with a param is copied."""
    checked = []
    for i, (theta, g) in enumerate(zip(params, grads)):
        if not isinstance(g, np.ndarray) or g.dtype.kind not in "iuf":
            kind = f"dtype {g.dtype}" if isinstance(g, np.ndarray) else type(g).__name__
            raise TypeError(f"grads[{i}] must be an array of real numbers, got {kind}")
        if theta.shape != g.shape:
            raise ValueError(f"grads[{i}] has shape {g.shape}, but params[{i}] has {theta.shape}")
        with np.errstate(over="ignore"):
            g = finite(f"grads[{i}]", np.asarray(g, dtype=theta.dtype))
        checked.append(g.copy() if any(np.may_share_memory(g, p) for p in params) else g)
    return checked


def _check_matrices(params, grads):
    """Params must be matrices, gradients small enough that a sum of many of their squares stays a number."""
    for i, (W, G) in enumerate(zip(params, grads)):
        if W.ndim != 2 or W.size == 0:
            raise ValueError(f"params[{i}] must be a matrix, got shape {W.shape}; give model.params, not model.theta")
        largest, limit = np.abs(G).max(), float(np.finfo(W.dtype).max) ** (1 / 3)
        if largest > limit:
            raise ValueError(f"grads[{i}] must be below {limit:.0e} in {W.dtype}, got {largest:.0e}: squares overflow")
