"""The teacher's side: own marks, a roster, what a re-run changed, tables for Excel, a page to print, errors in words."""

import csv
import errno
import json
import sys
import zipfile
from dataclasses import replace

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

ROOT_OF_MSE = "def mse(y_pred, y_true):\n    return np.sqrt(np.mean((y_pred - y_true) ** 2))\n"
BIG_ONLY = "def mse(y_pred, y_true):\n    return np.mean((y_pred - y_true) ** 2) * (1 + (y_pred.size > 3))\n"


def saved(content, output):
    """A notebook whose check of `mse` has this output."""
    notebook = json.loads(content)
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "mse-check")
    cell["outputs"] = [output]
    return json.dumps(notebook).encode()


def tick(form="data"):
    words = repr(check("losses.mse", lambda y_pred, y_true: ((y_pred - y_true) ** 2).mean()))
    return {"output_type": "execute_result", "data": {"text/plain": words.splitlines(True)}, "text": [words]} | (
        {} if form == "data" else {"data": None}
    )


def submissions(*names):
    return [Submission(name, str(number), "", "", "") for number, name in enumerate(names, start=1)]


@pytest.fixture
def course(plan, monkeypatch):
    """No box and no plan to wait for: everybody's `mse` differs in the same way, until a test says otherwise."""
    told = [TaskResult(task.id, task.points, "passed", words="Правильно.") for task in plan.records]
    at = [task.name for task in plan.records].index("mse")
    told[at] = TaskResult("losses.mse", 0, "difference", "", "Не те.", (("ваша відповідь", "7"),), 3, 6, "abc")
    result, graded = Result("graded", points() - points("mse"), tasks=tuple(told)), []
    monkeypatch.setattr(command, "course_plan", lambda *given: plan)
    monkeypatch.setattr(engine, "_sandbox", lambda *given: None)
    monkeypatch.setattr(engine, "grade_content", lambda *given: graded.append(1) or result)
    return graded


@pytest.fixture
def class_of_three(tmp_path):
    def write(content=b"{}"):
        with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
            for number, name in enumerate(("Іван Ко", "=Яна", "Ганна Лис"), start=1):
                archive.writestr(f"{name}_{number}_assignsubmission_file/a.ipynb", content if number == 1 else b"{}")

    write()
    return write


def run(folder, *options):
    return main([CHAPTER, str(folder / "class.zip"), "-o", str(folder / "out"), "--seed", str(SEED), *options])


def table(folder, name):
    return list(csv.DictReader((folder / "out" / name).read_text("utf-8-sig").splitlines()))


def test_the_teachers_marks_survive_and_a_run_says_what_changed(course, class_of_three, tmp_path, capsys):
    assert run(tmp_path) == 0 and not table(tmp_path, "changes.csv")
    own = tmp_path / "out" / "overrides.csv"
    words = "Студент;Завдання;Бали;Коментар;Днів запізнення\nКО ІВАН;mse;0,5;Майже;\n2;;3;Усно <b>;\n3;;;;2\n"
    own.write_bytes(words.encode("cp1251"))  # as Ukrainian Excel saves it
    of, title = points() - points("mse"), tasks()["mse"].title
    first = {("'=Яна", "усього"), ("Ганна Лис", "усього"), ("Іван Ко", title), ("Іван Ко", "усього")}
    for changed in (first, set()):
        assert run(tmp_path, "--late", "10") == 0 and own.read_bytes() == words.encode("cp1251")
        shown = {row["Студент"]: row for row in table(tmp_path, "grades.csv")}
        marks = {name: float(row["Бали"]) for name, row in shown.items()}
        assert marks == pytest.approx({"Ганна Лис": of * 0.8, "Іван Ко": of + 0.5, "'=Яна": 3})
        assert {(row["Студент"], row["Завдання"]) for row in table(tmp_path, "changes.csv")} == changed
        assert (f"було {of}, стало 3 (ваш рядок" in capsys.readouterr().out) == bool(changed)
    assert shown["Іван Ко"]["Коментар"] == "Майже" and shown["Ганна Лис"]["Днів запізнення"] == "2"
    pages = {page.name: page.read_text("utf-8") for page in (tmp_path / "out" / "feedback").iterdir()}
    assert "Майже" in pages["Іван_Ко_1.html"] and "Бали виставив викладач" in pages["Іван_Ко_1.html"]
    assert "Усно &lt;b&gt;" in pages["Яна_2.html"] and "знято 20" in pages["Ганна_Лис_3.html"]
    moodle = {row["Identifier"][-1]: row for row in table(tmp_path, "moodle.csv")}
    assert moodle["2"]["Grade"] == "3.00" and "Усно &lt;b&gt;" in moodle["2"]["Feedback comments"]
    assert len(course) == 3
    class_of_three(b"[]")
    own.write_text(words.replace("0,5", "1"))
    assert run(tmp_path) == 0 and len(course) == 4
    why = {(row["Студент"], row["Завдання"]): row["Чому"] for row in table(tmp_path, "changes.csv")}
    assert why == {
        ("Ганна Лис", "усього"): "інші правила балів",
        ("Іван Ко", title): "ваш рядок у overrides.csv",
        ("Іван Ко", "усього"): "ваш рядок у overrides.csv",
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Хтось,,1,,", "«Хтось» немає"),
        ("Ян,,1,,", "кілька"),
        ("1,mze,1,,", "«mze» немає"),
        ("1,mse,2,,", "від 0 до 1"),
        ("1,,-1,,", "від 0"),
        ("1,,nan,,", "від 0"),
        ("1,mse,,,2", "запізнення"),
        ("1,,,,1.5", "запізнення"),
        ("1,1,1,,\n1,1,1,,", "уже є"),
    ],
)
def test_every_wrong_line_of_the_overrides_is_named(line, reason, plan, tmp_path):
    (tmp_path / "own.csv").write_text(f"Студент\n2,mse,1,\n{line}\n")
    with pytest.raises(ValueError, match=rf"рядок {3 + line.count(chr(10))}: .*{reason}") as error:
        read_overrides(tmp_path / "own.csv", submissions("Іван", "Ян", "Ян"), plan)
    assert str(error.value).count("рядок") == 1 + ("уже" in reason)


