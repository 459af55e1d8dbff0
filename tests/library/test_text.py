"""The strings of the course: every key once, every value filled, numbers as Ukrainian prose writes them."""

import math
import re
import string
import types

import numpy as np
import pytest

import lessons_lib.text as texts
from lessons_lib.text import MissingText, has_text, number, prediction, questions, text
from tools.shared import ROOT

GOOD_OPTIONS = [{"text": "так", "right": True, "why": "бо"}, {"text": "ні", "right": False, "why": "бо"}]


@pytest.fixture
def table(monkeypatch):
    """A private text table with a few entries."""
    entries = {
        "TEXT": {
            "plain": "слово",
            "filled": "p = {p}, L = {loss:.2f}",
            "braces": "{{x}} {x}",
            "short": "{lr:.2g}",
            "number.nan": "не число",
        },
        "QUIZ": {},
        "PREDICT": {},
    }
    monkeypatch.setattr(texts, "_tables", lambda language: entries)
    return entries


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (0.25, None, "0,25"), (-1.5, None, "−1,5"), (45, None, "45"), (2.0, None, "2"), (0.1 + 0.2, None, "0,3"),
        (1e-7, None, "1·10⁻⁷"), (2.5e-5, None, "2,5·10⁻⁵"), (-3e-10, None, "−3·10⁻¹⁰"), (1e-4, None, "0,0001"),
        (2.5e8, None, "2,5·10⁸"), (1797, None, "1797"), (12345678, None, "12345678"), (0.25, 3, "0,250"),
        (-0.0001, 2, "0,00"), (-1.005, 1, "−1,0"), (np.float32(0.5), None, "0,5"), (np.int64(-3), None, "−3"),
        (math.inf, None, "∞"), (-math.inf, 2, "−∞"), (math.nan, None, "не число"),
    ],
)  # fmt: skip
def test_number_is_written_as_in_prose(value, digits, written):
    assert number(value, digits) == written


@pytest.mark.parametrize("value", ["0.5", None, [1]])
def test_number_refuses_what_is_not_a_number(value):
    with pytest.raises(TypeError, match=r"x: expected a number, got"):
        number(value)


def test_values_come_with_a_decimal_comma(table):
    assert text("filled", p=-0.5, loss=1.234) == "p = −0,5, L = 1,23"
    assert text("filled", p=1e-7, loss=0) == "p = 1·10⁻⁷, L = 0,00"
    assert text("short", lr=1.234e-5) == "1,2·10⁻⁵"
    assert text("braces", x=3) == "{x} 3"
    assert text("plain") == "слово"


def test_missing_key_and_missing_value_are_named(table):
    with pytest.raises(MissingText, match=r"no TEXT 'absent' in lessons_lib/text/uk"):
        text("absent")
    with pytest.raises(MissingText, match=r"'filled' needs a value for 'loss'; got \['p'\]"):
        text("filled", p=1)
    assert has_text("plain") and not has_text("absent")
    with pytest.raises(KeyError):
        questions("absent")


def test_same_key_in_two_modules_is_an_error():
    modules = [types.ModuleType("one"), types.ModuleType("two")]
    for module in modules:
        module.TEXT = {"a.b": "…"}
    with pytest.raises(ValueError, match=r"two: TEXT key 'a\.b' is already defined"):
        texts._merge(modules)


def test_unknown_language_is_named(monkeypatch):
    monkeypatch.setenv("LESSONS_LANG", "xx")
    with pytest.raises(ValueError, match=r"LESSONS_LANG: no texts for 'xx', expected one of \['uk'"):
        text("control.on")


def test_every_string_is_whole():
    for key in texts.keys("TEXT"):
        template = texts._lookup("TEXT", key)
        assert isinstance(template, str) and template.strip() == template != "", key
        assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(template)), key


def test_every_quiz_and_prediction_keeps_the_schema():
    assert all(questions(key) for key in texts.keys("QUIZ"))
    assert all(prediction(key) for key in texts.keys("PREDICT"))


CHAPTERS = [path.stem[3:] for path in sorted((ROOT / "book").glob("0*.ipynb"))]


@pytest.mark.parametrize(("place", "chapter"), [*enumerate(CHAPTERS, start=1)])
def test_a_chapter_asks_up_to_six_questions_of_every_kind_and_one_from_before(place, chapter):
    asked = questions(chapter)
    assert 5 <= len(asked) <= 6
    assert {question["kind"] for question in asked} == {"one", "many", "number"}
    recalled = [int(n) for question in asked for n in re.findall(r"розділ (\d)", question["prompt"])]
    assert all(n < place for n in recalled) and bool(recalled) == (place > 1)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"kind": "essay", "prompt": "?"}, "kind 'essay'"),
        ({"kind": "one", "prompt": " ", "options": GOOD_OPTIONS}, "field 'prompt' is empty"),
        ({"kind": "one", "prompt": "?", "options": GOOD_OPTIONS[:1]}, "1 options, expected at least 2"),
        ({"kind": "one", "prompt": "?", "options": [GOOD_OPTIONS[0]] * 2}, "2 right options"),
        ({"kind": "many", "prompt": "?", "options": [{"text": "а", "right": 1, "why": "б"}] * 2}, "field 'right'"),
        ({"kind": "many", "prompt": "?", "options": [{"text": "а", "right": True}] * 2}, "field 'why'"),
        (
            {"kind": "number", "prompt": "?", "answer": 1, "tolerance": 0, "why_right": "а", "why_wrong": "б"},
            "tolerance 0",
        ),
        ({"kind": "number", "prompt": "?", "answer": "1", "tolerance": 1}, "field 'answer'"),
    ],
)
def test_bad_question_is_named(table, question, message):
    table["QUIZ"]["q"] = [question]
    with pytest.raises(ValueError, match=r"QUIZ 'q', question 1.*" + message.replace("(", r"\(")):
        questions("q")


@pytest.mark.parametrize(
    ("change", "message"), [({"options": [GOOD_OPTIONS[0]] * 2}, "2 right"), ({"finding": " "}, "'finding' is empty")]
)
def test_bad_prediction_is_named(table, change, message):
    table["PREDICT"]["p"] = {"prompt": "?", "options": GOOD_OPTIONS, "finding": "…"} | change
    with pytest.raises(ValueError, match=rf"PREDICT 'p'.*{message}"):
        prediction("p")
