"""Each letter in the formulas of a chapter is on the page of notation, or the chapter says what it is.

It says so no later than in the section where the letter is first used: in the first column of a table, in words beside
it («кут $\\varphi$», «$N$ кроків», «$B$ — …»), or as the left side of an equation. Letters for counting are free.
"""

import re

import pytest

from tools.shared import ROOT
from tools.shared.book import Cell, Page, formulas, load_page, notebooks, sections

GREEK = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau phi chi psi omega ell"
GREEK = {*GREEK.split(), *GREEK.title().split(), "varepsilon", "vartheta", "varphi"}
WORDS = r"\\(?:text\w*|math(?:rm|tt|bf)|operatorname|color|class|begin|end)\*?\s*\{[^{}]*\}|[_^]\{[A-Za-z]{2,}[^{}]*\}"
FREE = {*"deijO"}  # the differential, the base of logarithms, indices, «of the order of»
LISTED = r"⟦[^⟧]*⟧(?:(?:,|,? і| й| та) ⟦[^⟧]*⟧)*"  # inline formulas, with ⟦…⟧ for $…$
NAMED = rf"[А-Яа-яІЇЄҐіїєґ’]{{3,}} ({LISTED})"  # кут $\varphi$
NAMING = rf"({LISTED})(?= (?:[—–]|є |[а-яіїєґ’]+(?:ів|їв)\b))"  # $B$ — …, $N$ кроків
IN_TABLE = r"^\|([^|\n]*⟧[^|\n]*)\|"
LEFT = r"(?:^|\\\\|\\q?quad|[,;&])\s*((?:\\[A-Za-z]+\s*)?\{?[\\A-Za-z]+\}?(?:_\{?\w+\}?)?(?:\([^()]*\))?)\s*&?="
NOT_NOUNS = r"\b(?:для|при|від|над|або|якщо|коли|тому|отже|але|через|тобто|тоді|звідси|тут|маємо|дорівнює|має|дає) "


def letters(tex):
    """The Latin and Greek letters of a formula; words and subscripts of two letters and more are none."""
    found = re.findall(r"\\([A-Za-z]+)|([A-Za-z])", re.sub(WORDS, " ", tex))
    return {rf"\{name}" if name else letter for name, letter in found if letter or name in GREEK}


def introduced(source):
    """The letters that a Markdown text explains."""
    text = re.sub(r"\$([^$]+)\$", r"⟦\1⟧", re.sub(r"\$\$.*?\$\$", " ", source, flags=re.DOTALL))
    names = re.findall(NAMED, re.sub(NOT_NOUNS, ", ", text, flags=re.IGNORECASE)) + re.findall(NAMING, text)
    found = [name for name in names if "=" not in name] + re.findall(IN_TABLE, text, flags=re.MULTILINE)
    found += [left for tex in formulas(source) for left in re.findall(LEFT, tex, flags=re.MULTILINE)]
    return {letter for tex in found for letter in letters(re.sub("[а-яіїєґ’]+", " ", tex))}


def unexplained(page, notation):
    """{letter: the formula that uses it first} of the letters that nothing explains in time."""
    known, found = FREE | notation, {}
    for section in sections(page, 2):
        texts = [cell.source for cell in section if cell.kind == "markdown"]
        known |= {letter for text in texts for letter in introduced(text)}
        for tex in (tex for text in texts for tex in formulas(text)):
            found |= {letter: tex for letter in letters(tex) - known - {*found}}
    return found


def notation():
    page = load_page(ROOT / "book" / "reference" / "notation.md")
    return {letter for cell in page.cells for tex in formulas(cell.source) for letter in letters(tex)}


@pytest.mark.parametrize("page", notebooks(), ids=lambda page: page.name)
def test_every_letter_is_explained(page):
    found = unexplained(page, notation())
    assert not found, found


@pytest.mark.parametrize("page", notebooks(), ids=lambda page: page.name)
def test_a_planted_letter_is_found(page):
    planted = Cell("planted", "markdown", r"Отже, $\omega = 2Q$, якщо $Q > \zeta$, а $Z_{max}$ ні.")
    found = unexplained(Page(page.name, (*page.cells, planted)), notation())
    assert {"Q", r"\zeta", "Z"} <= {*found}


def test_letters_are_read_from_a_formula():
    tex = r"\hat m_{t+1} = \frac{\text{loss}}{T_{max}} \cdot \operatorname{relu}(\alpha x) \quad \mathbb{E}"
    assert letters(tex) == {"m", "t", "T", r"\alpha", "x", "E"}


@pytest.mark.parametrize(
    ("source", "explained"),
    [
        ("| $q$, $r_i$ | як $u$ | $z$ |", "qri"),
        ("Кут $q$ між кроками, ширини $n_1, \\dots, n_D$", "qnD"),
        ("За $N$ кроків, а $B$ — це дорога назад", "NB"),
        ("Позначимо $S = \\sum_j z_j$\n\n$$\nf(x) &= x^2, \\\\\nP_i = q\n$$", "SfxPi"),
        ("Якщо $q > 0$, то для $r$ і при $u$ маємо $x + y = z$", ""),
    ],
)
def test_what_explains_a_letter(source, explained):
    assert introduced(source) == {*explained}


def test_a_letter_explained_later_is_found():
    first, later = Cell("1", "markdown", "Тоді $$2q$$"), Cell("2", "markdown", "## Далі\n\nЧастка $q$ мала.")
    assert {*unexplained(Page("a", (first, later)), set())} == {"q"}
