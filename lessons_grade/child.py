"""Runs a student's cells in the sandbox, then the calls that the judge asks for. Returns only data.

Reads one JSON object from standard input and writes JSON objects, one per line, to what was standard output. Nobody
trusts what it says: the parent compares the numbers with its own.

    in   {"cells": [[index, source], …], "tasks": [{"id", "name", "kind", "allows", "changes", "inputs"}, …],
          "memory": bytes, "seconds": seconds of one task}
    out  {"start": "cell" or "task", "of": index or id}, then {"cell": index, "error": …} or
          {"task": id, …}; {"end": true}
"""

import contextlib
import inspect
import json
import os
import sys

import numpy as np

from lessons_lib.checks import records
from lessons_lib.checks.watching import call

LARGEST_VALUE = 100_000  # numbers in one answer


def main():
    request = json.loads(sys.stdin.buffer.read())
    say = _private_channel()
    _limit(request["memory"])
    names = {"__name__": "__main__"}
    for index, source in request["cells"]:
        say({"start": "cell", "of": index})
        say({"cell": index, "error": _run_cell(source, names, request["seconds"])})
    for task in request["tasks"]:
        say({"start": "task", "of": task["id"]})
        say({"task": task["id"]} | _answer(task, names, request["seconds"]))
    say({"end": True})


def _private_channel():
    """Keep the channel to the parent, and discard everything that is printed."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)

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


def _run_cell(source, names, seconds):
    """Execute one cell; None, or what went wrong."""

    def cell():
        exec(compile(source, "<cell>", "exec"), names)

    outcome = call(cell, {}, seconds=seconds)
    return None if outcome.kind == "value" else {"kind": outcome.kind, "names": list(outcome.names)} | outcome.detail


def _answer(task, names, seconds):
    if task["name"] not in names:
        return {"missing": True}
    answer = names[task["name"]]
    if task["kind"] != "function":
        return {"value": _data(answer)}
    if not callable(answer):
        return {"not_function": _data(answer)}
    inputs = [{name: records.decode(value) for name, value in case.items()} for case in task["inputs"]]
    try:
        inspect.signature(answer).bind(*inputs[0])
    except (TypeError, ValueError):
        return {"signature": True}
    outcomes = []
    for case in inputs:
        outcome = call(answer, case, allows=task["allows"], changes=task["changes"], seconds=seconds)
        plain = {"kind": outcome.kind, "names": list(outcome.names), "detail": outcome.detail}
        outcomes.append(plain | ({"value": _data(outcome.value)} if outcome.kind in ("value", "changed") else {}))
        if outcome.kind in ("timeout", "flood", "library"):
            break
    return {"outcomes": outcomes}


def _data(value):
    """The value in a form that JSON can hold; for what is no data, or too much of it, the name of its type."""
    try:
        if _size(value) <= LARGEST_VALUE and not callable(value):
            return records.encode(value)
    except (TypeError, ValueError, RecursionError, AttributeError):
        pass
    return type(value).__name__


def _size(value):
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    return sum(map(_size, value)) if isinstance(value, list | tuple) else 1


if __name__ == "__main__":
    main()
