"""The system's Chromium, started the same way for all tools and tests."""

import contextlib
import shutil
import sys

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # the tests see what a reader without a network does
)


def find_browser():
    """The path of the system's browser, None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextlib.contextmanager
def start_chromium(do_without=sys.exit):
    """A running browser. Without one a tool ends with the reason, and a test skips or fails (see do_without)."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        do_without("no Playwright in this environment")
    program = find_browser()
    if program is None:
        do_without(f"no browser on this machine: none of {', '.join(BROWSERS)}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield chromium
        chromium.close()
