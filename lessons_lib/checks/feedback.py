"""Write verdicts in words: HTML in a notebook, the same as plain text elsewhere."""

import re
from numbers import Real

import numpy as np

from lessons_lib._rendering import Page, escape, rich, unicode_scripts
from lessons_lib.checks.records import Unknown
from lessons_lib.checks.watching import LOOK_ALIKE
from lessons_lib.text import has_text, text

__all__ = ["Feedback", "Progress", "call_like", "shown", "unknown"]

_SIGNS = {"passed": ("✓", "#1a7f37"), "unsolved": ("○", "#6e7781")}  # the colour is never alone
_WRONG = ("✗", "#b35900")
_BOX = "border-left: 4px solid {colour}; padding: 0.3em 0 0.3em 0.9em; margin: 0.4em 0; line-height: 1.5"
_MODEL = (
    '<details><summary style="cursor: pointer">{head}</summary><pre style="white-space: pre-wrap; overflow-wrap: '
    'anywhere; background: none; color: inherit; padding: 0; margin: 0.5em 0">{program}</pre>{notice}</details>'
)
_ERRORS = {  # messages of Python and NumPy, by what they say
    "matmul": r"not aligned|matmul: Input operand",
    "broadcast": r"broadcast|must match exactly|all the input array|cannot reshape",
    "index": r"out of (bounds|range)|too many indices",
    "zero": r"division (or modulo )?by zero|float division|(must not|cannot) be zero",
    "cast": r"Cannot cast",
    "operand": r"unsupported operand|ufunc|can only concatenate|can't multiply|not supported between|bad operand",
    "attribute": r"has no attribute",
    "arguments": r"positional argument|missing a required|unexpected keyword",
    "name": r"is not defined|referenced before|not associated",
    "truth": r"truth value of an array",
    "scalar": r"only (length-1|size-1|0-dimensional|integer scalar)",
    "use": r"not (subscriptable|callable|iterable|reversible)|cannot unpack|not support item|index to scalar",
    "whole": r"interpreted as an integer|indices must be integers|integer \(or boolean\)|are valid indices",
    "unequal": r"inhomogeneous",
    "unpack": r"values to unpack",
    "convert": r"invalid literal|could not convert|argument must be",
    "key": r"^KeyError",
    "module": r"^(ModuleNotFound|Import)Error",
    "memory": r"^MemoryError",
    "exit": r"^SystemExit",
    "read_only": r"read-only",
    "recursion": r"maximum recursion",
    "refused": r"must (be|have|hold)|has shape|, got | has \d+ samples",
}
_LONGEST = 600  # characters of one value


class Feedback(Page):
    """The verdict on one task and the progress in its chapter; `tasks` as in `Progress`.

    model   a program and what to notice in it, shown after a pass, folded where it can be
    """

    def __init__(self, record, verdict, tasks, model=None):
        self.record, self.verdict, self.model = record, verdict, model
        sign, colour = _SIGNS.get(verdict.status, _WRONG)
        headline, lines = headline_of(verdict), lines_of(verdict)
        foot = _total(tasks)
        below = [*(f"{label}: {value}" if label else unicode_scripts(value) for label, value in lines), foot]
        if model:
            program, notice = model
            head = text("check.model")
            below += [f"{head}:", *(f"  {line}" for line in program.splitlines()), unicode_scripts(notice)]
        plain = "\n  ".join([f"{sign} {unicode_scripts(headline)}", *below])
        markup = (
            f'<div class="ll-check" style="{_BOX.format(colour=colour)}">'
            f'<div><b style="color: {colour}" aria-hidden="true">{sign}</b> {rich(headline)}</div>'
            + "".join(map(_row, lines))
            + f'<div style="opacity: 0.75"><small>{escape(foot)}</small></div>'
            + (_MODEL.format(head=escape(head), program=escape(program), notice=rich(notice)) if model else "")
            + "</div>"
        )
        super().__init__(markup, plain)


