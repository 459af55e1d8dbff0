"""The button on a notebook's page and JupyterLite agree; tests/reach/test_jupyterlite_runs.py opens the built one."""

import json
import posixpath
import re
import tomllib
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from packaging.requirements import Requirement

from extensions import launch
from tools import jupyterlite as tool
from tools.shared import ROOT, pyodide
from tools.shared.toc import toc_entries

PAGES = toc_entries()
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+\.ipynb)")


def pins():
    lines = (ROOT / "tools" / "jupyterlite-requirements.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("#")[0].strip().split("==") for line in lines if "==" in line)


def buttons(pagename, header_buttons=()):
    """The header buttons of a page after the extension has seen it."""
    suffix = ".ipynb" if (ROOT / f"{pagename}.ipynb").exists() else ".md"
    app = SimpleNamespace(env=SimpleNamespace(found_docs=set(PAGES), doc2path=lambda name: name + suffix))

    def pathto(target, resource):
        assert resource == 1
        return posixpath.relpath(target, posixpath.dirname(pagename))

    context = {"header_buttons": list(header_buttons), "pathto": pathto}
    launch.add_lite(app, pagename, "page.html", context, None)
    return context["header_buttons"]


def test_the_button_of_every_notebook_leads_to_that_notebook_in_lite():
    reached = []
    for page in PAGES:
        for group in buttons(page):
            (button,) = group["buttons"]
            url = urlsplit(button["url"])
            assert posixpath.normpath(posixpath.join(posixpath.dirname(page), url.path)) == "lite/notebooks/index.html"
            (path,) = parse_qs(url.query)["path"]
            assert tool.notebooks()[path] == ROOT / f"{page}.ipynb"
            reached.append(path)
    assert sorted(reached) == sorted(tool.notebooks())
    assert len(reached) >= 14


@pytest.mark.parametrize("page", ["book/index", "book/reference/glossary", "search"])
def test_a_page_without_a_notebook_has_no_button(page):
    assert buttons(page) == []


def test_the_button_joins_those_for_colab_and_binder():
    group = {"type": "group", "label": "launch-buttons", "tooltip": "x", "buttons": [{"text": "Colab"}]}
    after = buttons(PAGES[1], [group, {"label": "download-buttons"}])
    assert [group["label"] for group in after] == ["launch-buttons", "download-buttons"]
    assert [button["text"] for button in after[0]["buttons"]] == ["Colab", launch.TEXT]


def test_the_button_says_what_it_costs_and_who_is_asked():
    assert f"{launch.FIRST_LOAD} МБ" in launch.TEXT
    assert "із цього самого сайту" in launch.TOOLTIP and not urlsplit(tool.PYODIDE_URL).netloc


@pytest.mark.parametrize(("published", "python"), [(True, True), (False, True), (True, False)])
def test_the_button_is_there_only_when_lite_is(published, python, monkeypatch):
    monkeypatch.setenv("PUBLISHED", "1" if published else "")
    monkeypatch.setattr(launch, "has_python", lambda: python)
    connected, tags = [], set()
    launch.setup(SimpleNamespace(tags=tags, connect=lambda event, function, **_: connected.append(function)))
    assert (launch.add_lite in connected, tags) == (published and python, {"published"} if published else set())


def test_links_between_notebooks_stay_in_lite():
    links = []
    for path, file in tool.notebooks().items():
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        links += [posixpath.normpath(posixpath.join(posixpath.dirname(path), link)) for link in LINK.findall(text)]
    assert len(links) > 30
    assert set(links) <= tool.notebooks().keys()


def test_versions_that_work_together_are_pinned():
    core, kernel = pins()["jupyterlite-core"], pins()["jupyterlite-pyodide-kernel"]
    assert core.split(".")[:2] == kernel.split(".")[:2]
    assert pyodide.VERSION == "0.27.7"  # the last with Python 3.12 and NumPy 2.0, for which the kernel 0.6 is made
    assert kernel.split(".")[:2] == ["0", "6"]


def test_the_wheels_for_the_kernel_are_pinned_and_suit_the_course():
    assert pins().keys() >= set(tool.WHEELS)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {need.name: need.specifier for need in map(Requirement, project["optional-dependencies"]["widgets"])}
    assert wanted["ipywidgets"].contains(pins()["ipywidgets"])


def test_lite_asks_nothing_of_pypi_and_opens_no_news():
    kernel = tool.config()["jupyter-config-data"]["litePluginSettings"][tool.KERNEL]
    assert kernel == {"pyodideUrl": "../../python/pyodide.js", "disablePyPIFallback": True}
    news = tool.SETTINGS["@jupyterlab/apputils-extension:notification"]
    assert news == {"fetchNews": "false", "checkForUpdates": False}
