"""The labelled formulas of chapter 8, each against plain loops, singular values, or what other libraries recorded.

test_eq_<label> proves the formula with the anchor eq-<label>.
"""

import json
import math
from fractions import Fraction

import numpy as np
import pytest

from lessons_lib.after_adam import CONVERGING, FAST, Lion, Muon, ScheduleFree, Shampoo, matrix_power, newton_schulz
from lessons_lib.optimizers import Adam
from tools.shared import ROOT
from tools.shared.book import load_page

GRADS = [0.5, -2.0, 1e-3, 0.7, -0.3, -0.3]
SHAPES = [(2, 2), (5, 3), (3, 5)]
PAGE = load_page(ROOT / "book" / "08_after_adam.ipynb")


def matrices(shape, count=1, seed=0):
    return np.random.default_rng(seed).normal(size=(count, *shape))


def factor(G):
    """U Vᵀ from numpy's singular value decomposition."""
    U, _, Vt = np.linalg.svd(G, full_matrices=False)
    return U @ Vt


def test_eq_after_adam_sign():
    g, moves = matrices((6,))[0], np.random.default_rng(1).uniform(-0.1, 0.1, (5000, 6))
    least = -0.1 * sum(abs(number) for number in g)
    assert (moves @ g).min() > least
    assert float(-0.1 * np.sign(g) @ g) == pytest.approx(least)


@pytest.mark.parametrize("shape", SHAPES)
def test_eq_after_adam_orthogonal(shape):
    G, moves = matrices(shape)[0], matrices(shape, 3000, seed=1)
    least = -0.1 * np.linalg.svd(G)[1].sum()
    for move in [*moves, -np.sign(G), -G]:
        assert np.sum(G * move) * 0.1 / np.linalg.norm(move, 2) > least
    assert np.sum(G * -0.1 * factor(G)) == pytest.approx(least) and np.linalg.norm(factor(G), 2) == pytest.approx(1)


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_eq_lion(decay):
    theta, lion, value, m = np.array([1.0]), Lion(0.1, 0.6, 0.8, decay), 1.0, 0.0
    for g in GRADS:
        lion.update([theta], [np.array([g])])
        sign = math.copysign(1, 0.6 * m + 0.4 * g)
        value, m = value - 0.1 * (sign + decay * value), 0.8 * m + 0.2 * g
        assert theta[0] == pytest.approx(value, rel=1e-13) and lion.m[0][0] == pytest.approx(m, rel=1e-13)


def test_eq_after_adam_bound():
    theta = np.array([-10.0, 10.0, 3.0, 10.0])  # 1/λ = 10
    lion, rng = Lion(0.5, weight_decay=0.1), np.random.default_rng(0)
    for _ in range(400):
        lion.update([theta], [np.array([1.0, -1.0, -1.0, rng.normal()])])
        assert (np.abs(theta) <= 10 + 1e-12).all()
    np.testing.assert_allclose(theta[:3], [-10, 10, 10], rtol=1e-6)  # reached, and not passed


def free_path(beta=0.7):
    theta, free, states = np.array([1.0]), ScheduleFree(0.1, beta), []
    for g in GRADS:
        free.update([theta], [np.array([g])])
        states.append((free.z[0][0], free.x[0][0], theta[0]))
    return np.array(states)


def test_eq_after_adam_average():
    z, x, _ = free_path().T
    np.testing.assert_allclose(x, [sum(z[: t + 1]) / (t + 1) for t in range(len(z))], rtol=1e-13)


