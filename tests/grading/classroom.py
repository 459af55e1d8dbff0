"""Notebooks as students hand them in, honest and hostile, each with the grade it has earned."""

import json
import re
from dataclasses import dataclass
from functools import cache
from textwrap import indent

import exercises
from lessons_lib.checks import records
from tools import exercises as tool

CHAPTER, SEED = "losses", 4


@dataclass(frozen=True)
class HandedIn:
    """A file, the status and the points that it must get."""

    content: bytes
    points: int
    status: str = "graded"


@cache
def tasks():
    return {task.name: task for task in exercises.tasks_of(CHAPTER)}


@cache
def points(*names):
    """The points of the named tasks, of all when none is named."""
    return sum(task.points for name, task in tasks().items() if not names or name in names)


@cache
def solved(wrongly=False):
    """{name: the right answer, or a known mistake}"""
    wrong = {name: next(iter(task.wrongs.values())) for name, task in tasks().items() if wrongly}
    return {name: tool.solution(task, wrong.get(name)) for name, task in tasks().items()}


@cache
def released():
    return tool.serialize(tool.notebook(CHAPTER))


def handed_in(answers, earned, status="graded", change=None):
    """`change` gets the notebook's JSON and may do to it what students do."""
    content = json.loads(released())
    for cell in content["cells"]:
        cell["source"] = answers.get(cell["id"].replace("-", "_"), cell["source"])
    if change:
        change(content)
    return HandedIn(json.dumps(content, ensure_ascii=False).encode(), earned, status)


def attack(code):
    """All right, but the cell of the task `mse` holds this: by itself that task has no points."""
    return handed_in(solved() | {"mse": code}, points() - points("mse"))


def before(name, source):
    """A change: these lines stand first in the cell of this name."""

    def change(content):
        cell = next(cell for cell in content["cells"] if cell["id"] == name)
        cell["source"] = source + "".join(cell["source"])

    return change


def after(name, source):
    """A change: a cell of the student's own behind the cell of this name."""

    def change(content):
        place = next(i for i, cell in enumerate(content["cells"]) if cell["id"] == name)
        content["cells"].insert(place + 1, {"cell_type": "code", "id": "mine", "metadata": {}, "source": source})

    return change


def _nbformat_3(content):
    cells = [
        {"cell_type": cell["cell_type"], "input": cell["source"], "language": "python"}
        for cell in content["cells"] if cell["cell_type"] == "code"
    ]  # fmt: skip
    content["worksheets"] = [{"cells": cells}]
    del content["cells"]
    content["metadata"]["kernelspec"] = {"language": "Python3"}


MAGICS = "%matplotlib inline\n!ls\n%time x = 1\nif True:\n    !ls\n"
RIGHT = "def mse(y_pred, y_true):\n    return np.mean((y_pred - y_true) ** 2)\n"


def says(*messages):
    """Code that sends messages to the judge, wherever the way to it may be, and ends before the child can speak."""
    lines = "".join(json.dumps(message) + "\n" for message in messages).encode()
    write = f"    try:\n        os.write(fd, {lines})\n    except OSError:\n        pass\n"
    return f"import os\nfor fd in range(3, 10):\n{write}os._exit(0)"


def outcomes(outcome):
    return {"task": "losses.mse", "outcomes": [outcome | {"names": []}] * 6}


