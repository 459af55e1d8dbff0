"""Light and dark: the colours of the course, figures without a box around them, and nothing that axe would find."""

import pytest
from built_site import PAGES, every_page

from lessons_lib.figures.style import PALETTE
from tools.shared.accessibility import COLOUR_RULES, violations

schemes = pytest.mark.parametrize("scheme", ["light", "dark"])

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


def test_a_page_has_the_colours_of_the_figures(look_at):
    """How they stand out from the paper is computed in tests/book/test_build.py."""
    papers = set()
    for scheme in ("light", "dark"):
        wanted = {colour.variable: bytes.fromhex(getattr(colour, scheme)[1:]) for colour in PALETTE.values()}
        found = look_at(PAGES[-1], scheme=scheme).page.evaluate(COLOURS, [*wanted, "--ll-paper"])
        assert found["page"] == found["colours"].pop("--ll-paper")
        assert found["colours"] == {name: f"rgb({r}, {g}, {b})" for name, (r, g, b) in wanted.items()}
        papers.add(found["page"])
    assert len(papers) == 2


BOXES = """() => [...document.querySelectorAll('article :is(svg.ll-svg, .ll-figure, img)')].map(e => {
  const {backgroundColor, padding, filter} = getComputedStyle(e);
  return {element: e.outerHTML.slice(0, 90), backgroundColor, padding, filter};
}).filter(e => e.backgroundColor !== 'rgba(0, 0, 0, 0)' || e.padding !== '0px' || e.filter !== 'none')"""


@schemes
@every_page
def test_figures_have_no_box_around_them(look_at, name, scheme):
    assert look_at(name, scheme=scheme).page.evaluate(BOXES) == []


def test_a_box_around_a_picture_is_noticed(page_with):
    assert page_with('<img style="background: white !important">', scheme="dark").evaluate(BOXES)


@schemes
@every_page
def test_axe_finds_nothing(used, name, scheme):
    """In the dark only what colours decide can be different; `make audit` runs all rules at both."""
    assert violations(used(name, scheme=scheme).page, COLOUR_RULES if scheme == "dark" else None) == []


@pytest.mark.parametrize(
    ("fault", "scheme", "rules", "found"),
    [
        ("<p style='color: #444'>Блідо</p>", "dark", COLOUR_RULES, "color-contrast"),
        ("<img src='x.png'>", "light", None, "image-alt"),
    ],
)
def test_axe_notices_a_fault(page_with, fault, scheme, rules, found):
    assert any(line.startswith(found) for line in violations(page_with(fault, scheme=scheme), rules))
