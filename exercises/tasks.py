"""How a task is defined: a class, read from top to bottom as the student meets it.

The class's name is the name that the student defines; `words.py` says where its title, statement, hints and options
stand. Then `points`, and the answers, recognised by their names:

    right             the right answer; the stub takes its signature
    right_<how>       other right answers, at least two for functions
    wrong_<mistake>   known mistakes; the words of the chapter say the feedback
    broken_<mistake>  only in Repair: the faulty program that the student is given

An answer is a function without `self`; where a value is asked for, it is that value, or a function that returns it. A
mistake that differs from an answer in a few places lists only these, old text and new text alternating; `of` names the
answer that it changes, when that is not the first right one:

    wrong_no_mean = Changed("np.mean", "np.sum")
    wrong_no_biases = Changed(" + b1", "", " + b2", "", of="right_with_a_loop")

Tasks for functions also have `inputs(rng, case)`, which returns the arguments as a dict; case 0 is the smallest, with
round numbers: feedback shows the first case that fails.

A function is taken as source text, renamed to the task's name, and run like a student's cell: it sees only what the
notebook imports (`np` and the chapter's `IMPORTS`).
"""

import inspect
import re
import sys
import textwrap
from abc import ABC, abstractmethod
from functools import cache
from typing import ClassVar

import numpy as np

from exercises import definitions
from exercises.words import words_of
from lessons_lib.checks.records import Case, Record, fingerprint
from lessons_lib.checks.watching import call

CASES = 6
_text_of = cache(inspect.getsource)  # reads the file's tokens each time


class Changed:
    """An answer made from another one of its task, the first right one or `of`, by replacing each old text."""

    def __init__(self, *texts, of=""):
        self.changes, self.of = list(zip(texts[::2], texts[1::2], strict=True)), of


class Task(ABC):
    """What all kinds of task have in common."""

    kind = ""
    points = 1
    figure = ""  # code of a cell that draws, before the student's cell

    def __init__(self):
        cls = type(self)
        self.name, self.chapter = cls.__name__, cls.__module__.rpartition(".")[2]
        self.id = f"{self.chapter}.{self.name}"
        words = words_of(self.chapter).tasks[self.name]
        self.title, self.statement, self.options, self.hints = words.title, words.statement, words.options, words.hints

    def named(self, prefix):
        """Names of the answers of one sort, in the order of definition."""
        return [name for name in vars(type(self)) if name == prefix or name.startswith(f"{prefix}_")]

    def source_of(self, name):
        """The program of an answer, under the task's name."""
        answer = getattr(type(self), name)
        if not isinstance(answer, Changed):
            source = textwrap.dedent(_text_of(answer))
            return re.sub(r"^def \w+\(", f"def {self.name}(", source, count=1)
        changed = answer.of or self.named("right")[0]
        source = self.source_of(changed)
        for old, new in answer.changes:
            if (count := source.count(old)) != 1:
                raise ValueError(f"{self.id}: {name}: {old!r} stands {count} times in {changed}, not once")
            source = source.replace(old, new)
        return source

    def answer(self, name):
        """An answer as tests and records take it: its program, or the value where the task asks for one."""
        return self.source_of(name)

    def cell(self, answer):
        """The student's cell with this answer."""
        return answer

    def defined(self, source):
        """What a cell with this source defines, under the task's name, in the chapter's notebook."""
        names = namespace(self.chapter)
        exec(compile(source, f"<{self.id}>", "exec"), names)
        return names[self.name]

    @property
    def rights(self):
        """The right answers; the first is the one shown to teachers."""
        return [self.answer(name) for name in self.named("right")]

    @property
    def wrongs(self):
        """{mistake: answer}"""
        rights, found = self.rights, {}
        for name in self.named("wrong") + self.named("broken"):
            found[name.partition("_")[2]] = answer = self.answer(name)
            if answer in rights:
                raise ValueError(f"{self.id}: {name} is a right answer")
        return found

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
    allows = ()  # functions of lessons_lib that the answer may call, beside those that the notebook imports
    forbids = ()  # of those that the notebook imports: the answer itself
    changes = ()  # arguments that the answer changes in place
    cases = CASES  # how many there are; feedback shows the first that fails

    @property
    def stub(self):
        lines = self.rights[0].split("\n")
        end = next(i for i, line in enumerate(lines) if line.rstrip().endswith(":"))
        return "\n".join([*lines[: end + 1], "    ...", ""])

    def judged_by(self, seed):
        imported = {*sys.modules[type(self).__module__].IMPORTS} - {*self.forbids, self.name}
        settings = {"allows": sorted({*self.allows, *imported}), "changes": list(self.changes)}
        right = self.defined(self.rights[0])
        wrongs = {mistake: self.defined(source) for mistake, source in self.wrongs.items()}
        cases = []
        for case in range(self.cases):
            inputs = type(self).inputs(np.random.default_rng([seed, case]), case)
            mistakes = {mistake: call(wrong, inputs, **settings) for mistake, wrong in wrongs.items()}
            cases.append(Case(inputs, call(right, inputs, **settings), mistakes))
        return settings, tuple(cases)


