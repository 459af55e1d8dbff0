"""The labelled formulas of chapter 4, each against plain loops, another form of itself, or published numbers.

test_eq_<label> proves the formula with the anchor eq-<label>.
"""

import cmath
import json
import math
from fractions import Fraction

import numpy as np
import pytest

from lessons_lib.gradients import largest_curvature
from lessons_lib.optimizers import SGD, AdaGrad, Adam, AdamW, Nesterov, RMSprop, SGDMomentum, uncorrected_factor
from lessons_lib.surfaces import descend, quadratic_bowl
from tools.shared import ROOT

GOLDEN = json.loads((ROOT / "tests" / "golden" / "optimizers.json").read_text(encoding="utf-8"))
GRADS = [0.5, -2.0, 1e-3, 0.7, -0.3]
START = 1.0


def run(optimizer, grads=GRADS, start=START):
    """The weight after every step, from the library."""
    theta, values = np.array([float(start)]), []
    for g in grads:
        optimizer.update([theta], [np.array([float(g)])])
        values.append(float(theta[0]))
    return values


def states(optimizer, name):
    """The state of this name after every step; it does not depend on the weight."""
    values = []
    for g in GRADS:
        run(optimizer, [g])
        values.append(float(getattr(optimizer, name)[0][0]))
    return np.array(values)


def unrolled(values, beta):
    """After every step the sum of all values, each with a power of β: 1 for the last, β for the one before it, …"""
    return np.array([sum(beta ** (t - i) * values[i] for i in range(t + 1)) for t in range(len(values))])


SQUARES = [g * g for g in GRADS]


def recorded(name):
    """A weight of PyTorch's recorded path: (start, gradients, its values after each step)."""
    at = (0, 1, 1)
    grads = [step[at[0]][at[1]][at[2]] for step in GOLDEN["grads"]]
    values = [step[at[0]][at[1]][at[2]] for step in GOLDEN["optimizers"][name]["params"]]
    return GOLDEN["start"][0][1][1], grads, values


def test_eq_sgd():
    value = START
    for g, ours in zip(GRADS, run(SGD(0.1)), strict=True):
        value = value - 0.1 * g
        assert ours == pytest.approx(value, rel=1e-14)
    # Why against the gradient: of all directions of one length it lowers a + g·Δ most.
    g = np.array([3.0, -1.0])
    turns = [np.array([math.cos(angle), math.sin(angle)]) for angle in np.linspace(0, 2 * math.pi, 721)]
    best = min(turns, key=lambda delta: float(g @ delta))
    np.testing.assert_allclose(best, -g / np.linalg.norm(g), atol=5e-3)


def test_eq_momentum_velocity():
    np.testing.assert_allclose(states(SGDMomentum(0.1, 0.9), "velocity"), -0.1 * unrolled(GRADS, 0.9), rtol=1e-13)


def test_eq_momentum():
    expected = START + np.cumsum(-0.1 * unrolled(GRADS, 0.9))
    np.testing.assert_allclose(run(SGDMomentum(0.1, 0.9)), expected, rtol=1e-13)


@pytest.mark.parametrize(("beta", "times"), [(0.9, 10.0), (0.5, 2.0), (0.0, 1.0)])
def test_eq_optimizers_terminal_velocity(beta, times):
    values = run(SGDMomentum(0.1, beta), [3.0] * 600)
    assert values[-1] - values[-2] == pytest.approx(-0.1 * 3.0 / (1 - beta), rel=1e-9)
    assert values[-1] - values[-2] == pytest.approx(times * (-0.1 * 3.0), rel=1e-9)


def loop_rmsprop(root):
    s, theta = 0.1 * unrolled(SQUARES, 0.9), [START]
    for t, g in enumerate(GRADS):
        theta.append(theta[-1] - 0.1 / root(s[t]) * g)
    return theta[1:]


def test_eq_rmsprop_cache():
    np.testing.assert_allclose(states(RMSprop(0.1, 0.9), "cache"), 0.1 * unrolled(SQUARES, 0.9), rtol=1e-13)


def test_eq_rmsprop():
    expected = loop_rmsprop(lambda s: math.sqrt(s) + 1e-3)
    np.testing.assert_allclose(run(RMSprop(0.1, 0.9, 1e-3)), expected, rtol=1e-13)


