"""Optimizers of the years after Adam, in the form of `optimizers`: the method `step` of each is its equation, in place.

θ        theta, an array of params with its gradient g; η lr; β momentum, beta, beta1, beta2; t updates so far
W, G     theta and g where the step needs a matrix: Shampoo and Muon, whose bias is a row (1, outputs)
U Σ Vᵀ   singular value decomposition of a matrix; its orthogonal factor is U Vᵀ, all singular values set to 1
"""

import numpy as np

from lessons_lib._validation import as_float, finite, number, positive, two_dimensional, whole
from lessons_lib.gradients import euclidean_norm
from lessons_lib.optimizers import Adam, _decay, _Optimizer

# The polynomial p(σ) = a σ + b σ³ + c σ⁵ that each step of newton_schulz applies to every singular value.
CONVERGING = (15 / 8, -10 / 8, 3 / 8)  # p(1) = 1, p′(1) = p″(1) = 0: every σ in (0, 1] goes to 1
FAST = (3.4445, -4.7750, 2.0315)  # Jordan et al.: p′(0) = 3.4 lifts small σ quickly; they end near 1, not at it


class Lion(_Optimizer):
    """Lion: θ ← θ - η (sign(β₁ m + (1 - β₁) g) + λ θ);  m ← β₂ m + (1 - β₂) g.

    Every element moves by η, whatever the size of its gradient (λ = 0), so η is smaller than Adam's and must fall to
    come to rest. State: m. Errors: those of SGD; both betas must be in [0, 1), weight_decay (λ) >= 0.
    Source: Chen et al., Symbolic Discovery of Optimization Algorithms, NeurIPS 2023.

    >>> theta = np.array([1.0, 1.0])
    >>> Lion(learning_rate=0.1).update([theta], [np.array([2.0, -30.0])])
    >>> theta
    array([0.9, 1.1])
    """

    _state_names = ("m",)

    def __init__(self, learning_rate=0.0001, beta1=0.9, beta2=0.99, weight_decay=0.0):
        super().__init__(learning_rate)
        self.beta1 = _decay("beta1", beta1)
        self.beta2 = _decay("beta2", beta2)
        self.weight_decay = number("weight_decay", weight_decay, 0)

    def step(self, theta, g, m):
        """θ ← θ - η (sign(β₁ m + (1 - β₁) g) + λ θ);  m ← β₂ m + (1 - β₂) g."""
        smooth = self.beta1 * m + (1 - self.beta1) * g
        theta -= self.lr * (np.sign(smooth) + self.weight_decay * theta)
        m[...] = self.beta2 * m + (1 - self.beta2) * g


class ScheduleFree(_Optimizer):
    """Schedule-Free SGD: z ← z - η g;  x ← (1 - 1/t) x + z/t;  θ ← (1 - β) z + β x. The gradient is taken at θ.

    z walks, x is the mean of all z: the weights to use are x, not θ. With a constant η, as published; under warmup
    the published code weighs z by η². At η = 0 z rests, while x and θ still come nearer to it. State: z, x, both θ
    before the first step. Errors: those of SGD; beta must be in [0, 1).
    Source: Defazio et al., The Road Less Scheduled, NeurIPS 2024.

    >>> theta, optimizer = np.array([1.0]), ScheduleFree(learning_rate=0.1, beta=0.5)
    >>> for _ in range(2):
    ...     optimizer.update([theta], [np.array([2.0])])
    >>> optimizer.z[0].round(6), optimizer.x[0].round(6), theta.round(6)
    (array([0.6]), array([0.7]), array([0.65]))
    """

    _state_names = ("z", "x")

    def __init__(self, learning_rate=0.01, beta=0.9):
        super().__init__(learning_rate)
        self.beta = _decay("beta", beta)

    def step(self, theta, g, z, x):
        """z ← z - η g;  x ← (1 - 1/t) x + z/t;  θ ← (1 - β) z + β x."""
        z -= self.lr * g
        x[...] = (1 - 1 / self.t) * x + z / self.t
        theta[...] = (1 - self.beta) * z + self.beta * x

    def _initial(self, name, theta):
        return theta.copy()


class Shampoo(_Optimizer):
    """Shampoo: L ← L + G Gᵀ;  R ← R + Gᵀ G;  W ← W - η L^(-1/4) G R^(-1/4). AdaGrad with matrices instead of a scale.

    Every param must be a matrix (2-D). State: L, R, both ε I before the first step. Errors: those of SGD; ValueError
    for a param that is not 2-D, epsilon <= 0, an element of G beyond max^(1/3) of its dtype (5.6e102, 7.0e12), whose
    squares could overflow. Source: Gupta, Koren, Singer, ICML 2018.

    >>> W = np.zeros((2, 2))
    >>> Shampoo(learning_rate=0.1).update([W], [np.diag([4.0, 9.0])])
    >>> W.round(4)
    array([[-0.1,  0. ],
           [ 0. , -0.1]])
    """

    _state_names = ("L", "R")
    by_matrix = True

    def __init__(self, learning_rate=0.01, epsilon=1e-4):
        super().__init__(learning_rate)
        self.epsilon = positive("epsilon", epsilon)

    def step(self, W, G, L, R):
        """L ← L + G Gᵀ;  R ← R + Gᵀ G;  W ← W - η L^(-1/4) G R^(-1/4)."""
        L += G @ G.T
        R += G.T @ G
        W -= self.lr * matrix_power(L, -1 / 4) @ G @ matrix_power(R, -1 / 4)

    def _initial(self, name, W):
        return self.epsilon * np.eye(len(W if name == "L" else W.T), dtype=W.dtype)


