"""visualize_backprop draws the real numbers of a network, the sheet's or the reader's, and explains what it refuses.

The other figures of chapter 3: the map of the three steps, the input that moves, the training step by step.
"""

import inspect
from functools import partial

import numpy as np
import pytest
from figure_checks import words
from test_backprop import network as batch_and_weights

import lessons_lib
from lessons_lib import backward_pass, compute_loss, forward_pass, two_moons, visualize_backprop
from lessons_lib.figures.backprop import (
    BATCH,
    EXAMPLE,
    MOST_POINTS,
    RATES,
    errors_of_three_steps,
    loss_curves,
    moving_input,
    moving_weight,
    three_steps,
    training_steps,
)
from lessons_lib.figures.style import svg
from lessons_lib.text import number


def network(inputs, hidden, outputs):
    x, y_true, weights = batch_and_weights(1, inputs, hidden, outputs)
    return {"x": x, "y_true": y_true, **weights}


def test_it_is_on_the_sheet_and_takes_the_readers_network():
    assert lessons_lib.visualize_backprop is visualize_backprop
    assert list(inspect.signature(visualize_backprop).parameters) == ["x", "y_true", "W1", "b1", "W2", "b2"]


def test_the_network_of_the_sheet_shows_what_was_worked_by_hand():
    found = words(visualize_backprop())
    assert {"z = −2", "h = 0", "z = 0", "ŷ = 0,5", "0,69"} <= set(found)
    assert {"dŷ = −2", "dz = −0,5", "dh = −0,25", "dh = −0,5", "dz = 0", "dh = 0,5"} <= set(found)
    assert "dW1 = −0,25; 0; 0,5; −0,5; 0; 1, dW2 = −1; 0; −0,5" in visualize_backprop().alt
    assert "2 → 3 → 1" in visualize_backprop().alt


@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 3, 1), (3, 4, 2), (3, 1, 2), (1, 4, 1)])
def test_every_weight_and_every_gradient_of_the_readers_network_is_drawn(sizes):
    given = network(*sizes)
    y_pred, cache = forward_pass(given["x"], given["W1"], given["b1"], given["W2"], given["b2"])
    gradients = backward_pass(given["x"], given["y_true"], cache, given["W2"])
    found = words(visualize_backprop(**given))
    for array in (given["W1"], given["W2"], gradients["dW1"], gradients["dW2"]):
        assert {number(round(float(value), 2)) for value in array.ravel()} <= set(found)
    assert number(round(float(compute_loss(y_pred, given["y_true"])), 2)) in found


def test_one_argument_takes_the_place_of_one_number_of_the_sheet():
    assert "ŷ = 0,5" in words(visualize_backprop(y_true=[[0.0]]))
    assert "dŷ = 2" in words(visualize_backprop(y_true=[[0.0]]))


def test_moving_weight_is_the_same_network_with_another_weight():
    same = moving_weight(0.5)
    assert same.alt == "Вага від x₁ до h₁ дорівнює 0,5. " + visualize_backprop().alt
    same.alt = visualize_backprop().alt
    assert svg(same) == svg(visualize_backprop())
    switched_off = moving_weight(-2.0)
    assert "z = −0,5" in words(switched_off)
    assert "dW1 = 0; 0; 0,73; 0; 0; 1,46" in switched_off.alt


