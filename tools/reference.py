"""Write those parts of the reference pages that have their source elsewhere.

    python -m tools.reference    write them (a second run changes no byte); exit with 1 when a formula is missing

- A formula after `<!-- of eq-name -->` is a copy of the one that a chapter derives under that label.
- book/reference/glossary.md lists the terms of book/reference/glossary.csv, which the glossary check reads too.
"""

import re
import sys
from functools import cache

from tools.shared import ROOT
from tools.shared.book import pages
from tools.shared.glossary import terms

REFERENCE = ROOT / "book" / "reference"
BEGIN, END = "<!-- made by tools/reference.py from glossary.csv: begin -->", "<!-- end -->"

LABELLED = re.compile(r'^[> ]*<a id="eq-([a-z0-9-]+)"></a>\n[> ]*\$\$(.*?)\$\$', flags=re.DOTALL | re.MULTILINE)
COPIED = re.compile(r"^(<!-- of eq-([a-z0-9-]+) -->\n)\$\$(.*?)\$\$", flags=re.DOTALL | re.MULTILINE)
SPACE = re.compile(r"\\[,;:!> ]|\\q?quad(?![a-zA-Z])|~|\\(?:displaystyle|textstyle)(?![a-zA-Z])|\\\\\[[^]]*\]|\s")
COLOUR = re.compile(r"\\(?:textcolor|color|class|style)\{[^{}]*\}")
GROUP = r"((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)"
COLOURED = re.compile(rf"\{{{COLOUR.pattern}{GROUP}\}}|{COLOUR.pattern}\{{{GROUP}\}}")
ALPHABET = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"


def same_formula(one, other):
    """Whether two formulas differ only in white space, colour and a final full stop, comma or semicolon."""
    return _bare(one) == _bare(other)


def labelled_formulas(markdown):
    """{name: LaTeX} of the formulas that have a label."""
    return {name: tex for name, tex in LABELLED.findall(markdown)}


@cache
def derived_formulas():
    """{name: LaTeX} of all labelled formulas of the book."""
    cells = [cell for page in pages() for cell in page.of_kind("markdown")]
    return {name: tex for cell in cells for name, tex in labelled_formulas(cell.source).items()}


def copied_formulas(markdown):
    """[(name, LaTeX)] of the formulas that say which one they are a copy of."""
    return [(name, tex) for _, name, tex in COPIED.findall(markdown)]


def with_formulas(markdown, formulas):
    """The page with the formulas of the chapters; one whose label does not exist stays as it is."""

    def copy(match):
        return f"{match[1]}$${formulas[match[2]]}$$" if match[2] in formulas else match[0]

    return COPIED.sub(copy, markdown)


def with_terms(markdown, rows):
    """The page with the list of terms between its two marks."""
    before, _, rest = markdown.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"glossary.md lacks the lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{glossary(rows)}\n{END}{after}"


def glossary(rows):
    """The terms in the order of the Ukrainian alphabet, then an index of the English words."""
    shown = [row for row in rows if row["meaning"]]
    entries = [
        f'<a id="{_anchor(row)}"></a>**{row["ukrainian"]}** · <span lang="en">{row["english"]}</span>\n'
        f": {row['meaning']} {_link(row['chapter'])}\n"
        for row in sorted(shown, key=lambda row: _order(row["ukrainian"]))
    ]
    index = [
        f'- <span lang="en">{row["english"]}</span>: <a href="#{_anchor(row)}">{row["ukrainian"]}</a>'
        for row in sorted(shown, key=lambda row: row["english"].lower())
    ]
    return "\n".join([*entries, '<a id="english"></a>', "", "## За англійським словом", "", *index, ""])


def main():
    formulas = derived_formulas()
    findings = []
    for page in pages():
        if page.is_notebook:
            continue
        path, old = ROOT / page.name, page.cells[0].source
        new = with_formulas(old, formulas)
        if path == REFERENCE / "glossary.md":
            new = with_terms(new, terms())
        missing = [f"eq-{name}" for name, _ in copied_formulas(old) if name not in formulas]
        findings += [f"{path.relative_to(ROOT)}: no chapter has {name}" for name in missing]
        if new != old:
            path.write_text(new, encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: written")
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings else 0


def _bare(tex):
    before = None
    while before != tex:  # colours inside colours
        before, tex = tex, COLOURED.sub(lambda match: match[1] or match[2] or "", tex)
    return re.sub(r"[.,;]$", "", SPACE.sub("", COLOUR.sub("", tex)))


def _anchor(row):
    return "term-" + re.sub("[^a-z]+", "-", row["english"].lower()).strip("-")


def _link(chapter):
    return f'<a href="../{chapter}.html">Розділ\u00a0{int(chapter[:2])}</a>'


def _order(term):
    """A key to sort by: Ukrainian letters in the order of their alphabet, Latin ones after them."""
    return [ALPHABET.find(c) if c in ALPHABET else len(ALPHABET) + ord(c) for c in term.lower() if c.isalpha()]


if __name__ == "__main__":
    sys.exit(main())
