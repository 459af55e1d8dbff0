"""The page «Швидкодія» and its figure are what the record of the last measurement says."""

import inspect
import textwrap

from lessons_lib import Adam
from lessons_lib._fast import FastAdam
from tools.bench import page


def test_the_page_and_its_figure_say_what_the_record_says():
    assert page.write(page.load(), check=True) == 0


def test_a_number_of_the_page_follows_the_record():
    record = page.load()
    record["steps"]["small"]["rows"][0]["microseconds"] = 4321
    changed = page.files(record)
    assert all("4321" in content for content in changed.values())
    assert all(content != path.read_text(encoding="utf-8") for path, content in changed.items())


def test_the_code_on_the_page_is_no_wider_than_the_page():
    shown = page.PAGE.read_text(encoding="utf-8")
    for method in (Adam.step, FastAdam.update):
        lines = textwrap.dedent(inspect.getsource(method)).splitlines()
        assert f":pyobject: {method.__qualname__}" in shown and max(map(len, lines)) <= 80
