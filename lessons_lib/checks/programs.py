"""Run the programs of a record: those that a student puts together from given lines, and those that inputs test.

No line of a student's runs here, and inputs are small and lie within stated bounds. So nothing has to be watched, and a
check and the grader, which works in threads, do the same.
"""

import re
from importlib import import_module

import numpy as np

from lessons_lib.checks.watching import Outcome, copied, finished, place, snapshot, types_of

__all__ = ["defined", "numbers_problem", "read_input", "run"]

LARGEST = 60  # numbers in one array of an input


def defined(source, name, imports):
    """The function `name` of a program that sees NumPy and what the chapter imports. Errors: SyntaxError."""
    library = import_module("lessons_lib")
    names = {"__name__": "program", "np": np} | {imported: getattr(library, imported) for imported in imports}
    exec(compile(source, "<program>", "exec"), names)
    return names[name]


def run(function, inputs, changes=()):
    """The Outcome of a call with copies of the inputs; `changes` as in `watching.call`."""
    given = {name: copied(value) for name, value in inputs.items()}
    try:
        with np.errstate(all="ignore"):
            value = snapshot(function(*given.values()))
    except Exception as error:
        return Outcome("raised", names=types_of(error), detail=place(error, function))
    return finished(inputs, given, value, changes)


def missing_name(outcome):
    """The name that a program takes before it has it, or None."""
    return re.search(r"'(\w+)'", outcome.detail["message"])[1] if "NameError" in outcome.names else None


def numbers_problem(answer, lines, extra):
    """What is wrong with the form of an answer that orders so many lines, `extra` of which are wrong; or None.

    >>> numbers_problem([1, 3, 3], lines=4, extra=1)
    {'what': 'twice', 'given': 3}
    """
    if isinstance(answer, np.ndarray) and answer.ndim == 1:
        answer = answer.tolist()
    if not isinstance(answer, list | tuple):
        return {"what": "list", "given": answer}
    for i, number in enumerate(answer):
        if not isinstance(number, int | np.integer) or isinstance(number, bool):
            return {"what": "whole", "given": repr(number) if isinstance(number, float | str) else number}
        if not 1 <= number <= lines:
            return {"what": "range", "given": number, "count": lines}
        if number in answer[:i]:
            return {"what": "twice", "given": number}
    if not answer:
        return {"what": "empty"}
    return {"what": "all", "count": extra} if extra and len(answer) == lines else None


class Outside(ValueError):
    """An input that the text does not allow; `detail` says what is wrong with it."""

    def __init__(self, what, **detail):
        super().__init__(what)
        self.detail = {"what": what} | detail


def read_input(given, arguments):
    """The values by name of a student's input, a dict or a tuple. Errors: Outside.

    arguments  {name: (kind "float" or "int", its axes, low, high)}: an axis is a letter, the same size wherever it
               stands, or a size; the bounds count as allowed; a letter as the upper one stands for its size less 1

    >>> read_input(([[1, 2]], [1]), {"z": ("float", ("n", "C"), -9, 9), "labels": ("int", ("n",), 0, "C")})
    {'z': array([[1., 2.]]), 'labels': array([1])}
    """
    if isinstance(given, list | tuple) and len(given) == len(arguments):
        given = dict(zip(arguments, given, strict=True))
    if not isinstance(given, dict) or set(given) != set(arguments):
        raise Outside("names", expected=", ".join(arguments), given=given)
    sizes, values = {}, {}
    for name, (kind, axes, low, high) in arguments.items():
        array = _array(given[name])
        if array is None or array.dtype.kind not in ("biu" if kind == "int" else "biuf") or array.ndim != len(axes):
            form = f"{kind}_array" if axes else f"{kind}_number"
            raise Outside(form, name=name, axes=len(axes), given=given[name])
        for axis, size in zip(axes, array.shape, strict=True):
            if sizes.setdefault(axis, axis if isinstance(axis, int) else size) != size:
                raise Outside("size", name=name, axis=str(axis), given=array.shape)
        if not 1 <= array.size <= LARGEST:
            raise Outside("large", name=name, high=LARGEST)
        high = sizes[high] - 1 if isinstance(high, str) else high
        if not np.all((low <= array) & (array <= high)):
            raise Outside("range", name=name, low=low, high=high)
        values[name] = array.astype(int if kind == "int" else float)
        if not axes:
            values[name] = values[name].item()
    return values


def _array(value):
    try:
        return np.asarray(value)
    except Exception:  # rows of different lengths, or an object that may raise anything
        return None
