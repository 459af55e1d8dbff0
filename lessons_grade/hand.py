"""The teacher's own hand: marks and comments over the judge's, the rules of points, the roster, what a re-run changed.

`overrides.csv` in the output folder belongs to the teacher: the program writes its headings once and then only reads
it. A line holds a student (name, or Moodle's number), a task (number, name, title; nothing for the whole), points, a
comment, late days. A roster holds a name in each line, and Moodle's number behind it; Moodle's worksheet serves too.
"""

import json
import re
import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lessons_grade.submissions import Submission
from lessons_grade.tables import read_table, replace_file, tidy, write_table
from lessons_lib.text import text

__all__ = [
    "CHANGE",
    "UNTOUCHED",
    "Hand",
    "Mark",
    "Override",
    "changes",
    "offer_overrides",
    "read_overrides",
    "with_roster",
]

CHANGE = ("student", "task", "before", "after", "why")
_HEADS = ("student", "task", "points", "comment", "late")


@dataclass(frozen=True)
class Override:
    """What the teacher says of one task of a student, or of the whole; points None leave them."""

    points: float | None = None
    comment: str = ""
    late: int = 0


@dataclass(frozen=True)
class Mark:
    """The points that count: in all, and {task id: points}; {task id: Override}, the Override of the whole under ""."""

    points: float
    tasks: dict
    own: dict
    whole: Override


@dataclass(frozen=True)
class Hand:
    """own is what `read_overrides` gives; partial gives a function its share of right cases; late is per cent a day."""

    own: dict = field(default_factory=dict)
    partial: bool = False
    late: float = 0.0

    def mark(self, key, result, plan):
        """The Mark of a Result. The teacher's points for the whole are final: late days take nothing from them."""
        own, of = self.own.get(key, {}), {task.id: task.points for task in plan.records}
        tasks = {told.id: told.points for told in result.tasks}
        if self.partial:
            tasks |= {told.id: of[told.id] * told.right / told.cases for told in result.tasks if told.right}
        tasks |= {task: one.points for task, one in own.items() if task and one.points is not None}
        tasks, whole = {task: tidy(points) for task, points in tasks.items()}, own.get("", Override())
        points = sum(tasks.values()) * (1 - self.taken(whole) / 100)
        return Mark(tidy(points if whole.points is None else whole.points), tasks, own, whole)

    def taken(self, whole):
        """Per cent that late days take."""
        return min(100, max(0, self.late) * whole.late) if whole.points is None else 0

    def late_words(self, whole):
        """How late a student was, and what that took; "" for those in time."""
        key = f"grading.late{'.taken' if self.taken(whole) else ''}"
        return text(key, days=whole.late, percent=self.taken(whole)) if whole.late else ""

    @property
    def rules(self):
        """The rules in words, none for the usual ones."""
        late = [text("grading.rule.late", percent=self.late)] if self.late else []
        return " ".join([text("grading.rule.partial")] * self.partial + late)


UNTOUCHED = Hand()


def read_overrides(file, students, plan):
    """{submission key: {task id, or "": Override}}. Errors: ValueError that names every line that is wrong."""
    own, wrong = {}, []
    lines = enumerate(read_table(file), start=1) if file.exists() else ()
    for line, row in ((line, row) for line, row in lines if any(row)):
        name, *said = [*row, *[""] * len(_HEADS)][: len(_HEADS)]
        try:
            found = _alike(name, name, students)
            if line == 1 and not found:
                continue  # the headings
            if len(found) != 1:
                raise ValueError(text(f"grading.override.{'several' if found else 'nobody'}", student=name))
            task, override = _override(*said, plan)
            if own.setdefault(found[0].key, {}).setdefault(task, override) is not override:
                raise ValueError(text("grading.override.twice"))
        except ValueError as error:
            wrong.append(text("grading.override.line", line=line, reason=str(error)))
    if wrong:
        raise ValueError("\n  ".join([text("grading.override.wrong", file=str(file)), *wrong]))
    return own


