"""The labelled formulas of chapter 2, each computed once more without the function that the chapter shows for it.

test_eq_<label> proves the formula with the anchor eq-<label>.
"""

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from reference_loops import slope

from lessons_lib import (
    SGD,
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    binary_cross_entropy_from_logits_grad,
    cross_entropy,
    cross_entropy_from_logits,
    log_softmax,
    mse,
    noisy_line,
    one_hot,
    sigmoid,
    softmax,
)

RNG = np.random.default_rng(11)
P = RNG.uniform(0.05, 0.95, size=8)
BITS = np.array([1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0])
LOGITS = RNG.normal(0, 3, size=(6, 4))
LABELS = np.array([3, 0, 2, 2, 1, 0])


def likelihood(probabilities):
    """The product as an exact fraction of the given floats: it neither rounds nor underflows."""
    product = Fraction(1)
    for p in probabilities:
        product *= Fraction(float(p))
    return product


def log_of(fraction):
    """Natural logarithm of an exact positive fraction to 50 digits."""
    with localcontext() as context:
        context.prec = 50
        return float((Decimal(fraction.numerator) / Decimal(fraction.denominator)).ln())


def given_to_the_truth(p, y):
    return [float(value) if target else 1 - float(value) for value, target in zip(p, y, strict=True)]


def exact_lse(row):
    """log Σ exp z with 60 digits and no trick: Decimal has no upper limit that e^1000 would meet."""
    with localcontext() as context:
        context.prec = 60
        return sum(Decimal(float(z)).exp() for z in row).ln()


def test_eq_losses_likelihood():
    truth = given_to_the_truth(P, BITS)
    product = -log_of(likelihood(truth)) / len(truth)
    logs = -sum(math.log(p) for p in truth) / len(truth)
    assert product == pytest.approx(logs, rel=1e-14)
    assert float(binary_cross_entropy(P, BITS)) == pytest.approx(product, rel=1e-13)
    rows = softmax(LOGITS)
    chosen = [row[label] for row, label in zip(rows.tolist(), LABELS, strict=True)]
    assert float(cross_entropy(rows, LABELS)) == pytest.approx(-log_of(likelihood(chosen)) / 6, rel=1e-13)


def test_eq_losses_geometric_mean():
    truth = given_to_the_truth(P, BITS)
    mean = math.prod(truth) ** (1 / len(truth))
    assert math.exp(-binary_cross_entropy(P, BITS)) == pytest.approx(mean, rel=1e-13)
    assert math.exp(-binary_cross_entropy([0.9, 0.9], [1, 1])) == pytest.approx(0.9)
    assert (round(math.exp(-0.1), 3), round(math.exp(-2.3), 3)) == (0.905, 0.1)


def test_eq_losses_gauss():
    predictions, targets, s = [0.3, -1.2, 2.0], [1.0, -1.0, 0.5], 0.7
    density = [
        math.exp(-((y - m) ** 2) / (2 * s**2)) / (s * math.sqrt(2 * math.pi))
        for m, y in zip(predictions, targets, strict=True)
    ]
    likely = -sum(math.log(p) for p in density) / 3
    constant = math.log(s * math.sqrt(2 * math.pi))
    assert likely == pytest.approx(float(mse(predictions, targets)) / (2 * s**2) + constant, rel=1e-13)
    grid = np.linspace(-20, 20, 400_001)  # the density is one: its area is 1
    area = np.sum(np.exp(-((grid - 0.3) ** 2) / (2 * s**2)) / (s * math.sqrt(2 * math.pi))) * (grid[1] - grid[0])
    assert area == pytest.approx(1, rel=1e-9)


