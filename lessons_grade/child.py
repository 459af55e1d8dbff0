"""Runs a student's cells in the sandbox as «Restart & Run All» does. Returns only data.

A task is computed where the student's `check` stands, with what the cells have defined by then, and at the end where no
check stood. Reads one JSON object from standard input and writes JSON objects, one per line, to what was standard
output. Nobody trusts what it says: the parent compares the numbers with its own.

    in   {"cells": [[index, source], …], "tasks": [{"id", "name", "kind", "allows", "changes", "inputs"}, …],
          "memory": bytes, "seconds": of one task, "cell_seconds": of one cell}
    out  {"start": "cell" or "task", "of": index or id}, then {"cell": index, "error": …} or
          {"task": id, …}, of which the last for a task counts; {"end": true}
"""

import ast
import contextlib
import inspect
import json
import math
import os
import sys
import time
import types
from importlib import import_module

import lessons_lib

if __name__ == "__main__":  # the package without what judges, which this process does not need: half of its start
    lessons_lib.checks = sys.modules["lessons_lib.checks"] = types.ModuleType("lessons_lib.checks")
    lessons_lib.checks.__path__ = [os.path.join(*lessons_lib.__path__, "checks")]

from lessons_lib.checks import records
from lessons_lib.checks.watching import call

CHECKS_AT_MOST = 20  # of one task


def main():
    request = json.loads(sys.stdin.buffer.read())
    say = _private_channel()
    _limit(request["memory"])
    tasks, checked = {task["id"]: task for task in request["tasks"]}, {}

    def check(task, answer=None):
        if (wanted := tasks.get(task) if isinstance(task, str) else None) and checked.get(task, 0) < CHECKS_AT_MOST:
            checked[task] = checked.get(task, 0) + 1
            say({"start": "task", "of": task})
            say({"task": task} | _answer(wanted, answer, request["seconds"]))

    lessons_lib.check = lessons_lib.checks.check = check
    lessons_lib.progress = lessons_lib.checks.progress = lambda chapter=None: None
    # A notebook's names are those of `__main__`; and who patches the watch patches another copy.
    sys.modules["__main__"] = types.ModuleType("__main__")
    for module in ("records", "watching"):
        del sys.modules[f"lessons_lib.checks.{module}"], vars(lessons_lib.checks)[module]
    names = vars(sys.modules["__main__"])
    names |= {"display": lambda *things, **options: None, "get_ipython": lambda: _Shell(names)}
    for index, source in request["cells"]:
        say({"start": "cell", "of": index})
        say({"cell": index, "error": _run_cell(source, names, request["cell_seconds"])})
    for task in tasks.values():
        if task["id"] not in checked and task["name"] in names:
            check(task["id"], names[task["name"]])
        elif task["id"] not in checked:
            say({"task": task["id"], "missing": True})
    say({"end": True})


class _Shell:
    """What `get_ipython()` gives: magics and shell lines do nothing, a timed cell runs."""

    def __init__(self, names):
        self.user_ns = names

    def run_cell_magic(self, name, line, cell):
        if name in ("capture", "prun", "time", "timeit"):
            exec(_compiled(cell), self.user_ns)

    def __getattr__(self, name):
        return lambda *arguments, **options: [] if name == "getoutput" else None


def _private_channel():
    """Keep the channel to the parent, and discard everything that is printed."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)

    def say(message):
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    return say


def _limit(memory):
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))  # each pipe and pair of sockets holds memory


def _run_cell(source, names, seconds):
    """Execute one cell; None, or what went wrong."""

    def cell():
        code = _compiled(source)
        if code.co_flags & inspect.CO_COROUTINE:  # an `await` outside of functions
            import_module("asyncio").run(types.FunctionType(code, names)())  # seldom needed, slow to load
        else:
            exec(code, names)

    outcome = call(cell, {}, seconds=seconds, printed=math.inf)
    fine = outcome.kind in ("value", "library")
    return None if fine else {"kind": outcome.kind, "names": list(outcome.names)} | outcome.detail


def _compiled(source):
    """The code of a cell; what only IPython understands goes through its own transformer."""
    try:
        return compile(source, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:
        try:
            from IPython.core.inputtransformer2 import TransformerManager

            python = TransformerManager().transform_cell(source)
        except (ImportError, SyntaxError):
            python = source
        return compile(python, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def _answer(task, answer, seconds):
    """What the parent compares: the value, or the outcomes on all inputs."""
    if task["kind"] != "function":
        return {"value": records.sent_value(answer)}
    if not callable(answer):
        return {"not_function": records.sent_value(answer)}
    inputs = [{name: records.decode(value) for name, value in case.items()} for case in task["inputs"]]
    try:
        inspect.signature(answer).bind(*inputs[0])
    except (TypeError, ValueError):
        return {"signature": True}
    outcomes, end = [], time.monotonic() + seconds
    for case in inputs:
        left = max(0.01, end - time.monotonic())
        outcome = call(answer, case, allows=task["allows"], changes=task["changes"], seconds=left)
        outcomes.append(records.sent(outcome))
        if outcome.kind in ("timeout", "flood", "library", "asks"):
            break
    return {"outcomes": outcomes}


if __name__ == "__main__":
    main()
