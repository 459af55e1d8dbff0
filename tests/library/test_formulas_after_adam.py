"""The labelled formulas of chapter 8, each against plain loops, singular values, or what other libraries recorded.

test_eq_<label> proves the formula with the anchor eq-<label>.
"""

import json
import math
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lessons_lib.after_adam import CONVERGING, FAST, Lion, Muon, ScheduleFree, Shampoo, matrix_power, newton_schulz
from lessons_lib.optimizers import Adam
from tools.shared import ROOT
from tools.shared.book import load_page

GRADS = [0.5, -2.0, 1e-3, 0.7, -0.3, -0.3]
EACH_SHAPE = pytest.mark.parametrize("shape", [(2, 2), (5, 3), (3, 5)])
PAGE = load_page(ROOT / "book" / "08_after_adam.ipynb")
GOLDEN = json.loads((ROOT / "tests" / "golden" / "after_adam.json").read_text(encoding="utf-8"))


def matrices(shape, count=1, seed=0):
    return np.random.default_rng(seed).normal(size=(count, *shape))


def factor(G):
    """U Vᵀ from numpy's singular value decomposition."""
    U, _, Vt = np.linalg.svd(G, full_matrices=False)
    return U @ Vt


def moved(optimizer, W, G):
    """The step that an optimizer takes: W before it less W after it."""
    before = W.copy()
    optimizer.update([W], [G])
    return before - W


def polynomial(numbers, sigma):
    return sum(number * sigma**power for number, power in zip(numbers, (1, 3, 5), strict=True))


def test_eq_after_adam_sign():
    g, moves = matrices((6,))[0], np.random.default_rng(1).uniform(-0.1, 0.1, (5000, 6))
    least = -0.1 * sum(abs(number) for number in g)
    assert (moves @ g).min() > least
    assert float(-0.1 * np.sign(g) @ g) == pytest.approx(least)


@EACH_SHAPE
def test_eq_after_adam_orthogonal(shape):
    G, moves = matrices(shape)[0], matrices(shape, 3000, seed=1)
    least = -0.1 * np.linalg.svd(G)[1].sum()
    for move in [*moves, -np.sign(G), -G]:
        assert np.sum(G * move) * 0.1 / np.linalg.norm(move, 2) > least
    assert np.sum(G * -0.1 * factor(G)) == pytest.approx(least)


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_eq_lion(decay):
    theta, lion, value, m = np.array([1.0]), Lion(0.1, 0.6, 0.8, decay), 1.0, 0.0
    for g in GRADS:
        lion.update([theta], [np.array([g])])
        value -= 0.1 * (math.copysign(1, 0.6 * m + 0.4 * g) + decay * value)
        m = 0.8 * m + 0.2 * g
        assert_allclose([theta[0], lion.m[0][0]], [value, m], rtol=1e-12)


def test_eq_after_adam_bound():
    theta = np.array([-10.0, 10.0, 3.0, 10.0])  # 1/λ = 10
    lion, rng = Lion(0.5, weight_decay=0.1), np.random.default_rng(0)
    for _ in range(400):
        lion.update([theta], [np.array([1.0, -1.0, -1.0, rng.normal()])])
        assert (np.abs(theta) <= 10 + 1e-12).all()
    assert_allclose(theta[:3], [-10, 10, 10], rtol=1e-6)  # reached, and not passed


def free_path():
    theta, free = np.array([1.0]), ScheduleFree(0.1, beta=0.7)
    for g in GRADS:
        free.update([theta], [np.array([g])])
        yield free.z[0][0], free.x[0][0], theta[0]


def test_eq_after_adam_average():
    z, x, _ = zip(*free_path(), strict=True)
    assert_allclose(x, [sum(z[: t + 1]) / (t + 1) for t in range(len(z))], rtol=1e-13)


def test_eq_schedule_free():
    z, x = 1.0, 0.0
    for t, (g, state) in enumerate(zip(GRADS, free_path(), strict=True), start=1):
        z -= 0.1 * g
        x = (x * (t - 1) + z) / t
        assert_allclose(state, [z, x, 0.3 * z + 0.7 * x], rtol=1e-12)


def fourth_root(S):
    U, s, _ = np.linalg.svd(S)
    root = U * np.sqrt(np.sqrt(s)) @ U.T
    assert_allclose(root @ root @ root @ root, S, rtol=1e-9, atol=1e-12)
    return root


@EACH_SHAPE
def test_eq_shampoo(shape):
    W, shampoo, L, R = np.ones(shape), Shampoo(0.1, epsilon=0.01), 0.01 * np.eye(shape[0]), 0.01 * np.eye(shape[1])
    for G in matrices(shape, 4):
        L, R = L + np.einsum("ij,kj", G, G), R + np.einsum("ji,jk", G, G)
        step = 0.1 * np.linalg.inv(fourth_root(L)) @ G @ np.linalg.inv(fourth_root(R))
        assert_allclose(moved(shampoo, W, G), step, rtol=1e-9, atol=1e-11)


@EACH_SHAPE
@pytest.mark.parametrize("scale", [1, 1e3])
def test_eq_after_adam_first_step(shape, scale):
    W, shampoo, G = np.zeros(shape), Shampoo(1.0, epsilon=1e-11), matrices(shape)[0]
    for t in (1, 2, 3):
        assert_allclose(moved(shampoo, W, scale * G), factor(G) / math.sqrt(t), atol=1e-9)


