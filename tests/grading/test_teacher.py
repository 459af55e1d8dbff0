"""The teacher's side: own marks, a roster, what a re-run changed, tables for Excel, a printed page, errors in words."""

import csv
import errno
import json
import re
import sys
import zipfile
from dataclasses import replace
from unittest.mock import Mock

import openpyxl
import pytest
from classroom import CHAPTER, SEED, handed_in, points, solved, tasks

from lessons_grade import command, engine, reports
from lessons_grade.command import main
from lessons_grade.hand import Hand, Override, read_overrides, with_roster
from lessons_grade.marking import Result, TaskResult, grade
from lessons_grade.normalising import student_code
from lessons_grade.submissions import Submission
from lessons_grade.tables import plain, write_workbook
from lessons_lib.checks import check

WRONG_IF_LARGE = "def mse(y_pred, y_true):\n    return np.mean((y_pred - y_true) ** 2) * (1 + (y_pred.size > 3))\n"


class Classroom:
    """Three students whose `mse` differs in the same way. There is no box and no plan to wait for."""

    def __init__(self, folder, plan):
        told = {task.name: TaskResult(task.id, task.points, "passed", words="Правильно.") for task in plan.records}
        told["mse"] = TaskResult("losses.mse", 0, "difference", "", "Не те.", (("ваша відповідь", "7"),), 3, 6, "abc")
        self.result = Result("graded", points() - points("mse"), tasks=tuple(told.values()))
        self.folder, self.plan, self.graded = folder, plan, 0
        self.hand_in(b"{}")

    def hand_in(self, content):
        with zipfile.ZipFile(self.folder / "class.zip", "w") as archive:
            for number, (name, file) in enumerate(
                (("Іван Ко", content), ("=Яна", b"{}"), ("Ганна Лис", b"{}")), start=1
            ):
                archive.writestr(f"{name}_{number}_assignsubmission_file/a.ipynb", file)

    def grade(self, *given):
        self.graded += 1
        return self.result

    def run(self, *options, out="out"):
        source = str(self.folder / "class.zip")
        return main([CHAPTER, source, "-o", str(self.folder / out), "--seed", str(SEED), *map(str, options)])

    def table(self, name):
        return list(csv.DictReader((self.folder / "out" / name).read_text("utf-8-sig").splitlines()))


@pytest.fixture
def course(plan, monkeypatch, tmp_path):
    course = Classroom(tmp_path, plan)
    monkeypatch.setattr(command, "course_plan", lambda *given: course.plan)
    monkeypatch.setattr(engine, "_sandbox", lambda *given: None)
    monkeypatch.setattr(engine, "grade_content", course.grade)
    return course


def test_the_teachers_marks_survive_and_a_run_says_what_changed(course, tmp_path, capsys):
    assert course.run() == 0 and not course.table("changes.csv")
    own, of, title = tmp_path / "out" / "overrides.csv", points() - points("mse"), tasks()["mse"].title
    words = "Студент;Завдання;Бали;Коментар;Днів запізнення\nКО ІВАН;mse;0,5;Майже;\n2;;3;Усно <b>;4\n3;;;;2\n"
    own.write_bytes(words.encode("cp1251"))  # as Ukrainian Excel saves it
    first = {("'=Яна", "усього"), ("Ганна Лис", "усього"), ("Іван Ко", title), ("Іван Ко", "усього")}
    for changed in (first, set()):
        assert course.run("--late", 10) == 0 and own.read_bytes() == words.encode("cp1251")
        shown = {row["Студент"]: row for row in course.table("grades.csv")}
        marks = {name: float(row["Бали"]) for name, row in shown.items()}
        assert marks == pytest.approx({"Ганна Лис": of * 0.8, "Іван Ко": of + 0.5, "'=Яна": 3})
        assert {(row["Студент"], row["Завдання"]) for row in course.table("changes.csv")} == changed
        assert (f"було {of}, стало 3 (ваш рядок" in capsys.readouterr().out) == bool(changed)
    assert shown["Іван Ко"]["Коментар"] == "Майже" and shown["Ганна Лис"]["Днів запізнення"] == "2"
    pages = {page.name: page.read_text("utf-8") for page in (tmp_path / "out" / "feedback").iterdir()}
    assert "Майже" in pages["Іван_Ко_1.html"] and "Бали виставив викладач" in pages["Іван_Ко_1.html"]
    assert "Усно &lt;b&gt;" in pages["Яна_2.html"] and "Днів запізнення: 4." in pages["Яна_2.html"]
    assert "знято 20" in pages["Ганна_Лис_3.html"]
    assert course.graded == 3
    course.hand_in(b"[]")
    own.write_text(words.partition("\n")[2].replace("0,5", "").replace("3;;;;2", ""))  # without headings
    assert course.run() == 0 and course.graded == 4
    why = {(row["Студент"], row["Завдання"]): row["Чому"] for row in course.table("changes.csv")}
    assert why == dict.fromkeys(first - {("'=Яна", "усього")}, "ваш рядок у overrides.csv")
    course.hand_in(b"[1]")
    course.result = Result("died")
    assert course.run() == 0
    assert {row["Чому"] for row in course.table("changes.csv")} == {"інший файл"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [("Хтось,,1", "«Хтось» немає"), ("Ян,,1", "кілька"), ("1,mze,1", "«mze» немає"), ("1,mse,2", "від 0 до 1"),
     ("1,,-1", "від 0"), ("1,,nan", "від 0"), ("1,mse,,,2", "запізнення"), ("1,,,,1.5", "запізнення"),
     ("2,mse", "уже є")],
)  # fmt: skip
def test_every_wrong_line_of_the_overrides_is_named(line, reason, plan, tmp_path):
    number = [task.name for task in plan.records].index("mse") + 1
    (tmp_path / "own.csv").write_text(f"Студент\n2,{number},1,\n\n{line}\n1,BCE НА ПАПЕРІ,0.5\nХто\n")
    students = [Submission(name, number, "", "", "") for name, number in (("Іван", "1"), ("Ян", "2"), ("Ян", "3"))]
    with pytest.raises(ValueError, match=rf"рядок 4: .*{reason}.*\n  рядок 6: студента «Хто»") as error:
        read_overrides(tmp_path / "own.csv", students, plan)
    assert str(error.value).count("\n") == 2


