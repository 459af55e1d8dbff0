"""Figures of chapter 4: what they draw is what the optimizers do; they say it in words, and nothing overlaps."""

import re
from functools import partial

import numpy as np
import pytest
from figure_checks import words

from lessons_lib.figures import optimizers as figures
from lessons_lib.figures.style import optimizer_style
from lessons_lib.optimizers import SGD, Adam, SGDMomentum
from lessons_lib.surfaces import ROSENBROCK, descend, quadratic_bowl, steps_until_close
from lessons_lib.text import number

BETAS, PRODUCTS = np.arange(0, 1, 0.2), np.array([0.5, 1.5, 2.5, 3.5])
DISTANCE = np.where(PRODUCTS < 2 + 2 * BETAS[:, None], 1e-6, 1e6)
RATES_OF_AXES = {product: np.abs(1 - product) + 0 * BETAS for product in (0.01, 0.1, 0.5, 3.0)}
CURVATURE = {eta: np.outer([0.9, 1.0, 1.2], np.linspace(0.5, 1.9 / eta, 21)) for eta in (0.25, 1.0, 2.0)}
TASKS, RATES = ("moons", "cancer"), (0.01, 0.1, 10.0)
CURVES = {
    (task, name, lr): np.outer([1.0, 1.5, 0.5], np.linspace(1, 0.1 * (i + 1), 10)) * lr ** ((-1) ** i)
    for task in TASKS
    for i, name in enumerate(figures.RACERS)
    for lr in RATES
}
FAIR = {(task, name): CURVES[task, name, 0.1] for task in TASKS for name in figures.RACERS}

FIGURES = {
    "two_bowls": figures.two_bowls,
    "bowl_path": figures.bowl_path,
    "bowl_path, round": partial(figures.bowl_path, kappa=1.0, beta=0.0),
    "bowl_path, narrow": partial(figures.bowl_path, kappa=100.0, beta=0.95),
    "momentum_map": partial(figures.momentum_map, BETAS, PRODUCTS, DISTANCE, 400),
    "momentum_rates": partial(figures.momentum_rates, BETAS, RATES_OF_AXES),
    "edge_of_stability": partial(figures.edge_of_stability, CURVATURE, 50),
    "surface_path": figures.surface_path,
    "surface_path, burst": partial(figures.surface_path, "rosenbrock", "SGD", 0.1),
    "surface_path, left": partial(figures.surface_path, "saddle", "SGDMomentum", 0.1),
    "correction": figures.correction,
    "correction, short": partial(figures.correction, beta1=0.9, beta2=0.9),
    "race_at": partial(figures.race_at, CURVES),
    "fair_race": partial(figures.fair_race, FAIR),
}


def test_two_bowls_measure_the_angle_between_the_gradient_and_the_minimum():
    start = np.array([-4.0, 1.5])
    down = -quadratic_bowl(10.0).grad(start)
    angle = np.degrees(np.arctan2(-start[1], -start[0]) - np.arctan2(down[1], down[0]))
    assert f"кут із напрямком на мінімум {round(float(angle))} градусів" in figures.two_bowls().alt
    assert "кут 0 градусів" in figures.two_bowls().alt


@pytest.mark.parametrize(("kappa", "beta", "what"), [(100, 0.9, "поперек"), (1, 0.99, "гойдається"), (10, 0.0, "без")])
def test_bowl_path_counts_its_steps_and_says_how_it_goes(kappa, beta, what):
    path = descend(quadratic_bowl(kappa), SGDMomentum(1 / kappa, beta), 1500)
    figure = figures.bowl_path(kappa, beta)
    assert any(word.endswith(f": {steps_until_close(path, (0.0, 0.0))}") for word in words(figure))
    assert what in figure.alt


def test_bowl_path_admits_that_it_did_not_arrive():
    assert "не дійшов" in figures.bowl_path(1000.0, 0.0).alt


def test_the_drawn_way_is_the_way_of_the_optimizer():
    path = descend(ROSENBROCK, Adam(0.1), 200)
    figure = figures.surface_path("rosenbrock", "Adam", 0.1)
    look = optimizer_style("Adam")
    drawn = next(
        line for line in figure.axes[0].lines if line.get_marker() == look["marker"] and len(line.get_xdata()) > 1
    )
    points = np.column_stack(drawn.get_data())
    assert len(points) > 20 and all((np.abs(path - point).sum(axis=1) < 1e-12).any() for point in points)
    np.testing.assert_array_equal(points[[0, -1]], path[[0, -1]])
    assert f"f: 24 → {number(float(f'{float(ROSENBROCK.f(path[-1])):.2g}'))} за 200 кроків" in words(figure)


