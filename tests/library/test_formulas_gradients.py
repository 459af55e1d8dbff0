"""The labelled formulas of chapter 6, each against plain loops, finite differences, exact fractions or sampling.

test_eq_<label> proves the formula with the anchor eq-<label>.
"""

import math
from fractions import Fraction
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import reference_loops as loops

from lessons_lib import (
    MLP,
    SGD,
    binary_cross_entropy_from_logits_grad,
    binary_cross_entropy_grad,
    check_gradient,
    clip_by_global_norm,
    clip_by_norm,
    cross_entropy_from_logits,
    cross_entropy_from_logits_grad,
    mse_grad,
    numerical_gradient,
    relu,
    relu_grad,
    softmax_grad,
)
from lessons_lib.gradients import layer_gradients

RNG = np.random.default_rng(6)
Z = RNG.normal(0, 2, size=(4, 3))
LABELS = [2, 0, 1, 1]


def sigma(z):
    return 1 / (1 + math.exp(-z))


# The three losses -------------------------------------------------------------------------------------------------


def test_eq_mse_grad():
    predicted, true = [1.0, 3.0, 0.0, 2.0, -1.5], [2.0, 1.0, 0.0, 2.0, 4.0]
    n = len(true)
    formula = [2 / n * (a - b) for a, b in zip(predicted, true, strict=True)]
    loss = lambda p: sum((a - b) ** 2 for a, b in zip(p, true, strict=True)) / n  # noqa: E731
    np.testing.assert_allclose(formula, loops.slopes(loss, predicted), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(mse_grad(predicted, true), formula, rtol=1e-14)
    # The worked example of the page.
    assert mse_grad([1, 3, 0, 2], [2, 1, 0, 2]).tolist() == [-0.5, 1.0, 0.0, 0.0]


def test_eq_bce_grad():
    p, y = [0.8, 0.5, 0.03, 0.9], [1.0, 0.0, 1.0, 0.3]
    n = len(p)
    formula = [-1 / n * (b / a - (1 - b) / (1 - a)) for a, b in zip(p, y, strict=True)]

    def loss(p):
        return -sum(b * math.log(a) + (1 - b) * math.log(1 - a) for a, b in zip(p, y, strict=True)) / n

    np.testing.assert_allclose(formula, loops.slopes(loss, p), rtol=1e-6)
    np.testing.assert_allclose(binary_cross_entropy_grad(p, y), formula, rtol=1e-13)
    np.testing.assert_allclose(binary_cross_entropy_grad([0.8, 0.5], [1, 0]), [-0.625, 1.0], rtol=1e-14)


def test_eq_gradients_bce_logits():
    z, y = [2.0, -0.5, 0.0, 3.5, -4.0], [1.0, 1.0, 0.0, 0.0, 0.25]
    n = len(z)
    p = [sigma(value) for value in z]
    long_way = [(a - b) / (a * (1 - a)) * a * (1 - a) / n for a, b in zip(p, y, strict=True)]
    formula = [(a - b) / n for a, b in zip(p, y, strict=True)]

    def loss(z):
        return -sum(b * math.log(sigma(a)) + (1 - b) * math.log(1 - sigma(a)) for a, b in zip(z, y, strict=True)) / n

    np.testing.assert_allclose(long_way, formula, rtol=1e-13)
    np.testing.assert_allclose(formula, loops.slopes(loss, z), rtol=1e-6)
    np.testing.assert_allclose(binary_cross_entropy_from_logits_grad(z, y), formula, rtol=1e-12)


def test_eq_gradients_softmax_jacobian():
    z = [0.3, -1.2, 2.0, 0.7]
    p = loops.softmax(z)
    formula = [[p[k] * ((k == j) - p[j]) for j in range(4)] for k in range(4)]
    np.testing.assert_allclose(formula, loops.jacobian(loops.softmax, z), rtol=1e-6)
    np.testing.assert_allclose(softmax_grad(z), formula, rtol=1e-12)


def test_eq_softmax_ce_grad():
    m = len(LABELS)
    formula = [
        [(p - (j == label)) / m for j, p in enumerate(loops.softmax(row))]
        for row, label in zip(Z.tolist(), LABELS, strict=True)
    ]
    numeric = loops.row_slopes(lambda z: loops.cross_entropy_from_logits(z, LABELS), Z.tolist())
    np.testing.assert_allclose(formula, numeric, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(cross_entropy_from_logits_grad(Z, LABELS), formula, rtol=1e-12, atol=1e-15)
    # The worked example of the page, in exact fractions.
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    rows, ones = [[half, quarter, quarter], [quarter, quarter, half]], [0, 1]
    exact = [[(p - (j == one)) / 2 for j, p in enumerate(row)] for row, one in zip(rows, ones, strict=True)]
    assert exact == [
        [Fraction(-1, 4), Fraction(1, 8), Fraction(1, 8)],
        [Fraction(1, 8), Fraction(-3, 8), Fraction(1, 4)],
    ]
    z = np.log([[2.0, 1.0, 1.0], [1.0, 1.0, 2.0]])
    np.testing.assert_allclose(cross_entropy_from_logits_grad(z, ones), np.array(exact, dtype=float), rtol=1e-14)


# The gradient check -----------------------------------------------------------------------------------------------


POINT = [1.5, -2.0, 0.7]
SLOPES = [2 * POINT[0] * POINT[1], POINT[0] ** 2, math.cos(POINT[2])]  # of the function `curved`


def curved(x):
    return x[0] ** 2 * x[1] + math.sin(x[2])


def difference_along(v, h):
    ahead, behind = (curved([a + s * h * b for a, b in zip(POINT, v, strict=True)]) for s in (1, -1))
    return (ahead - behind) / (2 * h)


def test_eq_central_difference():
    formula = [difference_along([float(i == j) for j in range(3)], 1e-3) for i in range(3)]
    np.testing.assert_allclose(formula, SLOPES, atol=2e-7)
    np.testing.assert_allclose(numerical_gradient(curved, POINT, 1e-3), formula, rtol=1e-12)


def test_eq_gradients_projection():
    v = [0.3, -1.1, 2.0]
    assert difference_along(v, 1e-5) == pytest.approx(loops.dot(SLOPES, v), rel=1e-8)


def test_eq_gradients_difference_error():
    # Truncation: where rounding is far smaller, the error is h²/6 · f'''.
    for f, slope, third, x in [(math.exp, math.exp(1), math.exp(1), 1.0), (math.sin, math.cos(2), -math.cos(2), 2.0)]:
        for h in (1e-1, 1e-2, 1e-3):
            error = (f(x + h) - f(x - h)) / (2 * h) - slope
            assert error == pytest.approx(h * h / 6 * third, rel=2e-3)
    # In exact fractions, x³ has nothing beyond the first term: f''' = 6.
    h, x = Fraction(1, 7), Fraction(3, 5)
    assert ((x + h) ** 3 - (x - h) ** 3) / (2 * h) - 3 * x**2 == h**2 / 6 * 6
    # Rounding: for tiny h the error stays below eps |f| / h plus the truncation, and comes within a tenth of it.
    eps, h = np.finfo(float).eps, 2.0**-34
    x = np.linspace(0.5, 1.0, 2000)
    x = x[(x + h - x == h) & (x - (x - h) == h)]  # the points themselves are exact: f alone is rounded
    error = np.abs((np.exp(x + h) - np.exp(x - h)) / (2 * h) - np.exp(x))
    bound = h * h / 6 * np.exp(x) + eps * np.exp(x) / h
    assert len(x) > 50
    assert 0.1 < np.max(error / bound) <= 1.5


def test_eq_gradients_best_step():
    rng = np.random.default_rng(0)
    for value, third in rng.uniform(0.1, 10, (5, 2)):
        for eps in (float(np.finfo(np.float32).eps), float(np.finfo(np.float64).eps)):
            best = (3 * eps * value / third) ** (1 / 3)
            error = lambda h, v=value, t=third, e=eps: h * h / 6 * t + e * v / h  # noqa: E731
            assert all(error(best) < error(best * factor) for factor in (0.5, 0.9, 0.99, 1.01, 1.1, 2))
    # The measured valley of exp at 1 is where the formula says, within a factor of ten.
    h = np.logspace(-9, -2, 71)
    error = np.abs((np.exp(1 + h) - np.exp(1 - h)) / (2 * h) / np.e - 1)
    smooth = [np.median(error[max(i - 3, 0) : i + 4]) for i in range(len(h))]
    best = (3 * np.finfo(float).eps) ** (1 / 3)
    assert best / 10 < h[np.argmin(smooth)] < best * 10


def relative_error(a, b):
    difference = loops.norm([[one - other for one, other in zip(a, b, strict=True)]])
    return difference / max(loops.norm([a]), loops.norm([b]))


def test_eq_gradients_relative_error():
    true, wrong = [3.0, -4.0, 12.0], [3.0, -4.5, 10.0]
    error = check_gradient(partial(loops.dot, true), wrong, [0.1, 0.2, 0.3]).relative_error
    assert error == pytest.approx(relative_error(true, wrong), rel=1e-8)


@pytest.mark.parametrize("k", [1, 2, 8, 32, 1.5])
def test_eq_gradients_check_missing(k):
    g = [0.3, -0.7, 2.0]
    long = [k * value for value in g]
    assert relative_error(long, g) == pytest.approx(1 - 1 / k, rel=1e-12, abs=1e-15)
    checked = check_gradient(partial(loops.dot, g), long, [1.0, 1.0, 1.0])
    assert checked.relative_error == pytest.approx(1 - 1 / k, rel=1e-7, abs=1e-9)


def test_eq_gradients_kink():
    h = Fraction(1, 1000)
    for place in (Fraction(-1), Fraction(-1, 4), Fraction(0), Fraction(1, 4), Fraction(3, 4), Fraction(1)):
        x = place * h
        assert (max(x + h, 0) - max(x - h, 0)) / (2 * h) == (1 + x / h) / 2
        numeric = numerical_gradient(lambda z: relu(z)[0], [float(x)], float(h))
        assert numeric[0] == pytest.approx(float((1 + place) / 2), abs=1e-9)


# Deep chains ------------------------------------------------------------------------------------------------------


def test_eq_gradients_forward_variance():
    """Sampled: sums of two layers of relu, weights of variance v; many draws, so the mean is within a few per cent."""
    rng, n, v = np.random.default_rng(1), 200, 0.013
    before, after = [], []
    for _ in range(30):
        z = rng.normal(0, 1.7, (50, n))
        W = rng.normal(0, math.sqrt(v), (n, n))
        before.append(np.var(z))
        after.append(np.var(relu(z) @ W))
    assert np.mean(after) / np.mean(before) == pytest.approx(n / 2 * v, rel=0.05)
    # E[relu(z)²] is half of E[z²] for every symmetric z, exactly.
    z = np.array([-3.0, -1.0, -0.5, 0.5, 1.0, 3.0])
    assert np.mean(relu(z) ** 2) == np.mean(z**2) / 2


def test_eq_gradients_backward_variance():
    rng, n_in, n_out, v = np.random.default_rng(2), 150, 250, 0.02
    ratios = []
    for _ in range(30):
        z = rng.normal(size=(40, n_in))
        weights = [np.eye(n_in), rng.normal(0, math.sqrt(v), (n_in, n_out))]
        dz, _ = layer_gradients(z, weights, rng.normal(size=(40, n_out)), relu, relu_grad)
        ratios.append(np.mean(dz[0] ** 2) / np.mean(dz[1] ** 2))
    assert np.mean(ratios) == pytest.approx(n_out / 2 * v, rel=0.05)


def test_eq_gradients_he():
    for n in (3, 64, 1000):
        assert Fraction(n, 2) * Fraction(2, n) == 1
    # The library starts there, and the signal of a deep chain neither grows nor fades.
    W = MLP([400, 500, 2], seed=0).params[0]
    assert np.var(W) == pytest.approx(2 / 400, rel=0.02)
    ratios = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        a = rng.normal(size=(20, 256))
        first = None
        for _ in range(10):
            z = a @ rng.normal(0, math.sqrt(2 / 256), (256, 256))
            first = np.mean(z**2) if first is None else first
            a = relu(z)
        ratios.append(np.mean(z**2) / first)
    assert 0.8 < np.mean(ratios) < 1.25


def test_eq_gradients_widths():
    """With He's weights the factors back are n_out / n_in; their product telescopes, and the length stays."""
    widths = [512, 256, 128, 64, 32]
    product = math.prod(Fraction(b, a) for a, b in pairwise(widths))
    assert product == Fraction(widths[-1], widths[0])
    means, lengths = [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        weights = [rng.normal(0, math.sqrt(2 / a), (a, b)) for a, b in pairwise([1024, *widths])]
        dz, _ = layer_gradients(rng.normal(size=(64, 1024)), weights, rng.normal(size=(64, 32)), relu, relu_grad)
        means.append(np.mean(dz[0] ** 2) / np.mean(dz[-1] ** 2))
        lengths.append(np.sum(dz[0] ** 2) / np.sum(dz[-1] ** 2))
    assert np.mean(means) == pytest.approx(float(product), rel=0.15)
    assert np.mean(lengths) == pytest.approx(1, rel=0.15)


def test_eq_gradients_glorot():
    """The factors forward and back, n_in v and n_out v, have the mean 1; for equal layers both are 1."""
    for n_in, n_out in [(64, 64), (100, 20), (3, 500)]:
        v = Fraction(2, n_in + n_out)
        assert (n_in * v + n_out * v) / 2 == 1
        assert (n_in * v == 1 and n_out * v == 1) == (n_in == n_out)
    # In the linear part of tanh: small signals through equal layers keep their size both ways.
    rng, n = np.random.default_rng(5), 300
    weights = [rng.normal(0, math.sqrt(2 / (n + n)), (n, n)) for _ in range(5)]
    x, grad = 1e-3 * rng.normal(size=(50, n)), rng.normal(size=(50, n))
    dz, _ = layer_gradients(x, weights, grad, np.tanh, lambda z: 1 - np.tanh(z) ** 2)
    assert np.mean(dz[0] ** 2) / np.mean(grad**2) == pytest.approx(1, abs=0.25)


def test_eq_gradients_layer_balance():
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(6, 5)), np.array([0, 3, 1, 2, 3, 0])
    model = MLP([5, 7, 6, 8, 4], seed=1)
    model.compute_loss((x, y))
    model.backward()
    z = model.forward(x)
    dz = [[(p - (j == label)) / 6 for j, p in enumerate(loops.softmax(r))] for r, label in zip(z.tolist(), y)]  # noqa: B905
    right = loops.dot(loops.flat(z.tolist()), loops.flat(dz))
    for W, dW in zip(model.params[0::2], model.grads[0::2], strict=True):
        assert sum((W * dW).ravel().tolist()) == pytest.approx(right, rel=1e-10)
        # Both are the derivative of the loss by a factor c on this layer's weights, at c = 1.
        values = []
        for c in (1 + 1e-6, 1 - 1e-6):
            W *= c
            values.append(cross_entropy_from_logits(model.forward(x), y))
            W /= c
        assert (values[0] - values[1]) / 2e-6 == pytest.approx(right, rel=1e-6)


def test_eq_gradients_residual():
    rng = np.random.default_rng(10)
    a, W, da = rng.normal(size=(3, 4)), rng.normal(size=(4, 4)), rng.normal(size=(3, 4))
    formula = da + (da * (a @ W > 0)) @ W.T
    numeric = loops.row_slopes(lambda a: np.sum(da * (np.array(a) + relu(a @ W))), a.tolist())
    np.testing.assert_allclose(formula, numeric, rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(da + (da * (a @ (0 * W) > 0)) @ (0 * W).T, da)  # without a branch nothing is lost


def normalised(z):
    """LayerNorm of one row, its mean and its spread, in plain loops."""
    mean = sum(z) / len(z)
    spread = math.sqrt(sum((one - mean) ** 2 for one in z) / len(z))
    return [(one - mean) / spread for one in z], spread


def test_eq_gradients_layer_norm():
    z = RNG.normal(3, 2, size=6).tolist()
    u, _ = normalised(z)
    assert sum(u) == pytest.approx(0, abs=1e-14) and sum(one**2 for one in u) == pytest.approx(6)
    for alpha, shift in ((0.01, 0.0), (300.0, 5.0)):  # the scale of the weights, or a common bias, changes nothing
        assert normalised([alpha * one + shift for one in z])[0] == pytest.approx(u, rel=1e-10)
    assert normalised([2, 4, 5, 6, 8]) == ([-1.5, -0.5, 0, 0.5, 1.5], 2)


def test_eq_gradients_layer_norm_grad():
    for z, du in ((RNG.normal(size=6), RNG.normal(size=6)), ([2.0, 4, 5, 6, 8], [1.0, 0, 0, 0, 0])):
        u, spread = normalised(z)
        mean, along = sum(du) / len(du), loops.dot(du, u) / len(du)
        dz = [(a - mean - b * along) / spread for a, b in zip(du, u, strict=True)]
        numeric = loops.slopes(lambda z, du=du: loops.dot(du, normalised(z)[0]), list(z))
        np.testing.assert_allclose(dz, numeric, rtol=1e-6, atol=1e-8)
    assert dz == pytest.approx([0.175, -0.175, -0.1, -0.025, 0.125])


# Clipping ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("g", "c"), [([3.0, 4.0], 6.5), ([3.0, 4.0], 5.0), ([3.0, -4.0, 12.0], 6.5), ([0.0, 0.0], 1.0)]
)
def test_eq_clipping(g, c):
    norm = loops.norm([g])
    formula = g if norm <= c else [c / norm * value for value in g]
    np.testing.assert_allclose(clip_by_norm(np.array(g), c), formula, rtol=1e-14)
    assert loops.norm([formula]) <= c * (1 + 1e-14)
    if norm > c:
        assert loops.norm([formula]) == pytest.approx(c)


def test_eq_clip_global():
    grads, c = [[3.0, 4.0], [0.0, 12.0]], 6.5
    norm = loops.norm(grads)
    formula = [[value * min(1, c / norm) for value in g] for g in grads]
    assert norm == 13 and formula == [[1.5, 2.0], [0.0, 6.0]]
    clipped, before = clip_by_global_norm([np.array(g) for g in grads], c)
    assert [g.tolist() for g in clipped] == formula and before == 13
    # By themselves they turn by 14.9 degrees, together by none.
    apart = [clip_by_norm(np.array(g), c).tolist() for g in grads]
    assert apart == [[3.0, 4.0], [0.0, 6.5]]
    for new, degrees in ((formula, 0.0), (apart, 14.9)):
        cosine = min(loops.dot(loops.flat(grads), loops.flat(new)) / loops.norm(grads) / loops.norm(new), 1.0)
        assert math.degrees(math.acos(cosine)) == pytest.approx(degrees, abs=0.05)


def test_eq_gradients_step_length():
    rng, eta, c = np.random.default_rng(4), 0.3, 2.0
    for scale in (0.01, 1.0, 1e3, 1e12):
        g = scale * rng.normal(size=7)
        theta = rng.normal(size=7)
        before = theta.copy()
        SGD(eta).update([theta], [clip_by_norm(g, c)])
        step = loops.norm([(theta - before).tolist()])
        assert step <= eta * c * (1 + 1e-12)
        assert step == pytest.approx(eta * min(loops.norm([g.tolist()]), c), rel=1e-9)


def test_eq_gradients_accumulation():
    rng = np.random.default_rng(9)
    x, y, sizes = rng.normal(size=(12, 5)), rng.integers(0, 3, 12), [7, 3, 2]
    model = MLP([5, 4, 3], seed=0)

    def gradient(x, y):
        model.compute_loss((x, y))
        model.backward()
        return model.flat_grad.copy()

    ends = np.cumsum(sizes)
    parts = [gradient(x[end - size : end], y[end - size : end]) for size, end in zip(sizes, ends, strict=True)]
    weighted = sum(size / 12 * part for size, part in zip(sizes, parts, strict=True))
    whole = gradient(x, y)
    np.testing.assert_allclose(weighted, whole, rtol=1e-10, atol=1e-14)
    assert np.linalg.norm(sum(parts) / 3 - whole) > 0.05 * np.linalg.norm(whole)
    # Equal micro-batches hide the difference.
    equal = [gradient(x[i : i + 4], y[i : i + 4]) for i in (0, 4, 8)]
    np.testing.assert_allclose(sum(equal) / 3, whole, rtol=1e-10, atol=1e-14)

    def loss(theta):
        model.theta = np.array(theta)
        return model.compute_loss((x, y))

    numeric = loops.slopes(loss, model.theta.tolist())
    np.testing.assert_allclose(weighted, numeric, rtol=1e-4, atol=1e-8)
