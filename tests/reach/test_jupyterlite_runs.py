"""JupyterLite as a reader gets it: opened from a page of the site, a kernel started, the course installed and imported.

Python comes from the folder that `python -m tools.shared.pyodide` has filled, as on the site.
"""

import json
import subprocess
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from extensions.launch import FIRST_LOAD, address
from tools import jupyterlite as tool
from tools.shared import ROOT, pyodide
from tools.shared.measures import kilobytes
from tools.shared.server import serve

PYTHON = ROOT / ".venv" / "lite" / "bin" / "python"
PAGES = {f"book/{name.removesuffix('.ipynb')}": name for name in tool.notebooks()}
INSTALL = '%pip install -q "lessons-lib[widgets]"'

RUN = """async code => {
  const {kernel} = jupyterapp.shell.currentWidget.sessionContext.session;
  const said = [];
  const future = kernel.requestExecute({code});
  future.onIOPub = ({content}) => said.push(
    content.text ?? content.data?.['text/plain'] ?? content.evalue ?? '');
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error('the kernel is silent')), 180_000));
  const {content} = await Promise.race([future.done, late]);
  return {status: content.status, said: said.join('')};
}"""

# What the command promises never comes where a cell fails: its error is looked for meanwhile.
RUN_ALL = """async limit => {
  const {model} = jupyterapp.shell.currentWidget.content;
  const errors = () => model.sharedModel.toJSON().cells.flatMap(({outputs = []}) => outputs)
    .filter(output => output.output_type === 'error').map(({ename, evalue}) => `${ename}: ${evalue}`);
  const ended = jupyterapp.commands.execute('notebook:run-all-cells').then(done => ({done, errors: errors()}));
  const failed = new Promise(resolve => setInterval(
    () => errors().length && resolve({done: false, errors: errors()}), 500));
  const late = new Promise(resolve => setTimeout(() => resolve({done: false, errors: ['it runs too long']}), limit));
  return Promise.race([ended, failed, late]);
}"""


@dataclass
class Visit:
    """An open notebook, what it asked for and what went wrong."""

    page: object
    requests: list = field(default_factory=list)
    errors: list = field(default_factory=list)

    def wait_for_kernel(self):
        self.page.wait_for_function("() => jupyterapp.shell.currentWidget.sessionContext.session?.kernel")

    def run(self, code):
        """Run code in the notebook's kernel; what it printed and showed."""
        answer = self.page.evaluate(RUN, code)
        assert answer["status"] == "ok", answer["said"]
        return answer["said"]

    def put_first(self, code):
        """Put a code cell before all others, and choose it."""
        self.page.evaluate(
            """async code => {
              const {content} = jupyterapp.shell.currentWidget;
              content.activeCellIndex = 0;
              await jupyterapp.commands.execute('notebook:insert-cell-above');
              await jupyterapp.commands.execute('notebook:change-cell-to-code');
              content.activeCell.model.sharedModel.setSource(code);
            }""",
            code,
        )

    def run_all(self, seconds=180):
        """Run all cells; whether they came to their end, and the errors of those that failed."""
        ended = self.page.evaluate(RUN_ALL, 1000 * seconds)
        return ended["done"], ended["errors"]


@pytest.fixture(scope="session")
def site(tmp_path_factory, do_without):
    """The address of a site with JupyterLite beside a Pyodide, and its folder."""
    if not PYTHON.exists():
        do_without("the environment that builds JupyterLite is missing: make lite makes it")
    folder = tmp_path_factory.mktemp("site")
    if pyodide.missing(pyodide.FOLDER):
        do_without("Python for the browser is missing: make book fetches it")
    (folder / "python").symlink_to(pyodide.FOLDER)
    with serve(folder) as host:
        command = [PYTHON, "-m", "tools.jupyterlite", folder / "lite"]
        subprocess.run(command, check=True, cwd=ROOT)
        settings = folder / "lite" / "jupyter-lite.json"
        config = json.loads(settings.read_text(encoding="utf-8"))
        config["jupyter-config-data"]["exposeAppInBrowser"] = True
        settings.write_text(json.dumps(config), encoding="utf-8")
        yield host, folder


@pytest.fixture
def open_notebook(browser, site):
    """Open the notebook of a page as its button does, in a browser that was never here."""
    contexts = []

    def open_it(pagename, **options):
        contexts.append(browser.new_context(locale="uk-UA", **options))
        contexts[-1].set_default_timeout(120_000)
        visit = Visit(contexts[-1].new_page())
        contexts[-1].on("request", lambda request: visit.requests.append(request.url))
        visit.page.on("pageerror", lambda error: visit.errors.append(f"script error: {error}"))
        visit.page.on("console", lambda line: visit.errors.append(line.text) if is_trouble(line) else None)
        visit.page.goto(f"{site[0]}/{address(pagename)}")
        visit.page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.sessionContext")
        visit.page.evaluate("() => jupyterapp.shell.currentWidget.context.ready")
        return visit

    yield open_it
    for context in contexts:
        context.close()


