"""The chapters' quizzes as Moodle XML, for Moodle's question bank.

A question of kind "one" or "many" becomes multichoice, "number" becomes numerical. Every wrong tick of "many" takes as
much as all right ones share, so to tick everything earns nothing.
"""

import textwrap
from pathlib import Path
from xml.etree import ElementTree

from lessons_lib._rendering import rich, unicode_scripts
from lessons_lib.text import keys, questions, text

__all__ = ["quiz_xml", "write_quizzes"]


def write_quizzes(folder):
    """Write one file for each chapter into `folder` and return their names."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for chapter in keys("QUIZ"):
        (folder / f"{chapter}.xml").write_text(quiz_xml(chapter), encoding="utf-8")
    return [f"{chapter}.xml" for chapter in keys("QUIZ")]


def quiz_xml(chapter):
    """The questions of a chapter as Moodle's importer of XML reads them, in a category of their own."""
    quiz, title = ElementTree.Element("quiz"), text(f"grading.quiz.{chapter}")
    category = ElementTree.SubElement(quiz, "question", type="category")
    _text(category, "category", f"$course$/top/{text('grading.quiz')}/{title}")
    for i, asked in enumerate(questions(chapter), start=1):
        _question(quiz, asked, f"{title} {i}. {textwrap.shorten(unicode_scripts(asked['prompt']), 120)}")
    ElementTree.indent(quiz)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(quiz, encoding="unicode") + "\n"


def _question(quiz, asked, name):
    is_number = asked["kind"] == "number"
    question = ElementTree.SubElement(quiz, "question", type="numerical" if is_number else "multichoice")
    _text(question, "name", name)
    _text(question, "questiontext", rich(asked["prompt"]), format="html")
    _value(question, "defaultgrade", 1)
    if is_number:
        right = _text(question, "answer", repr(float(asked["answer"])), fraction="100", format="plain_text")
        _text(right, "feedback", rich(asked["why_right"]), format="html")
        _value(right, "tolerance", asked["tolerance"])
        wrong = _text(question, "answer", "*", fraction="0", format="plain_text")
        _text(wrong, "feedback", rich(asked["why_wrong"]), format="html")
        return
    _value(question, "single", str(asked["kind"] == "one").lower())
    _value(question, "shuffleanswers", "true")
    _value(question, "answernumbering", "abc")
    for verdict, name in (("right", "correct"), ("partly", "partiallycorrect"), ("wrong", "incorrect")):
        _text(question, f"{name}feedback", text(f"quiz.{verdict}"), format="html")
    right = sum(option["right"] for option in asked["options"])
    for option in asked["options"]:
        lost = 0 if asked["kind"] == "one" else -100 / max(1, len(asked["options"]) - right)
        fraction = 100 / right if option["right"] else lost
        answer = _text(question, "answer", rich(option["text"]), fraction=f"{fraction:.7g}", format="html")
        _text(answer, "feedback", rich(option["why"]), format="html")


def _text(parent, name, words, **attributes):
    child = ElementTree.SubElement(parent, name, attributes)
    ElementTree.SubElement(child, "text").text = words
    return child


def _value(parent, name, value):
    ElementTree.SubElement(parent, name).text = str(value)
