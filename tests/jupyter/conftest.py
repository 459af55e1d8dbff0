"""A real JupyterLab, one for all tests of a worker."""

import pytest
from jupyter_pages import close_notebook, run_notebook, start_jupyter


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory):
    with start_jupyter(tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture
def run(browser, jupyter):
    """Run a notebook and show it: run(name, kind="lab/tree") -> the page."""
    pages = []

    def run_and_remember(name, kind="lab/tree"):
        pages.append(run_notebook(browser, jupyter, name, kind))
        return pages[-1]

    yield run_and_remember
    for page in pages:
        close_notebook(page)
