"""Light and dark: readable colours, figures without a box around them, and nothing that axe would find."""

import re

import pytest
from built_site import PAGES, every_page

from lessons_lib.figures.style import PALETTE
from tools.shared.accessibility import COLOUR_RULES, violations

schemes = pytest.mark.parametrize("scheme", ["light", "dark"])
LEAST_CONTRAST = 4.5
WRITTEN = [colour.variable for name, colour in PALETTE.items() if name not in ("grid", "surface")]

COLOURS = """names => {
  const probe = document.querySelector('article').appendChild(document.createElement('i'));
  const computed = name => { probe.style.color = `var(${name}, transparent)`; return getComputedStyle(probe).color; };
  const colours = Object.fromEntries(names.map(name => [name, computed(name)]));
  let paper = probe;
  while (paper.parentElement && getComputedStyle(paper).backgroundColor === 'rgba(0, 0, 0, 0)') {
    paper = paper.parentElement;
  }
  probe.remove();
  return {page: getComputedStyle(paper).backgroundColor, colours};
}"""


def rgba(css):
    """A computed colour as (red, green, blue, alpha)."""
    numbers = [float(number) for number in re.findall(r"[\d.]+", css)]
    return (*numbers, 1.0)[:4]


def contrast(one, other):
    """The contrast ratio of WCAG 2.2 between two computed colours."""

    def luminance(css):
        parts = [channel / 255 for channel in rgba(css)[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@schemes
def test_colours_of_the_figures_stand_out_from_the_page(look_at, scheme):
    found = look_at(PAGES[-1], scheme=scheme).page.evaluate(COLOURS, WRITTEN)
    ratios = {name: round(contrast(colour, found["page"]), 2) for name, colour in found["colours"].items()}
    assert {name: ratio for name, ratio in ratios.items() if ratio < LEAST_CONTRAST} == {}, found
    assert all(rgba(colour)[3] == 1 for colour in [found["page"], *found["colours"].values()]), found


def test_the_two_schemes_differ(look_at):
    light, dark = (look_at(PAGES[-1], scheme=scheme).page.evaluate(COLOURS, WRITTEN) for scheme in ("light", "dark"))
    assert light["page"] != dark["page"]
    assert light["colours"] != dark["colours"]


def test_contrast_is_that_of_wcag():
    assert contrast("rgb(0, 0, 0)", "rgb(255, 255, 255)") == pytest.approx(21)
    assert contrast("rgb(119, 119, 119)", "rgb(255, 255, 255)") == pytest.approx(4.48, abs=0.01)


BOXES = """() => [...document.querySelectorAll('article :is(svg.ll-svg, .ll-figure, img)')].map(e => {
  const {backgroundColor, padding, filter} = getComputedStyle(e);
  return {element: e.outerHTML.slice(0, 90), backgroundColor, padding, filter};
}).filter(e => e.backgroundColor !== 'rgba(0, 0, 0, 0)' || e.padding !== '0px' || e.filter !== 'none')"""


@schemes
@every_page
def test_figures_have_no_box_around_them(look_at, name, scheme):
    assert look_at(name, scheme=scheme).page.evaluate(BOXES) == []


def test_a_box_around_a_picture_is_noticed(open_page):
    page = open_page(PAGES[0], scheme="dark").page
    page.evaluate(
        """() => document.querySelector('article').insertAdjacentHTML('beforeend',
        '<img style="background: white !important">')"""
    )
    assert page.evaluate(BOXES)


@schemes
@every_page
def test_axe_finds_nothing(used, name, scheme):
    """In the dark only what colours decide can be different; `make audit` runs all rules at both."""
    assert violations(used(name, scheme=scheme).page, COLOUR_RULES if scheme == "dark" else None) == []


def test_axe_notices_pale_words_in_the_dark(open_page):
    page = open_page(PAGES[0], scheme="dark").page
    page.evaluate("() => document.querySelector('article p').style.color = '#444'")
    assert any(line.startswith("color-contrast") for line in violations(page, COLOUR_RULES))


def test_axe_notices_a_picture_without_alt_text(open_page):
    page = open_page(PAGES[0]).page
    page.evaluate("() => document.querySelector('article').insertAdjacentHTML('beforeend', '<img src=\"x.png\">')")
    assert any(line.startswith("image-alt") for line in violations(page))