def test_a_way_that_bursts_or_leaves_says_at_which_step():
    steps = len(descend(ROSENBROCK, SGD(0.1), 200))
    assert any(f"∞, числа скінчилися на кроці {steps}" in word for word in words(FIGURES["surface_path, burst"]()))
    path = descend(figures.SURFACES["saddle"], SGDMomentum(0.1), 200)
    left = int(np.argmax(np.abs(path[:, 1]) > 2.5))
    assert any(word.endswith(f"за рамкою з кроку {left}") for word in words(FIGURES["surface_path, left"]()))


def test_a_long_jump_is_cut_on_its_line_near_the_frame():
    path = descend(ROSENBROCK, SGD(0.1), 200)
    kept = figures._near(path, ROSENBROCK.window)
    assert np.abs(kept).max() < 20 and 2 <= len(kept) <= len(path)
    way, cut = path[len(kept) - 1] - kept[-2], kept[-1] - kept[-2]
    assert way @ cut / np.linalg.norm(way) / np.linalg.norm(cut) == pytest.approx(1)


def test_the_map_draws_every_run_once_and_counts_agreement():
    figure = FIGURES["momentum_map"]()
    drawn = {marker: sum(len(line.get_xdata()) for line in figure.axes[0].lines if line.get_marker() == marker)
             for marker in "ox"}  # fmt: skip
    assert drawn == {"o": int(np.sum(DISTANCE < 1)), "x": int(np.sum(DISTANCE > 1))}
    assert f"згодні {DISTANCE.size} запусків" in figure.alt
    wrong = DISTANCE.copy()
    wrong[0, 0] = 10.0
    assert f"згодні {DISTANCE.size - 1} запусків" in figures.momentum_map(BETAS, PRODUCTS, wrong, 400).alt


def test_momentum_rates_mark_the_critical_momentum_on_every_curve():
    figure = FIGURES["momentum_rates"]()
    marks = [line.get_xydata()[0] for line in figure.axes[0].lines if line.get_marker() == "o"]
    np.testing.assert_allclose([x for x, _ in marks], [0.81, 0.4675, 0.0858, 0.5359], atol=1e-4)
    np.testing.assert_allclose([y**2 for _, y in marks], [x for x, _ in marks])
    assert "0,1: 0,47; 0,5: 0,086" in figure.alt


def test_edge_of_stability_draws_the_product_of_rate_and_curvature():
    figure = FIGURES["edge_of_stability"]()
    *runs, edge = figure.axes[0].lines
    for line, (eta, curvature) in zip(runs, CURVATURE.items(), strict=True):
        np.testing.assert_allclose(line.get_ydata(), eta * np.median(curvature, axis=0))
        np.testing.assert_array_equal(line.get_xdata(), 50 * np.arange(21))
    assert set(edge.get_ydata()) == {2} and "З η = 2 медіана від 1 до 1,9, найбільше з усіх зерен 2,28." in figure.alt


@pytest.mark.parametrize(
    ("betas", "said"),
    [
        ((0.9, 0.999), "перший крок ×3,16, найдовший ×6,57 при t = 12"),
        ((0.9, 0.9), "перший крок ×0,316, далі росте до 1"),
        ((0.0, 0.99), "найдовший крок перший, ×10"),
    ],
)
def test_correction_says_the_first_and_the_longest_step(betas, said):
    assert any(word.endswith(said) for word in words(figures.correction(*betas)))


def test_a_race_draws_medians_and_names_places_in_order():
    figure = figures.race_at(CURVES, "cancer", 0.1)
    for name in figures.RACERS:
        look = optimizer_style(name)
        line = next(line for line in figure.axes[0].lines if line.get_marker() == look["marker"])
        np.testing.assert_allclose(line.get_ydata(), np.median(CURVES["cancer", name, 0.1], axis=0))
    places = [
        float(value.replace(",", "."))
        for value in re.findall(r"(\d+(?:,\d+)?)[,.]?(?= |$)", figure.alt.split("найменшої:")[1])
    ]
    assert len(places) == 4 and places == sorted(places)


def test_a_run_that_diverged_comes_last():
    burst = FAIR | {("moons", "SGD"): np.full((3, 10), np.inf)}
    alt = figures.fair_race(burst).alt
    assert re.search(r"Два півмісяці[^.]*SGD ∞\.", alt)
