"""Figures of chapter 7: they draw what they are given, say it in words, and are the same every time."""

import re
from functools import partial

import numpy as np
import pytest

from lessons_lib.activations import softmax
from lessons_lib.data import load_digits
from lessons_lib.figures import digits
from lessons_lib.figures.style import FORWARD, svg

IMAGES, LABELS = load_digits()
RNG = np.random.default_rng(0)
PROBABILITIES = softmax(RNG.normal(size=(21, 3, 10)))
COUNTS = np.diag(np.arange(30, 40))
COUNTS[2, 1], COUNTS[4, 9] = 3, 1
LRS = np.logspace(-7, 0, 50)
LOSSES = 2.3 - np.exp(-((np.log10(LRS) + 1) ** 2))
RUNS = {(lr, protected): np.linspace(2, lr, 20) for lr in (0.01, 0.1) for protected in (False, True)}
SCORES = {key: 0.9 + key[0] / 2 for key in RUNS}

FIGURES = {
    "digit_grid": partial(digits.digit_grid, IMAGES, LABELS),
    "network_sketch": partial(digits.network_sketch, IMAGES[0], np.arange(64) % 3, PROBABILITIES[0, 0]),
    "finder_curve": partial(
        digits.finder_curve, LRS, LOSSES, LOSSES, {"minimum": 0.01, "steepest": 0.03, "valley": 0.05}
    ),
    "training_curves": partial(
        digits.training_curves, np.linspace(2.5, 0.1, 90), np.linspace(0, 0.01, 90), np.linspace(2, 0.5, 90), 1, 45
    ),
    "confusion_matrix": partial(digits.confusion_matrix, COUNTS),
    "mistakes": partial(digits.mistakes, IMAGES[:7], LABELS[:7], LABELS[1:8], np.full(7, 0.625)),
    "answers_by_epoch": partial(digits.answers_by_epoch, IMAGES[:3], LABELS[:3], PROBABILITIES),
    "runs_by_rate": partial(digits.runs_by_rate, RUNS, SCORES),
    "shifted_digit": partial(
        digits.shifted_digit, IMAGES[:5], 6, PROBABILITIES[:5, 0], [0.2, 0.5, 0.98, 0.5, 0.2], [-2, -1, 0, 1, 2]
    ),
}


def test_the_grid_takes_pictures_of_each_digit():
    assert "30" in digits.digit_grid(IMAGES, LABELS).alt
    assert len(re.findall("<image", svg(digits.digit_grid(IMAGES, LABELS, rows=2)))) == 20


def test_the_sketch_names_the_likeliest_digit_and_draws_its_probability():
    p = np.full(10, 0.02)
    p[7] = 0.82
    figure = digits.network_sketch(IMAGES[0], np.ones(64), p)
    assert "цифри 7: ймовірність 0,82" in figure.alt
    bars = [a.get_width() for a in figure.axes[0].patches if hasattr(a, "get_width") and a.get_facecolor()[2] > 0.6]
    assert any(width == pytest.approx(140 * 0.82) for width in bars)


def test_the_finder_marks_every_suggestion_at_its_rate():
    figure = FIGURES["finder_curve"]()
    at = {line.get_xdata()[0] for line in figure.axes[0].lines if len(line.get_xdata()) == 1}
    assert {0.01, 0.03, 0.05, LRS[np.argmin(LOSSES)]} <= {float(x) for x in at}


def test_training_curves_hold_every_step():
    figure = FIGURES["training_curves"]()
    assert [len(ax.lines[0].get_xdata()) for ax in figure.axes] == [90, 90, 90]
    assert "2,50" in figure.alt and "67\u00a0%" in figure.alt


def test_the_confusion_matrix_lists_the_mistakes_with_the_most_frequent_first():
    alt = digits.confusion_matrix(COUNTS).alt
    assert alt.endswith("2 як 1: 3; 4 як 9: 1.")
    assert f"{np.trace(COUNTS)} правильних відповідей із {COUNTS.sum()}" in alt


def test_a_perfect_confusion_matrix_has_no_mistakes():
    assert digits.confusion_matrix(np.eye(10, dtype=int)).alt.endswith("—.")


def test_mistakes_say_what_is_written_and_what_was_read():
    assert "0 як 1, 1 як 2" in FIGURES["mistakes"]().alt


@pytest.mark.parametrize("epoch", [0, 20])
def test_answers_are_those_of_the_epoch(epoch):
    figure = digits.answers_by_epoch(IMAGES[:3], LABELS[:3], PROBABILITIES, epoch=epoch)
    likeliest = PROBABILITIES[epoch].argmax(axis=1)
    assert all(f"прочитано {digit} " in figure.alt for digit in likeliest)
    colours = [a for a in figure.axes[0].patches if hasattr(a, "get_height") and a.get_facecolor()[:3] == _rgb(FORWARD)]
    np.testing.assert_allclose([a.get_height() / 82 for a in colours], PROBABILITIES[epoch].ravel(), rtol=1e-12)


def test_the_chosen_run_is_marked():
    figure = digits.runs_by_rate(RUNS, SCORES, lr_max=0.1, protected=True)
    marked = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    np.testing.assert_array_equal(marked[0].get_ydata(), RUNS[0.1, True])
    assert "0,1" in figure.alt and "95\u00a0%" in figure.alt


def test_the_shifted_digit_shows_the_chosen_shift():
    for n, shift in enumerate([-2, -1, 0, 1, 2]):
        alt = FIGURES["shifted_digit"](shift=shift).alt
        assert f"читає {PROBABILITIES[n, 0].argmax()} " in alt


def _rgb(colour):
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
