"""Print, as JSON, what grades a chapter with the inputs of a seed:  python -m exercises.plan CHAPTER SEED

Without a chapter it writes the plans of all into _build/plans, for a teacher who has the packages but no checkout; the
seed is drawn when none is given. Keep them secret: a plan has the chapter's title, its records, the imports of its
notebook, the notebook's other given cells, and the right answers, which are graded first: where they fail, the grader
does not work.
"""

import json
import secrets
import sys
from pathlib import Path

from exercises import CHAPTERS, definitions, tasks_of
from exercises.tasks import imports
from exercises.words import words_of
from lessons_lib.checks.records import to_plain
from lessons_lib.text import text


def plan(chapter, seed):
    """Return the plan in a form that JSON can hold. Errors: ValueError for an unknown chapter."""
    if chapter not in CHAPTERS:
        raise ValueError(text("grading.no_chapter", chapter=chapter, known=", ".join(CHAPTERS)))
    tasks, module = tasks_of(chapter), definitions(chapter)
    notebook = Path(__file__).parents[1] / "book" / "exercises" / f"{CHAPTERS[chapter]}.ipynb"
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    stubs = {task.stub.strip() for task in tasks}
    return {
        "chapter": chapter,
        "title": words_of(chapter).title,
        "records": [to_plain(task.record(seed)) for task in tasks],
        "imports": imports(module),
        "given": [source for source in sources if source.strip() not in stubs],
        "right": [task.cell(task.rights[0]) for task in tasks],
        "seed": seed,
    }


if __name__ == "__main__":
    *chapter, seed = sys.argv[1:] or [secrets.randbits(63)]
    folder = Path(__file__).parents[1] / "_build" / "plans"
    try:
        if chapter:
            print(json.dumps(plan(*chapter, int(seed))))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            for name in CHAPTERS:
                (folder / f"{name}.json").write_text(json.dumps(plan(name, int(seed))), encoding="utf-8")
            print(folder)
    except ValueError as error:
        sys.exit(str(error))