DTYPES = [("f8,(1,,2)f8", [1]), ("f8,U25000000", [1]), ("float64", [-1, "x"]), (["f8"], [1]), ("float64", 5)]
ARRAYS = [{"array": [1.0], "dtype": dtype, "shape": shape} for dtype, shape in DTYPES]
PATCHES = {
    "patched allclose": "import numpy as np\nnp.allclose = np.isclose = np.array_equal = lambda *a, **k: True",
    "patched checks": (
        "import lessons_lib.checks as c\nimport lessons_lib.checks.judging as j\n"
        "c.check = lambda *a: None\nj.difference = lambda *a: None\nj.judge_outcomes = lambda *a: j.PASSED"
    ),
    "patched watch": (
        "import sys\nmain = sys.modules['__main__']\n"
        "from lessons_lib.checks.watching import Outcome\nimport lessons_lib.checks.watching as w\n"
        "main.call = w.call = lambda *a, **k: Outcome('value', 0.0)"
    ),
    "numbers that equal all": (
        "class Same(float):\n    __eq__ = lambda *a: True\n    __sub__ = __rsub__ = lambda *a: 0.0\n"
        "import builtins\nbuiltins.float = Same"
    ),
    "asserts stripped": (
        "import ast\nclass Strip(ast.NodeTransformer):\n    def visit_Assert(self, node):\n        return None\n"
        "try:\n    get_ipython().ast_transformers.append(Strip())\nexcept NameError:\n    pass"
    ),
    "claims to have passed": says(
        *({"task": task, "passed": True, "points": 99, "outcomes": []} for task in ("losses.mse", "losses.mse_by_hand"))
    ),
    "claims a status": says(*(outcomes({"kind": kind}) for kind in ("passed", "unsolved", "mistake", "passed"))),
    "claims it through an error of a cell": says(
        *({"cell": cell, "error": {"kind": "passed"}} for cell in range(20)),
        {"task": "losses.mse", "missing": True},
        {"end": True},
    ),
    "sends names that are none": says({"task": []}, {"cell": {}}, {"start": "task", "of": []}),
    "speaks and ends at once": says({"cell": 0, "end": True}, {"task": "losses.mse", "end": True}, {}, {"end": [1]}),
    "sends a dtype that is code": says(*(outcomes({"kind": "value", "value": array}) for array in ARRAYS)),
    "sends functions": says(outcomes({"kind": "value", "value": {"function": "antigravity:x"}})),
}

CALLED = {  # what mse does when it is called
    "endless loop that swallows": "while True:\n    try: x = 1\n    except BaseException: pass",
    "endless loop in C": "return sum(range(10**13))",
    "twenty gigabytes": "return np.ones(20 * 10**9 // 8).sum()",
    "kills all": "import os, signal; os.kill(-1, signal.SIGKILL)",
    "exit when called": "import os; os._exit(0)",
    "SystemExit": "raise SystemExit",
    "crash": "import ctypes; ctypes.string_at(0)",
    "prints 160 MB": "for _ in range(160): print('x' * 10**6)",
    "writes 160 MB": (
        "import os\nfor fd in range(1, 10):\n    try:\n        for _ in range(160): os.write(fd, b'x' * 10**6)\n"
        "    except OSError: pass"
    ),
    "fork bomb": "import os\nwhile True: os.fork()",
    "left-over process": (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(PORT)'], start_new_session=True)"
    ),
    "thread": "import threading, time; threading.Thread(target=time.sleep, args=[600]).start()",
    "network": "import socket; socket.create_connection(('127.0.0.1', PORT), 2)",
    "file of the teacher": "open('TRAP', 'w').write('x')",
    "huge answer": "return np.zeros(10**7)",
    "deep answer": "x = []\nfor _ in range(10**5): x = [x]\nreturn x",
    "calls the library": "from lessons_lib import mse as theirs; return theirs(y_pred, y_true)",
    "half a character": "raise ValueError('\\ud800')",
}
ENDINGS = {name: f"def mse(y_pred, y_true):\n{indent(body, '    ')}\n" for name, body in CALLED.items()} | {
    "endless loop": "while True: pass\n" + RIGHT,
    "exit at once": "import os\nos._exit(0)\n" + RIGHT,
    "hard-coded visible outputs": "OUTPUTS = VISIBLE\ndef mse(y_pred, y_true):\n    return OUTPUTS.pop(0)\n",
    "syntax error": "def mse(y_pred, y_true)\n    return 0.0\n",
    "deleted in a later cell": RIGHT + "del mse\n",
    "fault at the top": "1 / 0\n" + RIGHT,
}


def _lost_metadata(content):
    content["metadata"] = {}
    for cell in content["cells"]:
        cell["metadata"] = {}
        cell.pop("id")


def _answers_in_checks(content):
    """The answer is written into the cell that checks it."""
    cells = {cell["id"]: cell for cell in content["cells"]}
    cells["mse-check"]["source"] = f"{RIGHT}\ncheck('losses.mse', mse)"
    content["cells"].remove(cells["mse"])


