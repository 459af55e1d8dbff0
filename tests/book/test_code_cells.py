"""A code cell is short, has human language only in comments, draws nothing itself; Markdown looks right on Colab."""

import ast
import io
import re
import tokenize
from itertools import pairwise

import pytest

from tools.shared.book import HAS_CYRILLIC, notebooks

LONGEST_CELL = 15
LONGEST_DEFINITION = 6
WIDEST_LINE = 80  # characters; what is wider is cut off at 1280 px
BUG_HUNT = "find-the-bug"  # the tag of a cell whose faulty program the reader is to read
ENDS = (tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER)
NOT_IMPORTED = {"matplotlib", "ipywidgets", "IPython"}


def code_findings(source, tags=()):
    """What is against the rules of the house in the code of one cell."""
    lines = source.splitlines()
    if not source.strip():
        return ["the cell is empty"]
    source = "\n".join(re.sub(r"^(\s*)[%!].*", r"\1pass", line) for line in lines)
    findings = []
    if (count := sum(bool(line.strip()) for line in lines)) > LONGEST_CELL:
        findings.append(f"{count} lines, more than {LONGEST_CELL}")
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type != tokenize.COMMENT]
    findings += [f"Ukrainian in the code: {t.string}" for t in tokens if HAS_CYRILLIC.search(t.string)]
    findings += ["the cell ends with ;" for t, after in pairwise(tokens) if t.string == ";" and after.type in ENDS]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            findings += [f"imports {name}" for name in names if name.split(".")[0] in NOT_IMPORTED]
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and BUG_HUNT not in tags:
            if (length := node.end_lineno - node.lineno + 1) > LONGEST_DEFINITION:
                findings.append(f"{node.name} has {length} lines, more than {LONGEST_DEFINITION}: for the library")
    return findings


def markdown_findings(source):
    """MyST in a notebook's Markdown, which Colab would show as raw text."""
    findings = [f"a MyST directive: {line}" for line in re.findall(r"^[`:~]{3,}\s*\{.*", source, flags=re.MULTILINE)]
    plain = re.sub(r"^```.*?^```|\$\$.*?\$\$|\$[^$\n]+\$", "", source, flags=re.DOTALL | re.MULTILINE)
    findings += [f"a MyST role: {role}" for role in re.findall(r"\{[a-z][\w:-]*\}`[^`]*`", plain)]
    findings += [f"a MyST target: {target}" for target in re.findall(r"^\([\w:-]+\)=\s*$", plain, flags=re.MULTILINE)]
    return findings


@pytest.mark.parametrize("page", notebooks(), ids=lambda page: page.name)
def test_cells_keep_the_rules_of_the_house(page):
    findings = [f"{c.where}: {finding}" for c in page.of_kind("code") for finding in code_findings(c.source, c.tags)]
    findings += [f"{c.where}: {finding}" for c in page.of_kind("markdown") for finding in markdown_findings(c.source)]
    assert page.of_kind("code") and page.of_kind("markdown")
    assert not findings, "\n".join(findings)


@pytest.mark.parametrize("page", notebooks(), ids=lambda page: page.name)
def test_code_that_is_shown_is_no_wider_than_the_page(page):
    shown = [text for cell in page.of_kind("code") if "show_source" in cell.source for text in cell.texts]
    assert shown and [line for text in shown for line in text.splitlines() if len(line) > WIDEST_LINE] == []


@pytest.mark.parametrize(
    ("source", "finding"),
    [
        ("", "empty"),
        ("x = 1\n" * 16, "16 lines"),
        ('print("втрати")', "Ukrainian"),
        ('print(f"втрати {loss}")', "Ukrainian"),
        ("x = 1;", "ends with ;"),
        ("x = 1;  # шум", "ends with ;"),
        ("import matplotlib.pyplot as plt", "matplotlib"),
        ("from ipywidgets import interact", "ipywidgets"),
        ("def f():\n" + "    x = 1\n" * 6, "f has 7 lines"),
        ("class Layer:\n" + "    x = 1\n" * 6, "Layer has 7 lines"),
        ("# коментар українською\nx = 'a;b'; y = 2\n%time x\nx", ""),
    ],
)
def test_a_bad_cell_is_found_and_a_good_one_passes(source, finding):
    found = "\n".join(code_findings(source))
    assert finding in found and bool(finding) == bool(found)
    assert code_findings("def f():\n" + "    x = 1\n" * 9, tags=(BUG_HUNT,)) == []


PLAIN = "| а | б |\n|---|---|\n| 1 | 2 |\n\n```python\nx = {1}\n```\n$f_{x}$ і `y`, $\\mathbf{a}`b`$"


def test_myst_in_a_notebook_is_found_and_plain_markdown_passes():
    for myst in ("```{note}\nа\n```", ":::{tip}\nа\n:::", "Див. {ref}`x`", "(target)=\n# Назва"):
        assert markdown_findings(myst), myst
    assert markdown_findings(PLAIN) == []
