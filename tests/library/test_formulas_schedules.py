"""The labelled formulas of chapter 5, each against plain loops, enumeration of the noise, or published numbers.

test_eq_<label> proves the formula with the anchor eq-<label>.
"""

import itertools
import math

import numpy as np
import pytest

from lessons_lib import (
    MLP,
    SGD,
    Adam,
    cosine_annealing,
    exponential_decay,
    find_learning_rate,
    linear_to_zero,
    linear_warmup,
    load_digits,
    step_decay,
    train,
    warmup_cosine,
    wsd,
)
from lessons_lib.surfaces import noisy_bowl, noisy_bowl_loss


def cosine(t, lr_max, lr_min, T):
    return lr_min + (lr_max - lr_min) / 2 * (1 + math.cos(math.pi * t / T))


def mean_square(rates, start, curvature, noise):
    """E θ² after the last step, over every sequence of coin flips ξ = ±σ: all 2ⁿ paths, walked one by one."""
    total = 0.0
    for signs in itertools.product((-1, 1), repeat=len(rates)):
        theta = start
        for lr, sign in zip(rates, signs, strict=True):
            theta -= lr * (curvature * theta + sign * noise)
        total += theta * theta
    return total / 2 ** len(rates)


def test_eq_schedules_noise_step():
    curvature, noise, start = 1.7, 0.6, 3.0
    for rates in ([0.3], [0.3, 0.1], [0.9, 0.05, 0.4, 0.2, 0.0, 0.7]):
        before = mean_square(rates[:-1], start, curvature, noise)
        after = (1 - rates[-1] * curvature) ** 2 * before + rates[-1] ** 2 * noise**2
        assert mean_square(rates, start, curvature, noise) == pytest.approx(after, rel=1e-12)
        ours = noisy_bowl_loss(rates, start, curvature=curvature, noise=noise)
        assert ours[-1] == pytest.approx(0.5 * curvature * after, rel=1e-12)


def test_eq_schedules_noise_floor():
    for eta, curvature, noise in [(0.2, 1.0, 1.0), (0.05, 3.0, 0.7), (1.5, 1.0, 2.0), (0.01, 1.0, 1.0)]:
        floor = eta * noise**2 / (2 * (2 - eta * curvature))
        square = 25.0
        for _ in range(5000):
            square = (1 - eta * curvature) ** 2 * square + eta**2 * noise**2
        assert 0.5 * curvature * square == pytest.approx(floor, rel=1e-10)
    assert 0.01 / (2 * (2 - 0.01)) == pytest.approx(0.01 / 4, rel=0.006)
    # Measured on random paths, from both sides.
    for start in (0.0, 2.0):
        theta = noisy_bowl(np.full(300, 0.2), start, runs=4000, seed=3)
        assert np.mean(0.5 * theta[-100:] ** 2) == pytest.approx(0.2 / 3.6, rel=0.02)
    # At the edge ηλ = 2 there is no floor: the loss grows by as much at every step.
    grows = noisy_bowl_loss(np.full(50, 2.0), 0.0)
    np.testing.assert_allclose(np.diff(grows), 2.0)


def test_eq_schedules_batch_noise():
    """All samples of size m from four gradients, with replacement, enumerated."""
    each = np.array([[1.0, -2.0], [0.5, 4.0], [-3.0, 0.25], [2.0, 1.0]])
    full = each.mean(axis=0)
    one = np.mean([np.sum((g - full) ** 2) for g in each])
    for m in (1, 2, 3, 4):
        picks = itertools.product(range(4), repeat=m)
        off = [sum((sum(each[i][k] for i in pick) / m - full[k]) ** 2 for k in range(2)) for pick in picks]
        assert np.mean(off) == pytest.approx(one / m, rel=1e-12)
    # The gradient of a batch is the mean of the gradients of its samples.
    x, y = load_digits()
    model = MLP([64, 5, 10], seed=1)

    def gradient(rows):
        model.compute_loss((x[rows], y[rows]))
        model.backward()
        return model.flat_grad.copy()

    np.testing.assert_allclose(gradient([3, 8, 3]), (2 * gradient([3]) + gradient([8])) / 3, rtol=1e-9, atol=1e-12)