def test_other_limits_or_tasks_grade_all_again_with_the_same_seed(course, plan):
    assert course.run() == course.run() == 0 and course.graded == 3
    assert course.run("--seconds", 2) == 0 and course.graded == 6
    course.plan = replace(plan, imports="import math")
    assert course.run("--seconds", 2) == 0 and course.graded == 9
    course.plan = replace(plan, seed=SEED + 1)
    assert course.run("--seconds", 2) == 1 and course.graded == 9
    course.plan, course.result = plan, Result("rejected", reason="fault")
    assert course.run() == course.run() == 0 and course.graded == 15, "a fault of ours is tried again"


def with_output(content, output):
    """A notebook whose check of `mse` has this output."""
    notebook = json.loads(content)
    next(cell for cell in notebook["cells"] if cell["id"] == "mse-check")["outputs"] = [output]
    return json.dumps(notebook).encode()


def test_a_saved_tick_that_our_verdict_denies_is_listed(plan, sandbox, course, capsys):
    tick = repr(check("losses.mse", lambda y_pred, y_true: ((y_pred - y_true) ** 2).mean()))
    new, right = {"data": {"text/plain": tick.splitlines(True)}}, handed_in(solved(), 0).content
    wrong = handed_in(solved() | {"mse": WRONG_IF_LARGE}, 0).content
    given = (with_output(wrong, new), wrong, with_output(right, new))
    assert [grade(content, plan, sandbox).claimed for content in given] == [("losses.mse",), (), ()]
    outputs = [{"text": [tick]}, {"text": "✗ Ні"}, {"data": {"text/plain": 5}}, None, 7]
    claimed = [student_code(with_output(wrong, output), ["mse"], []).claimed for output in outputs]
    assert claimed == [{"losses.mse"}, set(), set(), set(), set()]
    course.result = replace(course.result, claimed=("losses.mse",))
    assert course.run() == 0
    assert "У зошиті збережено ✓, а відповідь не пройшла: 3." in capsys.readouterr().out
    assert [row["Що показала перевірка"] for row in course.table("disagree.csv")] == ["Не те."] * 3


def test_everyone_of_the_roster_has_a_row_and_strangers_are_named(course, tmp_path, capsys):
    file = tmp_path / "roster.csv"
    file.write_text("Студент\nКо Іван Петрович\nЯна Ґудзь\nЛис Ганна\n")
    assert course.run("--roster", file) == 0
    rows = {row["Студент"]: row["Стан"] for row in course.table("grades.csv")}
    assert rows == {"'=Яна": "оцінено", "Ганна Лис": "оцінено", "Іван Ко": "оцінено", "Яна Ґудзь": "не здано"}
    assert "не знайдені: 1.\n  =Яна" in capsys.readouterr().out
    file.write_text("Ідентифікатор,Ім’я,Статус,Оцінка\nУчасник2,Яна,,\nУчасник9,Ян,,\n")  # Moodle's worksheet
    absent, strangers = with_roster([Submission("Х", "1", "", "", ""), Submission("Y", "2", "", "", "")], file)
    assert [(one.student, one.identifier) for one in absent] == [("Ян", "9")]
    assert [one.student for one in strangers] == ["Х"]
    file.write_text("Ян Ко А\nЯн Ко Б\n")
    absent, strangers = with_roster([Submission("Ян Ко", "1", "", "", "")], file)
    assert len(absent) == 2 and len(strangers) == 1, "one of two, nobody knows which"
    file.write_text("Ян\nЯн\n")
    with pytest.raises(ValueError, match="двічі"):
        with_roster([], file)


