"""The address of the repository is written once: the launch buttons and the set-up cells follow it."""

import json
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
import yaml

from tools import adopt, exercises, notebooks, set_up
from tools.shared import ROOT

ADDRESS = "https://github.com/someone/course"
PAGES = ("book/02_losses", "book/exercises/02_losses")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A copy of the course's settings and chapters."""
    shutil.copy(ROOT / "_config.yml", tmp_path)
    shutil.copytree(ROOT / "book", tmp_path / "book", ignore=shutil.ignore_patterns("exercises", "_static"))
    for module in (adopt, exercises, notebooks, set_up):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(exercises, "NOTEBOOKS", tmp_path / "book" / "exercises")
    monkeypatch.setattr(exercises, "RECORDS", tmp_path / "records")
    return tmp_path


@pytest.fixture
def adopted(course):
    """A copy of the course that has an address."""
    assert adopt.main([f"{ADDRESS}.git", "--branch", "spring"]) == 0
    return course


def set_up_cells(root):
    """The texts of the set-up cells of all notebooks, which must be one and the same."""
    texts = set()
    for path in sorted(root.glob("book/**/*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts |= {"".join(cell["source"]) for cell in cells if cell["id"] == set_up.ID}
    return texts


def launch_links(folder, config):
    """{page: the addresses of its buttons} where Sphinx builds a chapter and an exercise with these settings.

    The pages are empty: what stands on them does not matter here.
    """
    source = folder / "site"
    for name in PAGES:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(metadata=notebooks.NOTEBOOK_METADATA), source / f"{name}.ipynb")
    options = {"repository_url": config["repository"]["url"], "repository_branch": config["repository"]["branch"]}
    options["launch_buttons"] = config["launch_buttons"]
    settings = {
        "extensions": ["myst_nb", "extensions.launch"],
        "html_theme": "sphinx_book_theme",
        "html_theme_options": options,
        "nb_execution_mode": "off",
        "root_doc": PAGES[0],
        "myst_enable_extensions": ["dollarmath"],
    }
    (source / "conf.py").write_text("".join(f"{name} = {value!r}\n" for name, value in settings.items()))
    command = [sys.executable, "-m", "sphinx", "-q", "-E", source, source / "html"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    html = {name: (source / "html" / f"{name}.html").read_text(encoding="utf-8") for name in PAGES}
    assert not [name for name, page in html.items() if re.search("Launch (on|interactive)", page)], "English words"
    return {name: re.findall(r'href="(https://(?:mybinder|colab)[^"]+)"', page) for name, page in html.items()}


def test_an_address_reaches_the_buttons_and_the_cells(adopted):
    config = yaml.safe_load((adopted / "_config.yml").read_text(encoding="utf-8"))
    assert config["repository"] == {"url": ADDRESS, "branch": "spring"}
    assert set_up_cells(adopted) == {set_up.source(ADDRESS, "spring")}
    for page, links in launch_links(adopted, config).items():
        assert links == [
            f"https://mybinder.org/v2/gh/someone/course/spring?urlpath=lab/tree/{page}.ipynb",
            f"https://colab.research.google.com/github/someone/course/blob/spring/{page}.ipynb",
        ]


def test_without_an_address_there_is_no_button_and_nothing_is_installed(adopted):
    assert adopt.main([""]) == 0
    config = yaml.safe_load((adopted / "_config.yml").read_text(encoding="utf-8"))
    assert launch_links(adopted, config) == {page: [] for page in PAGES}
    assert set_up_cells(adopted) == {set_up.source("", "main")}


LONG = "https://gitlab.example-university.edu.ua/faculty-of-mathematics/courses/from-the-chain-rule-to-adam"


@pytest.mark.parametrize("address", ["", LONG])
def test_the_chapters_pass_the_linter_with_any_address(course, address):
    """The line with the address is as long as the address is."""
    assert adopt.main([address]) == 0
    settings = ["--config", ROOT / "book" / "ruff.toml", "--no-cache", "--quiet"]
    command = [sys.executable, "-m", "ruff", "check", *settings, "book"]
    linted = subprocess.run(command, cwd=course, capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_the_rest_of_the_settings_stays():
    before = (ROOT / "_config.yml").read_text(encoding="utf-8")
    after = adopt.with_address(before, ADDRESS, "spring")
    changed = [line for line, now in zip(before.splitlines(), after.splitlines(), strict=True) if line != now]
    assert [line.split(":")[0].strip() for line in changed] in (["url"], ["url", "branch"])


@pytest.mark.parametrize(
    "address", ["github.com/a/b", "https://github.com/a", 'https://github.com/a/b"c', "http://a.b/c/d"]
)
def test_a_wrong_address_changes_nothing(course, address, capsys):
    before = (course / "_config.yml").read_bytes()
    assert adopt.main([address]) == 1
    assert address in capsys.readouterr().err
    assert (course / "_config.yml").read_bytes() == before