def test_eq_after_adam_turn():
    A, W, turned = factor(matrices((5, 5))[0]), np.zeros((5, 3)), np.zeros((5, 3))
    straight, other = Shampoo(0.1), Shampoo(0.1)
    for G in matrices((5, 3), 6, seed=1):
        assert_allclose(moved(other, turned, A @ G), A @ moved(straight, W, G), rtol=1e-9, atol=1e-12)


@EACH_SHAPE
def test_eq_muon(shape):
    W, muon, m = np.zeros(shape), Muon(0.1, momentum=0.9, ns_steps=40, coefficients=CONVERGING), np.zeros(shape)
    for G in matrices(shape, 3):
        m = 0.9 * m + G
        step = 0.1 * 0.2 * math.sqrt(max(shape)) * factor(m)
        assert_allclose(moved(muon, W, G), step, rtol=1e-7, atol=1e-9)
    row = matrices((1, 3))[0]
    assert_allclose(moved(Muon(0.1), np.ones((1, 3)), row), moved(Adam(0.1), np.ones((1, 3)), row), rtol=0)


@EACH_SHAPE
def test_eq_after_adam_rms(shape):
    squares = [number**2 for row in factor(matrices(shape)[0]) for number in row]
    assert math.sqrt(sum(squares) / len(squares)) == pytest.approx(1 / math.sqrt(max(shape)))


@EACH_SHAPE
@pytest.mark.parametrize("numbers", [CONVERGING, FAST])
def test_eq_newton_schulz(shape, numbers):
    G, (a, b, c) = matrices(shape)[0], numbers
    X = G / math.sqrt(sum(number**2 for number in G.ravel()))
    for steps in (1, 2):
        X = a * X + b * (X @ X.T @ X) + c * (X @ X.T @ X @ X.T @ X)
        assert_allclose(newton_schulz(7 * G, steps, numbers), X, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("shape", [(2, 2), (6, 3), (3, 5), (1, 4), (5, 1)])
@pytest.mark.parametrize("numbers", [CONVERGING, FAST])
@pytest.mark.parametrize("steps", [0, 1, 5])
def test_eq_after_adam_polynomial(shape, numbers, steps):
    U, s, Vt = np.linalg.svd(matrices(shape)[0], full_matrices=False)
    start = sigma = s / math.sqrt(sum(s**2))
    for _ in range(steps):
        sigma = polynomial(numbers, sigma)
    assert_allclose(newton_schulz(U * start @ Vt, steps, numbers), U * sigma @ Vt, rtol=1e-10, atol=1e-12)


def test_eq_after_adam_converging():
    a, b, c = map(Fraction, CONVERGING)
    assert (a + b + c, a + 3 * b + 5 * c, 6 * b + 20 * c) == (1, 0, 0)
    for sigma in (Fraction(1, 1000), Fraction(1, 3), Fraction(3, 2)):
        assert polynomial((15, -10, 3), sigma) == 8 * polynomial((a, b, c), sigma)
        assert a + 3 * b * sigma**2 + 5 * c * sigma**4 == Fraction(15, 8) * (1 - sigma**2) ** 2


def test_eq_after_adam_lattice():
    theta, lion, rng = np.array([0.7, -1.0]), Lion(0.03), np.random.default_rng(0)
    for _ in range(300):
        lion.update([theta], [theta + rng.normal(size=2)])
        steps = (theta - [0.7, -1.0]) / 0.03
        assert_allclose(steps, np.round(steps), atol=1e-9)


@pytest.mark.parametrize(("numbers", "edge", "near"), [(CONVERGING, math.sqrt(7 / 3), 1e-9), (FAST, 1.264, 0.33)])
def test_eq_after_adam_edge(numbers, edge, near):
    for start, inside in [(1e-3, True), (1.0, True), (edge - 2e-3, True), (edge + 2e-3, False), (3.0, False)]:
        sigma = start
        for _ in range(100):
            sigma = min(polynomial(numbers, sigma), 1e9)
        assert abs(sigma - 1) < near if inside else sigma == 1e9


def published(W, *arguments):
    """The optimizer of the cell «find the bug»."""
    names = {"np": np, "matrix_power": matrix_power}
    exec(next(cell.source for cell in PAGE.of_kind("code") if "find-the-bug" in cell.tags), names)
    return names["MyShampoo"](W, *arguments)


def test_eq_after_adam_published_step():
    W, G = np.zeros((2, 3)), matrices((2, 3))[0]
    wrong = published(W, 1.0)
    for t in range(1, 30):
        before = W.copy()
        wrong.step(W, G)
        size = 1 / math.sqrt(t * sum(1 / i for i in range(1, t + 1)))
        assert_allclose(np.linalg.svd(before - W)[1], [size, size], rtol=1e-6)


def test_the_bug_is_that_of_the_published_package():
    recorded = GOLDEN["paths"]["torch-optimizer shampoo"]["params"]
    for i, start in enumerate(GOLDEN["start"]):
        W = np.array(start)
        wrong = published(W, 0.1, 1e-4)
        for grads, params in zip(GOLDEN["grads"], recorded, strict=True):
            wrong.step(W, np.array(grads[i]))
            assert_allclose(W, params[i], rtol=1e-9, atol=1e-11)


def test_numbers_of_other_libraries_on_the_page_are_the_recorded_ones():
    page = "\n".join(cell.source for cell in PAGE.of_kind("code"))
    given = np.ravel([GOLDEN["start"][0], *(step[0] for step in GOLDEN["grads"][:2])]).tolist()
    names = ("optax lion", "schedulefree, train", "schedulefree, eval", "pytorch_optimizer shampoo", "optax muon")
    found = [GOLDEN["paths"][name]["params"][1][0][0][0] for name in names]
    assert [number for number in given + found if repr(number) not in page] == []