def test_partial_credit_is_a_choice_and_is_stated(plan, sandbox, course, tmp_path):
    result = grade(handed_in(solved() | {"mse": WRONG_IF_LARGE}, 0).content, plan, sandbox)
    told = next(told for told in result.tasks if told.id == "losses.mse")
    assert (
        told.points
        == 0
        < told.right
        < told.cases
        == len(next(task for task in plan.records if task.name == "mse").cases)
    )
    assert Hand().mark("", result, plan).points == points() - 1
    assert Hand(partial=True).mark("", result, plan).tasks["losses.mse"] == round(told.right / told.cases, 2)
    assert Hand({"": {"losses.mse": Override(1)}}, partial=True).mark("", result, plan).points == points()
    assert course.run("--partial") == 0
    page = (tmp_path / "out" / "feedback" / "Іван_Ко_1.html").read_text("utf-8")
    assert "таку саму частину балів" in page and "Правильних випадків: 3 з 6" in page
    assert "таку саму частину" in course.table("grades.csv")[0]["Правила балів"]


def test_the_summary_groups_equal_wrong_answers_and_prints_on_one_page_without_names(course, tmp_path, browser):
    assert course.run() == 0
    page = browser.new_page()
    page.goto((tmp_path / "out" / "summary.html").as_uri())
    group = page.locator("tr", has_text="Не те. Відповідь: 7")
    assert group.locator(".number").all_inner_texts() == ["3", "100%"]
    assert group.locator("small").inner_text() == "=Яна, Ганна Лис, Іван Ко"
    page.emulate_media(media="print")
    assert "Ганна" not in page.inner_text("main")
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1
    page.close()


def test_no_cell_is_a_formula_in_any_excel(course, tmp_path, monkeypatch, capsys):
    names = ["=1+1", "+1", "-1", "@a", "\x07Ім’я", "я" * 40_000, "#N/A", 2.5]
    write_workbook(tmp_path / "a.xlsx", ["Студент"], [[name] for name in names])
    cells = [row[0] for row in openpyxl.load_workbook(tmp_path / "a.xlsx").active.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells[:-1]} == {"s"} and cells[-1].value == 2.5
    assert [cell.value for cell in cells[:5]] == [*names[:4], "Ім’я"]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:  # nothing says when it was written
        assert {part.date_time[0] for part in archive.infolist()} == {1980}
        assert set(re.findall(rb"\d{4}-\d\d-", archive.read("docProps/core.xml"))) == {b"2000-01-"}
    assert [plain(words) for words in ("=1", "І;=1;", "І; +1", "а-б", 5)] == ["'=1", "І;'=1;", "І; '+1", "а-б", 5]
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert course.run() == 0 and not (tmp_path / "out" / "grades.xlsx").exists()
    assert "openpyxl" in capsys.readouterr().out


def test_what_the_system_refuses_is_said_in_ukrainian(course, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENAMETOOLONG, errno.EIO):
        monkeypatch.setattr(reports, "write", Mock(side_effect=OSError(number, "words of the system")))
        assert main([CHAPTER, "class.zip", "-o", "оцінки"]) == 1
        message = capsys.readouterr().err.splitlines()[-1]
        assert message.startswith("Не вдається записати оцінки: ") and not set("abcdefgh") & set(message)


def test_a_full_disk_a_long_name_and_what_is_not_there_end_in_a_sentence(course, tmp_path, capsys):
    for words in ("", "a,b\n1,2\n"):
        (tmp_path / "a.csv").write_text(words)
        assert course.run("--worksheet", tmp_path / "a.csv") == 1 and course.graded == 0
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "grades.csv").symlink_to("/dev/full")
    assert course.run() == 1 and "на диску немає місця" in capsys.readouterr().err
    (tmp_path / "out" / "grades.csv").unlink()
    assert course.run() == 0 and course.graded == 3, "nothing was lost"
    for option in ("--roster", "--worksheet"):
        assert course.run(option, "nowhere.csv") == 1
        assert "прочитати nowhere.csv: такого файлу" in capsys.readouterr().err
    assert course.run(out="я" * 200) == 1 and "задовга назва" in capsys.readouterr().err
    assert course.run("--scheduler", "no://where") == 1 and "Dask за адресою" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [([], "chapter"), (["a"], "submissions"), (["a", "b", "--seed", "-1"], "seed"), (["a", "b", "--no"], "--no")],
)
def test_a_wrong_option_is_named_in_ukrainian(arguments, named, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    words = capsys.readouterr().err
    assert words.startswith("Виклик: ") and f"Команду задано не так: {named}. " in words and "error" not in words
