"""Every string that a reader sees, by key, in the language of the course.

A language is a package beside this file (``uk``, later ``en``); each of its modules is about one topic and holds any of

``TEXT = {"topic.key": "…"}``
    Labels, captions, alt texts. ``{name}`` is filled by ``text(key, name=value)``; numbers come out with a decimal
    comma and a true minus, also with a format (``{loss:.3f}``). A literal brace is doubled, as in ``str.format``.
``QUIZ = {"chain_rule": [question, …]}``
    The questions of one chapter. A question is a dict with ``kind`` and ``prompt`` and

    * kind ``"one"`` (one right option) or ``"many"`` (any number of right options):
      ``options``, a list of ``{"text": "…", "right": True or False, "why": "…"}``, at least two of them;
    * kind ``"number"``: ``answer``, ``tolerance`` (absolute, > 0), ``why_right``, ``why_wrong``.
``PREDICT = {"chain_rule.fork": prediction}``
    A guess that the reader commits to: ``prompt``, ``options`` as in a question of kind ``"one"``, and ``finding``,
    what everybody is told after the guess.

Prompts, options and explanations of QUIZ and PREDICT may contain ``<sub> <sup> <i> <b> <code>``; everything else is
plain text. The modules are merged; the same key in two modules is an error. ``mistakes.json`` and ``models.json``, made
from the words of the exercises, hold TEXT too. The language is ``LESSONS_LANG`` or ``uk``.
"""

import functools
import importlib
import json
import math
import os
import pkgutil
import string
from importlib import resources
from numbers import Integral, Real
from types import SimpleNamespace

__all__ = ["MissingText", "has_text", "number", "prediction", "questions", "text"]

SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_KINDS = {"one", "many", "number"}


class MissingText(KeyError):
    """A key, or a value for a key, that the text tables do not have."""

    def __str__(self):
        return self.args[0]


def text(key, **values):
    """Return the string of ``key`` with its ``{names}`` filled from ``values``.

    >>> text("control.on")
    'увімкнено'
    """
    template = _lookup("TEXT", key)
    try:
        return _FORMATTER.vformat(template, (), values)
    except (KeyError, IndexError) as error:
        raise MissingText(f"text {key!r} needs a value for {error}; got {sorted(values) or 'none'}") from None


def has_text(key):
    """Say whether the current language has a string for ``key``."""
    return key in _tables(_language())["TEXT"]


def number(x, digits=None):
    """Write a number as Ukrainian prose does: decimal comma, true minus, powers of ten for the very small and large.

    ``digits`` fixes the number of decimals; without it up to six significant digits are shown.

    >>> number(-1.50), number(0.25, 3), number(1e-7), number(45)
    ('−1,5', '0,250', '1·10⁻⁷', '45')
    """
    if isinstance(x, str) or not (isinstance(x, Real) or hasattr(x, "__float__")):
        raise TypeError(f"x: expected a number, got {type(x).__name__} {x!r}")
    value = float(x)
    if math.isnan(value):
        return _lookup("TEXT", "number.nan")
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if digits is not None:
        written = f"{value:.{digits}f}"
        if float(written) == 0:
            written = written.lstrip("-")
        return _local(written)
    if isinstance(x, Integral) or (value.is_integer() and abs(value) < 1e6):
        return _local(str(int(x)))
    if 1e-4 <= abs(value) < 1e6:
        return _local(f"{value:.6g}")
    mantissa, exponent = f"{value:.5e}".split("e")
    return _local(f"{mantissa.rstrip('0').rstrip('.')}e{exponent}")


def questions(key):
    """Return the checked list of quiz questions of a chapter."""
    found = _lookup("QUIZ", key)
    if not isinstance(found, list) or not found:
        raise ValueError(f"QUIZ {key!r}: expected a non-empty list of questions, got {found!r}")
    for position, question in enumerate(found, 1):
        _check_question(question, f"QUIZ {key!r}, question {position}")
    return found


def prediction(key):
    """Return the checked prediction of ``key``."""
    found = _lookup("PREDICT", key)
    where = f"PREDICT {key!r}"
    _check_fields(found, {"prompt": str, "options": list, "finding": str}, where)
    _check_question({"kind": "one", **found}, where)
    return found


def keys(table):
    """Return all keys of ``"TEXT"``, ``"QUIZ"`` or ``"PREDICT"`` in the current language, sorted."""
    return sorted(_tables(_language())[table])


def _check_question(question, where):
    _check_fields(question, {"kind": str, "prompt": str}, where)
    kind = question["kind"]
    if kind not in _KINDS:
        raise ValueError(f"{where}: kind {kind!r}, expected one of {sorted(_KINDS)}")
    if kind == "number":
        _check_fields(question, {"answer": Real, "tolerance": Real, "why_right": str, "why_wrong": str}, where)
        if not question["tolerance"] > 0:
            raise ValueError(f"{where}: tolerance {question['tolerance']!r}, expected a number above 0")
        return
    _check_fields(question, {"options": list}, where)
    if len(question["options"]) < 2:
        raise ValueError(f"{where}: {len(question['options'])} options, expected at least 2")
    for position, option in enumerate(question["options"], 1):
        _check_fields(option, {"text": str, "right": bool, "why": str}, f"{where}, option {position}")
    right = sum(option["right"] for option in question["options"])
    if kind == "one" and right != 1:
        raise ValueError(f"{where}: {right} right options, kind 'one' needs exactly 1")


def _check_fields(found, fields, where):
    if not isinstance(found, dict):
        raise TypeError(f"{where}: expected a dict, got {type(found).__name__}")
    for name, kind in fields.items():
        if not isinstance(found.get(name), kind):
            raise ValueError(f"{where}: field {name!r} is {found.get(name)!r}, expected {kind.__name__}")
        if kind is str and not found[name].strip():
            raise ValueError(f"{where}: field {name!r} is empty")


def _local(written):
    mantissa, mark, exponent = written.partition("e")
    power = "·10" + str(int(exponent)).translate(SUPERSCRIPTS) if mark else ""
    return mantissa.replace("-", "−").replace(".", ",") + power


class _Formatter(string.Formatter):
    def format_field(self, value, format_spec):
        if isinstance(value, Real) and not isinstance(value, bool):
            return _local(format(value, format_spec)) if format_spec else number(value)
        return super().format_field(value, format_spec)


_FORMATTER = _Formatter()


def _language():
    return os.environ.get("LESSONS_LANG") or "uk"


def _lookup(table, key):
    language = _language()
    try:
        return _tables(language)[table][key]
    except KeyError:
        raise MissingText(f"no {table} {key!r} in lessons_lib/text/{language}") from None


@functools.cache
def _tables(language):
    try:
        package = importlib.import_module(f"{__name__}.{language}")
    except ModuleNotFoundError:
        known = [module.name for module in pkgutil.iter_modules(__path__) if module.ispkg]
        raise ValueError(f"LESSONS_LANG: no texts for {language!r}, expected one of {known}") from None
    modules = [
        importlib.import_module(f"{package.__name__}.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
    ]
    for name in ("mistakes", "models"):
        table = json.loads((resources.files(package) / f"{name}.json").read_text(encoding="utf-8"))
        modules.append(SimpleNamespace(__name__=name, TEXT=table))
    return _merge(modules)


def _merge(modules):
    merged = {"TEXT": {}, "QUIZ": {}, "PREDICT": {}}
    for module in modules:
        for table, entries in merged.items():
            for key, value in getattr(module, table, {}).items():
                if key in entries:
                    raise ValueError(f"{module.__name__}: {table} key {key!r} is already defined in another module")
                entries[key] = value
    return merged
