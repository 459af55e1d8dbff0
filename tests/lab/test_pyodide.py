"""Python for the pages is taken from where it is, and never with a wrong byte."""

import hashlib

import pytest

from tools.shared import pyodide

GOOD = {"a.js": b"let a = 1;", "b.whl": b"PK wheel"}


@pytest.fixture(autouse=True)
def two_files(monkeypatch):
    listed = {name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in GOOD.items()}
    monkeypatch.setattr(pyodide, "FILES", listed)


def source(name, content):
    def found(wanted):
        return {name: bytes_ for name, bytes_ in content.items() if name in wanted}

    found.__name__ = name
    return found


def test_each_file_comes_from_the_first_source_that_has_it_right(tmp_path):
    wrong = source("from_folder", {"a.js": b"let a = 2;", "b.whl": GOOD["b.whl"]})
    assert pyodide.fill(tmp_path, [wrong, source("from_registries", GOOD)]) == []
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == GOOD


@pytest.mark.parametrize("content", [b"let a = 2;", b"let a = 1; ", b"", GOOD["a.js"][:-1]])
def test_a_wrong_byte_is_refused_and_said(tmp_path, content):
    lacking = pyodide.fill(tmp_path, [source("from_folder", GOOD | {"a.js": content})])
    assert lacking == [("a.js", "from folder: not the bytes that pyodide.json lists")]
    assert [path.name for path in tmp_path.iterdir()] == ["b.whl"]


def test_a_file_that_was_changed_on_the_disk_is_fetched_again(tmp_path):
    pyodide.fill(tmp_path, [source("from_folder", GOOD)])
    (tmp_path / "a.js").write_bytes(b"let a = 3;")
    assert pyodide.missing(tmp_path) == ["a.js"]
    assert pyodide.fill(tmp_path, [source("from_folder", GOOD)]) == []


def test_what_no_source_has_is_said(tmp_path):
    assert pyodide.fill(tmp_path, [source("from_network", {})]) == [(name, "no source has it") for name in GOOD]


def test_a_whole_folder_asks_nobody(tmp_path):
    pyodide.fill(tmp_path, [source("from_folder", GOOD)])

    def never(wanted):
        raise AssertionError("asked")

    assert pyodide.fill(tmp_path, [never]) == []
