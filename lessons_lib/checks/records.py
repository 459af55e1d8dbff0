"""What a check knows about a task: data, no solutions.

The definitions in ``exercises/`` hold the right answers and the known mistakes as programs. A record holds their
results: inputs, the expected outcome, and the outcome of each known mistake. ``make exercises`` writes the records that
students' notebooks use (``recorded/<chapter>.json``); a teacher's grading makes its own from a secret seed.
"""

import functools
import hashlib
import json
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from numbers import Real
from pathlib import Path

import numpy as np

from lessons_lib.checks.watching import Outcome

__all__ = ["Case", "Record", "Unknown", "decode", "encode", "fingerprint", "load", "received", "sent", "sent_value"]

_ROUNDS = 500  # a check of a wrong answer takes up to 300 digests, which must not last 0.2 s
_RECORDED = Path(__file__).with_name("recorded")


@dataclass(frozen=True)
class Case:
    """One call: the arguments by name, what is expected, and what each known mistake gives instead."""

    inputs: dict
    expected: Outcome
    mistakes: dict


@dataclass(frozen=True)
class Record:
    """Everything that judges one task.

    id        "chapter.name"
    kind      "function" (write or repair), "number", "choice", "tune", "order" or "test"
    stub      the untouched code cell
    settings  what the kind needs besides:
              function  allows, changes (see ``watching.call``)
              number    decimals, size (how many numbers), answer and mistakes as fingerprints
              choice    options (how many), answer and mistakes as fingerprints
              tune      trial (see ``trials``), goal, seed
              order     head, lines (in the order of their numbers), extra (how many are wrong), changes, imports
              test      called, program, broken (programs by mistake), arguments (see ``programs``), most, imports
    cases     for functions and orders only
    """

    id: str
    kind: str
    points: int
    title: str
    stub: str
    settings: dict = field(default_factory=dict)
    cases: tuple = ()

    @property
    def name(self):
        """The name that the student defines."""
        return self.id.partition(".")[2]


@functools.lru_cache(4096)
def fingerprint(task, steps):
    """Return a short digest of a whole number, so that nobody can read an answer in the records.

    It is slow on purpose. Yet who tries all numbers with three decimals finds the right one, here or with `check`.
    """
    digest = f"{task}:{steps}".encode()
    for _ in range(_ROUNDS):
        digest = hashlib.sha256(digest).digest()
    return digest.hex()[:16]


@functools.cache
def load(chapter):
    """Return {name: Record} of a chapter, in the order of its notebook."""
    file = _RECORDED / f"{chapter}.json"
    return {record.name: record for record in map(from_plain, json.loads(file.read_text(encoding="utf-8")))}


def chapters():
    """Return the names of all chapters that have exercises, sorted."""
    return sorted(file.stem for file in _RECORDED.glob("*.json"))


def to_plain(record):
    """Return a record in a form that JSON can hold."""
    cases = [
        {
            "inputs": {name: encode(value) for name, value in case.inputs.items()},
            "expected": _plain_outcome(case.expected),
            "mistakes": {key: _plain_outcome(outcome) for key, outcome in case.mistakes.items()},
        }
        for case in record.cases
    ]
    return vars(record) | {"cases": cases}


def from_plain(plain):
    """Return the record from which `to_plain` made this."""
    cases = tuple(
        Case(
            {name: decode(value) for name, value in case["inputs"].items()},
            received(case["expected"]),
            {key: received(outcome) for key, outcome in case["mistakes"].items()},
        )
        for case in plain["cases"]
    )
    return Record(**plain | {"cases": cases})


def _plain_outcome(outcome):
    plain = {"kind": outcome.kind}
    if outcome.kind in ("value", "changed"):
        plain["value"] = encode(outcome.value)
    if outcome.names:
        plain["names"] = list(outcome.names)
    return plain


@dataclass(frozen=True)
class Unknown:
    """What came back and is no data, or too much: the name of its type."""

    name: str


LARGEST_VALUE = 100_000  # numbers in one answer


def sent(outcome):
    """An outcome of a student's code as what JSON can hold, from the process that ran it to the one that judges it."""
    plain = {"kind": outcome.kind, "names": list(outcome.names), "detail": outcome.detail}
    return plain | ({"value": sent_value(outcome.value)} if outcome.kind in ("value", "changed") else {})


def received(plain):
    """The outcome from which `sent` made this, or which a record holds."""
    value = decode(plain.get("value"))
    return Outcome(plain["kind"], value, tuple(plain.get("names", ())), plain.get("detail", {}))


def sent_value(value, inside=False):
    """What `encode` gives; for what is no data, or too much of it, the name of its type, also in a list or tuple."""
    try:
        if _size(value) <= LARGEST_VALUE and not callable(value):
            return encode(value)
    except Exception:  # an object of the student's may raise anything when it is looked at
        pass
    if type(value) in (list, tuple) and len(value) <= 20 and not inside:
        parts = [sent_value(part, inside=True) for part in value]
        return parts if type(value) is list else {"tuple": parts}
    kind = f" {value.dtype}" if isinstance(value, np.ndarray) else ""
    return {"unknown": (type(value).__name__ + kind)[:80]}


def _size(value):
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    return sum(map(_size, value)) if isinstance(value, list | tuple) else 1


def encode(value):
    """Turn arrays, tuples, numbers that are not finite, and library functions into what JSON can hold.

    Numbers of any real kind become float, int or bool of this machine: Fraction, longdouble, another byte order.

    >>> encode((1, np.array([0.5, np.inf])))
    {'tuple': [1, {'array': [0.5, {'number': 'inf'}], 'dtype': 'float64', 'shape': [2]}]}
    """
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"value must hold real numbers, got dtype {array.dtype}")
        array = array.astype(np.float64 if array.dtype == np.longdouble else array.dtype.newbyteorder("="))
        if isinstance(value, np.generic):
            return encode(array.item())
        numbers = [encode(x) for x in array.ravel().tolist()]
        plain = {"array": numbers, "dtype": str(array.dtype), "shape": list(array.shape)}
        return plain | ({"order": "F"} if array.flags.fnc else {})
    if isinstance(value, Real | Decimal):
        number = float(value)
        return number if np.isfinite(number) else {"number": repr(number)}
    if isinstance(value, tuple):
        return {"tuple": [encode(x) for x in value]}
    if isinstance(value, list):
        return [encode(x) for x in value]
    if isinstance(value, dict):
        return {"dict": [[key, encode(x)] for key, x in value.items()]}
    if callable(value) and value.__module__.startswith("lessons_lib."):
        return {"function": f"{value.__module__}:{value.__qualname__}"}
    raise TypeError(f"value must be data or a function of lessons_lib, got {type(value).__name__} {value!r}")


def decode(plain):
    """Return what `encode` was given."""
    if isinstance(plain, list):
        return [decode(x) for x in plain]
    if not isinstance(plain, dict):
        return plain
    if "array" in plain:
        numbers = [decode(x) for x in plain["array"]]
        kind = np.intp if plain["dtype"] == "int64" else plain["dtype"]  # its own: 32 bits in a browser
        array = np.array(numbers, dtype=kind).reshape(plain["shape"])
        return np.asfortranarray(array) if "order" in plain else array
    if "number" in plain:
        return float(plain["number"])
    if "unknown" in plain:
        return Unknown(plain["unknown"])
    if "tuple" in plain:
        return tuple(decode(x) for x in plain["tuple"])
    if "function" in plain:
        module, _, name = plain["function"].partition(":")
        return functools.reduce(getattr, name.split("."), import_module(module))
    return {key: decode(x) for key, x in plain["dict"]}
