"""The lab as a whole: every task and every cell on the built pages, in Chromium; a task of each kind in Firefox."""

import json
import re
import time

import pytest

import exercises
from exercises import CHAPTERS
from lessons_lib.text import text
from tests.site.lab_pages import cell, check, wait
from tools.shared import ROOT
from tools.shared.server import serve

RUN = "id => document.querySelector(`#cell-${id} .ll-lab-run`).click()"
SHOWN = """id => [...document.querySelectorAll(`#cell-${id} .ll-lab-output > *`)]
  .map(box => [box.dataset.kind ?? 'broken', box.textContent])"""
# What a browser without this Python's own module for them is asked to do in Firefox: see test_firefox.
SOLVE = """const [name, source, done] = arguments;
  const box = document.getElementById(`cell-${name}`), area = box.querySelector('textarea');
  area.value = source; area.dispatchEvent(new Event('input'));
  const output = box.querySelector('.ll-lab-output');
  box.querySelector('.ll-lab-check').click();
  const timer = setInterval(() => {
    if (!box.querySelector('.ll-lab-status').dataset.busy && output.textContent) {
      clearInterval(timer); done(output.textContent);
    }
  }, 50);"""


@pytest.fixture(scope="module")
def start(site, do_without):
    if not (site / "python" / "site.js").exists():
        do_without("the site was built without Python: make book fetches it")
    with serve(site) as address:
        yield {"http": address, "file": site.as_uri()}


@pytest.fixture
def open_page(browser, start):
    pages = []

    def open_it(name):
        pages.append(browser.new_page())
        pages[-1].goto(f"{start['http']}/{name}")
        return pages[-1]

    yield open_it
    for page in pages:
        page.close()


def words(markup):
    return re.sub(r"<[^>]+>|\W", "", markup)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_task_is_judged_on_its_page(open_page, chapter, record_property):
    page, times = open_page(f"book/exercises/{CHAPTERS[chapter]}.html"), []
    for task in exercises.tasks_of(chapter):
        mistake, wrong = next(iter(task.wrongs.items()))
        said = check(page, task, wrong)
        assert words(text(f"mistake.{mistake}"))[:20] in words(said) or "відрізняється" in said, (task.id, said)
        begun = time.perf_counter()
        assert "Правильно" in check(page, task, task.rights[0]) or task.kind == "tune", task.id
        times.append(time.perf_counter() - begun)
        assert "розв’язано" in cell(page, task.name).locator(".ll-lab-mark").inner_text(), task.id
    record_property("seconds of a check, sorted", sorted(round(seconds, 2) for seconds in times))


@pytest.mark.parametrize("slug", CHAPTERS.values())
def test_every_cell_prints_on_the_page_what_is_committed(open_page, slug):
    page = open_page(f"book/{slug}.html")
    for one in json.loads((ROOT / "book" / f"{slug}.ipynb").read_text(encoding="utf-8"))["cells"]:
        if one["cell_type"] != "code" or {"remove-cell", "remove-input"} & set(one["metadata"].get("tags", ())):
            continue
        page.evaluate(RUN, one["id"])
        wait(page, one["id"], shows=False)
        shown = page.evaluate(SHOWN, one["id"])
        assert {kind for kind, _ in shown} <= {"text", "html", "svg"}, (one["id"], shown)
        if all(kind == "text" for kind, _ in shown):
            printed = ["".join(out.get("text") or [*out["data"]["text/plain"], "\n"]) for out in one["outputs"]]
            assert "".join(told for _, told in shown) == "".join(printed), one["id"]


@pytest.mark.parametrize("via", ["http", "file"])
def test_firefox(start, do_without, via):
    marionette = pytest.importorskip("marionette_driver.marionette")
    firefox = marionette.Marionette(
        bin="/usr/bin/firefox-esr", headless=True, app_args=["--remote-allow-system-access"]
    )
    firefox.start_session()
    try:
        firefox.timeout.script = 90
        firefox.navigate(f"{start[via]}/book/exercises/{CHAPTERS['losses']}.html")
        for source, said in (
            ("def mse(y_pred, y_true):\n    return np.sum((y_pred - y_true) ** 2)", "сума, а не середнє"),
            ("def mse(y_pred, y_true):\n    return np.mean((y_pred - y_true) ** 2)", "Правильно"),
            ("def mse(y_pred, y_true):\n    while True: pass", "не закінчився за 2 с"),
            ("def mse(y_pred, y_true):\n    sum(iter(int, 1))", "не закінчився за 8 с"),
        ):
            assert said in firefox.execute_async_script(SOLVE, ["mse", source])
    finally:
        firefox.cleanup()