def test_the_readers_arrays_stay_as_they_were():
    given = network(2, 3, 1)
    before = {name: value.copy() for name, value in given.items()}
    visualize_backprop(**given)
    moving_weight(-3.0)
    assert all(np.array_equal(given[name], before[name]) for name in given)
    assert EXAMPLE["W1"][0][0] == 0.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": [[1.0, 2.0], [3.0, 4.0]], "y_true": [[1.0], [0.0]]}, r"x must hold one sample.*x\[:1\]"),
        ({"x": [1.0, 2.0]}, "x must have 2 dimensions"),
        ({"x": [[1.0, 2.0, 3.0]]}, "x has 3 features, but W1 expects 2"),
        ({"y_true": [[1.0, 0.0]]}, r"y_true must have shape \(1, 1\), got \(1, 2\)"),
        ({"y_true": [[2.0]]}, r"y_true must lie in \[0, 1\]"),
        ({"b1": [[0.0]]}, r"b1 must have shape \(1, 3\)"),
        (network(4, 2, 1), "x has 4 columns, a drawing takes at most 3"),
        (network(2, 5, 1), "W1 has 5 columns, a drawing takes at most 4"),
        (network(2, 2, 3), "W2 has 3 columns, a drawing takes at most 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_reason(changes, message):
    with pytest.raises(ValueError, match=message):
        visualize_backprop(**changes)


# ---- the other figures of chapter 3 ----------------------------------------------------------------------------------

POINTS, LABELS = two_moons(200, noise=0.2)
XS, YS = np.linspace(-1.8, 2.8, 23), np.linspace(-1.4, 1.9, 17)
STEPS = [0, 1, 10, 100, 2000]


def story(fall, slope):
    """Losses and probabilities as a training run gives them, made up."""
    p = [1 / (1 + np.exp(-t * (XS[None, :] - slope * YS[:, None]))) for t in (0.5, 1, 2, 3, 4)]
    return {"p": p, "train": 0.7 * fall ** np.arange(5.0), "test": np.linspace(0.7, 2, 5), "accuracy": np.full(5, 0.55)}


RUNS = {8: story(0.2, 1.0), 200: story(0.6, 0.3)}
draw_training = partial(training_steps, POINTS, LABELS, (XS, YS), STEPS, RUNS)
FIGURES = {
    "visualize_backprop": visualize_backprop,
    "visualize_backprop_of_a_reader": partial(visualize_backprop, **network(3, 4, 2)),
    "three_steps": three_steps,
    "moving_input": moving_input,
    "moving_input_off": partial(moving_input, x1=-2.0, target=1),
    "moving_input_sure": partial(moving_input, x1=4.0, target=0),
    "training_steps": draw_training,
    "training_steps_end": partial(draw_training, step=2000, samples=200),
    "errors_of_three_steps": errors_of_three_steps,
    "loss_curves": partial(loss_curves, 1.4 * 0.9 ** np.arange(35.0), 1.5 * 0.92 ** np.arange(35.0)),
}


def test_the_map_has_every_value_with_its_shape():
    found = words(three_steps())
    assert {"x", "z1", "a1", "z2", "a2", "L", "W2", "dz2", "da1", "dz1", "dW1", "dW2"} <= set(found)
    assert found.count("m × h") == 4 and found.count("m × k") == 3
    assert {"m × d", "d × h", "h × k"} <= set(found)


def test_moving_input_at_its_default_is_the_second_sample_worked_by_hand():
    found = words(moving_input())
    assert {"ŷ = 0,75", "dŷ = 4", "dz = 0,75", "dh = −0,75", "dh = −1,5", "dz = 0"} <= set(found)
    assert "dW1 = 0,75; −0,75; 0; −0,75; 0,75; 0" in moving_input().alt


@pytest.mark.parametrize("target", [0, 1])
def test_an_input_of_zero_gives_its_weights_no_gradient(target):
    x = np.array([[0.0, -1.0]])
    _, cache = forward_pass(x, *(BATCH[name] for name in ("W1", "b1", "W2", "b2")))
    gradients = backward_pass(x, [[target]], cache, BATCH["W2"])
    assert not gradients["dW1"][0].any() and gradients["dW1"][1, 1] != 0 and gradients["db1"][0, 1] != 0
    row = "; ".join(number(round(float(value), 2)) for value in gradients["dW1"].ravel())
    assert f"dW1 = {row}" in moving_input(0.0, target).alt


def test_the_target_changes_no_value_but_the_loss_and_turns_every_gradient():
    x = np.array([[3.0, -1.0]])
    weights = [BATCH[name] for name in ("W1", "b1", "W2", "b2")]
    _, cache = forward_pass(x, *weights)
    no, yes = (backward_pass(x, [[target]], cache, BATCH["W2"]) for target in (0, 1))
    assert all((np.sign(no[name]) == -np.sign(yes[name])).all() for name in no)
    upper = [words(moving_input(3.0, target)) for target in (0, 1)]
    assert [w for w in upper[0] if w.startswith("z = ")] == [w for w in upper[1] if w.startswith("z = ")]


@pytest.mark.parametrize("samples", [8, 200])
def test_training_draws_the_points_it_learns_from_and_marks_the_step(samples):
    figure = draw_training(step=10, samples=samples)
    plane, curve = figure.axes
    drawn = sum(len(line.get_xdata()) for line in plane.lines)
    assert drawn == min(samples, MOST_POINTS)
    dots = [line.get_xydata()[0] for line in curve.lines if len(line.get_xdata()) == 1]
    marks = {(float(x), float(y)) for x, y in dots}
    assert marks == {(10.0, float(RUNS[samples]["train"][2])), (10.0, float(RUNS[samples]["test"][2]))}
    assert f"точках: {samples}" in figure.alt and "55\u00a0%" in figure.alt


def test_training_draws_the_line_where_the_prediction_is_a_half():
    (line,) = draw_training(step=100, samples=8).axes[0].collections
    vertices = np.concatenate([path.vertices for path in line.get_paths()])
    np.testing.assert_allclose(vertices[:, 0], vertices[:, 1], atol=0.02)  # x = slope · y with slope 1


def test_training_without_a_line_in_sight_is_drawn_too():
    sure = {8: RUNS[8] | {"p": np.full((5, 17, 23), 0.9)}}
    assert not training_steps(POINTS, LABELS, (XS, YS), STEPS, sure).axes[0].collections


def test_loss_curves_draw_both_parts():
    train, test = 1.4 * 0.9 ** np.arange(35.0), 1.5 * 0.92 ** np.arange(35.0)
    lines = loss_curves(train, test).axes[0].lines
    np.testing.assert_array_equal(lines[0].get_ydata(), train)
    np.testing.assert_array_equal(lines[1].get_ydata(), test)


def test_the_three_steps_err_as_their_faults_make_them():
    a, b, c = (line.get_ydata() for line in errors_of_three_steps().axes[0].lines)
    np.testing.assert_allclose(a, 2 / 3, rtol=1e-6)  # three times too large: (3 - 1)/3
    np.testing.assert_allclose(b / RATES, b[0] / RATES[0], rtol=1e-3)  # in proportion to the learning rate
    assert np.max(c) < 1e-8 < np.min(b)