def test_eq_losses_mae():
    s, predictions, targets = 0.7, [0.3, -1.2, 2.0], [1.0, -1.0, 0.5]

    def likely(first):
        errors = [abs(p - y) for p, y in zip([first, *predictions[1:]], targets, strict=True)]
        return -sum(math.log(math.exp(-error / s) / (2 * s)) for error in errors) / 3

    mae = sum(abs(p - y) for p, y in zip(predictions, targets, strict=True)) / 3
    assert likely(0.3) == pytest.approx(mae / s + math.log(2 * s), rel=1e-13)
    assert s * slope(likely, 0.3) == pytest.approx(np.sign(0.3 - 1.0) / 3, rel=1e-8)
    grid = np.arange(-30, 30, 1e-3)
    assert np.sum(np.exp(-np.abs(grid) / s) / (2 * s)) * 1e-3 == pytest.approx(1, rel=1e-5)  # a density


@pytest.mark.parametrize("r", [-7.0, -3.1, -2.9, 0.0, 0.6, 2.99, 3.01, 40.0])
def test_eq_losses_huber(r, delta=3.0):
    def h(r):
        return r**2 / 2 if abs(r) <= delta else delta * abs(r) - delta**2 / 2

    pulled = max(-delta, min(r, delta))
    assert slope(h, r) == pytest.approx(pulled, rel=1e-7, abs=1e-9)
    by_parts = sum(max(-delta, min((i + 0.5) * r / 1000, delta)) for i in range(1000)) * r / 1000
    assert h(r) == pytest.approx(by_parts, rel=1e-3)  # the curve is the area under its slope: it has no jump
    assert float(np.clip(r, -delta, delta)) == pulled  # as the page writes it


def test_eq_mse():
    predictions, targets = [0.5, -2.0, 3.0, 1.25], [1.0, 2.0, 2.5, -0.75]
    total = 0.0
    for p, y in zip(predictions, targets, strict=True):
        total += (p - y) * (p - y)
    assert float(mse(predictions, targets)) == pytest.approx(total / 4, rel=1e-15)
    assert total / 4 == 5.125  # 0.25 + 16 + 0.25 + 4, by hand
    assert float(mse([0.9, 0.2, 0.6], [1, 0, 0])) == pytest.approx(0.41 / 3)  # worked on the page


def test_eq_bce():
    total = 0.0
    for p, y in zip(P.tolist(), BITS.tolist(), strict=True):
        total += y * math.log(p) + (1 - y) * math.log(1 - p)
    assert float(binary_cross_entropy(P, BITS)) == pytest.approx(-total / len(P), rel=1e-13)
    soft = float(binary_cross_entropy([0.3], [0.6]))  # a target between 0 and 1 weighs both terms
    assert soft == pytest.approx(-(0.6 * math.log(0.3) + 0.4 * math.log(0.7)), rel=1e-13)
    by_hand = -(math.log(0.9) + math.log(0.8) + math.log(0.4)) / 3
    assert float(binary_cross_entropy([0.9, 0.2, 0.6], [1, 0, 0])) == pytest.approx(by_hand, rel=1e-13)
    assert round(by_hand, 3) == 0.415


def test_eq_cross_entropy():
    rows, targets = softmax(LOGITS), one_hot(LABELS, 4)
    total = 0.0
    for i in range(6):
        for j in range(4):
            total += targets[i, j] * math.log(rows[i, j])
    assert float(cross_entropy(rows, targets)) == pytest.approx(-total / 6, rel=1e-13)
    assert float(cross_entropy(rows, LABELS)) == pytest.approx(-total / 6, rel=1e-13)


def test_bce_is_the_cross_entropy_of_two_classes():
    for p, y in ((0.2, 1.0), (0.7, 0.0), (0.35, 0.4)):
        over_classes = -sum(t * math.log(q) for t, q in ((1 - y, 1 - p), (y, p)))
        assert over_classes == pytest.approx(float(binary_cross_entropy([p], [y])), rel=1e-13)
        assert over_classes == pytest.approx(float(cross_entropy([[1 - p, p]], [[1 - y, y]])), rel=1e-13)


