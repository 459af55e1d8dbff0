"""Run programs of a record: one that a student puts together from given lines, and those that a student's inputs test.

No line of a student's runs here, and inputs are small and lie within stated bounds. So nothing has to be watched, and a
check and the grader, which works in threads, do the same.
"""

from importlib import import_module
from numbers import Integral

import numpy as np

from lessons_lib.checks.watching import Outcome, copied, finished, place, snapshot, types_of

__all__ = ["Outside", "defined", "numbers_problem", "read_input", "run"]

LARGEST = 60  # numbers in one array of an input


def defined(source, name, imports):
    """The function `name` of a program that sees NumPy and what the chapter imports. Errors: SyntaxError."""
    library = import_module("lessons_lib")
    names = {"__name__": "program", "np": np} | {imported: getattr(library, imported) for imported in imports}
    exec(source, names)
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


def numbers_problem(answer, lines, extra):
    """What is wrong with the form of an answer that orders so many lines, `extra` of which are wrong; or None."""
    numbers = answer.tolist() if isinstance(answer, np.ndarray) else answer
    if not isinstance(numbers, list | tuple) or not numbers or not all(map(_is_whole, numbers)):
        return {"what": "list", "given": answer}
    for i, number in enumerate(numbers):
        if not 1 <= number <= lines:
            return {"what": "range", "given": number, "count": lines}
        if number in numbers[:i]:
            return {"what": "twice", "given": number}
    return {"what": "all", "count": extra} if len(numbers) == lines else None


def _is_whole(n):
    if isinstance(n, Integral):
        return not isinstance(n, bool)
    return isinstance(n, float | np.floating) and float(n).is_integer()


class Outside(ValueError):
    """An input that the text does not allow; holds what the feedback says of it."""


def read_input(given, arguments):
    """The values by name of a student's input, a dict or a tuple. Errors: Outside.

    arguments  {name: (kind "float" or "int", its axes, low, high)}: a letter is a size, the same wherever it stands;
               both bounds are allowed

    >>> read_input(([[1, 2]], 1), {"z": ("float", ("n", "C"), -9, 9), "k": ("int", (), 0, 9)})
    {'z': array([[1., 2.]]), 'k': 1}
    """
    if isinstance(given, list | tuple) and len(given) == len(arguments):
        given = dict(zip(arguments, given, strict=True))
    if not isinstance(given, dict) or set(given) != set(arguments):
        raise Outside({"what": "names", "expected": ", ".join(arguments), "given": given})
    sizes, values = {}, {}
    for name, (kind, axes, low, high) in arguments.items():
        try:
            array = np.asarray(given[name])
            array = array.astype(float) if array.dtype.kind == "O" else array  # Fraction, Decimal
        except Exception:  # rows of different lengths, or an object that may raise anything
            array = np.array(None)
        fits = array.dtype.kind in "iuf" and array.ndim == len(axes) and 1 <= array.size <= LARGEST
        fits = fits and np.all((low <= array) & (array <= high)) and (kind == "float" or np.all(array % 1 == 0))
        if not fits:
            detail = {"name": name, "kind": kind, "axes": len(axes), "low": low, "high": high, "size": LARGEST}
            raise Outside({"what": "array" if axes else "number", "given": given[name]} | detail)
        if any(sizes.setdefault(axis, size) != size for axis, size in zip(axes, array.shape, strict=True)):
            raise Outside({"what": "size", "name": name, "given": array.shape})
        array = array.astype(kind)
        values[name] = array if axes else array.item()
    return values
