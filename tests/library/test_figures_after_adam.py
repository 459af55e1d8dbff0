"""Figures of chapter 8: what they draw is what the optimizers do, and they say it in words."""

from functools import partial

import numpy as np
import pytest
from figure_checks import words

from lessons_lib.after_adam import CONVERGING, FAST
from lessons_lib.figures import after_adam as figures
from lessons_lib.figures.style import PALETTE, optimizer_style
from lessons_lib.race import Result
from lessons_lib.text import number

RNG = np.random.default_rng(0)
NAMES = ("SGDMomentum", "Adam", "AdamW", "Lion", "ScheduleFree", "Shampoo", "Muon")
RACE = {
    task: {name: Result(0.1, None, np.exp(RNG.normal(-2 - i / 5, 0.3, 20)), None) for i, name in enumerate(NAMES)}
    for task in ("digits", "cancer")
}
FIGURES = {
    "circles": partial(figures.circles, [[2.0, 1.0], [0.5, 1.0]]),
    "turned_valley": figures.turned_valley,
    "lion_hover": figures.lion_hover,
    "singular_values": figures.singular_values,
    "race_rows": partial(figures.race_rows, RACE),
}
CHOICES = {
    "turned_valley": {"angle": [0, 15, 30, 45], "optimizer": ["AdaGrad", "Adam", "Shampoo"]},
    "lion_hover": {"eta": [0.3, 0.1, 0.05, 0.03], "falling": [False, True]},
    "singular_values": {"steps": [0, 1, 2, 3, 5, 7, 10, 12], "coefficients": ["converging", "fast"]},
}
CONTROLS = {name: (FIGURES[name], choices) for name, choices in CHOICES.items()}
EXTREMES = [partial(figures.turned_valley, "Shampoo", 45), partial(figures.turned_valley, "Adam", 15),
            partial(figures.lion_hover, 0.03, True), partial(figures.singular_values, "fast", 12)]  # fmt: skip


def line_of(figure, colour):
    return next(line for line in figure.axes[0].lines if line.get_color() == colour and len(line.get_xdata()) > 2)


def test_circles_are_the_images_of_the_circle():
    figure = FIGURES["circles"]()
    ellipse = np.array(figure.axes[0].lines[1].get_data())
    lengths = np.linalg.norm(ellipse, axis=0)
    one, two = np.linalg.svd([[2.0, 1.0], [0.5, 1.0]])[1]
    assert lengths.max() == pytest.approx(one, rel=1e-2) and lengths.min() == pytest.approx(two, rel=1e-2)
    np.testing.assert_allclose(np.linalg.norm(figure.axes[2].lines[1].get_data(), axis=0), 1)
    assert f"σ = {number(round(one, 2))} і {number(round(two, 2))}" in " ".join(words(figure))


def test_only_shampoo_does_not_see_the_angle():
    said = {name: [figures.turned_valley(name, angle).alt.split()[-1] for angle in (0, 45)] for name in figures.VALLEY}
    assert said == {"AdaGrad": ["5.", "106."], "Adam": ["77.", "106."], "Shampoo": ["33.", "33."]}


@pytest.mark.parametrize(("eta", "falling", "last"), [(0.1, False, "0,055"), (0.05, True, "0,013")])
def test_lion_hover_says_how_far_the_last_steps_are(eta, falling, last):
    figure = figures.lion_hover(eta, falling)
    path = line_of(figure, optimizer_style("Lion")["color"]).get_ydata()
    assert len(path) == 201 and path[0] == 1.045
    steps = np.abs(np.diff(path))
    np.testing.assert_allclose(steps, eta * (1 - np.arange(200) / 200) if falling else eta)
    assert last in figure.alt and f"η = {number(eta)}; останні 50 кроків: |θ| до {last}" in words(figure)


@pytest.mark.parametrize(("name", "numbers"), [("converging", CONVERGING), ("fast", FAST)])
def test_singular_values_draw_the_polynomial_composed_with_itself(name, numbers):
    a, b, c = numbers
    before, after = line_of(figures.singular_values(name, 2), PALETTE["Muon"].light).get_data()
    for x, y in zip(before[::20], after[::20], strict=True):
        for _ in range(2):
            x = a * x + b * x**3 + c * x**5
        assert y == pytest.approx(x, rel=1e-12)


def test_race_rows_draw_medians_and_name_places_in_order():
    figure = FIGURES["race_rows"]()
    for panel, task in zip(figure.axes, RACE, strict=True):
        marks = {line.get_marker(): line for line in panel.lines if len(line.get_xdata()) == 1}
        for row, name in enumerate(NAMES):
            point = marks[optimizer_style(name)["marker"]].get_xydata()[0]
            np.testing.assert_allclose(point, [np.median(RACE[task][name].loss), row])
    places = figure.alt.split("найменшої: ")[1].split(" Пухлини")[0]
    assert [place.rsplit(" ", 1)[0] for place in places.split(", ")] == [
        "Muon", "Shampoo", "Schedule-Free", "Lion", "AdamW (мовний)", "Adam", "імпульс"]  # fmt: skip
