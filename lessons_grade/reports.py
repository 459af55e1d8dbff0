"""Write what a teacher and the students get: tables of grades, a page for each student, the summary of the class.

The pages need no network and no server. The same results give the same bytes.
"""

import csv
import re
from collections import Counter
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lessons_grade.moodle import blank_worksheet, filled_worksheet, plain, zip_of_pages
from lessons_lib._rendering import rich
from lessons_lib.text import text

__all__ = ["fill_worksheet", "write"]

_SIGNS = {"passed": ("✓", "right"), "unsolved": ("○", ""), "missing": ("○", "")}


def write(submissions, results, plan, folder, left_out):
    """Write grades.csv, files.csv, feedback/*.html, summary.html, and feedback.zip for Moodle into `folder`.

    submissions  in the order of the tables
    results      {submission key: Result}
    left_out     {path of a file that is no submission: why}
    """
    folder = Path(folder)
    rows = [(submission, results[submission.key]) for submission in submissions]
    _write_grades(rows, plan, folder / "grades.csv")
    _write_files(submissions, left_out, folder / "files.csv")
    templates = _templates()
    pages = folder / "feedback"
    pages.mkdir(exist_ok=True)
    names = _page_names(submissions)
    student_page, written = templates.get_template("student.html"), {}
    for submission, result in rows:
        shown = {"student": submission.student, "status": _status(result), "tasks": _told(result, plan)}
        page = student_page.render(shown, plan=plan, result=result)
        (pages / names[submission.key]).write_text(page, encoding="utf-8")
        written[submission.key] = page.encode()
    if any(submission.identifier for submission in submissions):
        zip_of_pages(submissions, written, folder / "feedback.zip")
    summary = templates.get_template("summary.html").render(_summary(rows, names, plan), plan=plan)
    (folder / "summary.html").write_text(summary, encoding="utf-8")


def fill_worksheet(worksheet, submissions, results, plan, folder):
    """Write moodle.csv, Moodle's worksheet filled; return the names of those who are not in it. Errors: ValueError.

    worksheet  the file that the teacher downloaded; without it, one as Moodle in English would give it is filled
    """
    grades = {
        one.identifier: (one.student, results[one.key].points, _comment(results[one.key], plan))
        for one in submissions
        if one.identifier
    }
    words = worksheet.read_text(encoding="utf-8-sig") if worksheet else blank_worksheet(submissions, plan.points)
    words, missing = filled_worksheet(words, grades, plan.points)
    (Path(folder) / "moodle.csv").write_text(words, encoding="utf-8", newline="")
    return missing


def _templates():
    settings = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "keep_trailing_newline": True}
    environment = Environment(loader=PackageLoader("lessons_grade"), **settings)
    environment.globals |= {"text": text, "language": "uk"}
    environment.filters["rich"] = lambda words: Markup(rich(words))
    return environment


def _write_table(path, heads, rows):
    with open(path, "w", encoding="utf-8-sig", newline="") as file:  # with a BOM: Excel needs it for Ukrainian letters
        csv.writer(file).writerows([heads, *rows])


def _write_grades(rows, plan, path):
    heads = [text(f"grading.head.{name}") for name in ("student", "id", "status", "points", "of")]
    table = []
    for submission, result in rows:
        earned = {task.id: task.points for task in result.tasks}
        mistakes = "; ".join(f"{task.id}: {task.mistake}" for task in result.tasks if task.mistake)
        student = [plain(submission.student), submission.identifier, _status(result), result.points, plan.points]
        table.append([*student, *(earned.get(task.id, "") for task in plan.records), mistakes])
    _write_table(path, [*heads, *(task.title for task in plan.records), text("grading.head.mistakes")], table)


def _comment(result, plan):
    """What a participant reads in Moodle: a line for each task."""
    lines = [Markup("{}: {}").format(task.title, Markup(rich(told.words))) for task, told in _pairs(result, plan)]
    return Markup("<br>").join(lines) or _status(result)


def _write_files(submissions, left_out, path):
    """Every file that was handed in, and what became of it."""
    files = {one.shown: (one.student, "taken") for one in submissions}
    files |= {shown: ("", reason) for shown, reason in left_out.items()}
    heads = [text(f"grading.head.{name}") for name in ("file", "student", "fate")]
    fates = ((plain(shown), plain(who), text(f"grading.reason.{why}")) for shown, (who, why) in sorted(files.items()))
    _write_table(path, heads, fates)


def _pairs(result, plan):
    tasks = {task.id: task for task in plan.records}
    return [(tasks[told.id], told) for told in result.tasks]


def _told(result, plan):
    """[(task, its result, the sign before it, the sign's class)]"""
    return [(task, told, *_SIGNS.get(told.status, ("✗", "wrong"))) for task, told in _pairs(result, plan)]


def _status(result):
    if result.status == "rejected":
        return text("grading.status.rejected", reason=text(f"grading.rejected.{result.reason}"))
    return text(f"grading.status.{result.status.replace(' ', '_')}")


def _page_names(submissions):
    """{key: file name}: letters of the student's name, as many as file systems take, and a number where it is taken."""
    names, taken = {}, set()
    for submission in submissions:
        words = re.sub(r"[^\w-]+", "_", f"{submission.student}_{submission.identifier}").strip("_") or "student"
        stem = words.encode()[:150].decode(errors="ignore")
        free = (f"{stem}{f'_{count}' if count > 1 else ''}" for count in range(1, len(submissions) + 2))
        name = next(name for name in free if name.lower() not in taken)
        taken.add(name.lower())
        names[submission.key] = f"{name}.html"
    return names


def _summary(rows, names, plan):
    """The values of the summary's template."""
    graded = [result for _, result in rows if result.status == "graded"]
    told = [(task, told) for result in graded for task, told in _pairs(result, plan)]
    solved = Counter(task.id for task, told in told if told.status == "passed")
    made = Counter((task.title, told.words) for task, told in told if told.status == "mistake")
    mean = sum(result.points for result in graded) / len(graded) if graded else 0
    return {
        "graded": len(graded),
        "mean": text("grading.mean", mean=mean),
        "solved": [(f"{i}. {task.title}", solved[task.id]) for i, task in enumerate(plan.records, start=1)],
        "mistakes": [
            (f"{title}: {words}", count)
            for (title, words), count in sorted(made.items(), key=lambda item: (-item[1], item[0]))
        ],
        "rows": [
            {
                "student": submission.student,
                "page": names[submission.key],
                "status": _status(result),
                "points": result.points,
            }
            for submission, result in rows
        ],
    }
