"""Moodle's importers, restated: of grading worksheets (mod/assign/feedback/offline), feedback zips (…/feedback/file)
and Moodle XML (question/format/xml); the words are of its English and Ukrainian language packs."""

import csv
import html
import io
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from lessons_grade import reports
from lessons_grade.hand import Hand, Override
from lessons_grade.marking import Result, TaskResult
from lessons_grade.quizzes import write_quizzes
from lessons_grade.submissions import Submission
from lessons_lib.text import keys, questions

LANGUAGES = {
    "en": ("Participant ", "Identifier", "Grade", "Last modified (grade)", "Feedback comments", ".", "Maximum grade"),
    "uk": ("Учасник", "Ідентифікатор", "Оцінка", "Востаннє змінювалося (оцінка)", "Відгук - коментарем", ",",
           "Максимальна оцінка"),
}  # fmt: skip
DATE = "неділя 29 листопада 2026, 17:03"


def imported(words, language, maximum, delimiter=","):
    """{participant: (grade or None, time, comment)} as Moodle in this language takes a worksheet."""
    hidden, *names, separator, _ = LANGUAGES[language]
    heads, *rows = csv.reader(io.StringIO(words.removeprefix("\ufeff")), delimiter=delimiter)
    found = {}
    for row in rows:
        assert len(row) == len(heads)
        who, given, modified, comment = (row[heads.index(name)] for name in names)
        assert not set(given) & ({".", ","} - {separator})
        grade = float(given.replace(separator, ".")) if given else None
        assert grade is None or 0 <= grade <= maximum, "out of range: Moodle skips the row"
        found[int(who.encode()[len(hidden.encode()) :])] = (grade, modified, comment)
    return found


@pytest.fixture
def graded(plan):
    names = {41: "Олена, Ко", 42: "Ян", 43: "Ія", 44: "=Ян", 45: "Юр"}
    submissions = [
        Submission(name, str(n), "", "", f"{name}_{n}_assignsubmission_file/a.ipynb") for n, name in names.items()
    ]
    passed = Result("graded", plan.points, tasks=tuple(TaskResult(t.id, t.points, "passed") for t in plan.records))
    given = [passed, Result("died"), Result("absent"), passed, Result("absent")]
    results = {one.key: result for one, result in zip(submissions, given, strict=True)}
    own = {submissions[3].key: {"": Override(plan.points / 2, 'Краще, ніж "x",\nа 1 < 2')}}
    own[submissions[4].key] = {"": Override(0, "Усно")}
    return submissions, results, plan, Hand(own)


@pytest.mark.parametrize(
    ("language", "maximum", "delimiter"), [("en", "100.00", ","), ("uk", "100,00", ","), ("uk", "5,00", ";")]
)
def test_moodle_takes_the_worksheet_that_we_fill(language, maximum, delimiter, graded, tmp_path):
    submissions, results, plan, hand = graded
    hidden, identifier, grade, modified, comments, _, most = LANGUAGES[language]
    heads = [identifier, "Повне ім’я", "Статус", grade, most, "Оцінка може бути змінена", modified, comments]
    rows = [[f"{hidden}{n}", "Хтось", "", "", maximum, "Так", DATE, ""] for n in (44, 42, 43, 41, 45, 46)]
    sheet, of = io.StringIO(), float(maximum.replace(",", "."))
    csv.writer(sheet, delimiter=delimiter).writerows([heads, *rows, []])
    assert reports.fill_worksheet(sheet.getvalue(), submissions, results, plan, tmp_path, hand) == []
    taken = imported((tmp_path / "moodle.csv").read_text("utf-8"), language, of, delimiter)
    grades = {number: points for number, (points, *_) in taken.items()}
    assert grades == pytest.approx({41: of, 42: 0, 44: of / 2, 43: None, 45: 0, 46: None}, abs=0.006)
    assert {time for _, time, _ in taken.values()} == {DATE}
    assert taken[44][2].startswith("Краще, ніж &#34;x&#34;,\nа 1 &lt; 2<br>") and taken[43][2] == ""
    loose = [replace(submissions[0], identifier="")]
    results = {loose[0].key: Result("graded")}
    assert reports.fill_worksheet(sheet.getvalue(), loose, results, plan, tmp_path) == ["Олена, Ко"], "has no number"


