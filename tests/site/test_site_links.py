"""Every internal link of the built site leads to a file that exists, and to an anchor in it."""

from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from tools.shared.site import PAGES, SITE


class _Links(HTMLParser):
    """The addresses that a page names and the anchors that it has."""

    def __init__(self, html):
        super().__init__()
        self.links, self.anchors, self.relations = [], set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.links += [named[key] for key in ("href", "src") if named.get(key)]
        self.relations |= set(named.get("rel", "").split())
        self.anchors |= {named[key] for key in ("id", "name") if named.get(key)}


@cache
def read(path):
    return _Links(path.read_text(encoding="utf-8"))


def dead_links(path, html=None):
    """Findings: links of a page to a missing file or anchor; other hosts are not asked."""
    findings = []
    for link in dict.fromkeys((_Links(html) if html else read(path)).links):
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
        elif parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in read(target).anchors:
            findings.append(f"{link}: no such place on the page")
    return findings


@pytest.mark.parametrize("name", ["index.html", "search.html", "genindex.html", *PAGES])
def test_links_within_the_site_lead_somewhere(site, name):
    path = site / name
    assert "icon" in read(path).relations  # without one the browser asks the server for /favicon.ico
    findings = dead_links(path)
    assert not findings, "\n".join([name, *findings])


def test_dead_links_are_noticed(site):
    path = site / PAGES[0]
    html = '<a id="here" href="#here"><a href="#gone"><img src="none.svg"><a href="https://example.org/x"><a href="/x">'
    findings = dead_links(path, html.replace("#here", f"{path.name}#main-content"))
    assert [finding.split(":")[0].split(" ")[0] for finding in findings] == ["#gone", "none.svg", "/x"]
