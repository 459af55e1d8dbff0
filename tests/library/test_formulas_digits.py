"""The labelled formulas of chapter 7, each against plain loops, finite differences or published numbers.

test_eq_<label> proves the formula with the anchor eq-<label>.
"""

import math

import numpy as np
import pytest
import reference_loops as loops

from lessons_lib import (
    MLP,
    SGD,
    Adam,
    SGDMomentum,
    clip_by_norm,
    cross_entropy_from_logits,
    cross_entropy_from_logits_grad,
    softmax,
    train,
    warmup_cosine,
)

RNG = np.random.default_rng(7)
X, Y = RNG.normal(size=(6, 5)), np.array([0, 3, 1, 2, 3, 0])
Z = RNG.normal(0, 2, size=(6, 4))


def small_network():
    model = MLP([5, 7, 4], seed=2)
    model.theta[...] += 0.1 * np.random.default_rng(1).normal(size=model.theta.size)
    return model


def test_eq_digits_network():
    model = small_network()
    passed = loops.forward_pass(X.tolist(), *[p.tolist() for p in model.params])
    assert min(map(min, passed["z1"])) < 0 < max(map(max, passed["z1"]))
    np.testing.assert_allclose(model.forward(X), passed["z2"], rtol=1e-12)
    assert [p.shape for p in MLP([64, 64, 10]).params] == [(64, 64), (1, 64), (64, 10), (1, 10)]


def test_eq_digits_softmax():
    np.testing.assert_allclose(softmax(Z), [loops.softmax(row) for row in Z.tolist()], rtol=1e-13)


def test_eq_digits_loss():
    assert cross_entropy_from_logits(Z, Y) == pytest.approx(loops.cross_entropy_from_logits(Z.tolist(), Y), rel=1e-13)
    model = small_network()
    z2 = loops.forward_pass(X.tolist(), *[p.tolist() for p in model.params])["z2"]
    assert model.compute_loss((X, Y)) == pytest.approx(loops.cross_entropy_from_logits(z2, Y), rel=1e-12)


def test_eq_digits_logit_gradient():
    m = len(Y)
    formula = [
        [(p - (1 if j == label else 0)) / m for j, p in enumerate(loops.softmax(row))]
        for row, label in zip(Z.tolist(), Y.tolist(), strict=True)
    ]
    np.testing.assert_allclose(cross_entropy_from_logits_grad(Z, Y), formula, rtol=1e-12, atol=1e-15)
    numeric = loops.row_slopes(lambda z: loops.cross_entropy_from_logits(z, Y), Z.tolist())
    np.testing.assert_allclose(formula, numeric, rtol=1e-6, atol=1e-9)


def test_eq_digits_weight_gradients():
    model = small_network()
    model.compute_loss((X, Y))
    dW1, db1, dW2, db2 = model.backward()
    W1, b1, W2, b2 = [p.tolist() for p in model.params]
    z1, a1, z2, _ = loops.forward_pass(X.tolist(), W1, b1, W2, b2).values()
    m, hidden, classes = len(Y), range(7), range(4)
    dz2 = [[(p - (k == Y[i])) / m for k, p in enumerate(loops.softmax(z2[i]))] for i in range(m)]
    dz1 = [[sum(dz2[i][k] * W2[j][k] for k in classes) if z1[i][j] > 0 else 0.0 for j in hidden] for i in range(m)]
    formula = [
        (dW2, [[sum(a1[i][j] * dz2[i][k] for i in range(m)) for k in classes] for j in hidden]),
        (db2, [[sum(dz2[i][k] for i in range(m)) for k in classes]]),
        (dW1, [[sum(X[i][n] * dz1[i][j] for i in range(m)) for j in hidden] for n in range(5)]),
        (db1, [[sum(dz1[i][j] for i in range(m)) for j in hidden]]),
    ]
    for ours, expected in formula:
        np.testing.assert_allclose(ours, expected, rtol=1e-11, atol=1e-14)
    shapes = [(5, 7), (1, 7), (7, 4), (1, 4)]
    ends = np.cumsum([a * b for a, b in shapes])[:-1]

    def loss(theta):
        weights = [part.reshape(s).tolist() for part, s in zip(np.split(np.array(theta), ends), shapes, strict=True)]
        return loops.cross_entropy_from_logits(loops.forward_pass(X.tolist(), *weights)["z2"], Y)

    np.testing.assert_allclose(model.flat_grad, loops.slopes(loss, model.theta.tolist()), rtol=1e-5, atol=1e-9)


