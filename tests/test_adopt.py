"""The address of the repository stands once: the launch buttons and the set-up cells follow it."""

import json
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from book_text import ROOT

from tools import adopt, exercises

ADDRESS = "https://github.com/someone/course"
PAGE = "book/exercises/02_losses"


@pytest.fixture
def adopted(tmp_path, monkeypatch):
    """A copy of the course's settings and generated files that has an address."""
    shutil.copy(ROOT / "_config.yml", tmp_path)
    monkeypatch.setattr(adopt, "ROOT", tmp_path)
    monkeypatch.setattr(exercises, "ROOT", tmp_path)
    monkeypatch.setattr(exercises, "NOTEBOOKS", tmp_path / "book" / "exercises")
    monkeypatch.setattr(exercises, "RECORDS", tmp_path / "records")
    assert adopt.main([f"{ADDRESS}.git", "--branch", "spring"]) == 0
    return tmp_path


def set_up_cell(root):
    notebook = json.loads((root / f"{PAGE}.ipynb").read_text(encoding="utf-8"))
    (cell,) = [cell for cell in notebook["cells"] if cell["id"] == "set-up"]
    return "".join(cell["source"])


def launch_links(folder, config):
    """The addresses of the buttons on a notebook's page that Sphinx builds with these settings."""
    source = folder / "site"
    page = source / f"{PAGE}.ipynb"
    page.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / f"{PAGE}.ipynb", page)
    options = {"repository_url": config["repository"]["url"], "repository_branch": config["repository"]["branch"]}
    options["launch_buttons"] = config["launch_buttons"]
    settings = {
        "extensions": ["myst_nb", "launch"],
        "html_theme": "sphinx_book_theme",
        "html_theme_options": options,
        "nb_execution_mode": "off",
        "root_doc": PAGE,
        "myst_enable_extensions": ["dollarmath"],
    }
    path = f"import sys\nsys.path.insert(0, {str(ROOT / 'extensions')!r})\n"
    (source / "conf.py").write_text(path + "".join(f"{name} = {value!r}\n" for name, value in settings.items()))
    command = [sys.executable, "-m", "sphinx", "-q", "-E", source, source / "html"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    html = (source / "html" / f"{PAGE}.html").read_text(encoding="utf-8")
    return re.findall(r'href="(https://(?:mybinder|colab)[^"]+)"', html)


def test_an_address_reaches_the_buttons_and_the_cells(adopted):
    config = yaml.safe_load((adopted / "_config.yml").read_text(encoding="utf-8"))
    assert config["repository"] == {"url": ADDRESS, "branch": "spring"}
    assert f"git+{ADDRESS}" in set_up_cell(adopted)
    binder, colab = launch_links(adopted, config)
    assert binder == f"https://mybinder.org/v2/gh/someone/course/spring?urlpath=lab/tree/{PAGE}.ipynb"
    assert colab == f"https://colab.research.google.com/github/someone/course/blob/spring/{PAGE}.ipynb"


def test_without_an_address_there_is_no_button_and_nothing_is_installed(adopted):
    assert adopt.main([""]) == 0
    config = yaml.safe_load((adopted / "_config.yml").read_text(encoding="utf-8"))
    assert launch_links(adopted, config) == []
    assert "pip install -q" not in set_up_cell(adopted)


def test_the_rest_of_the_settings_stays(adopted):
    before = (ROOT / "_config.yml").read_text(encoding="utf-8").splitlines()
    after = (adopted / "_config.yml").read_text(encoding="utf-8").splitlines()
    assert sum(a != b for a, b in zip(before, after, strict=True)) <= 2


@pytest.mark.parametrize(
    "address", ["github.com/a/b", "https://github.com/a", 'https://github.com/a/b"c', "http://a.b/c/d"]
)
def test_a_wrong_address_changes_nothing(adopted, address, capsys):
    before = (adopted / "_config.yml").read_bytes()
    assert adopt.main([address]) == 1
    assert address in capsys.readouterr().err
    assert (adopted / "_config.yml").read_bytes() == before