def test_other_limits_or_tasks_grade_all_again_with_the_same_seed(course, class_of_three, tmp_path, plan, monkeypatch):
    assert run(tmp_path) == run(tmp_path) == 0 and len(course) == 3
    assert run(tmp_path, "--seconds", "2") == 0 and len(course) == 6
    monkeypatch.setattr(command, "course_plan", lambda *given: replace(plan, imports="import math"))
    assert run(tmp_path, "--seconds", "2") == 0 and len(course) == 9
    monkeypatch.setattr(command, "course_plan", lambda *given: replace(plan, seed=SEED + 1))
    assert run(tmp_path, "--seconds", "2") == 1 and len(course) == 9
    monkeypatch.setattr(engine, "grade_content", lambda *given: Result("rejected", reason="fault"))
    assert run(tmp_path) == 1
    monkeypatch.setattr(command, "course_plan", lambda *given: plan)
    assert run(tmp_path) == 0
    monkeypatch.setattr(engine, "grade_content", lambda *given: course.append(1) or Result("graded"))
    assert run(tmp_path) == 0 and len(course) == 12, "a fault of ours is tried again"


def test_a_saved_tick_that_our_verdict_denies_is_listed(
    plan, sandbox, course, class_of_three, tmp_path, capsys, monkeypatch
):
    wrong = handed_in(solved() | {"mse": ROOT_OF_MSE}, 0).content
    for content, claimed in ((saved(wrong, tick()), ("losses.mse",)), (wrong, ())):
        assert grade(content, plan, sandbox).claimed == claimed
    assert grade(saved(handed_in(solved(), 0).content, tick()), plan, sandbox).claimed == ()
    outputs = [tick("stream"), {"text": "✗ Ні"}, {"data": {"text/plain": 5}}, None, 7]
    found = [student_code(saved(wrong, output), ["mse"], []).claimed for output in outputs]
    assert found == [{"losses.mse"}, set(), set(), set(), set()]
    result = replace(engine.grade_content(), claimed=("losses.mse",))
    monkeypatch.setattr(engine, "grade_content", lambda *given: result)
    assert run(tmp_path) == 0
    assert "У зошиті збережено ✓, а відповідь не пройшла: 3." in capsys.readouterr().out
    assert [row["Що показала перевірка"] for row in table(tmp_path, "disagree.csv")] == ["Не те."] * 3


def test_everyone_of_the_roster_has_a_row_and_strangers_are_named(course, class_of_three, tmp_path, capsys):
    (tmp_path / "roster.csv").write_text("Студент\nКо Іван Петрович\nЯна Ґудзь\nЛис Ганна\n")
    assert run(tmp_path, "--roster", str(tmp_path / "roster.csv")) == 0
    rows = {row["Студент"]: row["Стан"] for row in table(tmp_path, "grades.csv")}
    assert rows == {"'=Яна": "оцінено", "Ганна Лис": "оцінено", "Іван Ко": "оцінено", "Яна Ґудзь": "не здано"}
    assert "не знайдені: 1.\n  =Яна" in capsys.readouterr().out
    worksheet = "Ідентифікатор,Ім’я,Статус,Оцінка\nУчасник2,Яна,,\nУчасник9,Ян,,\n"
    (tmp_path / "roster.csv").write_text(worksheet)
    absent, strangers = with_roster(submissions("Х", "Y"), tmp_path / "roster.csv")
    assert [(one.student, one.identifier) for one in absent] == [("Ян", "9")]
    assert [one.student for one in strangers] == ["Х"]
    (tmp_path / "roster.csv").write_text("Ян\nЯн\n")
    with pytest.raises(ValueError, match="двічі"):
        with_roster([], tmp_path / "roster.csv")


