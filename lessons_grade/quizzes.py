"""The chapters' quizzes as Moodle XML, for Moodle's question bank.

A question of kind "one" or "many" becomes multichoice, "number" becomes numerical. Every wrong tick of "many" takes as
much as all right ones share, so to tick everything earns nothing.
"""

import textwrap
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from lessons_lib._rendering import rich, unicode_scripts
from lessons_lib.text import keys, questions, text

__all__ = ["quiz_xml", "write_quizzes"]

_VERDICTS = {"correctfeedback": "right", "partiallycorrectfeedback": "partly", "incorrectfeedback": "wrong"}


def write_quizzes(folder):
    """Write one file for each chapter into `folder` and return their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for chapter in keys("QUIZ"):
        (folder / f"{chapter}.xml").write_text(quiz_xml(chapter), encoding="utf-8")
    return [f"{chapter}.xml" for chapter in keys("QUIZ")]


def quiz_xml(chapter):
    """The questions of a chapter as Moodle's importer of XML reads them, in a category of their own."""
    quiz, title = Element("quiz"), text(f"grading.quiz.{chapter}")
    _text(SubElement(quiz, "question", type="category"), "category", f"$course$/top/{text('grading.quiz')}/{title}")
    for i, asked in enumerate(questions(chapter), start=1):
        kind = "numerical" if asked["kind"] == "number" else "multichoice"
        question = SubElement(quiz, "question", type=kind)
        _text(question, "name", f"{title} {i}. {textwrap.shorten(unicode_scripts(asked['prompt']), 120)}")
        _text(question, "questiontext", rich(asked["prompt"]), format="html")
        (_numerical if kind == "numerical" else _multichoice)(question, asked)
    indent(quiz)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(quiz, encoding="unicode") + "\n"


def _numerical(question, asked):
    right = _answer(question, str(asked["answer"]), 100, asked["why_right"], format="plain_text")
    SubElement(right, "tolerance").text = str(asked["tolerance"])
    _answer(question, "*", 0, asked["why_wrong"], format="plain_text")


def _multichoice(question, asked):
    for name, value in {"single": asked["kind"] == "one", "shuffleanswers": True}.items():
        SubElement(question, name).text = str(value).lower()
    SubElement(question, "answernumbering").text = "abc"
    for name, verdict in _VERDICTS.items():
        _text(question, name, text(f"quiz.{verdict}"), format="html")
    right = sum(option["right"] for option in asked["options"])
    lost = 0 if asked["kind"] == "one" else -100 / max(1, len(asked["options"]) - right)
    for option in asked["options"]:
        fraction = 100 / right if option["right"] else lost
        _answer(question, rich(option["text"]), fraction, option["why"], format="html")


def _answer(question, words, fraction, why, **attributes):
    answer = _text(question, "answer", words, fraction=f"{fraction:.7g}", **attributes)
    _text(answer, "feedback", rich(why), format="html")
    return answer


def _text(parent, name, words, **attributes):
    child = SubElement(parent, name, attributes)
    SubElement(child, "text").text = words
    return child