class Progress(Page):
    """The tasks of a chapter, [(title, points, passed or None when not tried)], with their signs, and the points."""

    def __init__(self, tasks):
        signs = {True: "✓", False: "✗", None: "○"}
        words = {key: text(f"check.task.{name}") for key, name in ((True, "solved"), (False, "tried"), (None, "open"))}
        rows = [(signs[passed], title, words[passed], points) for title, points, passed in tasks]
        total = _total(tasks)
        plain = "\n".join([*(f"{sign} {title}: {word}" for sign, title, word, _ in rows), total])
        cells = "".join(
            f'<tr><td>{sign}</td><td style="text-align: left">{escape(title)}</td>'
            f"<td>{escape(word)}</td><td>{points}</td></tr>"
            for sign, title, word, points in rows
        )
        spans = {"task": ' colspan="3" style="text-align: left"', "points": ""}
        heads = "".join(f'<th scope="col"{s}>{escape(text(f"check.head.{name}"))}</th>' for name, s in spans.items())
        markup = f"<table><thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table><p>{escape(total)}</p>"
        super().__init__(markup, plain)


def _total(tasks):
    """How many tasks are solved, with how many points."""
    solved = [points for _, points, passed in tasks if passed]
    all_points = sum(points for _, points, _ in tasks)
    return text("check.progress", solved=len(solved), tasks=len(tasks), points=sum(solved), all_points=all_points)


def unknown(name, nearest, key="unknown"):
    """A message for a name that no task, or no chapter, has."""
    hint = " " + text("check.nearest", names=", ".join(nearest)) if nearest else ""
    return _message(text(f"check.{key}", name=str(name)) + hint)


def call_like(task, name):
    """A message for a check that lacks its task or its answer."""
    return _message(text("check.call", example=f'check("{task}", {name})'))


def _message(words):
    return Page(f"<div>✗ {rich(words)}</div>", f"✗ {unicode_scripts(words)}")


def headline_of(verdict):
    """The first sentence: what is wrong, or that all is right. May hold <code>, <sub>, <sup>, <i>, <b>."""
    detail, status = verdict.detail, verdict.status
    if status == "mistake":
        return text(f"mistake.{verdict.mistake}")
    if detail.get("what") in ("type", "none") and detail["place"]:
        return text("check.difference.part", place=detail["place"], **_words(detail))
    if status in ("difference", "not_settings", "not_order", "not_inputs"):
        return text(f"check.{status}.{detail['what']}", **_words(detail))
    if status == "not_function" and isinstance(detail["given"], type):
        return text("check.not_function.class", **_words(detail))
    if status == "raised" and "error" in detail:
        return text("check.other_error", name=detail["names"][0], error=detail["error"])
    if status == "not_number" and detail.get("comma"):
        return text("check.not_number.comma", **_words(detail))
    if status == "passed" and "loss" in detail:
        return text("check.passed.tune")
    return text(f"check.{status}", **_words(detail, status))


def lines_of(verdict):
    """[(label, value)] below the first sentence; a value with a label is shown as code."""
    detail, lines = verdict.detail, []
    lines += [("", _fact(key, values)) for key, values in detail.get("symptom") or ()]
    if first := detail.get("first"):
        place, given, expected = first
        lines.append(("", text("check.first", place=str(place), given=shown(given), expected=shown(expected))))
    if which := detail.get("which"):
        lines.append(("", text("check.which", places=", ".join(text("check.nth", place=place) for place in which))))
    lines += [("", text("check.perhaps", words=text(f"mistake.{key}"))) for key in detail.get("perhaps", ())]
    if verdict.status == "raised":
        message = re.sub(r" \([^()]*\.py\)", "", _cut(detail["message"]))  # without paths
        lines += [(text("check.message"), message)] if message else []
        error, own = f"{detail['names'][0]}: {message}", "raise" in detail.get("code", "")
        known = next((key for key, pattern in _ERRORS.items() if re.search(pattern, error) and not own), None)
        known = f"error.{known}" if known else "allowed" if own and "error" not in detail else None
        lines += [("", text(f"check.{known}"))] if known else []
    for name in detail.get("alike", ()):
        letters = ", ".join(f"«{letter}»" for letter in name if ord(letter) in LOOK_ALIKE)
        lines.append(("", text("check.alike", name=name, letters=letters)))
    if "line" in detail:
        lines.append((text("check.line", line=detail["line"]), detail["code"]))
    if "each" in detail:
        lines.append(("", text("check.found", each=", ".join(map(str, detail["each"])), **_words(detail))))
    if "loss" in detail:
        lines.append(("", text("check.loss", loss=detail["loss"], goal=detail["goal"])))
    if "inputs" in detail and verdict.status not in ("library", "flood", "timeout"):
        lines += [(name, shown(value)) for name, value in detail["inputs"].items()]
    if detail.get("place"):
        lines.append((text("check.place"), detail["place"]))
    if verdict.status == "difference" and detail["what"] in ("value", "nan", "type", "none"):
        given, expected = shown(detail["given"]), shown(detail["expected"])
        lines += [(text("check.given"), given), (text("check.expected"), expected)]
        lines += [("", text("check.too_close"))] * (given == expected)
    return lines


