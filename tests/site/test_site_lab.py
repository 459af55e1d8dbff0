"""Python on the built pages: answers are checked, cells run, from a server and from a folder, without a network."""

import json

import nbformat
import pytest

import exercises
from exercises import CHAPTERS
from lessons_lib.text import text
from tools import exercises as tool
from tools.shared import ROOT

CHAPTER = "losses"
PAGE = f"book/exercises/{CHAPTERS[CHAPTER]}.html"
LESSON = f"book/{CHAPTERS[CHAPTER]}"
TASKS = {task.name: task for task in exercises.tasks_of(CHAPTER)}
DONE = "box => !box.querySelector('.ll-lab-status').dataset.busy && box.querySelector('.ll-lab-output').textContent"
SECONDS = 60_000  # ms, until Python is there on a busy machine


@pytest.fixture(autouse=True)
def python(site, do_without):
    if not (site / "python" / "site.js").exists():
        do_without("the site was built without Python: make book fetches it")


def cell(page, name):
    return page.locator(f"#cell-{name.replace('_', '-')}")


def wait(page, name):
    """Wait until a cell has run; what it shows."""
    place = cell(page, name)
    page.wait_for_function(DONE, arg=place.element_handle(), timeout=SECONDS)
    return place.locator(".ll-lab-output").inner_text()


def fill(page, name, answer):
    """Give an answer as its kind is given on the page: `answer` is what tests of the tasks take."""
    task, place = TASKS[name], cell(page, name)
    if task.kind == "choice":
        place.locator(f"input[value='{answer}']").check()
    elif task.kind == "number":
        parts = answer if isinstance(answer, tuple) else [answer]
        for field, part in zip(place.locator("input").all(), parts, strict=True):
            field.fill(str(part).replace(".", ","))
    elif task.kind == "order":
        for button in place.locator(".ll-lab-mine .ll-button").all()[::-1]:
            button.click()
        for number in answer:
            place.locator(".ll-lab-heap li").filter(has_text=f"⠿ {number}").first.locator(".ll-lab-line").click()
    else:
        place.locator("textarea").fill(task.cell(answer))


def check(page, name, answer):
    fill(page, name, answer)
    cell(page, name).locator(".ll-lab-check").click()
    return wait(page, name)


@pytest.mark.parametrize("via", ["http", "file"])
def test_a_task_of_each_kind_is_told_wrong_then_right(open_page, server, via):
    visit = open_page(PAGE, via=via)
    loaded = [address for address in visit.requests if "/python/" in address]
    assert loaded == [], "loaded before the reader asked"
    for task in {task.kind: task for task in TASKS.values()}.values():
        mistake, wrong = next(iter(task.wrongs.items()))
        said = text(f"mistake.{mistake}")
        assert said.split("<")[0][:25] in check(visit.page, task.name, wrong)
        assert "Правильно" in check(visit.page, task.name, task.rights[0])
        assert cell(visit.page, task.name).locator(".ll-lab-mark").inner_text() == "✓ розв’язано"
    assert visit.errors == []
    if via == "http":
        assert {address for address in visit.requests if not address.startswith((server, "blob:", "data:"))} == set()


def test_endless_work_ends_in_python_and_inside_of_c(open_page):
    page = open_page(PAGE).page
    assert "не закінчився за 2 с" in check(page, "mse", "def mse(y_pred, y_true):\n    while True:\n        pass\n")
    assert "не закінчився за 8 с" in check(page, "mse", "def mse(y_pred, y_true):\n    sum(iter(int, 1))\n")
    assert "Правильно" in check(page, "mse", TASKS["mse"].rights[0])


def test_answers_stay_and_are_handed_in_as_the_notebook(open_page, tmp_path):
    page = open_page(PAGE).page
    check(page, "mse", TASKS["mse"].rights[0])
    fill(page, "bce", "def bce(p, y):\n    return 0\n")
    page.reload()
    assert cell(page, "mse").locator(".ll-lab-mark").inner_text() == "✓ розв’язано"
    with page.expect_download() as handed_in:
        page.locator(".ll-lab-save").click()
    handed_in.value.save_as(path := tmp_path / handed_in.value.suggested_filename)
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    wanted = tool.notebook(CHAPTER, {"mse": TASKS["mse"].rights[0], "bce": "def bce(p, y):\n    return 0\n"})
    assert [one.source.strip() for one in book.cells] == [one.source for one in wanted.cells]
    cell(page, "mse").locator(".ll-lab-reset").click()
    page.locator("input[type=file]").set_input_files(path)
    page.locator(".ll-lab-notebook .ll-lab-status", has_text=str(len(TASKS))).wait_for()
    assert cell(page, "mse").locator("textarea").input_value() == TASKS["mse"].rights[0]


def test_a_wrong_byte_is_refused(open_page):
    page = open_page(PAGE).page

    def spoil(route):
        body = bytearray(route.fetch().body())
        body[len(body) // 2] ^= 1
        route.fulfill(body=bytes(body))

    page.context.route("**/python_stdlib.zip", spoil)
    cell(page, "mse").locator(".ll-lab-check").click()
    assert "Python не завантажився" in wait(page, "mse")


def test_the_keyboard_writes_checks_and_leaves_the_editor(open_page):
    page = open_page(PAGE).page
    area = cell(page, "mse").locator("textarea")
    area.press("Control+End")
    area.press_sequentially("x:")
    area.press("Enter")
    area.press("Tab")
    assert area.input_value().endswith("...x:\n" + " " * 12)
    area.press("Control+z")
    area.press("Escape")
    area.press("Tab")
    assert page.evaluate("() => document.activeElement.className").endswith("ll-lab-check ")


def test_a_cell_of_a_chapter_is_changed_run_and_put_back(open_page):
    page = open_page(f"{LESSON}.html").page
    book = json.loads((ROOT / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
    printing = next(
        one for one in book["cells"] if one["cell_type"] == "code" and one["source"][-1].startswith("print(")
    )
    place = cell(page, printing["id"])
    place.locator(".ll-lab-change").click()
    area = place.locator("textarea")
    area.fill(area.input_value() + "\nprint('моє')")
    assert place.locator(".ll-lab-note").inner_text() == "Код змінено: на сторінці був інший."
    area.press("Shift+Enter")
    assert wait(page, printing["id"]) == "".join(printing["outputs"][0]["text"]) + "моє\n"
    place.locator(".ll-lab-reset").click()
    assert (area.count(), place.locator(".cell_input").is_visible()) == (0, True)
