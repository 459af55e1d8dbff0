"""Figures of chapter 5: they draw what they are given, say it in words, keep to their frame, and stay light."""

from functools import partial

import numpy as np
import pytest

from lessons_lib.figures import schedules
from lessons_lib.figures.style import LOSS, RATE
from lessons_lib.schedules import cosine_annealing, warmup_cosine
from lessons_lib.surfaces import noisy_bowl_loss
from lessons_lib.text import number

NAMES = ["constant", "small", "step", "exponential", "cosine", "warmup", "warmup_cosine"]
RNG = np.random.default_rng(0)
RATES = {name: np.linspace(0.25, 0.01 * n, 900).reshape(20, 45) for n, name in enumerate(NAMES)}
LOSSES = {name: np.exp(RNG.normal(-3, 0.6, (20, 45))) for name in NAMES}
SCORES = {name: (0.0123 + n, 0.9 + n / 100) for n, name in enumerate(NAMES)}
WARMUPS = [0, 10, 45, 90, 180]
STEPS = {T: np.linspace(0.5, 1.4, 360) for T in WARMUPS}
NORMS = {T: np.linspace(6, 1, 360) for T in WARMUPS}
SEEDS = {T: np.exp(RNG.normal(-1, 0.5, (5, 8))) for T in WARMUPS}
SHARES = {T: [0.5, 0.9, 0.8, 0.7, 0.96] for T in WARMUPS}
LRS = np.geomspace(1e-7, 10, 100)
CURVES = {(b, s): (LRS, 2.3 - np.exp(-((np.log10(LRS) + 1) ** 2)) + RNG.normal(0, 0.1, 100)) for b in (1, 32)
          for s in (0, 1)}  # fmt: skip
GIVEN, REFUSED = {"minimum": 0.05, "steepest": 0.4, "valley": 0.2}, dict.fromkeys(("minimum", "steepest", "valley"))
ADVICE = {key: REFUSED if key[0] == 1 else GIVEN for key in CURVES}
T = np.arange(121)
SHAPES = {name: cosine_annealing(T, 0.8, 0, 100) for name in ("step", "exponential", "cosine", "warmup")}
WAVES = 0.125 * (1 + np.cos(np.pi * np.arange(720) / 20))
FOUR = {
    "faulty": WAVES,
    "cured": cosine_annealing(np.arange(720), 0.25, 0, 720),
    "held": cosine_annealing(np.arange(720), 0.25, 0, 20),
    "mirror": cosine_annealing(np.arange(720) // 36, 0.25, 0, 36),
}

FIGURES = {
    "trembling": partial(
        schedules.trembling, {name: np.linspace(10, n, 201) for n, name in enumerate(("large", "small", "falling"))}
    ),
    "noise_floor": schedules.noise_floor,
    "four_schedules": partial(schedules.four_schedules, T, SHAPES, 100),
    "warmup_cosine_shape": schedules.warmup_cosine_shape,
    "run_by_schedule": partial(schedules.run_by_schedule, RATES, LOSSES, SCORES),
    "warmup_length": partial(schedules.warmup_length, STEPS, NORMS, SEEDS, SHARES),
    "finder": partial(schedules.finder, CURVES, ADVICE),
    "rates_of_four": partial(schedules.rates_of_four, FOUR),
    "planned_and_used_rates": schedules.planned_and_used_rates,
}
CHOICES = {
    "noise_floor": {"eta": [0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.5], "falling": [False, True]},
    "warmup_cosine_shape": {
        "T_warmup": [1, 20, 60, 100], "T_max": [60, 100, 180, 300], "lr_min": [0.0, 0.005, 0.02],
    },
    "run_by_schedule": {"schedule": NAMES},
    "warmup_length": {"T_warmup": WARMUPS},
    "finder": {"batch_size": [1, 32], "seed": [0, 1]},
}  # fmt: skip
CONTROLS = {name: (FIGURES[name], choices) for name, choices in CHOICES.items()}
EXTREMES = [
    partial(schedules.noise_floor, eta=0.02), partial(schedules.noise_floor, eta=1.5, falling=True),
    partial(schedules.warmup_cosine_shape, T_warmup=100, T_max=300, lr_min=0.02),
    partial(schedules.warmup_cosine_shape, T_warmup=1, T_max=60), partial(FIGURES["finder"], batch_size=1),
    partial(FIGURES["run_by_schedule"], schedule="warmup_cosine"), partial(FIGURES["warmup_length"], T_warmup=180),
]  # fmt: skip


def test_the_floor_and_the_exact_loss_are_drawn_and_said():
    figure = schedules.noise_floor(eta=0.2)
    loss = [line for line in figure.axes[1].lines if line.get_color() == LOSS and len(line.get_xdata()) == 201]
    assert any(np.allclose(line.get_ydata(), noisy_bowl_loss(np.full(200, 0.2), 10.0)) for line in loss)
    assert any(np.allclose(line.get_ydata(), 0.2 / 3.6) for line in figure.axes[1].lines)
    assert number(0.056) in figure.alt
    assert "Стала" in figure.alt and "рівномірно спадає" in schedules.noise_floor(eta=0.2, falling=True).alt


def test_the_runs_tremble_around_the_exact_mean():
    figure = schedules.noise_floor(eta=0.5)
    thin, exact = figure.axes[1].lines[:2]
    ratio = np.mean(thin.get_ydata()[50:]) / np.mean(exact.get_ydata()[50:])
    assert ratio == pytest.approx(1, abs=0.1)


def test_the_shape_is_the_schedule_itself_and_its_words_fit():
    figure = schedules.warmup_cosine_shape(T_warmup=20, T_max=100, lr_min=0.005)
    rates = warmup_cosine(np.arange(200), 0.1, 0.005, 20, 100)
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), rates)
    assert "на кроці 120" in figure.alt and "лишається" in figure.alt
    assert "мав би" in schedules.warmup_cosine_shape(T_warmup=20, T_max=300).alt


