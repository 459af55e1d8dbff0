"""What other sites show of each page: a sentence and a title of its own, and a picture that exists."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from built_site import PAGES, every_page

from tools.shared.site import SITE

DESCRIBED = ["search.html", *PAGES]
LENGTH = range(60, 161)


class Head(HTMLParser):
    """The title of a page, its meta tags {name or property: [contents]}, and its links {rel: [addresses]}."""

    def __init__(self, html):
        super().__init__()
        self.title, self.meta, self.links, self.language = "", {}, {}, None
        self._in_title = False
        self.feed(html.split("</head>")[0])

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        if tag == "html":
            self.language = named.get("lang")
        elif tag == "meta" and (key := named.get("name") or named.get("property")):
            self.meta.setdefault(key, []).append(named.get("content"))
        elif tag == "link":
            self.links.setdefault(named.get("rel"), []).append(named.get("href"))
        self._in_title = tag == "title"

    def handle_data(self, data):
        if self._in_title:
            self.title += data


def head(name):
    return Head((SITE / name).read_text(encoding="utf-8"))


def repeated(texts):
    return sorted({text for text in texts if texts.count(text) > 1})


@pytest.mark.parametrize("name", DESCRIBED)
def test_page_says_in_ukrainian_what_it_is_about(site, name):
    found = head(name)
    assert found.language == "uk"
    (sentence,) = found.meta["description"]
    assert len(sentence) in LENGTH, f"{len(sentence)} characters: {sentence}"
    assert sentence.endswith((".", "…"))
    assert found.title.strip()


def test_no_two_pages_say_the_same(site):
    heads = [head(name) for name in DESCRIBED]
    assert repeated([found.meta["description"][0] for found in heads]) == []
    assert repeated([found.title for found in heads]) == []
    assert repeated(["а", "б", "а"]) == ["а"]


@every_page
def test_page_describes_itself_to_messengers(site, name):
    meta = head(name).meta
    assert meta["og:description"] == meta["description"]
    assert meta["og:locale"] == ["uk_UA"]
    assert meta["og:type"] == ["website" if name == PAGES[0] else "article"]
    assert len(meta["og:title"]) == len(meta["og:site_name"]) == 1
    assert meta["og:title"][0] in head(name).title


@every_page
def test_absolute_addresses_are_there_together_or_not_at_all(site, name):
    """A course without an address of its own has none; with one, the picture is in the site."""
    found = head(name)
    addresses = found.links.get("canonical", []) + found.meta.get("og:url", [])
    pictures = found.meta.get("og:image", [])
    assert len(addresses) == 2 * len(pictures)
    assert all(address.startswith("https://") and address.endswith(f"/{name}") for address in addresses)
    for picture in pictures:
        base = addresses[0].removesuffix(name)
        assert (site / urlsplit(picture.removeprefix(base)).path).is_file()
