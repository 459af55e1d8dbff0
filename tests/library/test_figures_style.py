"""The visual language and its SVG: inline, deterministic, in the page's colours, with an alt text."""

import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex

from lessons_lib.figures import palette, style
from lessons_lib.figures.marks import backward_arrow, forward_arrow, node_box
from lessons_lib.figures.style import (
    PALETTE,
    canvas,
    clean_axes,
    course_style,
    drawing,
    new_figure,
    optimizer_style,
    palette_css,
    svg,
)
from tools.shared import ROOT


@drawing
def curve(p=0.5, alt="Крива «a < b & c»"):
    fig = new_figure()
    ax = fig.add_subplot()
    x = np.linspace(0, 1, 50)
    ax.plot(x, x**2, color=style.LOSS)
    ax.plot([p], [p**2], "o", color=style.FORWARD, alpha=0.5)
    ax.text(p, p**2, "тут")
    clean_axes(ax, "ймовірність p", "втрати L")
    fig.alt = alt
    return fig


@drawing
def picture():
    fig = new_figure(320, 320)
    ax = fig.add_subplot()
    ax.imshow(np.arange(64).reshape(8, 8), cmap="gray_r")
    fig.alt = "Цифра"
    return fig


@drawing
def graph():
    fig = new_figure(640, 200)
    ax = canvas(fig)
    node_box(ax, 90, 100, "x", 2, -12.0)
    node_box(ax, 320, 100, "g", 0.123456, "0")
    forward_arrow(ax, (150, 120), (260, 120), "вперед")
    backward_arrow(ax, (260, 80), (150, 80), "назад")
    fig.alt = "Граф"
    return fig


def ids_and_references(markup):
    return re.findall(r' id="([^"]+)"', markup), re.findall(r'(?:href="|url\()#([^")]+)', markup)


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_svg_is_well_formed_scales_and_says_what_to_see():
    root = ElementTree.fromstring(svg(curve()))
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == "Крива «a < b & c»"
    assert root.attrib["viewBox"] == "0 0 640 360"
    assert "max-width:100%;height:auto" in root.attrib["style"]


def test_figure_shows_itself_as_html_and_short_text():
    bundle = curve()._repr_mimebundle_()
    assert sorted(bundle) == ["text/html", "text/plain"]
    assert bundle["text/plain"] == "Рисунок: Крива «a < b & c»"
    assert bundle["text/html"].startswith('<div class="ll-figure"><svg ')


@pytest.mark.parametrize("draw", [curve, picture, graph])
def test_svg_holds_nothing_that_would_leak_into_the_page(draw):
    markup = svg(draw())
    for unwanted in ("<style", "<metadata", "<!--", "<?xml", "<!DOCTYPE", "xmlns", "ns0:", "§"):
        assert unwanted not in markup


@pytest.mark.parametrize("draw", [curve, picture, graph])
def test_every_reference_has_its_definition_once(draw):
    ids, references = ids_and_references(svg(draw()))
    assert len(ids) == len(set(ids))
    assert set(references) == set(ids)


def test_ids_of_different_figures_never_meet():
    sets = [set(ids_and_references(svg(figure))[0]) for figure in (curve(), curve(0.25), graph(), picture())]
    assert all(sets[0:3])
    assert sum(map(len, sets)) == len(set.union(*sets))


def test_svg_is_the_same_in_every_process():
    code = "from tests.library.test_figures_style import *; print(svg(curve()) + svg(picture()) + svg(graph()))"
    environments = [{**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)} for seed in ("1", "2")]
    outputs = [
        subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, check=True).stdout
        for environment in environments
    ]
    assert outputs[0] == outputs[1] == (svg(curve()) + svg(picture()) + svg(graph()) + "\n").encode()


def test_drawing_the_same_figure_twice_gives_the_same_svg():
    figure = curve()
    assert svg(figure) == svg(figure)


def test_colours_follow_the_page():
    markup = svg(curve()) + svg(graph())
    assert "var(--ll-loss,#8a3f8f)" in markup
    assert "var(--ll-ink,currentColor)" in markup
    without_fallbacks = re.sub(r"var\([^()]*(\([^()]*\))?[^()]*\)", "", re.sub(r"#ll[\w-]+", "", markup))
    assert not re.findall(r"#[0-9a-f]{6}", without_fallbacks)


def test_paths_keep_a_tenth_of_a_pixel():
    paths = re.findall(r'<path d="([^"]+)" clip-path', svg(curve()))
    assert paths
    assert not re.search(r"\.\d\d", "".join(paths))


