"""Every displayed formula carries a label with a test of that name, or says that it is only a step or a copy.

A reference page repeats formulas of the chapters: `<!-- of eq-name -->` before one says which, and it must still be
that formula (tools/reference.py copies it anew).
"""

import ast
import re

import pytest

from tools.reference import copied_formulas, derived_formulas, labelled_formulas, same_formula, with_formulas
from tools.shared import ROOT
from tools.shared.book import pages

STEP = "<!-- step -->"
MARK = re.compile(rf'<a id="eq-[a-z0-9]+(?:-[a-z0-9]+)*"></a>|{STEP}|<!-- of eq-[a-z0-9]+(?:-[a-z0-9]+)* -->')
CODE = re.compile(r"^[> ]*(`{3,}|~{3,}).*?^[> ]*\1.*?$|`[^`\n]*`", flags=re.DOTALL | re.MULTILINE)
DISPLAYED = re.compile(r"\$\$.*?(?:\$\$|\Z)|^[> ]*\\(?:begin\{|\[)", flags=re.DOTALL | re.MULTILINE)


def unlabelled(source):
    """Findings: displayed formulas of a Markdown text with neither a label nor the mark of a step or of a copy."""
    findings, plain = [], CODE.sub(lambda match: "\n" * match[0].count("\n"), source)
    for match in DISPLAYED.finditer(plain):
        *above, line = ["", *plain[: match.start()].split("\n")]
        finding = None
        if not match[0].startswith("$$"):
            finding = "displayed formulas are written with $$"
        elif line.strip("> "):
            finding = "the line of a displayed formula starts with $$"
        elif not MARK.fullmatch(before := above[-1].strip().lstrip("> ")):
            finding = f'the line before $$ must be <a id="eq-some-name"></a> or {STEP}, it is {before!r}'
        findings += [f"line {len(above)}: {finding}"] if finding else []
    return findings


def loose_labels(source):
    """Names of labels that do not stand directly before a formula."""
    spare = re.findall(r'id="eq-([^"]*)"', source)
    for name in labelled_formulas(source):
        spare.remove(name)
    return spare


def proving_tests(python):
    """Names of the test_eq_… functions of a test module that can fail: they assert, or call what asserts."""
    module = ast.parse(python)
    bodies = [module, *(node for node in module.body if isinstance(node, ast.ClassDef) and node.name[:4] == "Test")]
    return [
        node.name
        for body in bodies
        for node in body.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_eq_") and _proves(node)
    ]


def _proves(function):
    if any(re.search(r"\b(skip|xfail)", ast.unparse(decorator)) for decorator in function.decorator_list):
        return False
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).split(".")[-1]
            if re.match(r"_?(assert|check|raises)", name):
                return True
    return False


def drifted(source, originals):
    """Findings: copies of a formula that no page derives, or derives otherwise."""
    findings = []
    for name, tex in copied_formulas(source):
        if name not in originals:
            findings.append(f"eq-{name} is on no page")
        elif not same_formula(tex, originals[name]):
            findings.append(f"eq-{name} is not as derived, {originals[name].strip()} (run tools/reference.py)")
    return findings


def all_tests():
    files = sorted(ROOT.glob("tests/**/test_*.py"))
    return {name for path in files for name in proving_tests(path.read_text(encoding="utf-8"))}


def all_labels():
    cells = [(page.name, cell.source) for page in pages() for cell in page.of_kind("markdown")]
    return [(name, label) for name, source in cells for label in labelled_formulas(source)]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_displayed_formula_is_labelled_or_a_step(page):
    cells = page.of_kind("markdown")
    findings = [f"{cell.where}, {finding}" for cell in cells for finding in unlabelled(cell.source)]
    findings += [f"{c.where}: eq-{name} stands before no formula" for c in cells for name in loose_labels(c.source)]
    assert not findings, "\n".join(findings)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_copied_formula_is_that_of_the_chapter(page):
    formulas = derived_formulas()
    findings = [f"{c.where}: {finding}" for c in page.of_kind("markdown") for finding in drifted(c.source, formulas)]
    assert not findings, "\n".join(findings)


def test_labels_are_unique_over_the_book():
    names = [name for _, name in all_labels()]
    assert len(names) == len(set(names)) > 0, sorted({name for name in names if names.count(name) > 1})


def test_every_labelled_formula_has_a_test_that_asserts_something():
    tests = {name.removeprefix("test_eq_").replace("_", "-") for name in all_tests()}
    assert [(page, f"eq-{label}") for page, label in all_labels() if label not in tests] == []


@pytest.mark.parametrize(
    ("source", "finding"),
    [
        ("Текст\n$$\nx\n$$", "line 2"),
        ("$$ x $$\n\n$$ y $$", "line 3"),
        ('<a id="eq-x"></a>\n\n$$ x $$', "line 3"),
        ("Отже, $$ x $$", "starts with"),
        ("\\begin{align}\nx\n\\end{align}", "written with"),
    ],
)
def test_a_formula_without_label_is_found(source, finding):
    assert finding in "\n".join(unlabelled(source))


def test_a_labelled_formula_and_a_step_pass():
    source = '<a id="eq-chain-rule"></a>\n$$\nx\n$$\n\n<!-- step -->\n$$ y $$\n\n```\n$$\n```\n'
    assert unlabelled(source) == []
    assert [*labelled_formulas(source)] == ["chain-rule"]
    assert loose_labels(source + '<a id="eq-lost"></a>\n') == ["lost"]


def test_a_copy_passes_with_other_spaces_and_colours_alone():
    derived = {"x": r" \frac{1}{n}\,\sum_i {\color{#8a3f8f} L_i} , ", "y": "a - b"}
    copy = "<!-- of eq-x -->\n$$\n\\frac{1}{n} \\sum_i L_i\n$$\n"
    assert unlabelled(copy) == []
    assert drifted(copy, derived) == []
    wrong = copy.replace("{n}", "{m}") + "<!-- of eq-y -->\n$$ a + b $$\n<!-- of eq-z -->\n$$ z $$\n"
    assert [finding.split()[0] for finding in drifted(wrong, derived)] == ["eq-x", "eq-y", "eq-z"]
    assert drifted(with_formulas(wrong, derived), derived) == ["eq-z is on no page"]


def test_a_test_without_an_assertion_proves_nothing():
    python = """
def test_eq_empty(): print(1)
def helper(): assert True
def test_eq_plain(): assert 1
def test_eq_helper(): np.testing.assert_allclose(1, 1)
@pytest.mark.skip
def test_eq_skipped(): assert 1
class TestFormulas:
    def test_eq_method(self): assert 1
"""
    assert proving_tests(python) == ["test_eq_plain", "test_eq_helper", "test_eq_method"]