def test_eq_optimizers_rmsprop_inside():
    expected = loop_rmsprop(lambda s: math.sqrt(s + 1e-3))
    ours = run(RMSprop(0.1, 0.9, 1e-3, eps_in_sqrt=True))
    np.testing.assert_allclose(ours, expected, rtol=1e-13)
    assert abs(ours[0] - run(RMSprop(0.1, 0.9, 1e-3))[0]) > 1e-5


def test_eq_adam_m():
    np.testing.assert_allclose(states(Adam(), "m"), 0.1 * unrolled(GRADS, 0.9), rtol=1e-12)


def test_eq_adam_v():
    np.testing.assert_allclose(states(Adam(), "v"), 0.001 * unrolled(SQUARES, 0.999), rtol=1e-10)


def weighted_means(values, beta):
    """After every step the mean with weights 1, β, β², … from the last value back: what bias correction must give."""
    return unrolled(values, beta) / unrolled([1.0] * len(values), beta)


T = np.arange(1, len(GRADS) + 1)


def test_eq_adam_m_hat():
    np.testing.assert_allclose(states(Adam(), "m") / (1 - 0.9**T), weighted_means(GRADS, 0.9), rtol=1e-12)


def test_eq_adam_v_hat():
    np.testing.assert_allclose(states(Adam(), "v") / (1 - 0.999**T), weighted_means(SQUARES, 0.999), rtol=1e-10)


def test_eq_adam():
    steps = 0.1 * weighted_means(GRADS, 0.9) / (np.sqrt(weighted_means(SQUARES, 0.999)) + 1e-8)
    np.testing.assert_allclose(run(Adam(0.1, 0.9, 0.999)), START - np.cumsum(steps), rtol=1e-12)


@pytest.mark.parametrize("product", [0.3, 1.0, 1.9, 2.1])
def test_eq_optimizers_contraction(product):
    lam, eta, theta = 4.0, product / 4.0, np.array([1.5])
    for _ in range(30):
        SGD(eta).update([theta], [lam * theta])
    assert theta[0] == pytest.approx((1 - product) ** 30 * 1.5, rel=1e-10, abs=1e-300)
    assert (abs(theta[0]) < 1.5) == (product < 2)


@pytest.mark.parametrize("kappa", [3.0, 10.0, 100.0])
def test_eq_optimizers_best_rate(kappa):
    def slowest(eta, lambdas):
        return max(abs(1 - eta * lam) for lam in lambdas)

    lambdas = np.linspace(0.7, 0.7 * kappa, 50)  # the smallest curvature need not be 1
    best = 2 / (lambdas[0] + lambdas[-1])
    assert slowest(best, lambdas) == pytest.approx((kappa - 1) / (kappa + 1), rel=1e-12)
    assert all(slowest(best, lambdas) <= slowest(best * factor, lambdas) for factor in np.linspace(0.5, 1.5, 101))
    path = descend(quadratic_bowl(kappa), SGD(2 / (1 + kappa)), 40)
    lengths = np.linalg.norm(path * [1, 1], axis=1)
    np.testing.assert_allclose(lengths[1:] / lengths[:-1], (kappa - 1) / (kappa + 1), rtol=1e-10)


def test_eq_optimizers_recurrence():
    beta, eta, lam = 0.8, 0.1, 7.0
    theta, optimizer, values = np.array([1.0]), SGDMomentum(eta, beta), [1.0]
    for _ in range(20):
        optimizer.update([theta], [lam * theta])
        values.append(float(theta[0]))
    for t in range(1, 20):
        expected = (1 + beta - eta * lam) * values[t] - beta * values[t - 1]
        assert values[t + 1] == pytest.approx(expected, rel=1e-11, abs=1e-14)


def largest_root(beta, product):
    """The larger modulus of the roots of r² - (1 + β - ηλ) r + β."""
    b = 1 + beta - product
    root = cmath.sqrt(b * b - 4 * beta)
    return max(abs((b + root) / 2), abs((b - root) / 2))


def test_eq_optimizers_momentum_region():
    for beta in np.linspace(0, 0.99, 34):
        edge = 2 + 2 * beta
        for product in [1e-3, 0.5, 1.0, edge - 1e-3]:
            assert largest_root(beta, product) < 1
        for product in [-1e-3, edge + 1e-3, edge + 1]:
            assert largest_root(beta, product) > 1
    for beta, product, inside in [(0.9, 3.7, True), (0.9, 3.9, False), (0.0, 1.9, True), (0.0, 2.1, False)]:
        theta, optimizer = np.array([1.0]), SGDMomentum(1.0, beta)
        for _ in range(400):
            optimizer.update([theta], [product * theta])
        assert (abs(theta[0]) < 1e-3) == inside


