"""Make what students get from the definitions in exercises/:  python -m tools.exercises

book/exercises/NN_slug.ipynb           the notebooks, without any answer, with nbgrader's metadata
lessons_lib/checks/recorded/*.json     what `check` judges by
lessons_lib/text/uk/mistakes.json      what the feedback says of known mistakes
lessons_lib/text/uk/models.json        the model answers, sealed
lessons_lib/checks/keys.json           the inputs on which a right answer makes the key to its model

A record is written only when a number in it has really changed: the last digits differ between processors.

    python -m tools.exercises --solved DIR    writes notebooks with the right answers, for teachers
"""

import argparse
import json
import sys
from pathlib import Path

import nbformat

from exercises import CHAPTERS, definitions, tasks_of
from exercises.models import written_models
from exercises.tasks import imports
from exercises.words import words_of
from lessons_lib.checks.judging import difference
from lessons_lib.checks.records import to_plain
from tools import set_up
from tools.notebooks import NOTEBOOK_METADATA, serialize
from tools.shared import ROOT

NOTEBOOKS = ROOT / "book" / "exercises"
RECORDS = ROOT / "lessons_lib" / "checks" / "recorded"
KEYS = RECORDS.parent / "keys.json"
MISTAKES = ROOT / "lessons_lib" / "text" / "uk" / "mistakes.json"
MODELS = MISTAKES.with_name("models.json")
PUBLIC_SEED = 0

HOW_TO = """
**Як працювати.** Виконуйте комірки згори вниз. Умова каже, що дано і що повернути. Запишіть відповідь у комірку
завдання замість `...` або `None`, виконайте її й наступну: `check` одразу скаже, чи все правильно, а якщо ні, то що
саме не так. Пробуйте скільки завгодно. Коли не йде, розгорніть підказку.

Аргументів не змінюйте, хіба що умова цього просить. Де вона каже «масив», поверніть масив NumPy, а не список. З
бібліотеки можна кликати лише те, що імпортовано в першій комірці й не робить самого завдання; решту запишіть самі. Коли
код працює довше за 2 секунди, `check` його спиняє.
"""


def notebook(chapter, answers=None):
    """The notebook of a chapter; `answers` {task: source of its cell} replace the stubs."""
    words, answers = words_of(chapter), answers or {}
    found = tasks_of(chapter)
    points = sum(task.points for task in found)
    cells = [
        _markdown("intro", f"# {words.title}\n\n{words.intro}\n\nЗавдань {len(found)}, балів {points}."),
        _markdown("how-to", HOW_TO),
        set_up.cell(),
        _code("imports", imports(definitions(chapter))),
    ]
    for number, task in enumerate(found, start=1):
        cells.append(_markdown(f"{task.name}-text", _statement(number, task)))
        if task.figure:
            cells.append(_code(f"{task.name}-figure", task.figure))
        answer = answers.get(task.name, task.stub)
        cells.append(_code(task.name, answer, {"grade": False, "solution": True, "locked": False}))
        graded = {"grade": True, "solution": False, "locked": True, "points": task.points}
        cells.append(_code(f"{task.name}-check", f'check("{task.id}", {task.name})', graded, ("remove-output",)))
    cells.append(_markdown("end", "## Підсумок\n\nЩо розв’язано, видно тут."))
    cells.append(_code("progress", f'progress("{chapter}")', tags=("remove-output",)))
    described = {"myst": {"html_meta": {"description": words.description}}}
    return nbformat.v4.new_notebook(cells=cells, metadata=NOTEBOOK_METADATA | described)


def _statement(number, task):
    parts = [f"## {number}. {task.title}", f"*Балів: {task.points}*", task.statement]
    if task.given:
        parts.append(task.given)
    if getattr(task, "decimals", 0):
        parts.append("*Остання цифра після коми може відрізнятися на одиницю.*")
    if task.options:
        parts.append("\n".join(f"{i}. {option}" for i, option in enumerate(task.options, start=1)))
    for i, hint in enumerate(task.hints, start=1):
        count = f" {i}" if len(task.hints) > 1 else ""
        parts.append(f"<details><summary>Підказка{count}</summary>\n\n{hint}\n\n</details>")
    return "\n\n".join(parts)