def _override(name, points, comment, late, plan):
    """(task id, or "" for the whole; Override) of the words of a line."""
    places = {"": ("", plan.points)}
    for i, task in enumerate(plan.records, start=1):
        places |= dict.fromkeys((str(i), task.id, task.name, task.title.casefold()), (task.id, task.points))
    if name.casefold() not in places:
        raise ValueError(text("grading.override.task", task=name))
    task, most = places[name.casefold()]
    number = float(points.replace(",", ".")) if re.fullmatch(r"\d+([.,]\d+)?", points) else None
    if points and (number is None or number > most):
        raise ValueError(text("grading.override.points", points=points, most=most))
    if not re.fullmatch(r"\d*", late) or (late and task):
        raise ValueError(text("grading.override.late", late=late))
    return task, Override(number, comment, int(late or 0))


def offer_overrides(file):
    """Write the headings where the teacher has no such file yet."""
    if not file.exists():
        write_table(file, [text(f"grading.head.{name}") for name in _HEADS], [])


def with_roster(submissions, file):
    """(the students of the roster who handed in nothing, the submissions of those who are not on it)."""
    rows = [row for row in read_table(file) if any(row)]
    if rows and len(rows[0]) > 3:  # Moodle's worksheet
        pairs = [(row[1], number[0]) for row in rows if (number := re.search(r"\d+$", row[0]))]
    else:
        pairs = [(row[0], row[1] if row[1:] and row[1].isdecimal() else "") for row in rows]
    students = [Submission(name, number, "", "", "") for name, number in pairs if name != text("grading.head.student")]
    if twice := [key for key, count in Counter(one.key for one in students).items() if count > 1]:
        raise ValueError(text("grading.roster.twice", students=", ".join(twice)))
    found = [_alike(one.student, one.identifier, students) for one in submissions]
    there = {alike[0].key for alike in found if len(alike) == 1}
    strangers = [one for one, alike in zip(submissions, found, strict=True) if len(alike) != 1]
    return [one for one in students if one.key not in there], strangers


def _alike(name, number, students):
    """The students with this number of Moodle's, else with these words in their name, else with all of the fewer."""
    words = _words(name)
    pairs = [(one, _words(one.student)) for one in students]
    found = [one for one in students if number and one.identifier == number] or [one for one, w in pairs if w == words]
    return found or [one for one, w in pairs if min(len(w), len(words)) > 1 and (w <= words or words <= w)]


def _words(name):
    name = unicodedata.normalize("NFC", name).casefold()
    return frozenset(re.findall(r"[\w'-]+", re.sub("[’ʼ`]", "'", name)))


def changes(folder, submissions, results, marks, plan, hand):
    """Write `changes.csv`: the marks that differ from those of the last whole run; leave the new ones in `marks.json`.

    Return the rows, each as `CHANGE` says.
    """
    file, now = Path(folder) / "marks.json", {"course": plan.digest, "rules": hand.rules, "students": {}}
    for one in submissions:
        mark = marks[one.key]
        own = {task: asdict(override) for task, override in mark.own.items()}
        points = {"points": mark.tasks | {"": mark.points}, "own": own}
        now["students"][one.key] = {"student": one.student, "file": results[one.key].file} | points
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else now
    titles, found = {task.id: task.title for task in plan.records} | {"": text("grading.whole")}, []
    for key, either in (before["students"] | now["students"]).items():
        sides = [run["students"].get(key, {"points": {}}) for run in (before, now)]
        for task, title in titles.items():
            old, new = (side["points"].get(task, "—") for side in sides)
            if old != new:
                why = text(f"grading.why.{_why(*sides, task, before, now)}")
                found.append((either["student"], title, old, new, why))
    heads = [text(f"grading.head.{name}") for name in CHANGE]
    write_table(Path(folder) / "changes.csv", heads, found)
    replace_file(file, json.dumps(now, ensure_ascii=False, indent=1).encode())
    return found


def _why(old, new, task, before, now):
    """The first reason for a change that holds."""
    if not (old["points"] and new["points"]):
        return "new" if new["points"] else "gone"
    own = [side["own"].get(task) if task else side["own"] for side in (old, new)]
    reasons = {"own": own, "file": [old["file"], new["file"]]}
    reasons |= {name: [before[name], now[name]] for name in ("rules", "course")}
    return next((name for name, (first, second) in reasons.items() if first != second), "again")
