"""The built site, served from localhost and opened from disk, in the system's Chromium.

One browser for each worker; a page is loaded once for each way of looking at it and shared by the tests that only look.
Names other than localhost do not resolve in this browser: the tests see the site as a reader without a network does.
"""

import functools
import http.server
import shutil
import threading
from dataclasses import dataclass, field

import pytest
from built_site import PAGES, SITE
from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass
class Visit:
    """An open page and what happened while it loaded and was used."""

    page: object
    errors: list = field(default_factory=list)
    requests: list = field(default_factory=list)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


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
    """The address of the site on a free port of localhost."""
    handler = functools.partial(_Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


@pytest.fixture(scope="session")
def browser(do_without):
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        do_without(f"no browser on this machine: none of {', '.join(BROWSERS)}")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    flags.append("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def open_page(browser, server, site):
    """Open a page of the site afresh: open_page(name, via="http", scheme="light", width=1280, …) -> Visit.

    `script` runs before those of the page; with scripts=False none runs.
    """

    def open_afresh(name, via="http", scheme="light", width=1280, script=None, scripts=True):
        context = browser.new_context(
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
            locale="uk-UA",
            java_script_enabled=scripts,
        )
        if script:
            context.add_init_script(script)
        context.set_default_timeout(5000)
        visit = Visit(context.new_page())
        context.on("request", lambda request: visit.requests.append(request.url))
        visit.page.on("pageerror", lambda error: visit.errors.append(f"script error: {error}"))
        visit.page.on("console", lambda line: line.type == "error" and visit.errors.append(f"console: {line.text}"))
        start = server if via == "http" else site.as_uri()
        visit.page.goto(f"{start}/{name}", timeout=30_000)
        if name == "index.html":  # leads on to the first page
            visit.page.wait_for_url(f"**/{PAGES[0]}", timeout=30_000)
        return visit

    return open_afresh


@pytest.fixture(scope="session")
def look_at(open_page):
    """The same, loaded once: for tests that change nothing on the page."""
    return functools.cache(open_page)