def test_moodle_in_english_takes_what_we_make_and_finds_the_student_of_each_page(graded, plan, tmp_path):
    submissions, results, _, hand = graded
    reports.fill_worksheet("", submissions, results, plan, tmp_path, hand)
    taken = imported((tmp_path / "moodle.csv").read_text("utf-8"), "en", plan.points)
    assert {n: given[:2] for n, given in taken.items()} == {
        41: (plan.points, "-"), 42: (0, "-"), 44: (plan.points / 2, "-"), 45: (0, "-")
    }  # fmt: skip
    reports.write(submissions, results, plan, tmp_path, {}, hand)
    with zipfile.ZipFile(tmp_path / "feedback.zip") as archive:
        parts = [name.split("/")[0].split("_", 4) for name in archive.namelist()]
    assert [part[1:4] for part in parts] == [[str(n), "assignsubmission", "file"] for n in (41, 42, 43, 44, 45)]


# The fractions that Moodle knows, as percentages; it compares to 0.00001 of the whole.
FRACTIONS = [
    100,
    90,
    250 / 3,
    80,
    75,
    70,
    200 / 3,
    60,
    50,
    40,
    100 / 3,
    30,
    25,
    20,
    50 / 3,
    100 / 7,
    12.5,
    100 / 9,
    10,
    5,
    0,
]
MARKUP = re.compile(r"</?(?:sub|sup|i|b|code)>")


def said(parent, name):
    """The text of a node; in HTML only our markup, and nothing that Moodle's filters take for a formula."""
    node = parent if name == "." else parent.find(name)
    words = node.find("text").text.strip()
    if node.get("format") == "html":
        assert "<" not in MARKUP.sub("", words) and not re.search(r"\$\$|\\[(\[]|\[\[|@@", words), words
        assert words.count("&lt;/") == 0, "markup that would be shown"
    return html.unescape(words)


@pytest.mark.parametrize("chapter", keys("QUIZ"))
def test_moodle_takes_the_quizzes(chapter, tmp_path):
    assert f"{chapter}.xml" in write_quizzes(tmp_path)
    category, *found = ElementTree.parse(tmp_path / f"{chapter}.xml").getroot()
    assert category.get("type") == "category" and said(category, "category").startswith("$course$/top/")
    names = [said(question, "name") for question in found]
    assert len(set(names)) == len(found) == len(questions(chapter)) and max(map(len, names)) <= 255
    for question, asked in zip(found, questions(chapter), strict=True):
        assert said(question, "questiontext") == asked["prompt"].strip()
        answers = question.findall("answer")
        shares = [float(answer.get("fraction")) for answer in answers]
        assert all(min(abs(abs(share) - known) for known in FRACTIONS) < 0.001 for share in shares)
        assert all(said(answer, "feedback") for answer in answers)
        if asked["kind"] == "number":
            assert question.get("type") == "numerical" and shares == [100, 0] and said(answers[1], ".") == "*"
            assert float(said(answers[0], ".")) == asked["answer"]
            assert float(answers[0].find("tolerance").text) == asked["tolerance"]
            continue
        assert question.get("type") == "multichoice" and question.find("answernumbering").text == "abc"
        assert question.find("single").text == str(asked["kind"] == "one").lower()
        assert [said(answer, ".") for answer in answers] == [option["text"] for option in asked["options"]]
        assert [share > 0 for share in shares] == [option["right"] for option in asked["options"]]
        assert sum(share for share in shares if share > 0) == pytest.approx(100, abs=0.01)
        assert asked["kind"] == "one" or all(o["right"] for o in asked["options"]) or abs(sum(shares)) < 0.01
        assert all(said(question, f"{name}feedback") for name in ("correct", "partiallycorrect", "incorrect"))
