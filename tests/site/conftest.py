"""The built site, served from localhost and opened from disk, in the system's Chromium.

One browser for each worker; a page is loaded once for each way of looking at it, and shared by the tests that look and,
after them (see pytest_collection_modifyitems), those that use it.
Names other than localhost do not resolve in this browser: the tests see the site as a reader without a network does.
"""

import contextlib
from dataclasses import dataclass, field

import pytest

from tools.shared.server import serve
from tools.shared.site import PAGES


@dataclass
class Visit:
    """An open page and what happened while it loaded and was used."""

    page: object
    errors: list = field(default_factory=list)
    requests: list = field(default_factory=list)


class Tab:
    """A tab of the browser that visits one page after the other."""

    def __init__(self, page):
        self.page, self.now = page, Visit(page)
        page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.context.on("request", lambda request: self.now.requests.append(request.url))
        page.on("pageerror", lambda error: self.now.errors.append(f"script error: {error}"))
        page.on("console", lambda line: line.type == "error" and self.now.errors.append(f"console: {line.text}"))

    def visit(self, start, name):
        """Load a page of the site that begins at the address `start`."""
        self.now = Visit(self.page)
        self.page.goto(f"{start}/{name}", timeout=30_000)
        if name == "index.html":  # leads on to the first page
            self.page.wait_for_url(f"**/{PAGES[0]}", timeout=30_000)
        return self.now


@pytest.fixture(scope="session")
def server(site):
    with serve(site) as address:
        yield address


@pytest.fixture(scope="session")
def start(server, site):
    """Where the site begins: start["http"], start["file"]."""
    return {"http": server, "file": site.as_uri()}


@pytest.fixture(scope="session")
def new_tab(browser):
    """An empty tab with settings of its own, without a cache: each load is a reader's first."""

    def new_tab(scheme="light", width=1280, scripts=True):
        context = browser.new_context(
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
            locale="uk-UA",
            java_script_enabled=scripts,
        )
        context.set_default_timeout(15_000)
        return Tab(context.new_page())

    return new_tab


@pytest.fixture
def open_page(new_tab, start):
    """A page that the test may change: open_page(name, via="http", scheme="light", width=1280, …) -> Visit."""
    with contextlib.ExitStack() as opened:

        def open_and_close(name, via="http", **settings):
            tab = new_tab(**settings)
            opened.callback(tab.page.context.close)
            return tab.visit(start[via], name)

        yield open_and_close


@pytest.fixture
def page_with(open_page):
    """The first page with HTML at the end of its article: page_with(html, scheme="light", width=1280)."""

    def open_and_add(html, **settings):
        page = open_page(PAGES[0], **settings).page
        page.evaluate("html => document.querySelector('article').insertAdjacentHTML('beforeend', html)", html)
        return page

    return open_and_add


@pytest.fixture(scope="session")
def look_at(new_tab, start):
    """The same, loaded once for all tests that only look: look_at(name, via="http", scheme="light", width=1280, …).

    One tab for each way of looking goes from page to page: a tab of its own for each would take longer than to load it.
    """
    tabs, visits = {}, {}

    def look(name, via="http", scheme="light", width=1280, scripts=True):
        way = (via, scheme, width, scripts)
        if way not in tabs:
            tabs[way] = new_tab(scheme, width, scripts)
        if name not in visits.get(way, {}):
            visits[way] = {}  # also when the page does not open
            visits[way][name] = tabs[way].visit(start[via], name)
        return visits[way][name]

    yield look
    for tab in tabs.values():
        tab.page.context.close()


@pytest.fixture
def used(look_at):
    """The same pages for tests that share what they change: inputs, answers."""
    return look_at