@pytest.mark.parametrize("kappa", [4.0, 30.0, 100.0])
def test_eq_optimizers_polyak(kappa):
    low, high = 0.7, 0.7 * kappa
    root = (math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)
    beta, eta = root**2, 4 / (math.sqrt(low) + math.sqrt(high)) ** 2

    def slowest(beta, eta):
        return max(largest_root(beta, eta * lam) for lam in np.linspace(low, high, 60))

    assert slowest(beta, eta) == pytest.approx(root, abs=1e-6)
    others = [(b, e) for b in np.linspace(0, 0.98, 50) for e in eta * np.linspace(0.4, 1.6, 25)]
    assert all(slowest(b, e) >= root - 1e-6 for b, e in others)


def test_eq_optimizers_unrolled():
    expected = [(1 - 0.7) * sum(0.7 ** (t - i) * GRADS[i - 1] for i in range(1, t + 1)) for t in T]
    np.testing.assert_allclose(states(Adam(beta1=0.7), "m"), expected, rtol=1e-13)


def test_eq_optimizers_weights_sum():
    for beta in (Fraction(9, 10), Fraction(1, 2), Fraction(999, 1000)):
        for t in (1, 2, 5, 40):
            assert (1 - beta) * sum(beta ** (t - i) for i in range(1, t + 1)) == 1 - beta**t


@pytest.mark.parametrize("g", [2.0, -30.0, 1e-3, -1e-8])
def test_eq_optimizers_first_step(g):
    for beta1, beta2 in [(0.9, 0.999), (0.5, 0.75), (0.0, 0.0)]:
        theta = np.zeros(1)
        Adam(0.1, beta1, beta2, 1e-8).update([theta], [np.array([g])])
        assert theta[0] == pytest.approx(-0.1 * g / (abs(g) + 1e-8), rel=1e-9)
    if abs(g) > 1e-4:
        assert theta[0] == pytest.approx(-0.1 * np.sign(g), rel=1e-4)


def test_eq_optimizers_uncorrected():
    m = v = 0.0
    for t in range(1, 2001):
        m, v = 0.9 * m + 0.1 * 5.0, 0.999 * v + 0.001 * 25.0
        ratio = (m / math.sqrt(v)) / ((m / (1 - 0.9**t)) / math.sqrt(v / (1 - 0.999**t)))
        assert (1 - 0.9**t) / math.sqrt(1 - 0.999**t) == pytest.approx(ratio, rel=1e-10)
        assert m / math.sqrt(v) == pytest.approx(ratio, rel=1e-10)  # for a constant gradient it is the step itself
        assert uncorrected_factor(t) == pytest.approx(ratio, rel=1e-10)
    assert uncorrected_factor(3, 0.5, 0.75) == pytest.approx((1 - 0.5**3) / math.sqrt(1 - 0.75**3), rel=1e-12)
    values = uncorrected_factor(np.arange(1, 3001))
    assert (values > 1).all() and int(np.argmax(values)) + 1 == 12
    assert [round(float(values[t - 1]), 2) for t in (1, 12, 1000)] == [3.16, 6.57, 1.26]


@pytest.mark.parametrize(("g", "published"), [(1e-3, 1.05), (1e-4, 3.32), (1e-6, 307)])
def test_eq_optimizers_epsilon_ratio(g, published):
    ratio = math.sqrt(0.1 * g * g + 1e-8) / (math.sqrt(0.1) * g + 1e-8)
    assert ratio == pytest.approx(published, rel=2e-3)
    steps = [run(RMSprop(1.0, 0.9, 1e-8, eps_in_sqrt=inside), [g], 0.0)[0] for inside in (False, True)]
    assert steps[0] / steps[1] == pytest.approx(ratio, rel=1e-10)


def torch_momentum(grads, rates, start, beta=0.9):
    u, theta, values = 0.0, start, []
    for g, eta in zip(grads, rates, strict=True):
        u = beta * u + g
        theta = theta - eta * u
        values.append(theta)
    return values


