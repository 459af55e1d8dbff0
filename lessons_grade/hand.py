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

from lessons_grade.submissions import Submission, by_name
from lessons_grade.tables import read_table, tidy, write_table
from lessons_lib.text import text

__all__ = ["UNTOUCHED", "Hand", "Mark", "Override", "changes", "offer_overrides", "read_overrides", "with_roster"]

_HEADS = ("student", "task", "points", "comment", "late")


@dataclass(frozen=True)
class Override:
    """What the teacher says of one task of a student, or of the whole; points None leave them."""

    points: float | None = None
    comment: str = ""
    late: int = 0


@dataclass(frozen=True)
class Mark:
    """The points that count: in all, and {task id: points}; {task id, or "" for the whole: Override}."""

    points: float
    tasks: dict
    own: dict

    @property
    def whole(self):
        return self.own.get("", Override())


@dataclass(frozen=True)
class Hand:
    """own is what `read_overrides` gives; partial gives a function its share of right cases; late is per cent a day."""

    own: dict = field(default_factory=dict)
    partial: bool = False
    late: float = 0.0

    def mark(self, key, result, plan):
        """The Mark of a Result. The teacher's points for the whole are final: late days take nothing from them."""
        own, of = self.own.get(key, {}), {task.id: task.points for task in plan.records}
        tasks = {told.id: self._earned(told, of[told.id]) for told in result.tasks}
        tasks |= {task: one.points for task, one in own.items() if task and one.points is not None}
        whole = own.get("", Override())
        points = sum(tasks.values()) * max(0.0, 1 - self.late / 100 * whole.late)
        return Mark(tidy(points if whole.points is None else whole.points), tasks, own)

    def _earned(self, told, of):
        return tidy(of * told.right / told.cases) if self.partial and told.right and not told.points else told.points

    def late_words(self, mark):
        """How late a student was, and what that took; "" for those in time."""
        taken = min(100, self.late * mark.whole.late) if mark.whole.points is None else 0
        key = f"grading.late{'.taken' if taken else ''}"
        return text(key, days=mark.whole.late, percent=taken) if mark.whole.late else ""

    @property
    def rules(self):
        """The rules in words, none for the usual ones."""
        late = [text("grading.rule.late", percent=self.late)] if self.late else []
        return " ".join([text("grading.rule.partial")] * self.partial + late)


UNTOUCHED = Hand()


def read_overrides(file, students, plan):
    """{submission key: {task id, or "": Override}}. Errors: ValueError that names every line that is wrong."""
    own, wrong = {}, []
    for line, row in enumerate(read_table(file)[1:] if file.exists() else (), start=2):
        name, task, points, comment, late = [*row, *[""] * len(_HEADS)][: len(_HEADS)]
        try:
            found = _alike(name, name, students)
            if len(found) != 1:
                raise ValueError(text(f"grading.override.{'several' if found else 'nobody'}", student=name))
            task, most = _task(task, plan)
            of_student = own.setdefault(found[0].key, {})
            if task in of_student:
                raise ValueError(text("grading.override.twice"))
            of_student[task] = Override(_points(points, most), comment, _days(late, task))
        except ValueError as error:
            wrong.append(text("grading.override.line", line=line, reason=str(error)))
    if wrong:
        raise ValueError("\n  ".join([text("grading.override.wrong", file=str(file)), *wrong]))
    return own


def offer_overrides(file):
    """Write the headings where the teacher has no such file yet."""
    if not file.exists():
        write_table(file, [text(f"grading.head.{name}") for name in _HEADS], [])


def with_roster(submissions, file):
    """(the students of the roster who handed in nothing, the submissions of those who are not on it)."""
    rows = read_table(file)
    if rows and len(rows[0]) > 3:  # Moodle's worksheet
        pairs = [(row[1], number[0]) for row in rows if (number := re.search(r"\d+$", row[0]))]
    else:
        pairs = [(row[0], row[1] if row[1:] and row[1].isdecimal() else "") for row in rows]
    students = [Submission(name, number, "", "", "") for name, number in pairs if name != text("grading.head.student")]
    if twice := [key for key, count in Counter(one.key for one in students).items() if count > 1]:
        raise ValueError(text("grading.roster.twice", students=", ".join(twice)))
    found = {one.key: _alike(one.student, one.identifier, students) for one in submissions}
    there = {alike[0].key for alike in found.values() if len(alike) == 1}
    strangers = [one for one in submissions if len(found[one.key]) != 1]
    return sorted((one for one in students if one.key not in there), key=by_name), strangers


def changes(folder, submissions, results, marks, plan, hand):
    """Compare with the marks that the last whole run left in `marks.json`, and leave these there.

    Return [(student, task, before, after, why)] of the marks that differ.
    """
    file = Path(folder) / "marks.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    now = {"course": plan.digest, "rules": hand.rules, "students": {}}
    for one in submissions:
        mark = marks[one.key]
        own = {task: asdict(override) for task, override in mark.own.items()}
        kept = {"student": one.student, "file": results[one.key].file, "own": own}
        now["students"][one.key] = kept | {"points": mark.tasks | {"": mark.points}}
    file.write_text(json.dumps(now, ensure_ascii=False, indent=1), encoding="utf-8")
    titles, found = {task.id: task.title for task in plan.records} | {"": text("grading.whole")}, []
    for key in {**now["students"], **before["students"]} if before else ():
        old, new = before["students"].get(key), now["students"].get(key)
        for task in titles:
            pair = [(side or {"points": {}})["points"].get(task, "—") for side in (old, new)]
            if pair[0] != pair[1]:
                found.append(((new or old)["student"], titles[task], *pair, text(_why(old, new, task, before, now))))
    return found


def _why(old, new, task, before, now):
    """The key of the reason why a mark has changed."""
    if not (old and new):
        return f"grading.why.{'new' if new else 'gone'}"
    places = {task} if task else {*old["own"], *new["own"]}
    reasons = {
        "own": any(old["own"].get(place) != new["own"].get(place) for place in places),
        "file": old["file"] != new["file"],
        "rules": before["rules"] != now["rules"],
        "course": before["course"] != now["course"],
        "again": True,
    }
    return f"grading.why.{next(name for name, holds in reasons.items() if holds)}"


def _alike(name, number, students):
    """The students with this number of Moodle's, else with these words in their name, else with all of the fewer."""
    words = _words(name)
    same = [one for one in students if number and one.identifier == number]
    same = same or [one for one in students if _words(one.student) == words]
    return same or [
        one
        for one in students
        if min(len(words), len(_words(one.student))) > 1
        and (words <= _words(one.student) or words >= _words(one.student))
    ]


def _words(name):
    name = unicodedata.normalize("NFC", name).casefold()
    return frozenset(re.findall(r"[\w'-]+", re.sub("[’ʼ`]", "'", name)))


def _task(words, plan):
    """(the id of the task that these words name, "" for the whole; the most points)."""
    if not words:
        return "", plan.points
    for i, task in enumerate(plan.records, start=1):
        if words.casefold() in (str(i), task.id, task.name, task.title.casefold()):
            return task.id, task.points
    raise ValueError(text("grading.override.task", task=words))


def _points(words, most):
    if not words:
        return None
    if not re.fullmatch(r"\d+([.,]\d+)?", words) or not float(words.replace(",", ".")) <= most:
        raise ValueError(text("grading.override.points", points=words, most=most))
    return tidy(float(words.replace(",", ".")))


def _days(words, task):
    if not (re.fullmatch(r"\d*", words) and not (words and task)):
        raise ValueError(text("grading.override.late", late=words))
    return int(words or 0)
