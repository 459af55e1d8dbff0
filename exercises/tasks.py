"""How a task is defined: a class, read from top to bottom as the student meets it.

The class's name is the name that the student defines; `words.py` says where its title, statement, hints and options
stand. Then `points`, and the answers, recognised by their names:

    right             the right answer; the stub takes its signature
    right_<how>       other right answers, at least two for functions
    wrong_<mistake>   known mistakes; the words of the chapter say the feedback
    broken_<mistake>  only in Repair: the faulty program that the student is given
    faulty_<mistake>  only in WriteTest: a program that the inputs shall find

An answer is a function without `self`; where a value is asked for, it is that value, or a function that returns it. A
mistake that differs from an answer in a few places lists only these, old text and new text alternating; `of` names the
answer that it changes, when that is not the first right one:

    wrong_no_mean = Changed("np.mean", "np.sum")
    wrong_no_biases = Changed(" + b1", "", " + b2", "", of="right_with_a_loop")

Tasks for functions also have `inputs(rng, case)`, which returns the arguments as a dict; case 0 is the smallest, with
round numbers: feedback shows the first case that fails. The last case that is no refusal is drawn twice, in a row. The
cases hold whatever the text allows, read in the text and not in the answers:

    sizes       each axis once of length 1, a count of 0 where it is allowed, equal sides, more layers than four, three
                axes where the shape is free, a transposed array where the answer is written in place
    thresholds  from both sides, 1.01 and 0.99 times the limit; zero itself and 1e-13 beside it; the closest two losses
    extremes    what is still allowed: β = 0 and 0.999, p between 0 and ε, a logit of 20 000, a norm of 1e-20
    arguments   both signs; never the value that a student may write instead; a function is not always the same one,
                and one that takes only a number gets one

In Order the known mistakes change or exchange whole lines; each line of an answer stands in it once. A WriteTest shows
a function, `shown`, of another name, `called`, and has broken versions of it, `faulty_<mistake>`; its answers are lists
of inputs, and `wrong_<mistake>` is one that finds all versions before this one, but not this one.

A function is taken as source text, renamed to the task's name, and run like a student's cell: it sees only what the
notebook imports (`np` and the chapter's `IMPORTS`).
"""

import inspect
import re
import sys
import textwrap
from abc import ABC, abstractmethod
from functools import cache, partial
from typing import ClassVar

import numpy as np

from exercises import definitions
from exercises.words import words_of
from lessons_lib.checks.programs import LARGEST, run
from lessons_lib.checks.records import Case, Record, fingerprint
from lessons_lib.checks.watching import call
from lessons_lib.text import text

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
    given = ""  # Markdown below the statement: what the kind of the task says by itself
    called = ""  # the name of its programs, when it is not the task's
    first = "right"  # the program that a Changed changes

    def __init__(self):
        cls = type(self)
        self.name, self.chapter = cls.__name__, cls.__module__.rpartition(".")[2]
        self.id = f"{self.chapter}.{self.name}"
        words = words_of(self.chapter).tasks[self.name]
        self.title, self.statement, self.options, self.hints = words.title, words.statement, words.options, words.hints

    def named(self, *sorts):
        """Names of the answers of some sorts, in the order of definition."""
        return [name for sort in sorts for name in vars(type(self)) if name == sort or name.startswith(f"{sort}_")]

    def source_of(self, name):
        """The program of an answer, under the task's name."""
        answer = getattr(type(self), name)
        if not isinstance(answer, Changed):
            source = textwrap.dedent(_text_of(answer))
            return re.sub(r"^def \w+\(", f"def {self.called or self.name}(", source, count=1)
        changed = answer.of or self.named(self.first)[0]
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
        for name in self.named("wrong", "broken"):
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

    def programs(self, *sorts):
        """The functions that the answers of some sorts are, or make."""
        return [self.defined(self.source_of(name)) for name in self.named(*sorts)]

    @property
    def imported(self):
        """What the chapter's notebook imports from the library."""
        return sys.modules[type(self).__module__].IMPORTS

    def judged_cases(self, seed, run):
        """The cases of a task whose answers are programs, or make one; `run` gives the Outcome of a call."""
        right, *_ = self.programs("right")
        wrongs = dict(zip(self.wrongs, self.programs("wrong", "broken"), strict=True))

        def judged(case, *draw):
            inputs = type(self).inputs(np.random.default_rng([seed, case, *draw]), case)
            return Case(inputs, run(right, inputs), {mistake: run(wrong, inputs) for mistake, wrong in wrongs.items()})

        cases = [judged(case) for case in range(self.cases)]
        last = max(place for place, case in enumerate(cases) if case.expected.kind != "raised")
        cases.insert(last + 1, judged(last, 1))  # the same shapes, other numbers: nothing may be kept between calls
        return tuple(cases)

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
        imported = {*self.imported} - {*self.forbids, self.name}
        settings = {"allows": sorted({*self.allows, *imported}), "changes": list(self.changes)}
        return settings, self.judged_cases(seed, self.runner(settings))

    def runner(self, settings):
        """What gives the Outcome of a program on inputs."""
        return partial(call, **settings)


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