def test_eq_optimizers_pytorch_momentum():
    for name, rates in [("momentum", [0.1] * 12), ("momentum, lr dropped", [0.1] * 6 + [0.01] * 6)]:
        start, grads, values = recorded(name)
        np.testing.assert_allclose(torch_momentum(grads, rates, start), values, rtol=1e-12)
    # The same as ours while the rate is constant, and no longer.
    start, grads, values = recorded("momentum, lr dropped")
    ours = run(SGDMomentum(0.1, 0.9), grads, start)
    np.testing.assert_allclose(ours[:6], values[:6], rtol=1e-12)
    assert abs(ours[6] - values[6]) > 1e-2


@pytest.mark.parametrize(("beta", "k", "times"), [(0.9, 0.1, 9.1), (0.9, 1.0, 1.0), (0.5, 0.1, 5.5), (0.9, 10.0, 0.19)])
def test_eq_optimizers_rate_drop(beta, k, times):
    assert (beta + k * (1 - beta)) / k == pytest.approx(times)
    theta, optimizer, eta, g = np.zeros(1), SGDMomentum(0.1, beta), 0.1, 2.0
    for _ in range(700):
        optimizer.update([theta], [np.array([g])])
    optimizer.lr, before = k * eta, theta.copy()
    optimizer.update([theta], [np.array([g])])
    theirs = torch_momentum([g] * 701, [eta] * 700 + [k * eta], 0.0, beta)
    assert (theta - before)[0] / (theirs[-1] - theirs[-2]) == pytest.approx(times, rel=1e-8)


def test_eq_optimizers_nesterov():
    # The textbook form: look at the gradient ahead, at θ + β v. Its point ahead is what the library holds.
    lam, eta, beta = 3.0, 0.1, 0.8
    theta, optimizer = np.array([1.0]), Nesterov(eta, beta)
    behind, v = 1.0, 0.0
    for _ in range(15):
        optimizer.update([theta], [lam * theta])
        v = beta * v - eta * lam * (behind + beta * v)
        behind = behind + v
        assert theta[0] == pytest.approx(behind + beta * v, rel=1e-11, abs=1e-14)
        assert optimizer.velocity[0][0] == pytest.approx(v, rel=1e-11, abs=1e-14)


def test_eq_optimizers_adagrad():
    value = START
    for t, ours in enumerate(run(AdaGrad(0.1, 1e-3)), start=1):
        value -= 0.1 * GRADS[t - 1] / (math.sqrt(sum(g * g for g in GRADS[:t])) + 1e-3)
        assert ours == pytest.approx(value, rel=1e-13)
    steps = -np.diff([0.0, *run(AdaGrad(0.1), [1.0] * 50, 0.0)])
    np.testing.assert_allclose(steps, [0.1 / math.sqrt(t) for t in range(1, 51)], rtol=1e-6)


