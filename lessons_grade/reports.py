"""Write what a teacher and the students get: tables of grades, a page for each student, the summary of the class.

The pages need no network and no server. The same results give the same bytes.
"""

import re
from collections import Counter, defaultdict
from pathlib import Path
from statistics import mean, median

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lessons_grade.hand import UNTOUCHED, changes, offer_overrides
from lessons_grade.moodle import blank_worksheet, filled_worksheet, zip_of_pages
from lessons_grade.tables import tidy, write_table, write_workbook
from lessons_lib._rendering import rich
from lessons_lib.text import text

__all__ = ["fill_worksheet", "write"]

_SIGNS = {"passed": ("✓", "right"), "unsolved": ("○", ""), "missing": ("○", "")}


def write(submissions, results, plan, folder, left_out, hand=UNTOUCHED):
    """Write the tables, feedback/*.html, summary.html, and feedback.zip for Moodle into `folder`.

    submissions  in the order of the tables
    results      {submission key: Result}
    left_out     {path of a file that is no submission: why}
    hand         the teacher's own marks, comments and rules
    Return [(student, number, task, status)] where a saved ✓ is wrong, and the changes since the last run.
    """
    folder = Path(folder)
    marks = {one.key: hand.mark(one.key, results[one.key], plan) for one in submissions}
    rows = [(submission, results[submission.key], marks[submission.key]) for submission in submissions]
    heads, table = _grades(rows, plan, hand)
    write_table(folder / "grades.csv", heads, table)
    try:
        write_workbook(folder / "grades.xlsx", heads, table)
    except ImportError:  # the extra `teacher` is not installed
        print(text("grading.no_workbook"))
    _write_files(submissions, left_out, folder / "files.csv")
    titles = {task.id: task.title for task in plan.records}
    wrongly = [
        (one.student, one.identifier, titles[told.id], re.sub("<.*?>", "", told.words))
        for one, result, _ in rows for told in result.tasks if told.id in result.claimed
    ]  # fmt: skip
    heads = [text(f"grading.head.{name}") for name in ("student", "id", "task", "verdict")]
    write_table(folder / "disagree.csv", heads, wrongly)
    templates = _templates()
    pages = folder / "feedback"
    pages.mkdir(exist_ok=True)
    names = _page_names(submissions)
    student_page, written = templates.get_template("student.html"), {}
    for submission, result, mark in rows:
        shown = {"student": submission.student, "status": _status(result), "tasks": _told(result, plan, mark)}
        page = student_page.render(shown, plan=plan, result=result, mark=mark, hand=hand)
        (pages / names[submission.key]).write_text(page, encoding="utf-8")
        written[submission.key] = page.encode()
    if any(submission.identifier for submission in submissions):
        zip_of_pages(submissions, written, folder / "feedback.zip")
    summary = templates.get_template("summary.html").render(_summary(rows, names, plan), plan=plan, hand=hand)
    (folder / "summary.html").write_text(summary, encoding="utf-8")
    offer_overrides(folder / "overrides.csv")
    return wrongly, changes(folder, submissions, results, marks, plan, hand)


def fill_worksheet(worksheet, submissions, results, plan, folder, hand=UNTOUCHED):
    """Write moodle.csv, Moodle's worksheet filled; return the names of those who are not in it. Errors: ValueError.

    worksheet  the text of the file that the teacher downloaded; without it, one as Moodle in English gives is filled
    """
    marks = {one.key: hand.mark(one.key, results[one.key], plan) for one in submissions}
    marked = [one for one in submissions if results[one.key].status != "absent" or marks[one.key].own]
    given, without = [one for one in marked if one.identifier], [one.student for one in marked if not one.identifier]
    grades = {
        one.identifier: (one.student, marks[one.key].points, _comment(results[one.key], plan, marks[one.key], hand))
        for one in given
    }
    words = worksheet or blank_worksheet(given, plan.points)
    words, missing = filled_worksheet(words, grades, plan.points)
    (Path(folder) / "moodle.csv").write_text(words, encoding="utf-8", newline="")
    return without + missing


def _templates():
    settings = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "keep_trailing_newline": True}
    environment = Environment(loader=PackageLoader("lessons_grade"), **settings)
    environment.globals |= {"text": text, "language": "uk"}
    environment.filters["rich"] = lambda words: Markup(rich(words))
    return environment