def test_four_shapes_are_drawn_as_given():
    for ax, curve in zip(FIGURES["four_schedules"]().axes, SHAPES.values(), strict=True):
        np.testing.assert_array_equal(ax.lines[0].get_ydata(), curve)
        assert ax.lines[0].get_color() == RATE


@pytest.mark.parametrize("name", NAMES)
def test_a_run_shows_the_rate_of_every_step_and_its_score(name):
    figure = FIGURES["run_by_schedule"](schedule=name)
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), RATES[name].ravel())
    means = [line for line in figure.axes[1].lines if line.get_marker() == "o"]
    np.testing.assert_allclose(means[0].get_ydata(), LOSSES[name].mean(axis=1))
    assert f"{100 * SCORES[name][1]:.0f}\u00a0%" in figure.alt


def test_a_warmup_shows_the_length_of_every_step_and_all_seeds():
    figure = FIGURES["warmup_length"](T_warmup=45)
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), STEPS[45] * NORMS[45])
    runs = [line for line in figure.axes[1].lines if line.get_marker() == "o"]
    assert len(runs) == 5
    assert "кроків розігріву: 45" in figure.alt and "від 50 до 96" in figure.alt


def test_the_finder_marks_the_advice_or_says_that_there_is_none():
    figure = FIGURES["finder"](batch_size=32, seed=1)
    marked = [float(line.get_xdata()[0]) for line in figure.axes[0].lines if len(line.get_xdata()) == 1]
    assert marked == list(GIVEN.values())
    assert "0,05" in figure.alt and "зерно: 1" in figure.alt
    none = FIGURES["finder"](batch_size=1)
    assert [len(line.get_xdata()) for line in none.axes[0].lines] == [100, 100]
    assert "поради немає" in none.alt


def test_four_used_rates_are_drawn_and_the_faulty_ones_count_their_turns():
    figure = FIGURES["rates_of_four"]()
    for ax, rates in zip(figure.axes, FOUR.values(), strict=True):
        np.testing.assert_array_equal(ax.lines[0].get_ydata(), rates)
    assert "знову 18 разів" in figure.alt and "закінчує на 0,11" in figure.alt


def test_a_floor_that_is_not_reached_is_not_called_reached():
    assert "ще не дійшла: наприкінці 0,021" in schedules.noise_floor(eta=0.02).alt
    assert all("зупиняється на підлозі" in schedules.noise_floor(eta=eta).alt for eta in (0.05, 0.2, 1.5))


def test_the_used_rate_leaves_the_plan_where_the_warmup_ends():
    figure = schedules.planned_and_used_rates()
    planned, used = (line.get_ydata() for line in figure.axes[0].lines)
    np.testing.assert_array_equal(planned, warmup_cosine(np.arange(200), 0.1, 0, 60, 140))
    np.testing.assert_array_equal(used[:60], planned[:60])
    assert used[60] == pytest.approx(0.05 * (1 + np.cos(np.pi * 60 / 140))) and (used[140:] == 0).all()
    assert "0,061" in figure.alt and "на кроці 140" in figure.alt