def test_eq_schedules_inverse_time():
    for curvature, noise, T in [(1.0, 1.0, 8), (2.5, 0.4, 6)]:
        rates = [1 / (curvature * (t + 1)) for t in range(T)]
        expected = noise**2 / (2 * curvature * T)
        for start in (0.0, 9.0):
            assert 0.5 * curvature * mean_square(rates, start, curvature, noise) == pytest.approx(expected, rel=1e-10)


def test_eq_step_decay():
    value, rates = 0.3, []
    for t in range(40):
        if t and t % 7 == 0:
            value *= 0.4
        rates.append(value)
    np.testing.assert_allclose(step_decay(np.arange(40), 0.3, 0.4, 7), rates, rtol=1e-13)


def test_eq_exponential_decay():
    value, rates = 0.3, []
    for _ in range(40):
        rates.append(value)
        value *= 0.9
    np.testing.assert_allclose(exponential_decay(np.arange(40), 0.3, 0.9), rates, rtol=1e-13)


def test_eq_schedules_step_exponential():
    for gamma, s in [(0.5, 25), (0.1, 30), (0.9, 1)]:
        t = np.arange(6) * s
        smooth, stairs = exponential_decay(t, 0.8, gamma ** (1 / s)), step_decay(t, 0.8, gamma, s)
        np.testing.assert_allclose(smooth, stairs, rtol=1e-12)
        between = np.arange(6 * s)
        assert (step_decay(between, 0.8, gamma, s) >= exponential_decay(between, 0.8, gamma ** (1 / s)) - 1e-15).all()


def test_eq_cosine_annealing():
    lr_max, lr_min, T = 0.3, 0.02, 20
    for t in range(T + 1):
        assert cosine_annealing(t, lr_max, lr_min, T) == pytest.approx(cosine(t, lr_max, lr_min, T), rel=1e-13)
    # Flat at both ends, as the derivation asked.
    h = 1e-4
    assert abs(cosine_annealing(h, lr_max, lr_min, T) - lr_max) / h < 1e-5
    assert abs(cosine_annealing(T - h, lr_max, lr_min, T) - lr_min) / h < 1e-5


def test_eq_linear_warmup():
    for t in range(20):
        expected = t / 8 * 0.3 if t < 8 else 0.3
        assert linear_warmup(t, 0.3, 8) == pytest.approx(expected, rel=1e-14)
    assert linear_warmup(0, 0.3, 8) == 0


def test_eq_warmup_cosine():
    lr_max, lr_min, T_w, T = 0.3, 0.02, 8, 20
    for t in [*range(40), 1000]:
        expected = t / T_w * lr_max if t < T_w else cosine(min(t - T_w, T), lr_max, lr_min, T)
        assert warmup_cosine(t, lr_max, lr_min, T_w, T) == pytest.approx(expected, rel=1e-13)
    assert warmup_cosine(T_w - 1e-9, lr_max, lr_min, T_w, T) == pytest.approx(lr_max, rel=1e-8)


def test_eq_schedules_mirror():
    for k in range(11):
        assert cosine(10 + k, 1.0, 0.1, 10) == pytest.approx(cosine(10 - k, 1.0, 0.1, 10), rel=1e-12)
        assert cosine_annealing(10 + k, 1.0, 0.1, 10) == 0.1
    assert cosine(20, 1.0, 0.1, 10) == pytest.approx(1.0)


def test_eq_schedules_step_length():
    x, y = load_digits()
    model = MLP([64, 8, 10], seed=0)
    points = [model.theta.copy()]
    history = train(model, SGD(0.5), x[:96], y[:96], epochs=4, batch_size=96, schedule=lambda t: 0.5 / (t + 1),
                    evaluate=lambda model: points.append(model.theta.copy()))  # fmt: skip
    for t in range(4):
        moved = math.sqrt(sum((a - b) ** 2 for a, b in zip(points[t], points[t + 1], strict=True)))
        assert moved == pytest.approx(0.5 / (t + 1) * history.grad_norm[t], rel=1e-9)


