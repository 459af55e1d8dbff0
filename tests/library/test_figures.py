"""What holds for every figure and every control of the chapters; test_figures_<chapter>.py says what each one shows.

A chapter gives FIGURES, {name: draw}, EXTREMES, more settings of them, and CONTROLS, {name: (draw, choices)}.
"""

import pytest
import test_figures_after_adam as after_adam
import test_figures_backprop as backprop
import test_figures_chain_rule as chain_rule
import test_figures_digits as digits
import test_figures_gradients as gradients
import test_figures_losses as losses
import test_figures_optimizers as optimizers
import test_figures_schedules as schedules
from figure_checks import assert_frames_differ_inside_the_same_axes, assert_readable, repeatable_svg

from tools.shared.measures import kilobytes

CHAPTERS = (chain_rule, losses, backprop, optimizers, schedules, gradients, digits, after_adam)
DRAWN = [pytest.param(draw, id=f"{chapter.__name__} {name}") for chapter in CHAPTERS
         for name, draw in chapter.FIGURES.items()]  # fmt: skip
EXTREMES = [draw for chapter in CHAPTERS for draw in getattr(chapter, "EXTREMES", ())]
CONTROLS = [pytest.param(*control, id=name) for chapter in (losses, schedules, gradients, after_adam)
            for name, control in chapter.CONTROLS.items()]  # fmt: skip


@pytest.mark.parametrize("draw", DRAWN)
def test_a_figure_is_the_same_every_time_and_light(draw):
    assert kilobytes(repeatable_svg(draw).encode()) < 12


@pytest.mark.parametrize("draw", [*DRAWN, *EXTREMES])
def test_a_figure_is_readable_on_a_phone_and_says_what_to_see(draw):
    figure = draw()
    assert len(figure.alt) > 80 and "nan" not in figure.alt
    assert_readable(figure)


@pytest.mark.parametrize(("draw", "choices"), CONTROLS)
def test_frames_of_a_control_have_one_size_the_same_axes_and_their_own_words(draw, choices):
    assert_frames_differ_inside_the_same_axes(draw, choices)
    (choice, values), *_ = choices.items()
    alts = [draw(**{choice: value}).alt for value in values]
    assert len(set(alts)) == len(alts)
