"""A real JupyterLab, one for all tests of a worker."""

import pytest
from jupyter_pages import close_notebook, open_jupyter, run_notebook, start_jupyter


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory):
    with start_jupyter(tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture(scope="session")
def lab(browser, jupyter):
    """One page for all notebooks: JupyterLab takes longer to load than a chapter to run."""
    page = open_jupyter(browser, jupyter)
    yield page
    page.close(run_before_unload=False)


@pytest.fixture
def run(lab):
    """Run a notebook in JupyterLab and show it: run(name) -> the page."""

    def run_and_show(name):
        run_notebook(lab, name)
        return lab

    yield run_and_show
    close_notebook(lab)
