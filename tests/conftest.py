"""Settings and fixtures for all tests, and how parallel workers share them."""

import os
import re
from pathlib import PurePosixPath

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from tools.shared.browser import start_chromium
from tools.shared.site import PAGES, SITE

hypothesis.settings.register_profile("lessons", deadline=None, print_blob=True)
hypothesis.settings.load_profile("lessons")


@pytest.fixture(scope="session")
def do_without():
    """Call with a reason where a program of the machine is missing: skips, or fails under REQUIRE_BROWSER=1."""

    def skip_or_fail(reason):
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"{reason} (and REQUIRE_BROWSER=1 demands it)", pytrace=False)
        pytest.skip(reason)

    return skip_or_fail


@pytest.fixture(scope="session")
def browser(do_without):
    """The one browser of a worker: Playwright's plain interface allows no second one beside it."""
    with start_chromium(do_without) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def site():
    """The folder of the built site."""
    missing = [name for name in PAGES if not (SITE / name).is_file()]
    if missing:
        names = ", ".join(missing)
        pytest.fail(f"the site is not built ({names} missing in _build/html): run make book", pytrace=False)
    return SITE


# Folders, so that no worker is left alone with them at the end.
BY_PAGE = ("jupyter", "colab", "grading", "site", "exercises")
SLOWEST_FIRST = (*BY_PAGE, "book")  # the chapters themselves and tests/book
PAGE = re.compile(r"[\w/]+\.(html|ipynb)")


def share(nodeid):
    """What one worker runs at a stretch: the tests of a file, or, in tests that take pages, those of a page.

    All of Jupyter is one share: a second server and a second JupyterLab would cost more than they gain.
    """
    path, _, test = nodeid.partition("::")
    folder = PurePosixPath(path).parent.name
    if folder == "jupyter":
        return folder
    page = PAGE.search(test) if folder in BY_PAGE else None
    return f"{folder} {page[0]}" if page else path


class Shares(LoadScopeScheduling):
    def _split_scope(self, nodeid):
        return share(nodeid)


@pytest.hookimpl(optionalhook=True)  # tools/mutants.py runs without xdist
def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False
    return Shares(config, log)


def pytest_collection_modifyitems(items):
    """The slowest folders first, there share by share: first the tests that look at a page, then those that use it."""

    def place(item):
        folder = item.path.parent.name
        if folder not in SLOWEST_FIRST:
            return len(SLOWEST_FIRST), "", False
        return SLOWEST_FIRST.index(folder), share(item.nodeid), "used" in getattr(item, "fixturenames", ())

    items.sort(key=place)