def test_eq_losses_entropy():
    y, ln = [0.7, 0.2, 0.1], math.log
    entropy = -sum(t * ln(t) for t in y)
    assert round(entropy, 3) == 0.802  # as the page prints it: the floor of this loss
    for p in ([0.7, 0.2, 0.1], [0.8, 0.1, 0.1], [0.98, 0.01, 0.01], [1 / 3] * 3):
        divergence = sum(t * ln(t / q) for t, q in zip(y, p, strict=True))
        assert divergence > 1e-3 if p != y else divergence == 0
        assert float(cross_entropy([p], [y])) == pytest.approx(entropy + divergence, rel=1e-13)


@pytest.mark.parametrize("q", [0.1, 0.5, 0.7])
def test_eq_losses_honest(q):
    grid = [i / 1000 for i in range(1, 1000)]
    by_log = [-q * math.log(p) - (1 - q) * math.log(1 - p) for p in grid]
    by_square = [q * (1 - p) ** 2 + (1 - q) * p**2 for p in grid]
    assert grid[by_log.index(min(by_log))] == grid[by_square.index(min(by_square))] == q
    assert by_square == pytest.approx([(p - q) ** 2 + q * (1 - q) for p in grid], rel=1e-12)
    entropy = -q * math.log(q) - (1 - q) * math.log(1 - q)
    for p, price in zip(grid, by_log, strict=True):
        divergence = q * math.log(q / p) + (1 - q) * math.log((1 - q) / (1 - p))
        assert price == pytest.approx(entropy + divergence, rel=1e-12)