def test_eq_schedules_memory_spread():
    """Many weights with normal gradients of their own size: the spread of Adam's v̂ over its mean."""
    rng = np.random.default_rng(8)
    sigma, theta, adam = np.repeat([0.01, 1.0, 30.0], 20_000), np.zeros(60_000), Adam(0.1)
    for t in range(1, 51):
        adam.update([theta], [sigma * rng.normal(size=theta.size)])
        if t in (1, 10, 50):
            v_hat = (adam.v[0] / (1 - 0.999**t)).reshape(3, -1)
            np.testing.assert_allclose(v_hat.std(axis=1) / v_hat.mean(axis=1), math.sqrt(2 / t), rtol=0.04)


def test_eq_schedules_finder_grid():
    x, y = load_digits()
    lrs, _ = find_learning_rate(MLP([64, 10], seed=0), [(x[:50], y[:50])], 1e-5, 1e-1, num_steps=9)
    np.testing.assert_allclose(lrs, [1e-5 * (1e-1 / 1e-5) ** (i / 8) for i in range(9)], rtol=1e-12)


def test_eq_schedules_finder_steps():
    lr, batches = 1e-7, 0
    while lr <= 10:
        batches += 1
        lr *= 1.1
    assert batches == math.floor(math.log(10 / 1e-7) / math.log(1.1)) + 1 == 194
    assert round(math.log(1e8), 2) == 18.42 and round(math.log(1.1), 4) == 0.0953
    assert math.floor(18.42 / 0.0953) + 1 == 194


def test_eq_schedules_linear_to_zero():
    rate = 0.3
    for t in range(12):
        assert linear_to_zero(t, 0.3, 9) == pytest.approx(rate, abs=1e-15)
        rate = max(rate - 0.3 / 9, 0)  # the same drop at every step, then nothing


def test_eq_schedules_wsd():
    T_warmup, T_stable, T_decay = 4, 3, 5
    T = T_warmup + T_stable + T_decay
    for t in range(T + 1):
        if t < T_warmup:
            expected = 0.3 * t / T_warmup
        elif t <= T_warmup + T_stable:
            expected = 0.3
        else:
            expected = 0.3 - 0.3 * (t - T_warmup - T_stable) / T_decay
        assert wsd(t, 0.3, T_warmup, T_stable, T_decay) == pytest.approx(expected, abs=1e-15)
    assert wsd([T, T + 1, 10 * T], 0.3, T_warmup, T_stable, T_decay).tolist() == [0, 0, 0]
    # Without a plateau the decay begins where the warmup ends; the plateau may be of any length.
    assert wsd([3, 4, 5], 0.4, 4, 0, 4) == pytest.approx([0.3, 0.4, 0.3])
    assert wsd(1_000, 0.4, 4, 10_000, 4) == 0.4


def test_eq_schedules_averaging():
    rng = np.random.default_rng(5)
    for eta, curvature, start, N in [(0.2, 1.0, 10.0, 40), (0.7, 1.7, -3.0, 7), (0.05, 0.4, 2.0, 300)]:
        noise, path = rng.normal(size=N), [start]
        for xi in noise:
            path.append(path[-1] - eta * (curvature * path[-1] + xi))
        mean = math.fsum(path[:N]) / N
        said = -math.fsum(noise) / (curvature * N) - (path[N] - path[0]) / (eta * curvature * N)
        assert mean == pytest.approx(said, rel=1e-10)
    # From the floor on, the mean of many points has the loss of the mean noise, σ²/(2λN), at any rate.
    for eta in (0.2, 0.5):
        theta = noisy_bowl(np.full(1100, eta), 0.0, runs=4000, seed=2)
        assert np.mean(0.5 * theta[100:1100].mean(axis=0) ** 2) == pytest.approx(1 / 2000, rel=0.08)