class Order(Value):
    """Put lines of a program in order: those of the right one, and those that the known mistakes have instead."""

    kind = "order"
    cases = CASES
    changes = ()

    @property
    def head(self):
        return self.source_of("right").split("\n")[0]

    def body(self, name="right"):
        return self.source_of(name).rstrip().split("\n")[1:]

    @property
    def lines(self):
        """All lines below the head, in an order that the task's name chooses."""
        rng = np.random.default_rng(list(self.name.encode()))
        right, lines = self.body(), sorted({line for name in self.named("right", "wrong") for line in self.body(name)})
        while True:
            lines = rng.permutation(lines).tolist()
            if lines[0] != right[0] and [line for line in lines if line in right] != right:
                return lines

    @property
    def given(self):
        lines = self.lines
        listed = "\n".join(f"{number:>2}  {line}" for number, line in enumerate(lines, start=1))
        rule = text("check.rule.order", name=self.name, extra=len(lines) - len(self.body()))
        return f"{rule}\n\n```text\n    {self.head}\n{listed}\n```"

    def answer(self, name):
        """The numbers of an answer's lines."""
        lines = self.lines
        return [1 + lines.index(line) for line in self.body(name)]

    def judged_by(self, seed):
        lines = self.lines
        settings = {"head": self.head, "lines": lines, "extra": len(lines) - len(self.body())}
        settings |= {"changes": list(self.changes), "imports": list(self.imported)}
        return settings, self.judged_cases(seed, self.runner(settings))

    def runner(self, settings):
        """As in Function."""
        return partial(run, changes=settings["changes"])


class WriteTest(Value):
    """Find inputs on which broken versions of a function, `shown`, give another outcome: `faulty_<mistake>`."""

    kind = "test"
    points = 2
    first = "shown"
    arguments: ClassVar = {}  # see lessons_lib.checks.programs.read_input
    example = ""  # an input as a student writes it: arguments by name
    most = 1  # inputs

    @property
    def faulty(self):
        """{mistake: program}"""
        return {name.partition("_")[2]: self.source_of(name) for name in self.named("faulty")}

    @property
    def given(self):
        rule = text(
            "check.rule.test", name=self.name, of=len(self.faulty), most=self.most, example=self.example, size=LARGEST
        )
        return f"```python\n{self.source_of('shown').rstrip()}\n```\n\n{rule}"

    def judged_by(self, seed):
        arguments = {name: [kind, list(axes), *ends] for name, (kind, axes, *ends) in self.arguments.items()}
        settings = {"called": self.called, "program": self.source_of("shown"), "broken": self.faulty}
        return settings | {"arguments": arguments, "most": self.most, "imports": list(self.imported)}, ()


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