class Muon(Adam):
    """Muon: m ← β m + G;  O ← newton_schulz(m);  W ← W - η · 0.2 √(max(rows, columns)) · O.

    O has the directions of m and singular values near 1; 0.2 √max gives its elements the size of Adam's steps, so
    that both share an η. A row (a bias) has one direction: it takes the step of Adam. State: m, v (of the rows).
    Errors: those of Shampoo; momentum must be in [0, 1), ns_steps >= 1, coefficients three numbers.
    Source: Jordan et al., Muon, 2024, without its Nesterov step; the scale: Liu et al., Muon is Scalable, 2025.

    >>> W = np.zeros((2, 2))
    >>> Muon(learning_rate=0.1, ns_steps=30, coefficients=CONVERGING).update([W], [np.array([[0.0, 5.0], [-3.0, 0.0]])])
    >>> W.round(4)
    array([[ 0.    , -0.0283],
           [ 0.0283,  0.    ]])
    """

    by_matrix = True

    def __init__(self, learning_rate=0.001, momentum=0.95, ns_steps=5, coefficients=FAST):
        super().__init__(learning_rate)
        self.momentum = _decay("momentum", momentum)
        self.ns_steps = whole("ns_steps", ns_steps, 1)
        a, b, c = coefficients
        self.coefficients = number("a", a), number("b", b), number("c", c)

    def step(self, W, G, m, v):
        """m ← β m + G;  W ← W - η · 0.2 √(max(rows, columns)) · newton_schulz(m); a row: the step of Adam."""
        if len(W) == 1:
            super().step(W, G, m, v)
            return
        m[...] = self.momentum * m + G
        O = newton_schulz(m, self.ns_steps, self.coefficients)
        W -= self.lr * 0.2 * np.sqrt(max(W.shape)) * O


def newton_schulz(G, steps=5, coefficients=FAST):
    """The orthogonal factor U Vᵀ of G = U Σ Vᵀ, nearly: X ← G / ‖G‖, then steps times X ← a X + b X Xᵀ X + c X (Xᵀ X)².

    Only matrix products: U and V stay, every singular value σ becomes p(σ) = a σ + b σ³ + c σ⁵. ‖G‖ is the root of
    Σ G², so all σ begin in [0, 1]. Shapes: (rows, columns) -> the same. Errors: ValueError for a G that is not 2-D or
    not finite, steps < 0. Source: Jordan et al., Muon, 2024.

    >>> newton_schulz([[0.0, 5.0], [-3.0, 0.0]], steps=30, coefficients=CONVERGING).round(6)
    array([[ 0.,  1.],
           [-1.,  0.]])
    """
    X = finite("G", two_dimensional("G", as_float("G", G)))
    a, b, c = coefficients
    X = X / (np.abs(X).max(initial=0) or 1)  # no square overflows
    X = X / (euclidean_norm(X) or 1)
    for _ in range(whole("steps", steps, 0)):
        S = X.T @ X
        X = a * X + X @ (b * S + c * S @ S)
    return X


def matrix_power(S, exponent):
    """A real power of a symmetric positive semidefinite matrix: S = Q diag(λ) Qᵀ  ->  Q diag(λ^exponent) Qᵀ.

    An eigenvalue below the largest by more than the dtype resolves is rounding: it is raised to that. Shapes:
    (n, n) -> (n, n). Errors: ValueError for an S that is not square, not finite, 0, or has an eigenvalue below 0.

    >>> matrix_power(np.diag([16.0, 81.0]), -1 / 4).round(4)
    array([[0.5   , 0.    ],
           [0.    , 0.3333]])
    """
    S = finite("S", two_dimensional("S", as_float("S", S)))
    if S.shape[0] != S.shape[1]:
        raise ValueError(f"S must be square, got shape {S.shape}")
    eigenvalues, Q = np.linalg.eigh(S)
    if eigenvalues[-1] <= 0 or eigenvalues[0] < -1e-3 * eigenvalues[-1]:
        raise ValueError(f"S must be positive semidefinite and not 0, got eigenvalues {eigenvalues}")
    eigenvalues = np.maximum(eigenvalues, np.finfo(S.dtype).eps * eigenvalues[-1])
    return Q * eigenvalues**exponent @ Q.T