def shown(value):
    """A value as a student would write it, cut when it is long.

    >>> shown((np.array([1.0, 0.5]), 2))
    '([1., 0.5], 2)'
    """
    if isinstance(value, Unknown):
        return value.name
    if isinstance(value, np.ndarray):
        written = np.array2string(value, precision=6, separator=", ", threshold=40, floatmode="maxprec")
        return _cut(re.sub(r"\s+", " ", written).replace("[ ", "[").replace(" ]", "]").replace(" ,", ","))
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return f"{value:.8g}"
    if isinstance(value, tuple | list):
        inside = ", ".join(map(shown, value))
        return _cut(f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})")
    if isinstance(value, dict):
        return _cut("{" + ", ".join(f"{key!r}: {shown(x)}" for key, x in value.items()) + "}")
    if callable(value):
        return getattr(value, "__name__", type(value).__name__)
    try:
        return _cut(repr(value))
    except Exception:  # a student's class may do anything
        return type(value).__name__


def _words(detail, status=""):
    """Values for a sentence: shapes, types and names as text."""
    numbers = "size options decimals low high seconds line count number axes found of".split()
    words = {name: value for name, value in detail.items() if name in numbers}
    words |= {name: str(detail[name]) for name in ("name", "error", "kind") if name in detail}
    names = detail.get("names", ())
    words["names"] = ", ".join(names if status in ("changed", "library") else names[:1])
    for name in ("expected", "given"):
        if name in detail:
            value = detail[name]
            words[name] = value if isinstance(value, str) and name == "expected" else shown(value)
            words[f"{name}_type"] = _type_words(value)
    return words


def _type_words(value):
    """What a value is: NumPy's and Python's numbers are all numbers to a student."""
    if isinstance(value, np.ndarray) and value.ndim:
        return text("check.type.array")
    if isinstance(value, Real | np.ndarray) and not isinstance(value, bool):
        return text("check.type.number")
    if isinstance(value, Unknown) and value.name.startswith("ndarray "):
        return text("check.type.array_of", dtype=value.name.split()[1])
    name = value.name if isinstance(value, Unknown) else type(value).__name__
    if name.endswith("iterator") or name in ("map", "zip", "filter", "reversed"):
        return text("check.type.iterator", name=name)
    return text(f"check.type.{name}") if has_text(f"check.type.{name}") else name


def _fact(key, values):
    """The sentence of a symptom."""
    what = text("check.what.step", step=values["step"]) if "step" in values else text("check.what.answer")
    conditions = "; ".join(text(f"check.condition.{k}", name=n, value=v) for k, n, v in values.get("conditions", ()))
    mistakes = " ".join(text(f"mistake.{mistake}") for mistake in values.get("mistakes", ()))
    return text(f"check.symptom.{key}", **values | {"what": what, "conditions": conditions, "mistakes": mistakes})


def _row(line):
    label, value = line
    if not label:
        return f"<div>{rich(value)}</div>"
    return (
        f'<div style="display: flex; gap: 0.6em; flex-wrap: wrap"><span>{escape(label)}:</span>'
        f'<code style="white-space: pre-wrap; background: none; color: inherit">{escape(value)}</code></div>'
    )


def _cut(words):
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