def loop_adam(weights, grads, lam, decoupled, eta=0.05):
    m = v = 0.0
    theta = weights
    for t, g in enumerate(grads, start=1):
        if decoupled:
            theta -= eta * lam * theta
        else:
            g = g + lam * theta
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        theta -= eta * (m / (1 - 0.9**t)) / (math.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return theta


def test_eq_optimizers_l2_adam():
    lam, theta, optimizer = 0.3, np.array([START]), Adam(0.05)
    penalised = [START]
    for g in GRADS:
        # The gradient of L + λ/2 θ², taken by a central difference of g·θ + λ/2 θ².
        h, at = 1e-6, float(theta[0])
        total = ((g * (at + h) + lam / 2 * (at + h) ** 2) - (g * (at - h) + lam / 2 * (at - h) ** 2)) / (2 * h)
        assert total == pytest.approx(g + lam * at, rel=1e-8)
        optimizer.update([theta], [np.array([g]) + lam * theta])
        penalised.append(float(theta[0]))
    assert penalised[-1] == pytest.approx(loop_adam(START, GRADS, lam, decoupled=False), rel=1e-12)
    # For SGD both ways are the same step.
    assert START - 0.05 * (GRADS[0] + lam * START) == pytest.approx(START * (1 - 0.05 * lam) - 0.05 * GRADS[0])


def test_eq_optimizers_adamw():
    ours = run(AdamW(0.05, weight_decay=0.3))[-1]
    assert ours == pytest.approx(loop_adam(START, GRADS, 0.3, decoupled=True), rel=1e-12)
    assert abs(ours - loop_adam(START, GRADS, 0.3, decoupled=False)) > 1e-3


@pytest.mark.parametrize("sigma", [0.3, 1.0, 10.0])
def test_eq_optimizers_l2_decay(sigma):
    eta, lam, steps = 0.001, 0.01, 6000
    theta, optimizer = np.ones(1), Adam(eta)
    for t in range(steps):
        optimizer.update([theta], [sigma * (-1) ** t + lam * theta])
    predicted = 1.0
    for _ in range(steps):
        predicted -= eta * lam * predicted / sigma
    assert theta[0] == pytest.approx(predicted, abs=0.006)


@pytest.mark.parametrize("n", [1, 4, 16])
def test_eq_optimizers_counter(n):
    m = v = 0.0
    for t in range(1, 400):
        m, v = 0.9 * m + 0.1, 0.999 * v + 0.001
        counter = n * t  # what the last of n arrays sees when every array counts
        step = (m / (1 - 0.9**counter)) / math.sqrt(v / (1 - 0.999**counter))
        formula = (1 - 0.9**t) / (1 - 0.9 ** (n * t)) * math.sqrt((1 - 0.999 ** (n * t)) / (1 - 0.999**t))
        assert step == pytest.approx(formula, rel=1e-10)
        assert formula <= math.sqrt(n) + 1e-12
    if n == 1:
        assert step == pytest.approx(1.0)


def test_pytorch_numbers_on_the_page_are_the_recorded_ones():
    page = (ROOT / "book" / "04_optimizers.ipynb").read_text(encoding="utf-8")
    for name in ("sgd", "momentum", "rmsprop", "adam"):
        start, grads, values = recorded(name)
        assert all(repr(number) in page for number in [start, *grads[:6], values[5]]), name


def momentum_matrix(beta, product):
    return np.array([[1 + beta - product, -beta], [1, 0]])


def test_eq_optimizers_momentum_matrix():
    """In the eigenbasis of any symmetric H each coordinate of a run goes its own way, by powers of its matrix."""
    eta, beta, rng = 0.1, 0.7, np.random.default_rng(4)
    axes, lambdas = np.linalg.qr(rng.normal(size=(3, 3)))[0], np.array([0.3, 2.0, 9.0])
    H, theta, optimizer = axes @ np.diag(lambdas) @ axes.T, rng.normal(size=3), SGDMomentum(eta, beta)
    x = axes.T @ theta  # the first step is as if the point had stood still before
    pairs = [np.array([one, one]) for one in x]
    for _ in range(12):
        optimizer.update([theta], [H @ theta])
        pairs = [momentum_matrix(beta, eta * lam) @ pair for lam, pair in zip(lambdas, pairs, strict=True)]
        np.testing.assert_allclose(axes.T @ theta, [pair[0] for pair in pairs], rtol=1e-10, atol=1e-13)
    for product in (0.01, 0.5, 3.0, 3.9):
        modulus = np.abs(np.linalg.eigvals(momentum_matrix(beta, product))).max()
        assert modulus == pytest.approx(largest_root(beta, product), rel=1e-7)


@pytest.mark.parametrize("product", [0.01, 0.1, 0.5, 1.0, 3.0, 3.9])
def test_eq_optimizers_critical_momentum(product):
    critical = (1 - math.sqrt(product)) ** 2
    assert largest_root(critical, product) == pytest.approx(abs(1 - math.sqrt(product)), abs=1e-7)
    rates = [largest_root(beta, product) for beta in np.linspace(0, 0.999, 400)]
    assert min(rates) >= abs(1 - math.sqrt(product)) - 1e-7
    for beta in np.linspace(0, 0.999, 100):
        complex_pair = abs(largest_root(beta, product) - math.sqrt(beta)) < 1e-12
        assert complex_pair == (beta >= critical - 1e-12)


def test_eq_optimizers_hessian_vector():
    def grad(p):  # of x²y + y³/3
        return np.array([2 * p[0] * p[1], p[0] ** 2 + p[1] ** 2])

    (x, y), v, h = (0.7, -1.3), np.array([0.6, 0.8]), 1e-6
    H = np.array([[2 * y, 2 * x], [2 * x, 2 * y]])
    p = np.array([x, y])
    np.testing.assert_allclose((grad(p + h * v) - grad(p - h * v)) / (2 * h), H @ v, rtol=1e-8)
    lam, direction = largest_curvature(grad, p, v, rounds=100)
    values, vectors = np.linalg.eigh(H)
    assert lam == pytest.approx(values[np.argmax(np.abs(values))], rel=1e-6)
    assert abs(direction @ vectors[:, np.argmax(np.abs(values))]) == pytest.approx(1, rel=1e-6)
