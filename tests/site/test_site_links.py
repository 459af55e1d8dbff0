"""Every internal link of the built site leads to a file that exists, and to an anchor in it."""

import re
from functools import cache
from html import unescape
from urllib.parse import unquote, urlsplit

import pytest

from tools.shared.site import PAGES, SITE


def values(html, *attributes):
    """What the attributes of these names have as values, in order."""
    return list(map(unescape, re.findall(rf'\s(?:{"|".join(attributes)})="([^"]+)"', html)))


@cache
def read(path):
    return path.read_text(encoding="utf-8")


@cache
def anchors(path):
    return {*values(read(path), "id", "name")}


def dead_links(path, html=None):
    """Findings: links of a page to a missing file or anchor; other hosts are not asked."""
    findings = []
    for link in dict.fromkeys(values(html or read(path), "href", "src")):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if target.is_dir():
            target = target / "index.html"
        if not target.is_relative_to(SITE):
            findings.append(f"{link} leaves the site")
        elif not target.is_file():
            findings.append(f"{link}: no such page")
        elif parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in anchors(target):
            findings.append(f"{link}: no such place on the page")
    return findings


@pytest.mark.parametrize("name", ["index.html", "search.html", "genindex.html", *PAGES])
def test_links_within_the_site_lead_somewhere(site, name):
    path = site / name
    assert "icon" in values(read(path), "rel")  # without one the browser asks the server for /favicon.ico
    findings = dead_links(path)
    assert not findings, "\n".join([name, *findings])


def test_dead_links_are_noticed(site):
    path = site / PAGES[0]
    html = '<a id="here" href="#here"><a href="#gone"><img src="none.svg"><a href="https://example.org/x"><a href="/x">'
    findings = dead_links(path, html.replace("#here", f"{path.name}#main-content"))
    assert [finding.split(":")[0].split(" ")[0] for finding in findings] == ["#gone", "none.svg", "/x"]
