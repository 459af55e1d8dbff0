"""How a task is defined: a class, read from top to bottom as the student meets it.

The class's name is the name that the student defines; its docstring is the title (first line) and the statement, in
Markdown. Then `points`, `hints`, and functions without `self`, recognised by their names:

    inputs(rng, case)       arguments as a dict; case 0 is the smallest, with round numbers: it is what feedback shows
    right(…)                the right answer; its signature is the stub's
    right_<how>(…)          other right answers, at least two for functions
    wrong_<mistake>(…)      known mistakes; `mistake.<mistake>` in lessons_lib/text/uk is the feedback
    broken_<mistake>(…)     only in Repair: the faulty program that the student is given

Every answer is taken as source text, renamed to the task's name, and run like a student's cell: it sees only what the
notebook imports (`np` and the chapter's `IMPORTS`).
"""

import inspect
import re
import textwrap
from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from lessons_lib.checks.records import Case, Record, fingerprint
from lessons_lib.checks.watching import call

CASES = 6


class Task(ABC):
    """What all kinds of task have in common."""

    kind = ""
    points = 1
    hints = ()
    figure = ""  # code of a cell that draws, before the student's cell

    def __init__(self):
        cls = type(self)
        self.name, self.chapter = cls.__name__, cls.__module__.rpartition(".")[2]
        self.id = f"{self.chapter}.{self.name}"
        self.title, _, statement = inspect.getdoc(cls).partition("\n")
        self.statement = statement.strip()

    def answers(self, prefix):
        """{what follows the prefix: source of the answer, under the task's name}, in the order of definition."""
        found = {}
        for name, value in vars(type(self)).items():
            if name == prefix or name.startswith(f"{prefix}_"):
                found[name[len(prefix) + 1 :]] = self.source_of(value)
        return found

    def source_of(self, function):
        source = textwrap.dedent(inspect.getsource(function))
        return re.sub(r"^def \w+\(", f"def {self.name}(", source, count=1)

    @property
    def rights(self):
        """Sources of the right answers; the first is the one shown to teachers."""
        return list(self.answers("right").values())

    @property
    def wrongs(self):
        """{mistake: source}"""
        return self.answers("wrong")

    @property
    def stub(self):
        """The untouched code cell."""
        return f"{self.name} = None\n"

    def record(self, seed):
        """The Record that judges this task with the inputs of a seed."""
        settings, cases = self.judged_by(seed)
        return Record(self.id, self.kind, self.points, self.title, self.stub, settings, cases)

    @abstractmethod
    def judged_by(self, seed):
        """(settings, cases) of the Record for a seed."""


class Function(Task):
    """Write a function."""

    kind = "function"
    allows = ()  # functions of lessons_lib that the answer may call
    changes = ()  # arguments that the answer changes in place

    @property
    def stub(self):
        lines = self.rights[0].split("\n")
        end = next(i for i, line in enumerate(lines) if line.rstrip().endswith(":"))
        return "\n".join([*lines[: end + 1], "    ...", ""])

    def judged_by(self, seed):
        settings = {"allows": list(self.allows), "changes": list(self.changes)}
        right = self.defined(self.rights[0])
        wrongs = {mistake: self.defined(source) for mistake, source in self.wrongs.items()}
        cases = []
        for case in range(CASES):
            inputs = type(self).inputs(np.random.default_rng([seed, case]), case)
            expected = call(right, inputs, **settings)
            mistakes = {mistake: call(wrong, inputs, **settings) for mistake, wrong in wrongs.items()}
            cases.append(Case(inputs, expected, mistakes))
        return settings, tuple(cases)

    def defined(self, source):
        """The function that a cell with this source defines in the chapter's notebook."""
        return _run(self, source)


class Repair(Function):
    """Find and repair the one fault of a program."""

    @property
    def stub(self):
        (source,) = self.answers("broken").values()
        return source

    @property
    def wrongs(self):
        return self.answers("wrong") | self.answers("broken")


class Value(Task):
    """A task whose answer is a value: the functions right and wrong_… take no arguments and return it."""

    def value(self, source):
        """What a right_… or wrong_… function returns."""
        return _run(self, source)()

    def cell(self, source):
        """The student's cell with this answer."""
        return f"{self.name} = {self.value(source)!r}\n"


class Number(Value):
    """Work out by hand: one number, or a tuple of numbers, to so many decimals."""

    kind = "number"
    decimals = 3

    def judged_by(self, seed):
        right = self._marks(self.rights[0])
        mistakes = {mistake: self._marks(source) for mistake, source in self.wrongs.items()}
        return {"decimals": self.decimals, "size": len(right), "answer": right, "mistakes": mistakes}, ()

    def value(self, source):
        """The number as a student writes it: rounded, without NumPy's types."""
        return _rounded(super().value(source), self.decimals)

    def _marks(self, source):
        numbers = self.value(source)
        numbers = numbers if isinstance(numbers, tuple) else (numbers,)
        return [fingerprint(self.id, round(number * 10**self.decimals)) for number in numbers]


class Choice(Value):
    """Read a figure or a text and choose; options are numbered from 1."""

    kind = "choice"
    options = ()

    def judged_by(self, seed):
        answer = fingerprint(self.id, self.value(self.rights[0]))
        mistakes = {mistake: fingerprint(self.id, self.value(source)) for mistake, source in self.wrongs.items()}
        return {"options": len(self.options), "answer": answer, "mistakes": mistakes}, ()


class Tune(Value):
    """Choose hyperparameters that reach a goal; a trial of lessons_lib.checks.trials runs the training."""

    kind = "tune"
    trial = ""
    goal = 0.0
    start: ClassVar = {}  # what the stub holds
    limits: ClassVar = {}  # {name: ("float" or "int", low, high)}

    @property
    def stub(self):
        return self._written(self.start)

    def cell(self, source):
        return self._written(self.value(source))

    def judged_by(self, seed):
        limits = {name: list(limit) for name, limit in self.limits.items()}
        seed = 0  # for everybody: settings hide nothing, and what reaches the goal for a student must for the teacher
        return {
            "trial": self.trial,
            "goal": self.goal,
            "seed": seed,
            "start": dict(self.start),
            "limits": limits,
            "mistakes": list(self.wrongs),
        }, ()

    def _written(self, settings):
        lines = [f"    {name!r}: {value!r},".replace("'", '"') for name, value in settings.items()]
        return "\n".join([f"{self.name} = {{", *lines, "}", ""])


def namespace(chapter):
    """The names that a chapter's notebook imports, freshly."""
    from exercises import definitions

    names = {"__name__": "__main__", "__builtins__": __builtins__}
    exec(imports(definitions(chapter)), names)
    return names


def imports(module):
    """The import lines of a chapter's notebook."""
    names = ", ".join(["check", "progress", *module.IMPORTS])
    if len(names) > 50:  # a cell of the site is 78 characters wide
        names = "(\n" + textwrap.fill(names + ",", 78, initial_indent="    ", subsequent_indent="    ") + "\n)"
    return f"import numpy as np\n\nfrom lessons_lib import {names}\n"


def _run(task, source):
    names = namespace(task.chapter)
    exec(compile(source, f"<{task.id}>", "exec"), names)
    return names[task.name]


def _rounded(value, decimals):
    if isinstance(value, tuple):
        return tuple(_rounded(number, decimals) for number in value)
    return round(float(value), decimals)