class Repair(Function):
    """Find and repair the one fault of a program."""

    @property
    def stub(self):
        (broken,) = self.named("broken")
        return self.source_of(broken)


class Value(Task):
    """A task whose answer is a value: right and wrong_… are values, or functions without arguments that return them."""

    def answer(self, name):
        answer = getattr(type(self), name)
        return self.defined(self.source_of(name))() if callable(answer) or isinstance(answer, Changed) else answer

    def cell(self, answer):
        return f"{self.name} = {answer!r}\n"


class Number(Value):
    """Work out by hand: one number, or a tuple of numbers, rounded to `decimals`."""

    kind = "number"
    decimals = 3

    def judged_by(self, seed):
        right = self._marks(self.rights[0])
        mistakes = {mistake: self._marks(wrong) for mistake, wrong in self.wrongs.items()}
        return {"decimals": self.decimals, "size": len(right), "answer": right, "mistakes": mistakes}, ()

    def answer(self, name):
        """The number as a student writes it: rounded, without NumPy's types."""
        number = super().answer(name)
        if isinstance(number, tuple):
            return tuple(round(float(part), self.decimals) for part in number)
        return round(float(number), self.decimals)

    def _marks(self, numbers):
        numbers = numbers if isinstance(numbers, tuple) else (numbers,)
        return [fingerprint(self.id, round(number * 10**self.decimals)) for number in numbers]


class Choice(Value):
    """Read a figure or a text and choose; options are numbered from 1."""

    kind = "choice"

    def judged_by(self, seed):
        answer = fingerprint(self.id, self.rights[0])
        mistakes = {mistake: fingerprint(self.id, option) for mistake, option in self.wrongs.items()}
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
        return self.cell(self.start)

    def judged_by(self, seed):
        return {
            "trial": self.trial,
            "goal": self.goal,
            "seed": 0,  # for everybody: what reaches the goal for a student must reach it for the teacher
            "start": dict(self.start),
            "limits": {name: list(limit) for name, limit in self.limits.items()},
            "mistakes": list(self.wrongs),
        }, ()

    def cell(self, answer):
        lines = [f'    "{name}": {value!r},' for name, value in answer.items()]
        return "\n".join([f"{self.name} = {{", *lines, "}", ""])


def namespace(chapter):
    """The names that a chapter's notebook imports, freshly."""
    names = {"__name__": "__main__"}
    exec(imports(definitions(chapter)), names)
    return names


def imports(module):
    """The import lines of a chapter's notebook."""
    names = ", ".join(["check", "progress", *module.IMPORTS])
    if len(names) > 50:  # a cell of the site is 78 characters wide
        names = "(\n" + textwrap.fill(names + ",", 78, initial_indent="    ", subsequent_indent="    ") + "\n)"
    return f"import numpy as np\n\nfrom lessons_lib import {names}\n"
