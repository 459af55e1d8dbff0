"""What a student reads after a pass: a model answer and what to notice in it, sealed until an answer is right.

The key is a slow digest of what only a right answer produces. A program: its outcomes on inputs that `keys.json` holds
and whose right outcomes stand nowhere. They are written so coarsely that whatever a check accepts gives the same key.
A number: its digits, an option: its number, both as easily guessed as by asking `check`. Other kinds accept too many
values for a key: theirs is their name, so that their words are merely out of plain sight.
"""

import base64
import functools
import hashlib
import json
from importlib import resources

import numpy as np

from lessons_lib.checks.judging import ABSOLUTE, IN_FLOAT32
from lessons_lib.checks.records import decode, fingerprint
from lessons_lib.text import MissingText, text

__all__ = ["inputs_of", "key", "opened", "sealed", "secret", "written"]

ROUNDS = 20_000  # of the digest: some 15 ms


@functools.cache
def inputs_of(task):
    """The inputs, one dict per call, on which the outcomes of a right answer are the key; none for other kinds."""
    found = json.loads((resources.files(__package__) / "keys.json").read_text(encoding="utf-8")).get(task, ())
    return [{name: decode(value) for name, value in inputs.items()} for inputs in found]


def secret(record, answer, outcomes=()):
    """What a right answer has and no wrong one, as text; `outcomes` are a program's on `inputs_of` the task."""
    if record.kind == "number":
        scale, pairs = 10 ** record.settings["decimals"], zip(np.atleast_1d(answer), record.settings["answer"])  # noqa: B905
        near = [(round(float(number) * scale) + off, mark) for number, mark in pairs for off in (-1, 0, 1)]
        return str([step for step, mark in near if fingerprint(record.id, step) == mark])
    return str(round(float(answer))) if record.kind == "choice" else "\n".join(map(written, outcomes))


def written(outcome, off=0):
    """An outcome in coarse words; `off` moves every number by so many times the most that a check tolerates.

    >>> from lessons_lib.checks.watching import Outcome
    >>> written(Outcome("value", (np.array([1.23456, -0.001]), True)))
    'value [(2,) -2: 123 0, True]'
    """
    if outcome.kind in ("value", "changed"):
        return f"{outcome.kind} {_coarse(outcome.value, off)}"
    return " ".join([outcome.kind, *outcome.names[-1:]])  # of an error's types the most general


def _coarse(value, off):
    """Numbers in units of the third digit of the largest in their array."""
    if isinstance(value, dict):
        value = [value[name] for name in sorted(value, key=str)]
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_coarse(part, off) for part in value) + "]"
    numbers = np.asarray(value)
    if isinstance(value, bool | str) or numbers.dtype.kind not in "iuf":
        return str(value)
    size = np.where(np.isfinite(numbers), np.abs(numbers.astype(float)), 0)
    size, numbers = size.max(initial=0), numbers + off * (IN_FLOAT32 * size + ABSOLUTE * size.max(initial=0))
    exponent = int(f"{size * (1 + off * IN_FLOAT32):.2e}"[5:]) - 2
    units = (f"{unit:.0f}" for unit in np.rint(numbers.ravel() / 10.0**exponent) + 0.0)
    return f"{numbers.shape} {exponent}: {' '.join(units)}"


def key(task, secret):
    """The digest of a secret, slow so that nobody tries millions of them."""
    digest = f"{task}:{secret}".encode()
    for _ in range(ROUNDS):
        digest = hashlib.sha256(digest).digest()
    return digest


def sealed(words, key):
    """The words, which the key opens, as text without a random part: the same words and key give the same text."""
    return base64.b64encode(_mixed(json.dumps(words, ensure_ascii=False).encode(), key)).decode()


def opened(task, key):
    """The words of a task in the language of the course; None where there are none, or the key is another one."""
    try:
        return json.loads(_mixed(base64.b64decode(text(f"model.{task}")), key))
    except (MissingText, ValueError):  # what another key makes of the seal is no JSON
        return None


def _mixed(data, key):
    """Data and a stream of digests of the key, bit by bit: done twice, it is undone."""
    stream = b"".join(hashlib.sha256(key + i.to_bytes(4)).digest() for i in range(len(data) // 32 + 1))
    return bytes(a ^ b for a, b in zip(data, stream, strict=False))