def test_eq_schedule_free():
    z, x = 1.0, 0.0
    for t, (g, state) in enumerate(zip(GRADS, free_path(), strict=True), start=1):
        z -= 0.1 * g
        x = (x * (t - 1) + z) / t
        np.testing.assert_allclose(state, [z, x, 0.3 * z + 0.7 * x], rtol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_eq_shampoo(shape):
    W, shampoo, grads = np.ones(shape), Shampoo(0.1, epsilon=0.01), matrices(shape, 4)
    expected, L, R = W.copy(), 0.01 * np.eye(shape[0]), 0.01 * np.eye(shape[1])
    for G in grads:
        shampoo.update([W], [G])
        L, R = L + np.einsum("ij,kj", G, G), R + np.einsum("ji,jk", G, G)
        left, right = (np.linalg.inv(fourth_root(S)) for S in (L, R))
        expected -= 0.1 * left @ G @ right
        np.testing.assert_allclose(W, expected, rtol=1e-9, atol=1e-11)


def fourth_root(S):
    """By singular values, and checked by multiplication."""
    U, s, _ = np.linalg.svd(S)
    root = U * np.sqrt(np.sqrt(s)) @ U.T
    np.testing.assert_allclose(root @ root @ root @ root, S, rtol=1e-9, atol=1e-12)
    return root


@pytest.mark.parametrize("shape", SHAPES)
def test_eq_after_adam_first_step(shape):
    G = matrices(shape)[0]
    for scale in (1, 1e3):
        W, shampoo = np.zeros(shape), Shampoo(1.0, epsilon=1e-11)
        shampoo.update([W], [scale * G])
        np.testing.assert_allclose(-W, factor(G), atol=1e-9)
    before = W.copy()
    shampoo.update([W], [scale * G])
    np.testing.assert_allclose(before - W, factor(G) / math.sqrt(2), atol=1e-9)


def test_eq_after_adam_turn():
    A, grads = factor(matrices((5, 5))[0]), matrices((5, 3), 6, seed=1)
    W, turned = np.zeros((5, 3)), np.zeros((5, 3))
    straight, other = Shampoo(0.1), Shampoo(0.1)
    for G in grads:
        straight.update([W], [G])
        other.update([turned], [A @ G])
        np.testing.assert_allclose(turned, A @ W, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_eq_muon(shape):
    W, muon, m = np.zeros(shape), Muon(0.1, momentum=0.9, ns_steps=40, coefficients=CONVERGING), np.zeros(shape)
    for G in matrices(shape, 3):
        before, m = W.copy(), 0.9 * m + G
        muon.update([W], [G])
        np.testing.assert_allclose(before - W, 0.1 * 0.2 * math.sqrt(max(shape)) * factor(m), rtol=1e-7, atol=1e-9)
    row, same = np.ones((1, 3)), np.ones((1, 3))
    muon, adam = Muon(0.1), Adam(0.1)
    for G in matrices((1, 3), 3):
        muon.update([row], [G])
        adam.update([same], [G])
    np.testing.assert_array_equal(row, same)


@pytest.mark.parametrize("shape", SHAPES)
def test_eq_after_adam_rms(shape):
    O = factor(matrices(shape)[0])  # noqa: E741
    squares = [O[i, j] ** 2 for i in range(shape[0]) for j in range(shape[1])]
    assert math.sqrt(sum(squares) / len(squares)) == pytest.approx(1 / math.sqrt(max(shape)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("numbers", [CONVERGING, FAST])
def test_eq_newton_schulz(shape, numbers):
    G, (a, b, c) = matrices(shape)[0], numbers
    X = G / math.sqrt(sum(number**2 for number in G.ravel()))
    for steps in (1, 2):
        X = a * X + b * (X @ X.T @ X) + c * (X @ X.T @ X @ X.T @ X)
        np.testing.assert_allclose(newton_schulz(7 * G, steps, numbers), X, rtol=1e-12, atol=1e-14)


def polynomial(numbers, sigma):
    a, b, c = numbers
    return a * sigma + b * sigma**3 + c * sigma**5


@pytest.mark.parametrize("shape", SHAPES)
def test_eq_after_adam_polynomial(shape):
    U, s, Vt = np.linalg.svd(matrices(shape)[0], full_matrices=False)
    s = s / math.sqrt(sum(s**2))
    np.testing.assert_allclose(newton_schulz(U * s @ Vt, 1), U * polynomial(FAST, s) @ Vt, rtol=1e-10, atol=1e-12)


def test_eq_after_adam_converging():
    a, b, c = map(Fraction, CONVERGING)
    assert (a + b + c, a + 3 * b + 5 * c, 6 * b + 20 * c) == (1, 0, 0)
    assert (a, b, c) == (Fraction(15, 8), Fraction(-10, 8), Fraction(3, 8))
    for sigma in (Fraction(1, 1000), Fraction(1, 3), Fraction(9, 10), Fraction(3, 2)):
        assert a + 3 * b * sigma**2 + 5 * c * sigma**4 == Fraction(15, 8) * (1 - sigma**2) ** 2
    sigma = np.linspace(0.001, 0.999, 999)
    assert (polynomial(CONVERGING, sigma) > sigma).all() and (polynomial(CONVERGING, sigma) <= 1).all()


def test_eq_after_adam_lattice():
    theta, lion, rng = np.array([0.7, -1.0]), Lion(0.03), np.random.default_rng(0)
    for _ in range(300):
        lion.update([theta], [theta + rng.normal(size=2)])
        steps = (theta - [0.7, -1.0]) / 0.03
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)


@pytest.mark.parametrize(("numbers", "edge"), [(CONVERGING, math.sqrt(7 / 3)), (FAST, 1.264)])
def test_eq_after_adam_edge(numbers, edge):
    for start, inside in [(1e-3, True), (1.0, True), (edge - 2e-3, True), (edge + 2e-3, False), (3.0, False)]:
        sigma = start
        for _ in range(100):
            sigma = min(polynomial(numbers, sigma), 1e9)
        assert (abs(sigma - 1) < (1e-9 if numbers is CONVERGING else 0.33)) == inside
        assert inside or sigma == 1e9


class Published:
    """The class of the cell «find the bug»."""

    cell = next(cell for cell in PAGE.of_kind("code") if "find-the-bug" in cell.tags)

    def __new__(cls, *arguments):
        names = {"np": np, "matrix_power": matrix_power}
        exec(cls.cell.source, names)
        return names["MyShampoo"](*arguments)


def test_eq_after_adam_published_step():
    W, G = np.zeros((2, 3)), matrices((2, 3))[0]
    wrong = Published(W, 1.0)
    for t in range(1, 30):
        before = W.copy()
        wrong.step(W, G)
        size = 1 / math.sqrt(t * sum(1 / i for i in range(1, t + 1)))
        np.testing.assert_allclose(np.linalg.svd(before - W)[1], [size, size], rtol=1e-6)


@pytest.fixture(scope="module")
def golden():
    return json.loads((ROOT / "tests" / "golden" / "after_adam.json").read_text(encoding="utf-8"))


def test_the_bug_is_that_of_the_published_package(golden):
    for i, start in enumerate(golden["start"]):
        W = np.array(start)
        wrong = Published(W, 0.1, 1e-4)
        for grads, recorded in zip(golden["grads"], golden["paths"]["torch-optimizer shampoo"]["params"], strict=True):
            wrong.step(W, np.array(grads[i]))
            np.testing.assert_allclose(W, recorded[i], rtol=1e-9, atol=1e-11)


def test_numbers_of_other_libraries_on_the_page_are_the_recorded_ones(golden):
    page = "\n".join(cell.source for cell in PAGE.of_kind("code"))
    given = [golden["start"][0], *(step[0] for step in golden["grads"][:2])]
    assert all(repr(number) in page for matrix in given for row in matrix for number in row)
    for name in ("optax lion", "schedulefree, train", "schedulefree, eval", "pytorch_optimizer shampoo", "optax muon"):
        assert repr(golden["paths"][name]["params"][1][0][0][0]) in page, name
