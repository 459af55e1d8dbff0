"""The figures of chapter 2 show the numbers of the library, and the controls stay light."""

import math
from functools import partial

import numpy as np
import pytest
from figure_checks import words

from lessons_lib.data import noisy_line
from lessons_lib.figures import losses
from lessons_lib.figures.marks import short
from lessons_lib.losses import binary_cross_entropy

POINTS = np.array([-2.4, -1.9, -1.2, -0.4, 0.7, -0.6, 0.2, 1.1, 1.8, 2.6])
LABELS = np.array([0.0] * 5 + [1.0] * 5)
CAREFUL, SURE = [0.9, 0.8, 0.8, 0.7, 0.4], [0.99, 0.99, 0.99, 0.99, 0.01]
P = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]
Z = [-24, -20, -18, -16, -12, -8, -4, -2, 0, 2, 4, 8]
THRESHOLDS = np.linspace(-3, 3, 25)

accuracy = partial(losses.accuracy_and_loss, POINTS, LABELS)
CONTROLS = {
    "p": (losses.loss_against_p, {"loss": ["mse", "bce", "ce"], "y": ["0", "1"], "p": P}),
    "accuracy": (accuracy, {"b": THRESHOLDS}),
    "logit": (losses.loss_against_logit, {"form": ["mse", "clipped", "logits"], "z": Z}),
}


def fits():
    x, y = noisy_line(50)
    return losses.two_fits(x, y, (0.0, -0.88), (2.08, -0.99))


GROUPS = {1: [(208, 0.09, 0.1), (50, 0.5, 0.5)], 4: [(79, 0.12, 0.01), (200, 0.9, 0.64)]}
FIGURES = {
    "reliability": partial(losses.reliability, GROUPS),
    "two_forecasts": partial(losses.two_forecasts, CAREFUL, SURE),
    "smooth_maximum": losses.smooth_maximum,
    "two_fits": fits,
    "loss_against_p": losses.loss_against_p,
    "accuracy_and_loss": accuracy,
    "loss_against_logit": losses.loss_against_logit,
    "gradient_against_differences": losses.gradient_against_differences,
}
EXTREMES = [
    *(partial(losses.loss_against_p, loss, y, p) for loss in losses.LOSSES for y in "01" for p in (0.01, 0.5, 0.99)),
    *(partial(accuracy, b=b) for b in (-3.0, -1.5, 0.0, 3.0)),
    *(partial(losses.loss_against_logit, form, z) for form in losses.FORMS for z in (-24, -16, 0, 8)),
]


def test_forecasts_show_the_product_and_the_sum_of_prices():
    found = words(losses.two_forecasts(CAREFUL, SURE))
    assert {"добуток 0,1613", "сума 1,825", "добуток 0,0096", "сума 4,645"} <= set(found)
    assert math.prod(CAREFUL) == pytest.approx(0.1613, abs=5e-5)
    assert -sum(map(math.log, SURE)) == pytest.approx(4.645, abs=5e-4)


@pytest.mark.parametrize(
    ("loss", "y", "p", "value", "slope"),
    [
        ("mse", "1", 0.25, (0.25 - 1) ** 2, 2 * (0.25 - 1)),
        ("mse", "0", 0.75, 0.75**2, 1.5),
        ("bce", "1", 0.01, -math.log(0.01), -100.0),
        ("bce", "0", 0.75, -math.log(0.25), 4.0),
        ("ce", "1", 0.5, math.log(2), -2.0),
        ("ce", "0", 0.9, 0.0, 0.0),
    ],
)
def test_loss_against_p_shows_the_loss_and_its_slope(loss, y, p, value, slope):
    figure = losses.loss_against_p(loss, y, p)
    upper, lower = figure.axes
    assert upper.lines[-1].get_ydata()[0] == pytest.approx(value, rel=1e-12)
    shown = lower.lines[-1].get_ydata()[0]
    assert shown == pytest.approx(np.clip(slope, -20.9, 20.9)) and lower.get_ylim()[0] < shown < lower.get_ylim()[1]
    assert f"втрата {short(value)}, нахил {short(slope)}" in figure.alt
    assert ("вийшла за край" in figure.alt) == (abs(slope) > losses.STEEPEST)


