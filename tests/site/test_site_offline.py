"""The service worker of the built site knows its files as they are, and the first page offers it where it works."""

import base64
import hashlib
import json
import re

import pytest

from tools.shared.site import PAGES

FIRST = PAGES[0]


def saved_files(site):
    """Name and SHA-256 of every file that the worker saves."""
    data = re.search(r"const SITE = (\{.*?\n\});", (site / "sw.js").read_text(encoding="utf-8"), flags=re.DOTALL)
    return json.loads(data[1])["files"]


def test_worker_lists_the_files_of_the_site_as_they_are(site):
    listed = saved_files(site)
    for name, written in listed.items():
        digest = base64.b64encode(hashlib.sha256((site / name).read_bytes()).digest()).decode()
        assert written == f"sha256-{digest}", f"{name} changed after the build"
    assert {"index.html", "search.html", "offline.js", *PAGES} <= set(listed)
    assert [name for name in listed if name.startswith(("lite/", "downloads/", "."))] == []


@pytest.mark.parametrize("name", ["search.html", *PAGES])
def test_all_that_a_page_loads_is_saved(look_at, server, site, name):
    loaded = {address.split("?")[0].removeprefix(f"{server}/") for address in look_at(name).requests}
    loaded = {name for name in loaded if not name.startswith(("data:", "downloads/"))}
    assert loaded
    assert loaded - set(saved_files(site)) == set()


@pytest.mark.parametrize(("via", "offered"), [("http", True), ("file", False)])
def test_saving_is_offered_where_it_works(look_at, via, offered):
    page = look_at(FIRST, via=via).page
    assert page.locator(".ll-offline").is_visible() == offered
    assert page.evaluate("() => navigator.serviceWorker?.controller ?? null") is None
    if offered:
        assert re.search(r"близько \d+(,\d)? МБ, .* \d+(,\d)? МБ", page.locator(".ll-offline p").first.inner_text())
        assert page.locator(".ll-offline button:visible").count() == 1