def test_pictures_come_through_as_embedded_png():
    root = ElementTree.fromstring(svg(picture()))
    image = root.find(".//image")
    assert image.attrib["href"].startswith("data:image/png;base64,")
    assert len(image.attrib["href"]) < 400  # 8 × 8 pixels, not a resampled copy


def test_all_text_is_readable_on_a_phone():
    for figure in (curve(), graph()):
        sizes = [word.get_fontsize() for word in figure.findobj(matplotlib.text.Text) if word.get_text()]
        assert sizes and min(sizes) >= style.FONT_SIZE


def test_ticks_have_a_decimal_comma_and_powers_of_ten():
    with course_style():
        ax = new_figure().add_subplot()
        ax.set(xlim=(-0.5, 0.5), ylim=(1e-7, 10), yscale="log")
        clean_axes(ax)
        assert [ax.xaxis.get_major_formatter()(value) for value in (-0.2, 0.30000000000000004, 0)] == [
            "−0,2",
            "0,3",
            "0",
        ]
        assert [ax.yaxis.get_major_formatter()(value) for value in (1e-7, 0.01, 1, 1e4)] == ["10⁻⁷", "0,01", "1", "10⁴"]
        assert ax.yaxis.get_minor_formatter()(2e-7) == ""


def test_forward_is_solid_blue_and_backward_is_dashed_orange():
    with course_style():
        ax = canvas(new_figure())
        forward_arrow(ax, (0, 0), (1, 1))
        backward_arrow(ax, (1, 1), (0, 0))
    forward, backward = ax.patches
    assert to_hex(forward.get_edgecolor()) == style.FORWARD and forward.get_linestyle() == "solid"
    assert to_hex(backward.get_edgecolor()) == style.BACKWARD and backward.get_linestyle() == palette.DASHES


def test_node_shows_name_value_and_gradient():
    words = [word.get_text() for word in graph().axes[0].texts]
    assert words[:6] == ["x", "2", "−12", "g", "0,123", "0"]


def test_optimizers_differ_in_colour_and_in_marker():
    marks = [optimizer_style(name) for name in style._MARKS]
    assert len({mark["color"] for mark in marks}) == len({mark["marker"] for mark in marks}) == len(marks) == 11
    with pytest.raises(ValueError, match=r"no style for optimizer 'Sophia', expected one of \['SGD'"):
        optimizer_style("Sophia")


@pytest.mark.parametrize("name", sorted(set(PALETTE) - {"grid", "surface"}))
def test_text_colours_are_readable_in_both_modes(name):
    surface = PALETTE["surface"]
    for mode, page in (("light", "#ffffff"), ("dark", "#14181e")):
        for background in (page, getattr(surface, mode)):
            assert contrast(getattr(PALETTE[name], mode), background) >= 4.5


def test_every_colour_has_its_own_hex():
    assert len({colour.light for colour in PALETTE.values()}) == len(PALETTE)


def test_site_css_defines_the_same_palette():
    css = (ROOT / "book" / "_static" / "course.css").read_text(encoding="utf-8")
    blocks = re.findall(r"([^{}]+)\{([^{}]*--ll-ink:[^{}]*)\}", css)
    assert len(blocks) >= 2
    for selector, block in blocks:
        defined = dict(re.findall(r"(--ll-[\w-]+):\s*(#[0-9a-f]{6})", block))
        mode = "dark" if "dark" in selector or "data-theme" in selector else "light"
        for colour in PALETTE.values():
            assert defined[colour.variable] == getattr(colour, mode), (selector.strip(), colour.variable)
    assert all(f"{colour.variable}: {colour.dark};" in palette_css() for colour in PALETTE.values())


def test_style_does_not_touch_the_readers_settings():
    before = dict(matplotlib.rcParams)
    svg(curve())
    assert dict(matplotlib.rcParams) == before


def test_pyplot_is_not_needed():
    code = "import sys; from tests.library.test_figures_style import *; svg(curve())"
    code += "; print('matplotlib.pyplot' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_a_draw_function_must_return_a_figure_with_an_alt_text():
    with pytest.raises(TypeError, match=r"nothing: expected to return a Figure, got NoneType"):

        @drawing
        def nothing():
            return None

        nothing()
    with pytest.raises(ValueError, match=r"curve: the figure has no alt text"):
        curve(alt=" ")


def test_new_figure_names_what_is_wrong():
    with pytest.raises(RuntimeError, match=r"put @drawing above"):
        new_figure()
    with pytest.raises(ValueError, match=r"height: expected a positive whole number of pixels, got 0"):
        new_figure(640, 0)