def _grades(rows, plan, hand):
    """(the headings, the rows) of the table of grades."""
    heads = [text(f"grading.head.{name}") for name in ("student", "id", "status", "points", "of")]
    heads += [task.title for task in plan.records]
    heads += [text(f"grading.head.{name}") for name in ("mistakes", "comment", "late", "rules")]
    table = []
    for one, result, mark in rows:
        mistakes = "; ".join(f"{task.id}: {task.mistake}" for task in result.tasks if task.mistake)
        comments = "; ".join(own.comment for own in mark.own.values() if own.comment)
        points = [mark.tasks.get(task.id, "") for task in plan.records]
        row = [one.student, one.identifier, _status(result), mark.points, plan.points, *points]
        table.append([*row, mistakes, comments, mark.whole.late or "", hand.rules])
    return heads, table


def _comment(result, plan, mark, hand):
    """What a participant reads in Moodle: the teacher's words, then a line for each task."""
    titles = {task.id: task.title for task in plan.records}
    partial = text("grading.rule.partial") if hand.partial else ""
    lines = [words for words in (mark.whole.comment, hand.late_words(mark.whole), partial) if words]
    lines += [Markup("{}: {}").format(task.title, Markup(rich(told.words))) for task, told in _pairs(result, plan)]
    lines += [f"{titles[task]}: {own.comment}" for task, own in mark.own.items() if task and own.comment]
    return Markup("<br>").join(lines) or _status(result)


def _write_files(submissions, left_out, path):
    """Every file that was handed in, and what became of it."""
    files = {one.shown: (one.student, "taken") for one in submissions if one.shown}
    files |= {shown: ("", reason) for shown, reason in left_out.items()}
    heads = [text(f"grading.head.{name}") for name in ("file", "student", "fate")]
    fates = [(shown, who, text(f"grading.reason.{why}")) for shown, (who, why) in sorted(files.items())]
    write_table(path, heads, fates)


def _pairs(result, plan):
    tasks = {task.id: task for task in plan.records}
    return [(tasks[told.id], told) for told in result.tasks]


def _told(result, plan, mark):
    """[(task, its result, its points, the teacher's Override or None, the sign before it, the sign's class)]"""
    signs = {told.id: _SIGNS.get(told.status, ("✗", "wrong")) for told in result.tasks}
    pairs = _pairs(result, plan)
    return [(task, told, mark.tasks[task.id], mark.own.get(task.id), *signs[task.id]) for task, told in pairs]


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
    graded = [(one, result, mark) for one, result, mark in rows if result.status == "graded"]
    points = [mark.points for _, _, mark in graded] or [0]
    spread = {"low": min(points), "middle": tidy(median(points)), "high": max(points)}
    told = [(one.student, told) for one, result, _ in graded for told in result.tasks]
    solved = Counter(task.id for _, task in told if task.status == "passed")
    return {
        "graded": len(graded),
        "mean": text("grading.mean", mean=mean(points)),
        "spread": text("grading.spread", **spread),
        "solved": [(f"{i}. {task.title}", solved[task.id], []) for i, task in enumerate(plan.records, start=1)],
        "outcomes": [
            (f"{i}. {task.title}", _outcomes([(student, one) for student, one in told if one.id == task.id]))
            for i, task in enumerate(plan.records, start=1)
        ],
        "rows": [
            {"student": one.student, "page": names[one.key], "status": _status(result), "points": mark.points}
            for one, result, mark in rows
        ],
    }


def _outcomes(told):
    """[(words, how many students, their names where it is one wrong answer of several)] of a task, most first."""
    groups, shown = defaultdict(list), text("check.given")
    for student, one in told:
        values = (value for label, value in one.shown if label == shown)
        given = "".join(" " + text("grading.answered", value=value[:60]) for value in values)
        kind = one.status if one.status in (*_SIGNS, "mistake") else "other"
        groups[kind, one.mistake or one.answer, one.words + given * (kind == "other")].append(student)
    found = [
        (words, len(who), who if kind == "other" else [])
        for (kind, _, words), who in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
        if kind != "other" or len(who) > 1
    ]
    single = sum(len(who) == 1 for (kind, *_), who in groups.items() if kind == "other")
    return found + [(text("grading.others"), single, [])] * bool(single)