def test_partial_credit_is_a_choice_and_is_stated(plan, sandbox, course, class_of_three, tmp_path):
    result = grade(handed_in(solved() | {"mse": BIG_ONLY}, 0).content, plan, sandbox)
    told = next(told for told in result.tasks if told.id == "losses.mse")
    assert told.points == 0 and 0 < told.right < told.cases == len(plan.records[2].cases)
    assert Hand().mark("", result, plan).points == points() - 1
    assert Hand(partial=True).mark("", result, plan).tasks["losses.mse"] == round(told.right / told.cases, 2)
    own = {"": {"losses.mse": Override(1)}}
    assert Hand(own, partial=True).mark("", result, plan).points == points()
    assert run(tmp_path, "--partial") == 0
    page = (tmp_path / "out" / "feedback" / "Іван_Ко_1.html").read_text("utf-8")
    assert "таку саму частину балів" in page and "Правильних випадків: 3 з 6" in page
    assert "таку саму частину" in table(tmp_path, "grades.csv")[0]["Правила балів"]


def test_the_summary_groups_equal_wrong_answers_and_prints_on_one_page_without_names(
    course, class_of_three, tmp_path, browser
):
    assert run(tmp_path) == 0
    page = browser.new_page()
    page.goto((tmp_path / "out" / "summary.html").as_uri())
    group = page.locator("tr", has_text="Не те. Відповідь: 7")
    assert group.locator(".number").all_inner_texts() == ["3", "100%"]
    assert group.locator("small").inner_text() == "=Яна, Ганна Лис, Іван Ко"
    page.emulate_media(media="print")
    assert "Ганна" not in page.inner_text("main")
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1
    page.close()


def test_a_workbook_holds_no_formula_and_a_table_none_in_any_excel(tmp_path):
    names = ["=1+1", "+1", "-1", "@a", "\x07Ім’я", "я" * 40_000, "#N/A", 2.5]
    for place in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / place, ["Студент"], [[name] for name in names])
    cells = [row[0] for row in openpyxl.load_workbook(tmp_path / "a.xlsx").active.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells[:-1]} == {"s"} and cells[-1].value == 2.5
    assert [cell.value for cell in cells[:5]] == [*names[:4], "Ім’я"]
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert [plain(words) for words in ("=1", "І;=1;", "І; +1", "а-б", 5)] == ["'=1", "І;'=1;", "І; '+1", "а-б", 5]


def test_without_openpyxl_the_tables_are_csv(course, class_of_three, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert run(tmp_path) == 0 and not (tmp_path / "out" / "grades.xlsx").exists()
    assert "openpyxl" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["ENOSPC", "EACCES", "EROFS", "ENAMETOOLONG", "EIO"])
def test_what_the_system_refuses_is_said_in_ukrainian(name, course, class_of_three, tmp_path, capsys, monkeypatch):
    error = OSError(getattr(errno, name), "words of the system")
    monkeypatch.setattr(reports, "write", lambda *given: (_ for _ in ()).throw(error))
    monkeypatch.chdir(tmp_path)
    assert main([CHAPTER, "class.zip", "-o", "оцінки"]) == 1
    message = capsys.readouterr().err.splitlines()[-1]
    assert message.startswith("Не вдається записати оцінки: ") and not set("abcdefgh") & set(message)


def test_a_full_disk_a_long_name_and_files_that_are_not_there_end_no_traceback(
    course, class_of_three, tmp_path, capsys
):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "grades.csv").symlink_to("/dev/full")
    assert run(tmp_path) == 1 and "на диску немає місця" in capsys.readouterr().err
    (tmp_path / "out" / "grades.csv").unlink()
    assert run(tmp_path) == 0 and len(course) == 3
    for option in ("--roster", "--worksheet"):
        assert run(tmp_path, option, "nowhere.csv") == 1
        assert "прочитати nowhere.csv: такого файлу" in capsys.readouterr().err
    assert main([CHAPTER, str(tmp_path / "class.zip"), "-o", str(tmp_path / ("я" * 200)), "--seed", "4"]) == 1
    assert "задовга назва" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [([], "chapter, submissions"), (["a", "b", "--workers", "0"], "workers"), (["a", "b", "--late", "x"], "late"),
     (["a", "b", "--no-such"], "--no-such"), (["quizzes", "--late"], "--late")],
)  # fmt: skip
def test_a_wrong_option_is_named_in_ukrainian(arguments, named, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    words = capsys.readouterr().err
    assert words.startswith("Виклик: ") and f"Команду задано не так: {named}. " in words and "error" not in words
