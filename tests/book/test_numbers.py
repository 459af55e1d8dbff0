"""A number quoted in the prose is printed by a cell of the notebook, or is in a formula or a table beside it.

The value of a parameter may also be quoted from the code that the reader sees, but only unrounded.
"""

import math
import re

import pytest

from tools.shared.book import Cell, Page, formulas, notebooks, pages, prose, table_texts

SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
QUOTED = re.compile(r"(?<![\d,.])(\d+),(\d+)(?![\d,]*\d)(?:\s*[·×]\s*10([⁻⁰¹²³⁴-⁹]+))?(\s*%)?")
NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d*)?(?:e[+-]?\d+)?|(?<!\d)\.\d+(?:e[+-]?\d+)?", re.IGNORECASE)


def quoted_numbers(text):
    """[(as written, value, half a unit of the last digit)] of the decimal-comma numbers of a text."""
    found = []
    for match in QUOTED.finditer(text):
        whole, digits, power, percent = match.groups()
        scale = 10.0 ** int((power or "0").translate(SUPERSCRIPT)) / (100 if percent else 1)
        found.append((match[0], float(f"{whole}.{digits}") * scale, 0.5 * 10.0 ** -len(digits) * scale))
    return found


def numbers_of(text):
    """Every number of an output or a formula, without sign; a decimal comma counts as a point."""
    text = text.replace("{,}", ",")
    text = re.sub(r"(\d)\s*(?:\\cdot|·|×|\\times)\s*10\^?\{?([+-−]?[\d⁰¹²³⁴-⁹⁻]+)\}?", _power, text)
    found = [float(match.replace(",", ".")) for match in NUMBER.findall(text)]
    return found + [float(f"{a}.{b}") for a, b in re.findall(r"(?<![\d.])(\d+),(\d+)", text)]


def _power(match):
    return f"{match[1]}e{match[2].translate(SUPERSCRIPT).replace('−', '-')}"


def known_numbers(page):
    """The numbers that a page computes or works out: text outputs, formulas, tables."""
    known = []
    for cell in page.cells:
        sources = cell.texts if cell.kind == "code" else [*formulas(cell.source), *table_texts(cell.source)]
        known += [number for source in sources for number in numbers_of(source)]
    return known


def parameters(page):
    """The numbers in the visible code of a page."""
    visible = [cell for cell in page.of_kind("code") if not {"hide-input", "hide-cell", "remove-input"} & {*cell.tags}]
    code = "\n".join(re.sub("#.*", "", cell.source) for cell in visible)
    return [float(match.replace("_", "")) for match in re.findall(r"(?<![\w.])\d*\.?\d+(?:e[+-]?\d+)?(?![\w.])", code)]


def unproven(text, known, exact=()):
    """The numbers of a text that are the rounding of no known number (a percentage may be printed as a share)."""
    return [
        written
        for written, value, half in quoted_numbers(text)
        if not any(abs(share - value) <= half * (1 + 1e-6) for number in known for share in _shares(number, written))
        and not any(math.isclose(number, value) for number in exact)
    ]


def _shares(number, written):
    return (number, number / 100) if written.endswith("%") else (number,)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_quoted_numbers_are_computed_on_the_page(page):
    sources = [page] if page.is_notebook else [page, *notebooks()]  # a page without cells quotes the chapters
    known = [number for source in sources for number in known_numbers(source)]
    exact = [number for source in sources for number in parameters(source)]
    findings = [
        f"{where}: {written} is in no output, formula or table of the page: «{' '.join(text.split())[:90]}»"
        for cell in page.of_kind("markdown")
        for where, text in prose(cell.source, cell.where)
        for written in unproven(text, known, exact)
    ]
    assert not findings, "\n".join(findings)


def test_the_book_prints_numbers():
    assert all(known_numbers(page) for page in notebooks())


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("дорівнює 0,25", "0.25"),
        ("приблизно 0,33", "array([0.33333333, 1.])"),
        ("падає до −1,5", "-1.5"),
        ("точність 97,2 %", "accuracy 0.97222"),
        ("точність 97,2 %", "97.2"),
        ("лише 1,5·10⁻⁷", "1.4999e-07"),
        ("у 3,32 раза", r"\approx 3{,}32"),
        ("крок 2,5·10⁻⁴", r"2{,}5 \cdot 10^{-4}"),
        ("у 9,1 раза", "Рисунок: крок більший у 9,1 раза"),
        ("версія 1,0", "1."),
    ],
)
def test_a_printed_number_passes(text, printed):
    assert unproven(text, numbers_of(printed)) == []


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("дорівнює 0,26", "0.25"),
        ("приблизно 0,34", "0.33333"),
        ("точність 97,3 %", "0.972"),
        ("лише 1,5·10⁻⁷", "1.5e-06"),
        ("половина, 0,5", "10.5 x0.5"),
    ],
)
def test_a_number_that_nothing_prints_is_found(text, printed):
    assert unproven(text, numbers_of(printed))


def test_a_parameter_is_quoted_from_visible_code_unrounded():
    code = "Adam(learning_rate=0.001, beta1=.9)  # 0.7"
    page = Page("a.ipynb", (Cell("1", "code", code), Cell("2", "code", "f(0.25)", tags=("hide-input",))))
    assert parameters(page) == [0.001, 0.9]
    assert unproven("швидкість 0,001, а не 0,00 чи 0,25", [], parameters(page)) == ["0,00", "0,25"]


def test_numbers_in_code_and_formulas_are_not_prose():
    assert [quoted_numbers(part) for _, part in prose("Код `0,5` і $0{,}5$ та список `(1,2)`")] == [[]]