def _markdown(name, source):
    return nbformat.v4.new_markdown_cell(source.strip(), id=_id(name), metadata=_graded(name, {"locked": True}))


def _code(name, source, kind=None, tags=()):
    """`tags` are for the site, which shows untouched tasks: there the checks have nothing to say."""
    metadata = (_graded(name, kind) if kind else {}) | ({"tags": list(tags)} if tags else {})
    return nbformat.v4.new_code_cell(source.strip(), id=_id(name), metadata=metadata)


def _graded(name, kind):
    fields = {"grade": False, "solution": False, "locked": False, "task": False} | kind
    metadata = {"nbgrader": fields | {"grade_id": _id(name), "schema_version": 3}, "deletable": False}
    return metadata | ({"editable": False} if fields["locked"] else {})


def _id(name):
    return name.replace("_", "-")


def written_records(chapter):
    """The text of the record file: one case per line, so that a diff shows what changed."""
    parts = []
    for task in tasks_of(chapter):
        record = to_plain(task.record(PUBLIC_SEED))
        cases = ",\n".join(f"   {json.dumps(case, ensure_ascii=False)}" for case in record.pop("cases"))
        head = json.dumps(record, ensure_ascii=False)
        parts.append(f'{head[:-1]}, "cases": [\n{cases}\n ]}}' if cases else f'{head[:-1]}, "cases": []}}')
    return "[\n" + ",\n".join(parts) + "\n]\n"


def written_mistakes():
    """The text of the file of feedback: {"mistake.key": sentence} of all chapters."""
    told = {f"mistake.{key}": words for chapter in CHAPTERS for key, words in words_of(chapter).mistakes.items()}
    return json.dumps(told, ensure_ascii=False, indent=0) + "\n"


def same_records(text, other):
    """Say whether two record files agree in all words and, except for rounding, in all numbers."""
    return difference(json.loads(text), json.loads(other)) is None


def stale(chapters=CHAPTERS):
    """Paths and new contents of the generated files that differ from what the definitions give."""
    found = {}
    for chapter in chapters:
        slug = CHAPTERS[chapter]
        path, content = NOTEBOOKS / f"{slug}.ipynb", serialize(notebook(chapter))
        if not path.exists() or path.read_bytes() != content:
            found[path] = content
        path, content = RECORDS / f"{chapter}.json", written_records(chapter)
        if not path.exists() or not same_records(path.read_text(encoding="utf-8"), content):
            found[path] = content.encode()
    if not MISTAKES.exists() or MISTAKES.read_text(encoding="utf-8") != written_mistakes():
        found[MISTAKES] = written_mistakes().encode()
    keys, models = written_models()
    if not KEYS.exists() or not same_records(KEYS.read_text(encoding="utf-8"), keys):
        found[KEYS] = keys.encode()
    if not MODELS.exists() or MODELS.read_text(encoding="utf-8") != models:
        found[MODELS] = models.encode()
    return found


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, exit with 1 when a file is stale")
    parser.add_argument("--solved", metavar="DIR", type=Path, help="write the notebooks with right answers into DIR")
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help=f"all when none is named: {', '.join(CHAPTERS)}")
    options = parser.parse_args(arguments)
    chapters = options.chapters or list(CHAPTERS)
    if options.solved:
        options.solved.mkdir(parents=True, exist_ok=True)
        for chapter in chapters:
            answers = {task.name: solution(task) for task in tasks_of(chapter)}
            (options.solved / f"{CHAPTERS[chapter]}.ipynb").write_bytes(serialize(notebook(chapter, answers)))
        return 0
    found = stale(chapters)
    for path, content in found.items():
        print(f"{path.relative_to(ROOT)}: {'stale (make exercises)' if options.check else 'written'}")
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return 1 if found and options.check else 0


def solution(task, answer=None):
    """The student's cell that holds an answer; the first right one when none is given."""
    return task.cell(task.rights[0] if answer is None else answer)


if __name__ == "__main__":
    sys.exit(main())
