"""Write those parts of the reference pages that have their source elsewhere.

    python tools/reference.py            write them (a second run changes no byte)
    python tools/reference.py --check    change nothing, exit with 1 when something would change or is missing

- A formula after `<!-- of eq-name -->` is a copy of the one that a chapter derives under that label.
- book/reference/glossary.md lists the terms of book/reference/glossary.csv, which the glossary check reads too.
"""

import argparse
import csv
import json
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "book" / "reference"
TERMS = REFERENCE / "glossary.csv"
BEGIN, END = "<!-- made by tools/reference.py from glossary.csv: begin -->", "<!-- end -->"

LABELLED = re.compile(r'^[> ]*<a id="eq-([a-z0-9-]+)"></a>\n[> ]*\$\$(.*?)\$\$', flags=re.DOTALL | re.MULTILINE)
COPIED = re.compile(r"^(<!-- of eq-([a-z0-9-]+) -->\n)\$\$(.*?)\$\$", flags=re.DOTALL | re.MULTILINE)
SPACE = re.compile(r"\\[,;:!> ]|\\q?quad(?![a-zA-Z])|~|\\(?:displaystyle|textstyle)(?![a-zA-Z])|\\\\\[[^]]*\]|\s")
COLOUR = re.compile(r"\\(?:textcolor|color|class|style)\{[^{}]*\}")
GROUP = r"((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)"
COLOURED = re.compile(rf"\{{{COLOUR.pattern}{GROUP}\}}|{COLOUR.pattern}\{{{GROUP}\}}")
ALPHABET = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"


def same_formula(one, other):
    """Whether two formulas differ in white space, colour and a final full stop or comma alone."""
    return _bare(one) == _bare(other)


def labelled_formulas(markdown):
    """{name: LaTeX} of the formulas that stand under a label."""
    return {name: tex for name, tex in LABELLED.findall(markdown)}


def copied_formulas(markdown):
    """[(name, LaTeX)] of the formulas that say which one they are a copy of."""
    return [(name, tex) for _, name, tex in COPIED.findall(markdown)]


def with_formulas(markdown, formulas):
    """The page with the formulas of the chapters; one whose label does not exist stays as it is."""

    def copy(match):
        return f"{match[1]}$${formulas[match[2]]}$$" if match[2] in formulas else match[0]

    return COPIED.sub(copy, markdown)


def terms(path=TERMS):
    """The rows of the glossary as dicts; `never` as [(pattern, patterns of words that excuse it)]."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        variants = [variant.strip() for variant in row["never"].split(";") if variant.strip()]
        row["never"] = [(pattern.strip(), but.split()) for pattern, _, but in (v.partition("|") for v in variants)]
    return rows


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


def sources():
    """The Markdown of every page of _toc.yml, by path."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    found = {}
    for entry in _entries(toc):
        page, notebook = ROOT / f"{entry}.md", ROOT / f"{entry}.ipynb"
        if notebook.is_file():
            cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
            found[notebook] = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        else:
            found[page] = page.read_text(encoding="utf-8")
    return found


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, exit with 1 when something would change")
    options = parser.parse_args(arguments)

    pages = sources()
    formulas = {name: tex for text in pages.values() for name, tex in labelled_formulas(text).items()}
    findings = []
    for path, old in pages.items():
        if path.suffix != ".md":
            continue
        new = with_formulas(old, formulas)
        if path == REFERENCE / "glossary.md":
            new = with_terms(new, terms())
        missing = [f"eq-{name}" for name, _ in copied_formulas(old) if name not in formulas]
        findings += [f"{path.relative_to(ROOT)}: no chapter has {name}" for name in missing]
        if new != old and options.check:
            findings.append(f"{path.relative_to(ROOT)}: is not what tools/reference.py writes")
        elif new != old:
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
    """Letters of the Ukrainian alphabet in its own order, Latin ones after them."""
    return [ALPHABET.find(c) if c in ALPHABET else len(ALPHABET) + ord(c) for c in term.lower() if c.isalpha()]


def _entries(node):
    for key in ("root", "file"):
        if key in node:
            yield node[key].removesuffix(".ipynb").removesuffix(".md")
    for key in ("parts", "chapters", "sections"):
        for child in node.get(key, ()):
            yield from _entries(child)


if __name__ == "__main__":
    sys.exit(main())