@pytest.mark.parametrize("loss", losses.LOSSES)
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_the_slope_curve_is_the_slope_of_the_loss_curve(loss, y):
    for p in (0.1, 0.4, 0.8):
        h = 1e-6
        ahead, behind = (losses._one_prediction(loss, p + step, y)[0] for step in (h, -h))
        assert losses._one_prediction(loss, p, y)[1] == pytest.approx((ahead - behind) / (2 * h), rel=1e-6, abs=1e-9)


def test_the_slopes_of_cross_entropy_and_bce_agree_where_the_class_is_right():
    for p in P:
        assert losses._one_prediction("ce", p, 1.0) == pytest.approx(losses._one_prediction("bce", p, 1.0))


@pytest.mark.parametrize("b", THRESHOLDS[::3])
def test_accuracy_and_loss_are_those_of_the_threshold(b):
    right = sum((x >= b) == bool(y) for x, y in zip(POINTS, LABELS, strict=True)) / 10
    p = 1 / (1 + np.exp(-(POINTS - b)))
    loss = float(binary_cross_entropy(p, LABELS))
    slope = float(np.sum(LABELS - p)) / 10
    figure = accuracy(b=b)
    assert f"тут {short(right)}, нахил нуль" in figure.alt
    assert f"тут {short(loss)}, дотична з нахилом {short(slope)}" in figure.alt
    steps, heights = losses._stairs(POINTS, LABELS)
    inside = [i for i in range(0, len(steps), 3) if steps[i] <= b <= steps[i + 1]]
    assert heights[inside[0]] == pytest.approx(right)


@pytest.mark.parametrize(
    ("form", "z", "value", "slope"),
    [("mse", -20, 1.0, 0.0), ("clipped", -20, 23 * math.log(2), 0.0), ("logits", -20, 20.0, -1.0),
     ("mse", 0, 0.25, -0.25), ("clipped", -4, math.log1p(math.exp(4)), -0.982), ("logits", 0, math.log(2), -0.5)],
)  # fmt: skip
def test_loss_against_logit_shows_where_the_slope_dies(form, z, value, slope):
    figure = losses.loss_against_logit(form, z)
    assert losses._one_logit(form, z) == pytest.approx(value, rel=1e-5)
    assert losses._logit_slope(form, z) == pytest.approx(slope, abs=2e-3)
    assert ("пласка, поправляти" in figure.alt) == (z < 0 and slope == 0)


def test_reliability_shows_each_group_its_count_and_its_spread():
    figure = losses.reliability(GROUPS)
    bars = [line for line in figure.axes[0].lines[1:] if len(set(line.get_xdata())) == 1]
    assert len(bars) == 4 and {"208", "50", "79", "200"} <= set(words(figure))
    half = math.sqrt(0.5 * 0.5 / 50)
    assert bars[1].get_ydata() == pytest.approx([0.5 - 2 * half, 0.5 + 2 * half])
    points = [line.get_xydata()[1:].tolist() for line in figure.axes[0].lines if line.get_linestyle() == "None"]
    assert points == [[list(row[1:]) for row in rows] for rows in GROUPS.values()]
    assert "З вагою 4: 0,12 → 0,01; 0,9 → 0,64." in figure.alt


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="loss must be one of"):
        losses.loss_against_p("hinge", "1", 0.5)
    with pytest.raises(ValueError, match="form must be one of"):
        losses.loss_against_logit("hinge", 0.0)


def test_two_fits_draws_both_lines_through_their_ends():
    wrong, right = fits().axes[0].lines[1:3]
    assert wrong.get_ydata() == pytest.approx([-0.88, -0.88])
    assert right.get_ydata() == pytest.approx([-0.99 - 2.08, -0.99 + 2.08])


def test_gradient_against_differences_shows_a_gradient_that_is_three_times_too_large():
    figure = losses.gradient_against_differences()
    equal, points = figure.axes[0].lines
    assert len(points.get_xdata()) == 4 * 3
    assert points.get_ydata() == pytest.approx(3 * points.get_xdata(), rel=1e-6)
    assert list(equal.get_xdata()) == list(equal.get_ydata())
    assert (
        "над 0,05" in figure.alt and "близько 0,15" in figure.alt and np.min(np.abs(points.get_xdata() - 0.05)) < 2e-4
    )
