"""Figures of chapter 6: they show the numbers that the mathematics gives, say them in words, and stay light."""

from functools import partial

import numpy as np
import pytest
from figure_checks import words

from lessons_lib.figures import gradients

H = np.logspace(-15, 0, 46)
ERRORS = {
    (name, precision): (H, np.full(46, 1e-3), np.where(H > 1e-6, H**2, 1e-12 / H))
    for name in ("exp", "sigmoid", "square")
    for precision in ("float32", "float64")
}
NORMS = {
    (gain, name, depth): gain ** -np.arange(depth) * 3.0
    for gain in (0.5, 1.0, 2.0)
    for name in ("relu", "tanh", "sigmoid")
    for depth in (5, 20)
}
STEPS = np.arange(4, 270, 9.0)
RUNS = {c: (STEPS, np.linspace(3, 0.2 / c, 30), np.linspace(50, 2, 30)) for c in (0.1, 1, 10)}
FREE = (np.arange(5.0), 10.0 ** np.arange(0, 50, 10), 10.0 ** np.arange(1, 51, 10))

FIGURES = {
    "four_fates": gradients.four_fates,
    "difference_error": partial(gradients.difference_error, ERRORS),
    "kink_chord": gradients.kink_chord,
    "layer_norms": partial(gradients.layer_norms, NORMS),
    "relu_chain": partial(gradients.relu_chain, 0.7),
    "clipped_step": gradients.clipped_step,
    "clipped_training": partial(gradients.clipped_training, RUNS, FREE),
    "sample_weights": partial(gradients.sample_weights, [26, 2, 2, 2]),
}
CHOICES = {
    "difference_error": {"function": ["exp", "sigmoid", "square"], "precision": ["float64", "float32"]},
    "kink_chord": {"place": np.linspace(-1.5, 1.5, 13)},
    "layer_norms": {"gain": [0.5, 1.0, 2.0], "activation": ["relu", "tanh", "sigmoid"], "depth": [5, 20]},
    "clipped_step": {"max_norm": [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5], "g2": [1, 2, 3, 4]},
    "clipped_training": {"max_norm": [0.1, 1, 10]},
}
CONTROLS = {name: (FIGURES[name], choices) for name, choices in CHOICES.items()}
EXTREMES = [
    *(partial(gradients.kink_chord, place) for place in (-1.5, 0.0, 1.5)),
    *(partial(gradients.clipped_step, c, g2) for c in (0.5, 5) for g2 in (1, 4)),
    partial(gradients.layer_norms, NORMS, gain=0.5, activation="sigmoid"),
    partial(gradients.difference_error, ERRORS, precision="float32"),
]


def test_the_long_step_of_the_fates_makes_the_loss_larger_and_the_right_one_smaller():
    loss = lambda point: (0.5 * point[0] ** 2 + 2 * point[1] ** 2) / 2  # noqa: E731
    losses = {}
    for name, ax in zip(("right", "long", "vanished", "turned"), gradients.four_fates().axes, strict=True):
        (arrow,) = ax.patches
        start, end = arrow._posA_posB
        losses[name] = loss(end) / loss(start)
    assert losses["right"] < losses["turned"] < 1 < losses["long"]
    assert 0.8 < losses["vanished"] < 1


def test_the_error_curve_shows_both_differences_and_the_third_root_of_epsilon():
    figure = gradients.difference_error(ERRORS)
    lines = {line.get_marker(): line for line in figure.axes[0].lines}
    np.testing.assert_array_equal(lines["s"].get_ydata(), ERRORS["exp", "float64"][1])
    np.testing.assert_array_equal(lines["o"].get_ydata(), ERRORS["exp", "float64"][2])
    assert figure.axes[0].lines[0].get_xdata()[0] == pytest.approx(np.finfo(float).eps ** (1 / 3))
    assert "6·10⁻⁶" in figure.alt


@pytest.mark.parametrize(
    ("place", "numeric", "analytic"),
    [(-1.5, "0", "0"), (-0.25, "0,375", "0"), (0.0, "0,5", "0"), (0.25, "0,625", "1"), (1.25, "1", "1")],
)
def test_the_chord_over_the_kink_has_the_slope_of_the_formula(place, numeric, analytic):
    figure = gradients.kink_chord(place)
    assert f"різниця: {numeric}, формула: {analytic}" in words(figure)
    assert ("збігатися" in figure.alt) == (numeric != analytic)


@pytest.mark.parametrize(("gain", "fate"), [(0.5, "вибухає"), (1.0, "порядок той самий"), (2.0, "вибухає")])
def test_layer_norms_are_those_given_relative_to_the_last(gain, fate):
    norms = {(gain, "relu", 20): np.geomspace(1e6 if fate == "вибухає" else 5, 5, 20)}
    figure = gradients.layer_norms(norms, gain=gain)
    values = figure.axes[0].lines[0].get_ydata()
    np.testing.assert_allclose(values, norms[gain, "relu", 20] / 5)
    assert fate in figure.alt


@pytest.mark.parametrize(("gain", "step"), [(0.7, 0.495), (np.sqrt(2), 1), (2.0, np.sqrt(2))])
def test_every_layer_of_the_relu_chain_multiplies_the_gradient_by_its_gain_over_the_root_of_two(gain, step):
    values = gradients.relu_chain(gain).axes[0].lines[0].get_ydata()
    assert len(values) == 20 and values[-1] == 1
    assert values[0] ** (1 / 19) == pytest.approx(step, rel=0.05)


def test_a_vanishing_gradient_is_called_so():
    assert "зникає" in gradients.layer_norms({(1.0, "relu", 20): np.geomspace(1e-8, 1, 20)}).alt


@pytest.mark.parametrize(
    ("c", "g2", "together", "apart", "turn"),
    [(2, 1, "2", "2,24", "12,5"), (0.5, 1, "0,5", "0,71", "31"), (5, 1, "4,12", "4,12", "0"), (2, 4, "2", "2,83", "0")],
)
def test_the_clipped_step_has_the_lengths_and_the_turn_of_the_two_ways(c, g2, together, apart, turn):
    found = words(gradients.clipped_step(c, g2))
    assert f"глобальна норма: {together}, поворот 0°" in found
    assert f"кожен окремо: {apart}, поворот {turn}°" in found


def test_clipped_training_draws_the_chosen_run_and_its_limit():
    figure = gradients.clipped_training(RUNS, FREE, max_norm=10)
    np.testing.assert_array_equal(figure.axes[0].lines[1].get_ydata(), RUNS[10][1])
    np.testing.assert_array_equal(figure.axes[1].lines[1].get_ydata(), RUNS[10][2])
    assert figure.axes[1].lines[2].get_ydata()[0] == 10
    assert "до 10" in figure.alt and "5 кроків" in figure.alt


def test_sample_weights_sum_to_one():
    figure = gradients.sample_weights([26, 2, 2, 2])
    bars = [patch.get_height() for patch in figure.axes[0].patches]
    assert len(bars) == 32 and sum(bars) == pytest.approx(1)
    assert bars[0] == pytest.approx(1 / 104) and bars[-1] == pytest.approx(1 / 8)
