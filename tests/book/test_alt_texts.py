"""Every figure says in Ukrainian what to see, even where the picture is not shown."""

import re

import pytest

from tools.shared.book import FIGURE, alt_problem, notebooks, pages


def figure_alts(cell):
    """The alt texts of a code cell's figures."""
    return [text.removeprefix(FIGURE) for text in cell.texts if text.startswith(FIGURE)]


def nameless_figures(cell):
    """Text outputs that show that a picture without an alt text was there."""
    return [text for text in cell.texts if re.match(r"<[\w.]*(Figure|Axes|Image|SVG|HTML)\b", text)]


def image_alts(markdown):
    """The alt texts of images in Markdown, directives and HTML included."""
    alts = re.findall(r"!\[([^\]]*)\]\(", markdown)
    for tag in re.findall(r"<img\b[^>]*>", markdown):
        alts.append(match[1] if (match := re.search(r'\balt="([^"]*)"', tag)) else "")
    for body in re.findall(r"^[`:]{3,}\{(?:figure|image)\}(.*?)^[`:]{3,}", markdown, flags=re.DOTALL | re.MULTILINE):
        alts.append(match[1] if (match := re.search(r"^:alt: *(.+)$", body, flags=re.MULTILINE)) else "")
    return alts


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_figures_and_images_have_alt_texts(page):
    findings = []
    for cell in page.cells:
        alts = image_alts(cell.source) if cell.kind == "markdown" else figure_alts(cell)
        findings += [f"{cell.where}: alt text {alt!r} {problem}" for alt in alts if (problem := alt_problem(alt))]
        findings += [f"{cell.where}: a figure without alt text: {text}" for text in nameless_figures(cell)]
    assert not findings, "\n".join(findings)


@pytest.mark.parametrize("page", notebooks(), ids=lambda page: page.name)
def test_a_chapter_shows_figures(page):
    assert any(figure_alts(cell) for cell in page.of_kind("code")), f"no output of {page.name} starts with {FIGURE!r}"


GOOD = "Крива втрат спадає від двох до нуля за двадцять кроків"
POOR = ("", "Графік", "images/граф_обчислень_для_першого_прикладу.svg", "A curve that falls to its minimum at last")


@pytest.mark.parametrize("alt", [GOOD, *POOR])
def test_a_poor_alt_text_is_found(alt):
    assert bool(alt_problem(alt)) == (alt != GOOD)


def test_images_in_every_notation_are_found():
    markdown = "![а](x.png) <img src='x'> <img alt=\"б\">\n\n```{figure} x.svg\n:alt: в\n```\n:::{image} y.svg\n:::\n"
    assert image_alts(markdown) == ["а", "", "б", "в", ""]
