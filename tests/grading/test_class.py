"""A whole class: every grade is the expected one, an interrupted run goes on, a cluster gives the same."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile

import psutil
import pytest
from classroom import CHAPTER, SEED, handed_in, honest, hostile, points, solved

from lessons_grade import engine
from lessons_grade.command import main
from lessons_grade.engine import grade_all
from lessons_grade.marking import rejected
from lessons_grade.moodle import filled_worksheet
from lessons_grade.submissions import find
from tools.shared import ROOT

pytestmark = pytest.mark.usefixtures("sandbox")
KINDS = ["HTML", "two of them", "mistake no_mean", "fork bomb", "all right", "deep JSON", "only exits", "cp1251",
         "stub", "patched checks", "speaks and ends at once", "helper in imports"]  # fmt: skip


def moodle_zip(students, path):
    with zipfile.ZipFile(path, "w") as archive:
        for number, (student, given) in enumerate(students.items()):
            archive.writestr(f"{student}_{9000 + number}_assignsubmission_file_/02_losses.ipynb", given.content)
    return path


@pytest.fixture(scope="module")
def whole_class(tmp_path_factory):
    kinds = honest() | hostile(1, "/trap")
    students = {f"Студент {number:04d}": kinds[kind] for number, kind in enumerate(KINDS)}
    return students, moodle_zip(students, tmp_path_factory.mktemp("class") / "class.zip")


def run(source, out, *options):
    """What the real command returns."""
    return main([CHAPTER, str(source), "-o", str(out), "--seed", str(SEED), "--seconds", "1", *options])


def grades(folder):
    lines = (folder / "grades.csv").read_text("utf-8-sig").splitlines()
    return {row["Студент"]: row for row in csv.DictReader(lines)}


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def graded(whole_class, tmp_path_factory):
    """The output of an uninterrupted run of the real command."""
    folder = tmp_path_factory.mktemp("graded")
    assert run(whole_class[1], folder) == 0
    return folder


def test_every_grade_is_the_expected_one(whole_class, graded):
    shown = grades(graded)
    assert {name: int(row["Бали"]) for name, row in shown.items()} == {
        name: given.points for name, given in whole_class[0].items()
    }
    words = {"graded": "оцінено", "rejected": "не прийнято", "timed out": "перевищено час", "died": "обірвалося"}
    for name, given in whole_class[0].items():
        assert words[given.status] in shown[name]["Стан"], name


def test_equal_grades_of_an_earlier_run_are_not_taken_for_the_maximum():
    words = "Identifier,Full name,Status,Grade,Maximum Grade,Grade can be changed,Last modified (grade)\n"
    filled, _ = filled_worksheet(words + "Participant 7,A,,5.00,20.00,Yes,-\n", {"7": ("A", 15, "")}, 15)
    assert filled.splitlines()[1] == "Participant 7,A,,20.00,20.00,Yes,-"


def test_what_is_no_worksheet_is_refused():
    for words in ("", "a,b\n1,2\n", "Identifier,Full name,Grade\nParticipant 1,A,\n"):
        with pytest.raises(ValueError, match="відомість"):
            filled_worksheet(words, {}, 15)


def test_moodles_table_and_the_pages_are_complete(whole_class, graded):
    rows = list(csv.DictReader((graded / "moodle.csv").read_text("utf-8").splitlines()))
    assert [row["Identifier"] for row in rows] == [f"Participant {9000 + number}" for number in range(len(KINDS))]
    assert all(row["Last modified (grade)"] == "-" and row["Feedback comments"] for row in rows)
    with zipfile.ZipFile(graded / "feedback.zip") as archive:
        assert len(archive.namelist()) == len(KINDS)
        assert "Студент 0003_9003_assignsubmission_file_/відгук.html" in archive.namelist()
    pages = sorted((graded / "feedback").glob("*.html"))
    assert len(pages) == len(KINDS)
    summary = (graded / "summary.html").read_text(encoding="utf-8")
    assert all(f"feedback/{page.name}" in summary for page in pages)
    for page in [*pages, graded / "summary.html"]:
        assert "http" not in page.read_text(encoding="utf-8"), "a page opens without the network"


def test_an_interrupted_run_goes_on_and_ends_with_the_same_bytes(whole_class, graded, tmp_path):
    command = [sys.executable, "-m", "lessons_grade.command", CHAPTER, whole_class[1], "-o", tmp_path]
    command += ["--seed", str(SEED), "--seconds", "1"]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE)
    log = tmp_path / "results.jsonl"
    while not log.exists() or len(log.read_bytes().splitlines()) < 4:
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert len(log.read_bytes().splitlines()) < len(KINDS)
    assert not (tmp_path / "grades.csv").exists()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert files(tmp_path) == files(graded)


def test_a_second_run_grades_nothing_again(whole_class, graded, monkeypatch):
    before = files(graded)
    monkeypatch.setattr(engine, "grade_content", lambda *arguments: pytest.fail("graded again"))
    assert run(whole_class[1], graded) == 0
    assert files(graded) == before


def test_results_of_another_seed_are_not_mixed(whole_class, graded, capsys):
    assert main([CHAPTER, str(whole_class[1]), "-o", str(graded), "--seed", str(SEED + 1)]) == 1
    assert "іншу теку" in capsys.readouterr().err


def test_a_cluster_gives_the_same_and_a_killed_worker_loses_nothing(whole_class, graded, tmp_path, monkeypatch):
    from distributed import LocalCluster

    seen = []
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:

        def count(bar):
            seen.append(1)
            if len(seen) == 3:
                os.kill(next(iter(cluster.workers.values())).process.pid, signal.SIGKILL)

        monkeypatch.setattr("lessons_grade.command.tqdm.update", count)
        assert run(whole_class[1], tmp_path, "--scheduler", cluster.scheduler_address) == 0
    assert len(seen) == len(KINDS)
    assert files(tmp_path) == files(graded)


def test_without_a_seed_one_is_made_and_kept(tmp_path):
    source = moodle_zip({"Хтось": honest()["all right"]}, tmp_path / "one.zip")
    assert main([CHAPTER, str(source), "-o", str(tmp_path / "out")]) == 0
    first = files(tmp_path / "out")
    assert int((tmp_path / "out" / "seed.txt").read_text()) > 0
    assert main([CHAPTER, str(source), "-o", str(tmp_path / "out")]) == 0
    assert files(tmp_path / "out") == first


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["loses", "."], "losses"),
        ([CHAPTER, "nowhere.zip"], "nowhere.zip"),
        ([CHAPTER, ".", "--course", "/"], "--course"),
        ([CHAPTER, ".", "--course", "course"], "задача зламана"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(arguments, words, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "course" / "exercises").mkdir(parents=True)
    for name, code in {"__init__": "raise RuntimeError('задача зламана')", "plan": ""}.items():
        (tmp_path / "course" / "exercises" / f"{name}.py").write_text(code, encoding="utf-8")
    assert main([*arguments, "-o", "out"]) == 1
    message = capsys.readouterr().err
    assert words in message and "lessons_grade" not in message


def test_without_bubblewrap_the_command_says_what_is_unprotected(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(engine, "_sandboxes", {})
    source = moodle_zip({"Хтось": honest()["all right"]}, tmp_path / "one.zip")
    assert main([CHAPTER, str(source), "-o", str(tmp_path / "out")]) == 1
    refusal = capsys.readouterr().err
    words = ("bubblewrap не встановлено", "--unprotected", "мережі", "файлів", "процеси")
    assert all(word in refusal for word in words)
    assert not (tmp_path / "out" / "grades.csv").exists()
    assert main([CHAPTER, str(source), "-o", str(tmp_path / "out"), "--unprotected"]) == 0
    assert "мережа, ваші файли, запуск процесів" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("paths", "students"),
    [
        (["Олена Ко_12_assignsubmission_file_/a.ipynb", "Ян_13_assignsubmission_file_/b.ipynb"], ["Олена Ко", "Ян"]),
        (["Олена Ко_12_assignsubmission_file_a.ipynb"], ["Олена Ко"]),
        (["submitted/olena/02_losses/02_losses.ipynb", "submitted/yan/02_losses/02_losses.ipynb"], ["olena", "yan"]),
        (["olena/02_losses/02_losses.ipynb"], ["olena"]),
        (["Олена Ко - 02_losses.ipynb", "Ян - Копія.ipynb"], ["Олена Ко", "Ян"]),
        (["Олена Ко/02_losses.ipynb", "Ян/02_losses (1).ipynb"], ["Олена Ко", "Ян"]),
        (["olena.ipynb"], ["olena"]),
        (["olena/a.ipynb", "olena/notes.txt", "__MACOSX/olena/._a.ipynb", "olena/.DS_Store"], ["olena"]),
        (["роботи/Їжак.ipynb", "роботи/Ірина.ipynb", "роботи/Ганна.ipynb"], ["Ганна", "Ірина", "Їжак"]),
        (["02_losses - Олена Ко.ipynb", "02_losses - Ян.ipynb"], ["Олена Ко", "Ян"]),
        (["Група 21/Ія/a.ipynb", "Група 21/Ян/a.ipynb", "Група 22/Ян/a.ipynb"], ["Ія", "Ян", "Ян"]),
        (["Ія/course/exercises/02_losses.ipynb", "Ян/course/exercises/02_losses.ipynb"], ["Ія", "Ян"]),
        (["Ія/.ipynb_checkpoints/02_losses-checkpoint.ipynb", "Ян/02_losses.ipynb"], ["Ія", "Ян"]),
    ],
)
@pytest.mark.parametrize("packed", [True, False], ids=["zip", "folder"])
def test_the_layouts_of_the_platforms_are_understood(paths, students, packed, tmp_path):
    source = tmp_path / "class"
    for path in paths:
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(b"{}")
    found, _ = find(shutil.make_archive(tmp_path / "packed", "zip", source) if packed else source)
    assert [submission.student for submission in found] == students
    assert all(submission.path.endswith(".ipynb") and submission.read() == b"{}" for submission in found)


def test_of_a_students_files_the_newest_notebook_of_the_chapter_counts_and_all_are_accounted_for(tmp_path):
    files = {"02_losses.ipynb": 3, "02_losses (1).ipynb": 9, "draft.ipynb": 5, "03_backprop.ipynb": 99, "z.txt": 99}
    for place, (name, time_of) in [("olena", item) for item in files.items()] + [("yan", ("a.ipynb", 1))]:
        path = tmp_path / place / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'check(\\"{"backprop" if "03" in name else CHAPTER}.mse\\", mse)')
        os.utime(path, (time_of, time_of))
    (tmp_path / "desktop.ini").write_text("")
    found, left_out = find(tmp_path, CHAPTER)
    assert [submission.path for submission in found] == ["olena/02_losses (1).ipynb", "yan/a.ipynb"]
    reasons = {"02_losses.ipynb": "older", "draft.ipynb": "older", "03_backprop.ipynb": "other_chapter"}
    expected = {f"olena/{name}": reason for name, reason in (reasons | {"z.txt": "no_notebook"}).items()}
    assert left_out == expected | {"desktop.ini": "noise"}


def test_a_file_name_that_is_no_text_is_no_obstacle(tmp_path):
    (tmp_path / "class").mkdir()
    with open(os.fsencode(tmp_path / "class") + b"/\xff\xfe.ipynb", "wb") as file:
        file.write(honest()["stub"].content)
    assert run(tmp_path / "class", tmp_path / "out") == 0
    assert len(grades(tmp_path / "out")) == 1


def test_links_pipes_and_broken_archives_are_rejected(plan, sandbox, tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "olena.ipynb").symlink_to(__file__)
    os.mkfifo(folder / "yan.ipynb")
    (folder / "link").symlink_to(tmp_path)
    results = grade_all(find(folder)[0], plan, tmp_path / "out", limits=sandbox.limits)
    assert results == {"|olena": rejected("link"), "|yan": rejected("unreadable")}


def test_a_name_cannot_become_a_formula_a_path_or_markup(tmp_path):
    students = dict.fromkeys(["=cmd|calc", "..⁄..⁄x", "<script>alert(1)</script>", "a", "A"], honest()["stub"])
    assert run(moodle_zip(students, tmp_path / "class.zip"), tmp_path / "out") == 0
    assert not [name for name in grades(tmp_path / "out") if name.startswith("=")]
    pages = list((tmp_path / "out" / "feedback").iterdir())
    assert len({page.name.lower() for page in pages}) == 5
    for page in [*pages, tmp_path / "out" / "summary.html"]:
        assert "<script>" not in page.read_text(encoding="utf-8")


def test_memory_of_the_parent_does_not_grow_with_the_class(plan, sandbox, tmp_path):
    """The notebooks are read when their turn comes: of 20 files of 5 MB only a few are in memory at once."""
    big = handed_in(solved(), points(), change=lambda content: content["metadata"].update(big="x" * (5 << 20)))
    (tmp_path / "class").mkdir()
    for number in range(20):
        (tmp_path / "class" / f"s{number:02d}.ipynb").write_bytes(big.content)
    seen, found, memory = [], find(tmp_path / "class")[0], psutil.Process().memory_info
    grade_all(found, plan, tmp_path / "out", limits=sandbox.limits, progress=lambda: seen.append(memory().rss))
    assert max(seen[10:]) - max(seen[:10]) < 40 << 20, [size >> 20 for size in seen]


@pytest.mark.parametrize("cut", [1, 20])
def test_a_line_that_was_cut_is_graded_again(cut, plan, tmp_path):
    """Killed while it wrote: even a line that lacks nothing but its end would swallow the next one."""
    log = tmp_path / "results.jsonl"
    result = {"status": "graded", "points": 1, "reason": "", "tasks": []}
    lines = [json.dumps({"plan": engine._mark(plan)})]
    lines += [json.dumps({"key": key, "digest": "0", "result": result}) for key in ("first", "second")]
    log.write_text("\n".join(lines) + "\n")
    log.write_bytes(log.read_bytes()[:-cut])
    assert list(engine._read(log, engine._mark(plan))) == ["first"]
    assert log.read_text() == "\n".join(lines[:2]) + "\n"


def test_the_help_is_in_plain_ukrainian(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "Перервану перевірку" in capsys.readouterr().out