def is_trouble(line):
    """Errors, and extensions made for another JupyterLab; but the icon of the site's own pages is not here."""
    return "of shared" in line.text or (line.type == "error" and not line.location["url"].endswith("/favicon.ico"))


@pytest.fixture
def started(open_notebook):
    """The first chapter with a kernel."""
    visit = open_notebook("book/01_chain_rule")
    visit.wait_for_kernel()
    return visit


def foreign(visit, host):
    return [url for url in visit.requests if not url.startswith((host, "data:", "blob:"))]


@pytest.mark.parametrize("pagename", PAGES)
def test_a_page_leads_to_its_notebook(open_notebook, site, pagename):
    visit = open_notebook(pagename)
    path, cells = visit.page.evaluate(
        "() => [jupyterapp.shell.currentWidget].map(({context, content}) => [context.path, content.widgets.length])[0]"
    )
    committed = json.loads((ROOT / f"{pagename}.ipynb").read_text(encoding="utf-8"))
    assert (path, cells) == (PAGES[pagename], len(committed["cells"]))
    visit.page.wait_for_timeout(2000)  # the table of contents comes late
    assert visit.errors == []
    assert foreign(visit, site[0]) == []


def test_the_files_are_listed_in_ukrainian(open_notebook, site):
    page = open_notebook("book/01_chain_rule").page
    page.goto(f"{site[0]}/lite/")
    page.wait_for_url("**/lite/tree/**")
    page.locator(".jp-DirListing-item").first.wait_for()
    listed = page.locator(".jp-DirListing-itemText").all_inner_texts()
    assert listed == ["exercises", *(name for name in PAGES.values() if "/" not in name)]
    assert "Файл" in page.locator(".lm-MenuBar").first.inner_text()


def test_a_link_leads_from_one_notebook_to_another(open_notebook):
    page = open_notebook("book/02_losses").page
    with page.context.expect_page() as opened:
        page.locator('.jp-Notebook a[href*="01_chain_rule.ipynb"]').first.click()
    opened.value.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.context")
    assert opened.value.evaluate("() => jupyterapp.shell.currentWidget.context.path") == "01_chain_rule.ipynb"


def test_a_kernel_starts_and_installs_the_course_from_here_alone(started, site):
    host, _ = site
    assert started.run("import sys\nprint(sys.version_info[:2], sys.platform)\n1 + 1") == "(3, 12) emscripten\n2"
    assert started.run("from importlib.util import find_spec\nfind_spec('lessons_lib')") == ""
    started.run(INSTALL)
    assert started.run("from lessons_lib.text import text\nprint(text('check.passed'))") == "Правильно.\n"
    assert foreign(started, host) == []
    assert started.errors == []


def test_a_request_of_the_kernel_to_another_host_is_noticed(started, site):
    started.run(
        "from pyodide.http import pyfetch\ntry:\n    await pyfetch('https://example.org/x')\nexcept OSError:\n    pass"
    )
    assert set(foreign(started, site[0])) == {"https://example.org/x"}


def test_a_control_of_the_page_and_the_kernel_follow_each_other(started):
    started.run(INSTALL)
    page = started.page
    started.put_first("import ipywidgets\nslider = ipywidgets.IntSlider(3)\nslider")
    page.evaluate("() => jupyterapp.commands.execute('notebook:run-cell')")
    page.locator(".noUi-handle").press("PageUp")  # Notebook takes the arrow keys for its own
    page.wait_for_function("() => document.querySelector('.widget-readout').textContent !== '3'")
    assert started.run("slider.value") == page.locator(".widget-readout").inner_text()
    started.run("slider.value = 7")
    page.wait_for_function("() => document.querySelector('.widget-readout').textContent === '7'")


def test_the_button_says_what_a_first_opening_loads(started, site, record_property):
    started.run(INSTALL)
    started.run("import lessons_lib")
    _, folder = site
    paths = {urlsplit(url).path.lstrip("/") for url in started.requests if url.startswith("http")}
    loaded = {path: kilobytes((folder / path).read_bytes()) for path in paths if (folder / path).is_file()}
    ours, python = (sum(loaded[path] for path in loaded if path.startswith(top)) for top in ("lite/", "python/"))
    record_property("first load, KB", (round(ours), round(python)))
    print(f"first load, KB: {ours:.0f} of JupyterLite, {python:.0f} of Python")
    assert ours > 1000 and python > 10_000
    assert 0 <= FIRST_LOAD - (ours + python) / 1000 <= 1


@pytest.mark.parametrize("pagename", PAGES)
def test_a_notebook_runs_from_top_to_bottom(open_notebook, pagename):
    visit = open_notebook(pagename)
    visit.wait_for_kernel()
    assert visit.run_all() == (True, [])
    assert visit.errors == []


def test_a_cell_that_fails_or_never_ends_is_reported(started):
    started.put_first("1 / 0")
    assert started.run_all() == (False, ["<class 'ZeroDivisionError'>: division by zero"])
    started.page.evaluate("() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    started.put_first("while True:\n    pass")
    assert started.run_all(seconds=5) == (False, ["it runs too long"])
