"""visualize_backprop draws the real numbers of a network, the sheet's or the reader's, and explains what it refuses."""

import gzip
import inspect

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import lessons_lib
from lessons_lib import backward_pass, compute_loss, forward_pass, visualize_backprop
from lessons_lib.figures import style
from lessons_lib.figures.backprop import EXAMPLE, moving_weight
from lessons_lib.figures.style import svg
from lessons_lib.text import number


def words(figure):
    return [word.get_text() for word in figure.findobj(matplotlib.text.Text) if word.get_text()]


def network(inputs, hidden, outputs, seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"W1": (inputs, hidden), "b1": (1, hidden), "W2": (hidden, outputs), "b2": (1, outputs)}
    weights = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return {"x": rng.normal(size=(1, inputs)), "y_true": rng.integers(0, 2, (1, outputs)).astype(float), **weights}


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


@pytest.mark.parametrize("sizes", [(2, 3, 1), (3, 4, 2)])
def test_text_is_readable_inside_the_figure_and_does_not_overlap(sizes):
    figure = visualize_backprop(**network(*sizes)) if sizes != (2, 3, 1) else visualize_backprop()
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = []
    for word in figure.findobj(matplotlib.text.Text):
        if word.get_text().strip():
            assert word.get_fontsize() >= style.FONT_SIZE
            box = word.get_window_extent(renderer)
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height, word
            box = box.shrunk(0.9, 0.7)
            assert not any(box.overlaps(other) for other in boxes), word
            boxes.append(box)


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
    ("changes", "error", "message"),
    [
        ({"x": [[1.0, 2.0], [3.0, 4.0]], "y_true": [[1.0], [0.0]]}, ValueError, r"x must hold one sample.*x\[:1\]"),
        ({"x": [1.0, 2.0]}, ValueError, "x must have 2 dimensions"),
        ({"x": [[1.0, 2.0, 3.0]]}, ValueError, "x has 3 features, but W1 expects 2"),
        ({"x": [[1.0, np.nan]]}, ValueError, "x must be finite"),
        ({"x": [["a", "b"]]}, TypeError, "x must hold real numbers"),
        ({"y_true": [[1.0, 0.0]]}, ValueError, r"y_true must have shape \(1, 1\), got \(1, 2\)"),
        ({"y_true": [[2.0]]}, ValueError, r"y_true must lie in \[0, 1\]"),
        ({"b1": [[0.0]]}, ValueError, r"b1 must have shape \(1, 3\)"),
        ({"W2": [[1.0]]}, ValueError, "W1 gives 3 hidden values, but W2 expects 1"),
        (network(4, 2, 1), ValueError, "x has 4 columns, a drawing takes at most 3"),
        (network(2, 5, 1), ValueError, "W1 has 5 columns, a drawing takes at most 4"),
        (network(2, 2, 3), ValueError, "W2 has 3 columns, a drawing takes at most 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_reason(changes, error, message):
    with pytest.raises(error, match=message):
        visualize_backprop(**changes)


def test_the_figure_is_light():
    assert len(gzip.compress(svg(visualize_backprop()).encode())) < 12_000
