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


def imported(words, language, maximum):
    """{participant: (grade, comment)} as Moodle takes a worksheet (UTF-8, commas) in this language; None: no grade."""
    hidden, identifier, grade, modified, comments, separator, _ = LANGUAGES[language]
    heads, *rows = csv.reader(io.StringIO(words.removeprefix("\ufeff")))
    places = [heads.index(name) for name in (identifier, grade, modified, comments)]
    found = {}
    for row in rows:
        assert len(row) == len(heads)
        who, given, _, comment = (row[place] for place in places)
        number = float(given.replace(separator, ".")) if given else None
        assert number is None or 0 <= number <= maximum, "out of range: Moodle skips the row"
        found[int(who.encode()[len(hidden.encode()) :])] = (number, comment)
    return found


@pytest.fixture
def graded(plan):
    submissions = [
        Submission(name, str(number), "", "", f"{name}_{number}_assignsubmission_file/a.ipynb")
        for number, name in ((41, "Олена, Ко"), (42, "Ян"), (43, "Ія"), (44, "=Ян"))
    ]
    passed = Result("graded", plan.points, tasks=tuple(TaskResult(t.id, t.points, "passed") for t in plan.records))
    results = dict(
        zip([one.key for one in submissions], [passed, Result("died"), Result("absent"), passed], strict=True)
    )
    own = {submissions[3].key: {"": Override(plan.points / 3, 'Краще, ніж "x",\nа 1 < 2')}}
    return submissions, results, Hand(own)


@pytest.mark.parametrize(("language", "maximum"), [("en", "100.00"), ("uk", "100,00"), ("uk", "5,00")])
def test_moodle_takes_the_worksheet_that_we_fill(language, maximum, graded, plan, tmp_path):
    submissions, results, hand = graded
    hidden, identifier, grade, modified, comments, separator, most = LANGUAGES[language]
    heads = [identifier, "Повне ім’я", "Статус", grade, most, "Оцінка може бути змінена", modified, comments]
    sheet = io.StringIO()
    csv.writer(sheet).writerows(
        [heads, *([f"{hidden}{n}", "Хтось", "", "", maximum, "Так", "-", ""] for n in (44, 42, 43, 41, 45))]
    )
    assert reports.fill_worksheet(sheet.getvalue(), submissions, results, plan, tmp_path, hand) == []
    of = float(maximum.replace(",", "."))
    taken = imported((tmp_path / "moodle.csv").read_text("utf-8"), language, of)
    grades = {number: points for number, (points, _) in taken.items()}
    assert grades == pytest.approx({41: of, 42: 0, 44: of / 3, 43: None, 45: None}, abs=0.006)
    assert taken[44][1].startswith("Краще, ніж &#34;x&#34;,\nа 1 &lt; 2<br>") and taken[43][1] == ""
    loose = [replace(submissions[0], identifier="")]
    missing = reports.fill_worksheet(
        sheet.getvalue(), loose, {loose[0].key: results[submissions[0].key]}, plan, tmp_path
    )
    assert missing == ["Олена, Ко"], "who has no number is named"


def test_moodle_in_english_takes_the_worksheet_that_we_make(graded, plan, tmp_path):
    submissions, results, hand = graded
    reports.fill_worksheet("", submissions, results, plan, tmp_path, hand)
    taken = imported((tmp_path / "moodle.csv").read_text("utf-8"), "en", plan.points)
    assert {n: points for n, (points, _) in taken.items()} == {41: plan.points, 42: 0, 44: plan.points / 3}


def test_moodle_finds_the_student_of_each_page(graded, plan, tmp_path):
    submissions, results, hand = graded
    reports.write(submissions, results, plan, tmp_path, {}, hand)
    with zipfile.ZipFile(tmp_path / "feedback.zip") as archive:
        parts = [name.split("/")[0].split("_", 4) for name in archive.namelist()]
    assert [int(part[1]) for part in parts] == [41, 42, 43, 44]
    assert all(part[2:4] == ["assignsubmission", "file"] for part in parts)


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


def read_text(parent, path):
    """The text of a node; in HTML only our markup, and nothing that Moodle's filters take for a formula."""
    node = parent.find(path)
    words = node.find("text").text
    if node.get("format") == "html":
        assert "<" not in MARKUP.sub("", words) and not re.search(r"\$\$|\\[(\[]|\[\[|@@", words), words
    return html.unescape(words).strip()


@pytest.mark.parametrize("chapter", keys("QUIZ"))
def test_moodle_takes_the_quizzes(chapter, tmp_path):
    assert f"{chapter}.xml" in write_quizzes(tmp_path)
    category, *found = ElementTree.parse(tmp_path / f"{chapter}.xml").getroot()
    assert category.get("type") == "category" and read_text(category, "category").startswith("$course$/top/")
    names = [read_text(question, "name") for question in found]
    assert len(set(names)) == len(found) == len(questions(chapter)) and max(map(len, names)) <= 255
    for question, asked in zip(found, questions(chapter), strict=True):
        assert read_text(question, "questiontext") == asked["prompt"].strip()
        answers = question.findall("answer")
        shares = [float(answer.get("fraction")) for answer in answers]
        assert all(min(abs(abs(share) - known) for known in FRACTIONS) < 0.001 for share in shares)
        assert all(read_text(answer, "feedback") for answer in answers)
        if asked["kind"] == "number":
            assert question.get("type") == "numerical" and shares == [100, 0] and answers[1].find("text").text == "*"
            assert float(answers[0].find("text").text) == asked["answer"]
            assert float(answers[0].find("tolerance").text) == asked["tolerance"]
            continue
        assert question.get("type") == "multichoice" and question.find("answernumbering").text == "abc"
        assert question.find("single").text == str(asked["kind"] == "one").lower()
        assert [html.unescape(answer.find("text").text) for answer in answers] == [o["text"] for o in asked["options"]]
        assert [share > 0 for share in shares] == [option["right"] for option in asked["options"]]
        assert sum(share for share in shares if share > 0) == pytest.approx(100, abs=0.01)
        assert asked["kind"] == "one" or all(o["right"] for o in asked["options"]) or abs(sum(shares)) < 0.01
        assert all(read_text(question, f"{name}feedback") for name in ("correct", "partiallycorrect", "incorrect"))
