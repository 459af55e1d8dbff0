"""Test surfaces: known values, gradients against finite differences, minima, shapes and dtypes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons_lib.gradients import check_gradient
from lessons_lib.optimizers import SGD, Adam, SGDMomentum
from lessons_lib.surfaces import (
    BEALE,
    ROSENBROCK,
    SADDLE,
    beale,
    beale_grad,
    descend,
    noisy_bowl,
    noisy_bowl_loss,
    quadratic_bowl,
    rosenbrock,
    rosenbrock_grad,
    saddle,
    steps_until_close,
    turned,
)

SURFACES = {"bowl": quadratic_bowl(), "bowl 100": quadratic_bowl(100.0), "rosenbrock": ROSENBROCK, "beale": BEALE,
            "saddle": SADDLE, "turned bowl": turned(quadratic_bowl(), 30), "turned": turned(SADDLE, 30)}  # fmt: skip
each_surface = pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)

LOOPS = {
    "bowl": lambda x, y: (x * x + 10 * y * y) / 2,
    "rosenbrock": lambda x, y: 100 * (y - x * x) ** 2 + (1 - x) ** 2,
    "beale": lambda x, y: (1.5 - x + x * y) ** 2 + (2.25 - x + x * y * y) ** 2 + (2.625 - x + x * y**3) ** 2,
    "saddle": lambda x, y: x * x - y * y,
}


@pytest.mark.parametrize("surface", [quadratic_bowl(10), ROSENBROCK, BEALE, SADDLE], ids=lambda s: s.name)
@given(x=st.floats(-4, 4), y=st.floats(-3, 3))
def test_surface_is_its_printed_polynomial(surface, x, y):
    assert float(surface.f([x, y])) == pytest.approx(LOOPS[surface.name](x, y), rel=1e-12, abs=1e-12)


@each_surface
@given(x=st.floats(-4, 4), y=st.floats(-3, 3))
def test_gradient_agrees_with_central_differences(surface, x, y):
    h = 1e-5
    slopes = [
        (float(surface.f([x + h, y])) - float(surface.f([x - h, y]))) / (2 * h),
        (float(surface.f([x, y + h])) - float(surface.f([x, y - h]))) / (2 * h),
    ]
    np.testing.assert_allclose(surface.grad([x, y]), slopes, rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize("d", [2, 3, 5])
def test_rosenbrock_of_many_coordinates_has_its_gradient_and_its_minimum(d):
    p = np.random.default_rng(d).normal(size=d)
    assert check_gradient(rosenbrock, rosenbrock_grad, p).relative_error < 1e-8
    loop = sum(100 * (p[i + 1] - p[i] ** 2) ** 2 + (1 - p[i]) ** 2 for i in range(d - 1))
    assert rosenbrock(p) == pytest.approx(loop)
    assert rosenbrock(np.ones(d)) == 0 and not rosenbrock_grad(np.ones(d)).any()


@pytest.mark.parametrize("surface", [quadratic_bowl(7.0), ROSENBROCK, BEALE], ids=lambda s: s.name)
def test_minimum_is_one(surface):
    at = np.array(surface.minimum)
    assert surface.f(at) == 0 and not surface.grad(at).any()
    around = at + 0.1 * np.array([[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, 1]])
    assert (surface.f(around) > 0).all()


def test_saddle_has_no_minimum_though_its_gradient_vanishes():
    assert SADDLE.minimum is None
    assert not SADDLE.grad([0.0, 0.0]).any()
    assert saddle([0.1, 0.0]) > 0 > saddle([0.0, 0.1])


def test_published_values():
    assert float(rosenbrock([-1.2, 1.0])) == pytest.approx(24.2)
    np.testing.assert_allclose(rosenbrock_grad([-1.2, 1.0]), [-215.6, -88.0])
    assert float(beale([1.0, 1.0])) == pytest.approx(14.203125)
    np.testing.assert_allclose(beale_grad([1.0, 1.0]), [0.0, 27.75])


@each_surface
def test_start_and_minimum_lie_in_the_window(surface):
    left, right, bottom, top = surface.window
    for x, y in filter(None, [surface.start, surface.minimum]):
        assert left < x < right and bottom < y < top


@each_surface
def test_grid_gives_the_values_of_its_points_and_dtypes_are_kept(surface):
    points = np.random.default_rng(0).normal(size=(3, 4, 2))
    values, slopes = surface.f(points), surface.grad(points)
    assert values.shape == (3, 4) and slopes.shape == (3, 4, 2)
    for i in np.ndindex(3, 4):
        assert values[i] == pytest.approx(float(surface.f(points[i])), rel=1e-12)
        np.testing.assert_allclose(slopes[i], surface.grad(points[i]), rtol=1e-12)
    for dtype in (np.float32, np.float64):
        assert surface.f(points.astype(dtype)).dtype == surface.grad(points.astype(dtype)).dtype == dtype
    assert surface.grad([1, 2]).dtype == np.float64


@pytest.mark.parametrize("kappa", [0.5, 0, -1, math.nan, math.inf])
def test_condition_number_below_one_is_refused(kappa):
    with pytest.raises(ValueError, match="condition_number must be finite and >= 1"):
        quadratic_bowl(kappa)


@each_surface
@pytest.mark.parametrize("p", [1.0, [1.0], np.ones((2, 1))])
def test_points_of_another_dimension_are_refused(surface, p):
    for call in (surface.f, surface.grad):
        with pytest.raises(ValueError, match=r"p must have .*2 coordinates on its last axis, got shape"):
            call(p)


def test_planar_surfaces_refuse_three_coordinates():
    for surface in (quadratic_bowl(), BEALE, SADDLE):
        with pytest.raises(ValueError, match=r"p must have 2 coordinates .* got shape \(3,\)"):
            surface.f(np.ones(3))


@each_surface
def test_descend_is_its_optimizer_step_after_step(surface):
    p, optimizer = np.array(surface.start), SGDMomentum(1e-3, 0.8)
    expected = [p.copy()]
    for _ in range(12):
        optimizer.update([p], [surface.grad(p)])
        expected.append(p.copy())
    np.testing.assert_array_equal(descend(surface, SGDMomentum(1e-3, 0.8), steps=12), expected)


def test_descend_starts_where_it_is_told_and_changes_nothing_of_it():
    start = np.array([2.0, 1.0])
    path = descend(quadratic_bowl(4.0), SGD(0.1), steps=1, start=start)
    np.testing.assert_allclose(path, [[2.0, 1.0], [1.8, 0.6]], rtol=1e-15)
    np.testing.assert_array_equal(start, [2.0, 1.0])
    assert descend(ROSENBROCK, Adam(0.1), steps=3, start=[1, 1]).dtype == np.float64


@pytest.mark.parametrize(("surface", "optimizer"), [(ROSENBROCK, SGD(1.0)), (quadratic_bowl(10.0), SGD(1e200))])
def test_descend_ends_before_the_numbers_do(surface, optimizer):
    path = descend(surface, optimizer, steps=50)
    assert 2 <= len(path) < 51 and np.isfinite(path).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((rosenbrock, SGD(0.1)), TypeError, "surface must be a Surface"),
        ((BEALE, SGD), TypeError, r"optimizer must have update\(params, grads\)"),
        ((BEALE, 0.1), TypeError, "optimizer must have update"),
        ((BEALE, SGD(0.1), 0), ValueError, "steps must be >= 1, got 0"),
        ((BEALE, SGD(0.1), 2.5), TypeError, "steps must be a whole number"),
        ((BEALE, SGD(0.1), 5, (1.0, 2.0, 3.0)), ValueError, r"start must be two coordinates, got shape \(3,\)"),
        ((BEALE, SGD(0.1), 5, (1.0, math.nan)), ValueError, "start must be finite"),
        ((BEALE, SGD(0.1), 5, ("a", "b")), TypeError, "start must hold real numbers"),
    ],
)
def test_descend_refuses_what_it_cannot_do(arguments, error, message):
    with pytest.raises(error, match=message):
        descend(*arguments)


def test_steps_until_close_counts_to_the_last_far_point():
    path = np.array([[4.0, 3.0], [0.03, 0.0], [0.0, 2.0], [0.03, 0.04], [0.0, 0.01]])
    assert steps_until_close(path, (0.0, 0.0)) == 3
    assert steps_until_close(path, (0.0, 0.0), share=0.005) == 4
    assert steps_until_close(path, (0.0, 0.0), share=0.001) is None
    assert steps_until_close(path, (0.0, 0.0), share=1.0) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 2.0], (0.0, 0.0)), "path must have 2 dimensions"),
        (([[1.0, 2.0]], (0.0, 0.0, 0.0)), "must fit"),
        ((np.zeros((0, 2)), (0.0, 0.0)), "must fit"),
        (([[0.0, 0.0], [1.0, 0.0]], (0.0, 0.0)), "starts at the target"),
        (([[1.0, 0.0]], (0.0, 0.0), 0), "share must be finite and > 0"),
    ],
)
def test_steps_until_close_refuses_what_has_no_answer(arguments, message):
    with pytest.raises(ValueError, match=message):
        steps_until_close(*arguments)


# A bowl with noise


def test_without_noise_the_bowl_is_gradient_descent():
    theta = noisy_bowl([0.1, 0.2, 0.3], 4.0, curvature=2.0, noise=0.0, runs=3)
    assert theta.shape == (4, 3)
    expected = [4.0, 4.0 * 0.8, 4.0 * 0.8 * 0.6, 4.0 * 0.8 * 0.6 * 0.4]
    np.testing.assert_allclose(theta, np.tile(np.array(expected)[:, None], 3), rtol=1e-14)


def test_the_mean_over_many_noisy_paths_is_the_exact_loss():
    rates = np.linspace(0.8, 0.05, 40)
    theta = noisy_bowl(rates, 3.0, curvature=1.4, noise=0.5, runs=20_000, seed=5)
    exact = noisy_bowl_loss(rates, 3.0, curvature=1.4, noise=0.5)
    np.testing.assert_allclose(0.5 * 1.4 * np.mean(theta**2, axis=1), exact, rtol=0.05)
    np.testing.assert_array_equal(theta, noisy_bowl(rates, 3.0, curvature=1.4, noise=0.5, runs=20_000, seed=5))
    assert (theta[1:, 0] != theta[1:, 1]).all()


@pytest.mark.parametrize("call", [noisy_bowl, noisy_bowl_loss])
@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((0.1,), {}, r"rates must be a list of learning rates >= 0, got shape \(\)"),
        (([0.1, -0.1],), {}, "rates must be a list of learning rates >= 0"),
        (([np.nan],), {}, "rates must be finite"),
        (([0.1],), {"curvature": 0}, "curvature must be"),
        (([0.1],), {"noise": -1}, "noise must be"),
        (([0.1], math.inf), {}, "start must be finite"),
    ],
)
def test_a_noisy_bowl_refuses_what_is_none(call, args, kwargs, message):
    with pytest.raises(ValueError, match=message):
        call(*args, **kwargs)


def test_a_noisy_bowl_needs_a_run():
    with pytest.raises(ValueError, match="runs must be >= 1"):
        noisy_bowl([0.1], runs=0)
