"""Formulas are typeset by the build: every page is complete in itself, and wrong TeX cannot become a page."""

import re
import subprocess
import sys

import pytest

from extensions import formulas
from tools.shared import ROOT

CONF = """
from extensions import finishing, formulas
finishing.STEPS = formulas.add_outlines, finishing.Site.write_pages
project = "Formulas"
extensions = ["myst_parser", "extensions.formulas", "extensions.finishing"]
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_dmath_double_inline = True
myst_update_mathjax = False
html_theme = "basic"
"""
PAGE = r"""
# Why $\eta$ falls

<a id="eq-adam"></a>
$$
\hat m = \frac{m}{1 - \beta_1^t}
$$

## The step $\theta_t$

A line with $x < y$, $a$ b and $\text{сума} = 3$.

$$e^{i\pi}$$ (euler)

$$
a = 1 \\
b = 2
$$

\begin{align} c &= 3 \end{align}
"""


GOOD = {
    "index": "# Book\n\n```{toctree}\npage\nnext\n```\n",
    "page": PAGE,
    "next": "# The rate $\\eta$\n\nHere $a$, there $b$ and (where $c$).",
}
WRONG = {
    r"\frac{1}{2": "Missing close brace",
    r"\frc{1}{2}": r"Undefined control sequence \frc",
    r"\begin{alined} x \end{alined}": "Unknown environment",
    r"x^2^3": "Double exponent",
    r"\require{color} x": r"Undefined control sequence \require",
}


def build(folder, pages):
    """(exit status, messages, {name: page}) of a site of these pages, under -W -n."""
    for name, text in {"conf.py": CONF, **{f"{name}.md": text for name, text in pages.items()}}.items():
        (folder / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "--keep-going", str(folder), str(folder / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    return done.returncode, done.stderr, {n: (folder / f"site/{n}.html").read_text(encoding="utf-8") for n in pages}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    status, messages, pages = build(tmp_path_factory.mktemp("good"), GOOD)
    assert (status, messages) == (0, "")
    return pages


def test_a_page_holds_its_formulas_and_each_glyph_once(good):
    page = good["page"]
    used, drawn = re.findall(r'<use href="#([^"]+)"', page), re.findall(r'<path id="(MJX[^"]+)"', page)
    assert len(used) > len(drawn) == len(set(drawn)) > 10
    assert set(used) == set(drawn)
    assert page.index("<path id") < page.index("<use")
    assert '<a id="eq-adam"></a>' in page
    assert re.search(r'<span class="eqno">\(1\)<a class="headerlink" href="#equation-euler"', page)
    assert not re.search(r"\\[a-z]{2}|\$|\\[\[(]|mathjax", page, flags=re.IGNORECASE)


def test_a_line_cannot_begin_with_the_comma_after_a_formula(good):
    assert re.findall(r"</span>((?:&#8288;)?[^<>]*)(?=<span class=\"math|</p>)", good["next"]) == [
        "&#8288;, there ", " and (where ", "&#8288;).",
    ]  # fmt: skip


def test_a_menu_on_another_page_has_the_glyphs_of_the_title(good):
    assert '<path id="MJX-TEX-I-1D702"' in good["index"]


def test_wrong_tex_fails_the_build_and_names_file_line_and_formula(tmp_path):
    said = {(f"{mark}{tex}{mark}", tex): words for tex, words in WRONG.items() for mark in ("$", "$$")}
    status, messages, _ = build(tmp_path, {"index": "\n\n".join(["# Title $x$", *(f"More {f}." for f, _ in said)])})
    warnings = [line for line in messages.splitlines() if "index.md:" in line]
    assert status != 0
    for line, ((_, tex), words), warning in zip(range(3, 99, 2), said.items(), warnings, strict=False):
        assert re.search(rf"index\.md:{line}: ", warning) and words in warning and tex in warning, warning
    assert len(warnings) == len(said)


def test_a_formula_does_not_depend_on_the_ones_before():
    before = formulas.typeset(r"x_i^2 \label{a}", True)
    formulas.typeset.cache_clear()
    formulas.typeset(r"\sum_{i=1}^n \text{сума} \label{a}", True)
    assert formulas.typeset(r"x_i^2 \label{a}", True) == before
    with pytest.raises(formulas.FormulaError):
        formulas.typeset(r"\newcommand{\a}{x} \a", False)


def test_a_formula_is_text_for_a_screen_reader_and_a_picture_for_the_eye():
    html = formulas.typeset(r"\class{ll-is-forward}{y} = \color{red}{2}", False)
    picture, text = html.split("</svg>")
    assert 'aria-hidden="true"' in picture and 'fill="currentColor"' in picture
    assert 'class=" ll-is-forward"' in picture and 'fill="red"' in picture
    assert re.sub(r"<[^>]+>", "", text) == "y=2"


def test_words_in_a_formula_fill_the_room_they_got():
    html = formulas.typeset(r"\text{сума}", False)
    room = float(re.search(r'viewBox="0 \S+ (\S+)', html)[1])
    assert int(re.search(r'textLength="(\d+)"', html)[1]) == pytest.approx(room, abs=1)
