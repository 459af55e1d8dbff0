"""What students get is made from the definitions, complete, without a line of an answer, and runs."""

import ast
import json
import zipfile
from dataclasses import replace

import nbformat
import pytest

import exercises
from exercises import words as words_module
from exercises.tasks import Function
from exercises.words import words_of
from tools import exercises as tool
from tools.shared import ROOT
from tools.shared.site import SITE

HEAD = "# T\n\n> about\n\nintro\n\n## A {#a}\n\nstatement\n\n"
CHAPTERS = pytest.mark.parametrize("chapter", exercises.CHAPTERS)
TASKS = [task for chapter in exercises.CHAPTERS for task in exercises.tasks_of(chapter)]


def telling_lines(task, source):
    """Lines that only an answer has: not of the stub, and long enough to tell something."""
    given = {line.strip() for line in (task.stub + task.statement).splitlines()}
    return {line.strip() for line in source.splitlines()[1:] if len(line.strip()) > 20} - given


def test_the_generated_files_are_as_the_definitions_make_them():
    assert not tool.stale(), "make exercises"


def test_a_changed_definition_is_noticed(monkeypatch):
    words = tool.words_of("losses")
    mse = replace(words.tasks["mse"], mistakes={"no_mean": "Ще одне речення."})
    changed = replace(words, intro="Ще одне речення.", tasks=words.tasks | {"mse": mse})
    monkeypatch.setattr(tool, "words_of", lambda chapter: changed if chapter == "losses" else words_of(chapter))
    monkeypatch.setattr(exercises.definitions("losses").mse, "points", 5)
    assert {path.name for path in tool.stale(["losses"])} == {"02_losses.ipynb", "losses.json", "mistakes.json"}


def test_words_that_are_not_written_as_they_should_be_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(words_module, "_FOLDER", tmp_path)
    (tmp_path / "uk").mkdir()
    wrong = {"# T\n\n## A {#a}\n": "description", HEAD + "### mistakes\n\n- key words\n": "`key`"}
    for text, complaint in wrong.items():
        (tmp_path / "uk" / "x.md").write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=complaint):
            words_of.__wrapped__("x")
    (tmp_path / "uk" / "x.md").write_text(HEAD + "### hints\n\n- one\n  two\n- three\n\n  four\n", encoding="utf-8")
    assert words_of.__wrapped__("x").tasks["a"].hints == ("one two", "three\n\nfour")


def test_rounding_of_another_processor_is_no_change():
    text = tool.written_records("losses")
    records = json.loads(text)
    case = next(record for record in records if record["id"] == "losses.mse")["cases"][0]
    case["expected"]["value"] *= 1 + 1e-15
    assert tool.same_records(text, json.dumps(records))
    case["expected"]["value"] *= 1 + 1e-3
    assert not tool.same_records(text, json.dumps(records))


@CHAPTERS
def test_the_notebook_is_valid_and_has_nbgraders_metadata(chapter):
    notebook = nbformat.read(tool.NOTEBOOKS / f"{exercises.CHAPTERS[chapter]}.ipynb", as_version=4)
    nbformat.validate(notebook)
    fields = [cell.metadata.nbgrader for cell in notebook.cells if "nbgrader" in cell.metadata]
    ids = [field.grade_id for field in fields]
    assert len(ids) == len(set(ids))
    graded = [field for field in fields if field.grade]
    tasks = exercises.tasks_of(chapter)
    assert [field.points for field in graded] == [task.points for task in tasks]
    assert all(field.locked and not field.solution for field in graded)
    assert [field.grade_id for field in fields if field.solution] == [task.name.replace("_", "-") for task in tasks]


@CHAPTERS
def test_the_notebook_runs_from_top_to_bottom(chapter, monkeypatch):
    """So it does with right answers: test_elsewhere.py."""
    from IPython.core.inputtransformer2 import TransformerManager

    from lessons_lib import checks

    monkeypatch.setattr(checks, "_scores", {})
    names, shown = {"__name__": "__main__"}, []
    monkeypatch.setattr("builtins.print", lambda *words: None)
    for cell in tool.notebook(chapter).cells:
        if cell.cell_type == "code" and not cell.id.endswith("-figure"):
            tree = ast.parse(TransformerManager().transform_cell(cell.source))
            last = tree.body.pop() if cell.id.endswith("-check") or cell.id == "progress" else None
            exec(compile(tree, cell.id, "exec"), names)
            if last is not None:
                shown.append(eval(compile(ast.Expression(last.value), cell.id, "eval"), names))
    *feedback, progress = shown
    count = len(exercises.tasks_of(chapter))
    assert [f.verdict.status for f in feedback] == ["unsolved"] * count
    assert f"завдань: 0 з {count}" in repr(progress)


@pytest.mark.parametrize("task", [task for task in TASKS if isinstance(task, Function)], ids=lambda task: task.id)
def test_neither_notebook_nor_record_holds_an_answer(task):
    """One line may also be a line of another task's program, such as the loop over the data; half of them may not."""
    given = (tool.NOTEBOOKS / f"{exercises.CHAPTERS[task.chapter]}.ipynb").read_text(encoding="utf-8")
    given += (tool.RECORDS / f"{task.chapter}.json").read_text(encoding="utf-8")
    for source in task.rights:
        lines = telling_lines(task, source)
        assert 2 * sum(line in given for line in lines) < max(len(lines), 1), source


def texts_under(folder):
    """(name, text) of every text file of the site, also inside archives such as a wheel."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".whl", ".zip"):
            with zipfile.ZipFile(path) as archive:
                yield from ((f"{path}:{n}", archive.read(n).decode("utf-8", "ignore")) for n in archive.namelist())
        elif path.is_file() and path.suffix not in (".png", ".svg", ".woff2", ".ico"):
            yield str(path), path.read_text(encoding="utf-8", errors="ignore")


LIBRARY = {path.read_text(encoding="utf-8") for path in (ROOT / "lessons_lib").glob("*.py")}


def solutions_in(folder):
    """Places where a whole answer of two lines or more, or the definitions themselves, can be read."""
    wholes = {}
    for task in TASKS:
        if isinstance(task, Function):
            shown = [line.strip() for line in task.stub.splitlines()[1:]]
            for source in task.rights:
                lines = [line.strip() for line in source.splitlines()[1:] if line.strip()]
                if len(lines) > 1 and lines != shown:
                    wholes["\n".join(lines)] = task.id
    found = []
    for name, text in texts_under(folder):
        plain = "\n".join(line.strip() for line in text.splitlines())
        if text not in LIBRARY:  # the wheel for JupyterLite holds it, and the reader may read it
            found += [f"{name}: {task}" for whole, task in wholes.items() if whole in plain]
        found += [f"{name}: the definitions"] if "def right(" in text or "def wrong_" in text else []
    return found


def test_the_site_holds_no_solution():
    if not SITE.exists():
        pytest.skip("the site is not built: make book")
    assert not solutions_in(SITE)


def test_a_published_solution_is_found(tmp_path):
    source = next(task for task in TASKS if task.id == "losses.ce").rights[0]
    with zipfile.ZipFile(tmp_path / "course.whl", "w") as archive:
        archive.writestr("solution.py", source)
    (tmp_path / "page.html").write_text("def right(x):", encoding="utf-8")
    assert len(solutions_in(tmp_path)) == 2
