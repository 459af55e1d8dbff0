"""The built site, served from localhost and opened from disk, in the system's Chromium.

One browser for each worker; a page is loaded once for each way of looking at it, and shared by the tests that look and,
after them (see pytest_collection_modifyitems), those that use it.
Names other than localhost do not resolve in this browser: the tests see the site as a reader without a network does.
"""

import contextlib
from collections import OrderedDict
from dataclasses import dataclass, field

import pytest
from built_site import PAGES, SITE
from static_server import serve

MOST_OPEN = 5


@dataclass
class Visit:
    """An open page and what happened while it loaded and was used."""

    page: object
    errors: list = field(default_factory=list)
    requests: list = field(default_factory=list)


@pytest.fixture(scope="session")
def site():
    """The folder of the built site."""
    missing = [name for name in PAGES if not (SITE / name).is_file()]
    if missing:
        names = ", ".join(missing)
        pytest.fail(f"the site is not built ({names} missing in _build/html): run make book", pytrace=False)
    return SITE


@pytest.fixture(scope="session")
def server(site):
    with serve(site) as address:
        yield address


@pytest.fixture(scope="session")
def open_afresh(browser, server, site):
    """Open a page of the site, with scripts=False without its scripts; whoever opens it closes its page.context."""

    def open_it(name, via="http", scheme="light", width=1280, scripts=True):
        context = browser.new_context(
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
            locale="uk-UA",
            java_script_enabled=scripts,
        )
        context.set_default_timeout(15_000)
        visit = Visit(context.new_page())
        context.on("request", lambda request: visit.requests.append(request.url))
        visit.page.on("pageerror", lambda error: visit.errors.append(f"script error: {error}"))
        visit.page.on("console", lambda line: line.type == "error" and visit.errors.append(f"console: {line.text}"))
        start = server if via == "http" else site.as_uri()
        visit.page.goto(f"{start}/{name}", timeout=30_000)
        if name == "index.html":  # leads on to the first page
            visit.page.wait_for_url(f"**/{PAGES[0]}", timeout=30_000)
        return visit

    return open_it


@pytest.fixture
def open_page(open_afresh):
    """A page that the test may change: open_page(name, via="http", scheme="light", width=1280, …) -> Visit."""
    with contextlib.ExitStack() as opened:

        def open_and_close(*args, **kwargs):
            visit = open_afresh(*args, **kwargs)
            opened.callback(visit.page.context.close)
            return visit

        yield open_and_close


@pytest.fixture(scope="session")
def look_at(open_afresh):
    """The same, loaded once for all tests that only look.

    An open page takes a quarter of a gigabyte, so only the last few stay open.
    """
    kept = OrderedDict()

    def look(name, via="http", scheme="light", width=1280, scripts=True):
        key = (name, via, scheme, width, scripts)
        if key not in kept:
            while len(kept) >= MOST_OPEN:
                kept.popitem(last=False)[1].page.context.close()
            kept[key] = open_afresh(name, via, scheme, width, scripts=scripts)
        kept.move_to_end(key)
        return kept[key]

    yield look
    for visit in kept.values():
        visit.page.context.close()


@pytest.fixture
def used(look_at):
    """The same pages for tests that share what they change: inputs, answers."""
    return look_at
