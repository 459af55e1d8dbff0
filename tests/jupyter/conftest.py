"""A Jupyter server and a browser for the tests of this folder."""

import pytest
from browsers import start_chromium
from jupyter_pages import close_notebook, run_notebook, start_jupyter


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory):
    with start_jupyter(tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture(scope="session")
def chromium(do_without):
    with start_chromium(do_without) as browser:
        yield browser


@pytest.fixture
def run(chromium, jupyter):
    """Run a notebook and show it: run(name, kind="lab/tree") -> the page."""
    pages = []

    def run_and_remember(name, kind="lab/tree"):
        pages.append(run_notebook(chromium, jupyter, name, kind))
        return pages[-1]

    yield run_and_remember
    for page in pages:
        close_notebook(page)