def test_eq_digits_clip():
    for g, c in [([3.0, -4.0, 12.0], 6.5), ([0.3, -0.4], 1.0)]:
        norm = math.sqrt(sum(value * value for value in g))
        np.testing.assert_allclose(clip_by_norm(np.array(g), c), [v * min(1, c / norm) for v in g], rtol=1e-14)
    # The step of training: one norm over all of θ.
    model = small_network()
    model.compute_loss((X, Y))
    model.backward()
    norm = math.sqrt(sum(v * v for v in model.flat_grad.tolist()))
    expected = model.theta - 0.5 * model.flat_grad * min(1, 0.01 / norm)
    trained = small_network()
    history = train(trained, SGD(0.5), X, Y, epochs=1, batch_size=6, max_norm=0.01)
    np.testing.assert_allclose(trained.theta, expected, rtol=1e-10, atol=1e-14)
    assert history.grad_norm[0] == pytest.approx(norm) and norm > 0.01


def test_eq_digits_adam():
    eta, b1, b2, eps, gs = 0.01, 0.9, 0.999, 1e-8, [0.5, -2.0, 1e-3, 0.7, 0.0]
    theta, optimizer = np.array([1.0]), Adam(eta, b1, b2, eps)
    value, m, v = 1.0, 0.0, 0.0
    for t, g in enumerate(gs, start=1):
        optimizer.update([theta], [np.array([g])])
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g * g
        value -= eta * (m / (1 - b1**t)) / (math.sqrt(v / (1 - b2**t)) + eps)
        assert theta[0] == pytest.approx(value, rel=1e-14)


def test_eq_digits_schedule():
    eta, T_w, T = 0.01, 90, 1260
    for t in [0, 1, 45, 89, 90, 91, 500, 720, 1349, 1350, 1351, 5000]:
        if t < T_w:
            expected = t / T_w * eta
        elif t <= T_w + T:
            expected = eta / 2 * (1 + math.cos(math.pi * (t - T_w) / T))
        else:
            expected = 0.0
        assert warmup_cosine(t, eta, 0.0, T_w, T) == pytest.approx(expected, rel=1e-12, abs=1e-18)


def test_eq_digits_initial_loss():
    model = MLP([64, 10])
    model.theta[...] = 0
    y = np.arange(20) % 10
    loss = model.compute_loss((np.random.default_rng(0).normal(size=(20, 64)), y))
    assert loss == pytest.approx(math.log(10), rel=1e-14)
    assert loss == pytest.approx(2.302585, abs=5e-7)
    np.testing.assert_allclose(softmax(np.full(10, 3.7)), [1 / 10] * 10, rtol=1e-14)


def test_eq_digits_missing_mean():
    m, eta = len(Y), 0.03
    without = [[p - (j == y) for j, p in enumerate(loops.softmax(row))] for row, y in zip(Z.tolist(), Y, strict=True)]
    numeric = loops.row_slopes(lambda z: loops.cross_entropy_from_logits(z, Y), Z.tolist())
    np.testing.assert_allclose(without, m * np.array(numeric), rtol=1e-6, atol=1e-8)
    # One step of SGD with the wrong gradient is a step at m times the rate with the right one.
    wrong, right = Z.copy(), Z.copy()
    SGD(eta).update([wrong], [np.array(without)])
    SGD(m * eta).update([right], [cross_entropy_from_logits_grad(Z, Y)])
    np.testing.assert_allclose(wrong, right, rtol=1e-13)
    assert np.abs(wrong - Z).max() > 1e-3


def test_eq_adam_scale():
    gs = [np.array([0.5, -2.0]), np.array([1.0, 0.3]), np.array([-0.2, 0.9])]
    for c in (1e-3, 7.0, 1e4):
        a, b, plain_a, plain_b = np.zeros(2), np.zeros(2), np.zeros(2), np.zeros(2)
        one, other = Adam(0.1, epsilon=1e-30), Adam(0.1, epsilon=1e-30)
        sgd_one, sgd_other = SGDMomentum(0.1), SGDMomentum(0.1)
        for g in gs:
            one.update([a], [g])
            other.update([b], [c * g])
            sgd_one.update([plain_a], [g])
            sgd_other.update([plain_b], [c * g])
        np.testing.assert_allclose(a, b, rtol=1e-12)
        np.testing.assert_allclose(c * plain_a, plain_b, rtol=1e-12)


def test_eq_double_softmax_floor():
    low, high = math.log(math.e + 9) - 1, math.log(math.e + 9)
    assert (round(low, 3), round(high, 3)) == (1.461, 2.461)
    sure = np.full((1, 10), -1e4)
    sure[0, 3] = 1e4
    assert cross_entropy_from_logits(softmax(sure), np.array([3])) == pytest.approx(low, rel=1e-14)
    assert cross_entropy_from_logits(softmax(sure), np.array([4])) == pytest.approx(high, rel=1e-14)
    rng = np.random.default_rng(5)
    for scale in (0.1, 1.0, 10.0, 100.0):
        z, y = rng.normal(0, scale, (50, 10)), rng.integers(0, 10, 50)
        each = [cross_entropy_from_logits(softmax(z[i : i + 1]), y[i : i + 1]) for i in range(50)]
        assert low - 1e-12 <= min(each) <= max(each) <= high + 1e-12