@pytest.mark.parametrize("w", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("q", [0.1, 0.37, 0.8])
def test_eq_losses_weights(q, w):
    grid = np.linspace(0.001, 0.999, 9981)
    least = grid[np.argmin(-w * q * np.log(grid) - (1 - q) * np.log(1 - grid))]
    assert least == pytest.approx(w * q / (w * q + 1 - q), abs=1.1e-4)
    p = w * q / (w * q + 1 - q)
    assert p / (1 - p) == pytest.approx(w * q / (1 - q), rel=1e-12)


@pytest.mark.parametrize(("alpha", "C"), [(0.1, 10), (0.3, 3)])
def test_eq_losses_smoothing(alpha, C):
    soft = [alpha / C + (1 - alpha) * (j == 1) for j in range(C)]
    gap = math.log(1 + C * (1 - alpha) / alpha)
    assert math.log(soft[1] / soft[0]) == pytest.approx(gap, rel=1e-13) and sum(soft) == pytest.approx(1)

    def loss(moved, j):
        z = [gap * (k == 1) + moved * (k == j) for k in range(C)]
        return math.log(sum(map(math.exp, z))) - sum(t * value for t, value in zip(soft, z, strict=True))

    assert [slope(partial(loss, j=j), 0.0) for j in range(C)] == pytest.approx([0.0] * C, abs=1e-9)  # convex: least


def test_least_squares_finds_the_mean_whatever_the_noise():
    """Under exponential noise MSE is no likelihood, yet its line is that of the mean, not of the median."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, size=100_000)
    y = 2 * x - 1 + rng.exponential(size=x.size) - 1
    assert np.polyfit(x, y, 1) == pytest.approx([2, -1], abs=0.02)
    assert np.median(y - 2 * x) == pytest.approx(math.log(2) - 2, abs=0.02)


def test_least_loss_and_most_accuracy_are_apart_in_the_example_of_the_quiz():
    x, y = np.array([0.0] * 4 + [1.0] * 4 + [-10.0] * 2), np.array([0.0] * 4 + [1.0] * 6)
    thresholds = np.linspace(-12, 5, 17_001)
    losses = [float(binary_cross_entropy_from_logits(x - b, y)) for b in thresholds]
    accuracies = [float(np.mean((x >= b) == (y == 1))) for b in thresholds]
    least = int(np.argmin(losses))
    assert (round(thresholds[least], 2), accuracies[least], max(accuracies)) == (-0.66, 0.4, 0.8)


def test_eq_losses_accuracy():
    """Between two points the accuracy does not move; on the two sides of a point it differs by exactly 1/n."""
    points = [-2.4, -1.9, -1.2, -0.4, 0.7, -0.6, 0.2, 1.1, 1.8, 2.6]
    labels = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]

    def accuracy(b):
        return sum((x >= b) == bool(y) for x, y in zip(points, labels, strict=True)) / 10

    edges = sorted(points)
    for left, right in pairwise(edges):
        inside = np.linspace(left + 1e-9, right - 1e-9, 50)
        assert {accuracy(b) for b in inside} == {accuracy((left + right) / 2)}
        assert slope(accuracy, (left + right) / 2) == 0.0
    for x in points:
        assert abs(accuracy(x - 1e-9) - accuracy(x + 1e-9)) == pytest.approx(0.1)


def test_eq_losses_logit():
    for z in (-30.0, -2.2, 0.0, 0.7, 12.0):
        p = 1 / (1 + math.exp(-z))
        assert math.log(p / (1 - p)) == pytest.approx(z, rel=1e-8, abs=1e-12)
        assert float(sigmoid(z)) == pytest.approx(p, rel=1e-14)
    for p in (0.001, 0.5, 0.9):
        assert 1 / (1 + math.exp(-math.log(p / (1 - p)))) == pytest.approx(p, rel=1e-12)
    assert math.exp(2.2) == pytest.approx(9, rel=0.01)  # odds of nine to one


ROWS = [[1000.0, 1001.0, 999.0], [-5.0, 2.0, 0.3, 2.0], [-2000.0, -2001.0], [7.5]]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_eq_log_sum_exp(row):
    top = max(row)
    shifted = top + math.log(sum(math.exp(z - top) for z in row))
    assert shifted == pytest.approx(float(exact_lse(row)), rel=1e-15)
    np.testing.assert_allclose(log_softmax(row), [float(Decimal(z) - exact_lse(row)) for z in row], atol=1e-12)


def test_log_sum_exp_lies_between_its_bounds_and_reaches_both():
    for row in ROWS:
        assert 0 <= exact_lse(row) - Decimal(max(row)) <= Decimal(math.log(len(row)) + 1e-15)
    assert float(exact_lse([3.0] * 5)) == pytest.approx(3 + math.log(5), rel=1e-15)
    assert float(exact_lse([3.0, -2000.0]) - 3) == pytest.approx(0.0, abs=1e-50)


def test_eq_losses_ce_logits():
    total = sum(float(exact_lse(row)) - row[label] for row, label in zip(LOGITS.tolist(), LABELS, strict=True))
    assert float(cross_entropy_from_logits(LOGITS, LABELS)) == pytest.approx(total / 6, rel=1e-13)
    assert float(cross_entropy(softmax(LOGITS), LABELS)) == pytest.approx(total / 6, rel=1e-12)
    page = exact_lse(ROWS[0]) - 1000
    assert float(cross_entropy_from_logits(ROWS[:1], np.array([0]))) == pytest.approx(float(page), rel=1e-12)
    assert round(float(page), 3) == 1.408


def test_eq_losses_bce_logits():
    z, y = [3.0, -0.4, 0.0, 700.0, -700.0], [0.0, 1.0, 1.0, 0.0, 1.0]
    formula = [max(a, 0) - a * t + math.log(1 + math.exp(-abs(a))) for a, t in zip(z, y, strict=True)]
    exact = [float(exact_lse([a, 0.0]) - Decimal(a * t)) for a, t in zip(z, y, strict=True)]
    assert formula == pytest.approx(exact, rel=1e-14)
    assert float(binary_cross_entropy_from_logits(z, y)) == pytest.approx(sum(exact) / 5, rel=1e-14)
    direct = [-math.log(p) for p in given_to_the_truth([1 / (1 + math.exp(-a)) for a in z[:3]], y[:3])]
    assert formula[:3] == pytest.approx(direct, rel=1e-12)


@pytest.mark.parametrize("y", [0.0, 1.0, 0.3])
@pytest.mark.parametrize("z", [-20.0, -4.0, 0.0, 2.5])
def test_eq_losses_logit_slope(z, y):
    def loss(z):
        p = 1 / (1 + math.exp(-z))
        return -(y * math.log(p) + (1 - y) * math.log(1 - p))

    expected = 1 / (1 + math.exp(-z)) - y
    assert slope(loss, z) == pytest.approx(expected, rel=1e-6, abs=1e-7)
    assert float(binary_cross_entropy_from_logits_grad([z], [y])[0]) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(("dtype", "bits", "ceiling"), [(np.float32, 23, 15.94), (np.float64, 52, 36.04)])
def test_the_clipped_loss_has_a_ceiling(dtype, bits, ceiling):
    assert bits * math.log(2) == pytest.approx(ceiling, abs=0.005)
    pairs = [(0, 1), (1, 0), *((p, 1) for p in np.geomspace(1e-30, 1, 200))]
    losses = [float(binary_cross_entropy(np.array([p], dtype), np.array([y], dtype))) for p, y in pairs]
    assert [max(losses), *losses[:3]] == pytest.approx([bits * math.log(2)] * 4, rel=1e-6)


@pytest.mark.parametrize("C", [2, 10, 1000])
def test_eq_losses_initial(C):
    for label in (0, C - 1):
        value = cross_entropy_from_logits(np.full((1, C), 3.7), np.array([label]))
        assert float(value) == pytest.approx(math.log(C), rel=1e-13)
        assert float(cross_entropy(np.full((1, C), 1 / C), np.array([label]))) == pytest.approx(math.log(C), rel=1e-12)


def test_eq_losses_reductions():
    x, y, w, eta = [0.5, -1.5, 2.0, 0.3], [1.0, 0.0, 0.0, 1.0], 0.7, 0.05

    def total(w):
        return sum(math.log(1 + math.exp(-w * a)) if t else math.log(1 + math.exp(w * a))
                   for a, t in zip(x, y, strict=True))  # fmt: skip

    def mean(w):
        return float(binary_cross_entropy_from_logits([w * a for a in x], y))

    assert total(w) == pytest.approx(4 * mean(w), rel=1e-13)
    of_sum, of_mean = slope(total, w), slope(mean, w)
    assert of_sum == pytest.approx(4 * of_mean, rel=1e-8)
    stepped, scaled = np.array([w]), np.array([w])
    SGD(eta).update([stepped], [np.array([of_sum])])
    SGD(4 * eta).update([scaled], [np.array([of_mean])])
    assert stepped[0] == pytest.approx(scaled[0], rel=1e-9) and abs(stepped[0] - w) > 1e-3


def test_eq_losses_broadcast():
    x, y = noisy_line(50)
    for a, b in ((0.0, 0.0), (2.0, -1.0), (-0.3, 0.8)):
        predictions = [a * value + b for value in x[:, 0].tolist()]
        targets = y[:, 0].tolist()
        centre = sum(targets) / 50
        pairs = sum((p - t) ** 2 for p in predictions for t in targets) / 50**2
        parts = sum((p - centre) ** 2 for p in predictions) / 50 + sum((t - centre) ** 2 for t in targets) / 50
        assert pairs == pytest.approx(parts, rel=1e-12)
        assert np.mean((a * x + b - y.ravel()) ** 2) == pytest.approx(pairs, rel=1e-12)
    three = np.array([1.0, 2.0, 3.0])
    assert round(np.mean((three - three[:, None]) ** 2), 4) == 1.3333  # as printed in PyTorch's issue 16413