@cache
def honest():
    """Name → HandedIn: what honest students do to a file."""
    right = solved()
    some = {name: right[name] for name in list(right)[:2]}
    whole = handed_in(right, points())
    found = {
        "all right": whole,
        "stub": handed_in({}, 0),
        "two of them": handed_in(some, points(*some)),
        "other right": handed_in(right | {"mse": tasks()["mse"].rights[1]}, points()),
        "BOM": HandedIn(b"\xef\xbb\xbf" + whole.content, points()),
        "UTF-16": HandedIn(whole.content.decode().encode("utf-16"), points()),
        "cp1251": HandedIn(whole.content.decode().encode("cp1251", errors="ignore"), points()),
    }
    changes = {
        "lost metadata": _lost_metadata,
        "deleted checks": lambda content: content.update(
            cells=[c for c in content["cells"] if "-check" not in c["id"]]
        ),
        "copied cells": lambda content: content.update(cells=content["cells"] * 2),
        "altered check": before("mse-check", "raise KeyboardInterrupt\n"),
        "answer in the check": _answers_in_checks,
        "magics": after("how-to", MAGICS),
        "redefined after its check": after("mse-check", "mse = mse(np.ones(2), np.zeros(2))"),
        "deleted after its check": after("mse-check", "del mse"),
        "a slow cell of its own": after("mse-check", "import time\ntime.sleep(2)"),
        "a noisy cell of its own": after("mse-check", "print('x' * 10**6)"),
        "nbformat 3": _nbformat_3,
    }
    found |= {name: handed_in(right, points(), change=change) for name, change in changes.items()}
    helper = "import math\ndef mean(x):\n    return math.fsum(x.ravel()) / x.size\n"
    uses = right | {"mse": "def mse(y_pred, y_true):\n    return mean((y_pred - y_true) ** 2)\n"}
    found["helper in another cell"] = handed_in(uses, points(), change=after("how-to", helper))
    for place in ("imports", "set-up", "mse-check"):
        found[f"helper in {place}"] = handed_in(uses, points(), change=before(place, helper))
    for line in ("np.mean?", "files = !ls", "t = %timeit -o np.ones(3)", "display('x')", "await asyncio.sleep(0)"):
        source = f"import asyncio\n{line}\n{right['mse']}"
        found[f"in the answer: {line}"] = handed_in(right | {"mse": source}, points())
    # Like a magic, but inside of an expression.
    lines = RIGHT.replace("(y_pred - y_true)", "(abs(y_pred - y_true)\n% 1e9\n)")
    found["a line that begins with %"] = handed_in(right | {"mse": lines}, points())
    return found | {f"mistake {key}": attack(source) for key, source in tasks()["mse"].wrongs.items()}


@cache
def hostile(port, trap):
    """Name → HandedIn: none may gain a point that it did not earn."""
    visible = [float(case.expected.value) for case in records.load(CHAPTER)["mse"].cases]  # every student has these
    values = {"PORT": str(port), "TRAP": str(trap), "VISIBLE": repr(visible)}
    codes = {name: re.sub("|".join(values), lambda word: values[word[0]], code) for name, code in ENDINGS.items()}
    found = {name: attack(code) for name, code in codes.items()}
    found |= {name: handed_in(solved(wrongly=True), 0, change=after("how-to", code)) for name, code in PATCHES.items()}
    whole = handed_in(solved(), points()).content
    refused = {
        "empty": b"",
        "truncated": whole[: len(whole) // 2],
        "HTML": b"<!DOCTYPE html><html><body>Sign in</body></html>",
        "binary": bytes(range(256)) * 100,
        "foreign kernel": whole.replace(b'"language": "python"', b'"language": "R"'),
        "a list": b"[1, 2]",
        "deep JSON": b"[" * 100_000,
        "cells that are none": b'{"cells": [1, null, {"cell_type": "code", "source": 5}]}',
        "too large": b" " * (21 << 20) + b"{}",
    }
    found |= {name: HandedIn(content, 0, "rejected") for name, content in refused.items()}
    return found | {
        "only exits": handed_in({"mse": "import os\nos._exit(0)\n" + RIGHT}, 0, "died"),
        "only loops": handed_in({"mse": "sum(range(10**13))\n" + RIGHT}, 0, "timed out"),
    }
