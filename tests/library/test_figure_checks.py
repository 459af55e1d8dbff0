"""The checks of all figures fail where they should, and only there."""

from itertools import count

import pytest
from figure_checks import (
    assert_frames_differ_inside_the_same_axes,
    assert_large_enough,
    assert_readable,
    assert_words_apart,
    repeatable_svg,
    words,
)
from matplotlib.text import Text

from lessons_lib.figures.style import canvas, clean_axes, drawing, new_figure


@drawing
def written(*texts, width=640, **options):
    """A figure with words at given places, in pixels."""
    figure = new_figure(width)
    ax = canvas(figure)
    for x, y, word in texts:
        ax.text(x, y, word, **options)
    figure.alt = f"Слова: {texts}"
    return figure


@drawing
def with_ticks(ticks, limits=(0, 0.3), scale="linear", end=1.0):
    figure = new_figure()
    ax = figure.add_subplot()
    ax.set(xscale=scale, xticks=ticks)
    ax.set(xlim=limits, ylim=(0, end))
    clean_axes(ax)
    figure.alt = f"Поділки: {ticks}"
    return figure


def test_words_that_are_apart_and_inside_are_readable():
    figure = written((100, 100, "тут"), (300, 100, "там"), (300, 300, " "))
    assert_readable(figure)
    assert words(figure) == ["тут", "там"]


@pytest.mark.parametrize(
    ("texts", "options", "message"),
    [
        ([(100, 100, "перше"), (110, 104, "друге")], {}, "expected words apart, got .*друге.* over .*перше"),
        ([(620, 100, "за краєм")], {}, "expected inside .*за краєм"),
        ([(-5, 100, "за краєм")], {}, "expected inside .*за краєм"),
        ([(100, 350, "за краєм")], {}, "expected inside .*за краєм"),
        ([(100, -5, "за краєм")], {}, "expected inside .*за краєм"),
        ([(700, 100, "зовсім зовні")], {}, "expected inside .*зовсім зовні"),
        ([(100, 100, "дрібне")], {"fontsize": 15.5}, "font size of at least 16, got .*дрібне"),
        ([(100, 100, "слово"), (100, 200, "")], {"fontsize": 15.5}, "font size of at least 16"),
        ([(100, 100, "вузько")], {"width": 320}, "expected a figure 640 px wide, got 320"),
        ([], {}, "expected words on the figure, got none"),
    ],
)
def test_what_cannot_be_read_is_refused(texts, options, message):
    with pytest.raises(AssertionError, match=message):
        assert_readable(written(*texts, **options))


def test_a_hidden_word_takes_no_place_but_must_be_large_enough():
    figure = written((100, 100, "перше"), (110, 104, "друге"))
    hidden = next(word for word in figure.findobj(Text) if word.get_text() == "друге")
    hidden.set_visible(False)
    assert_readable(figure)
    assert words(figure) == ["перше"]
    hidden.set_fontsize(8)
    with pytest.raises(AssertionError, match="font size"):
        assert_large_enough(figure)


@pytest.mark.parametrize(
    ("ticks", "options"),
    [
        ([0, 0.15, 0.16, 0.3], {}),
        ([0, 0.29, 0.1 * 3], {}),  # 0.1 · 3 is a little more than 0.3, and matplotlib paints it
        ([-1e-13, 0.01, 0.3], {}),
        ([0.01, 0.1, 1], {"limits": (1e-40, 1), "scale": "log"}),
        ([1e-21, 1e-20 * (1 + 1e-9)], {"limits": (1e-20, 1e-60), "scale": "log"}),  # nearness counts in decades
        ([0.3, 0.29, 0], {"limits": (0.3, 0)}),
    ],
)
def test_labels_of_painted_ticks_must_not_overlap(ticks, options):
    with pytest.raises(AssertionError, match="expected words apart"):
        assert_words_apart(with_ticks(ticks, **options))


@pytest.mark.parametrize(
    ("ticks", "options"),
    [
        ([-5, 0, 0.15, 0.3, 0.301, 0.302, 5], {}),
        ([-5, 0, 0.15, 0.3, 0.301, 0.302, 5], {"limits": (0.3, 0)}),
        ([1e-9, 0.01, 0.1, 1, 1e9], {"limits": (0.01, 1), "scale": "log"}),
    ],
)
def test_labels_beyond_the_limits_are_not_painted_and_take_no_place(ticks, options):
    assert_words_apart(with_ticks(ticks, **options))


def test_a_figure_that_changes_is_noticed():
    calls = count(100)
    with pytest.raises(AssertionError, match="same SVG every time"):
        repeatable_svg(lambda: written((next(calls), 100, "тут")))


@pytest.mark.parametrize("choices", [{"end": [1.0, 2.0]}, {"limits": [(0, 0.3), (0, 0.4)]}])
def test_frames_with_other_axes_are_refused(choices):
    with pytest.raises(AssertionError, match="expected the same axes"):
        assert_frames_differ_inside_the_same_axes(lambda **frame: with_ticks([0, 0.1], **frame), choices)


def test_frames_of_another_size_or_with_the_same_words_are_refused():
    with pytest.raises(AssertionError, match="expected one size"):
        assert_frames_differ_inside_the_same_axes(lambda width: written(width=width), {"width": [640, 320]})
    with pytest.raises(AssertionError, match="expected two alt texts"):
        assert_frames_differ_inside_the_same_axes(lambda ticks: with_ticks([0, 0.1]), {"ticks": [1, 2]})
