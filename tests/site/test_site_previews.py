"""What other sites show of each page: a sentence and a title of its own, and a picture that exists."""

from functools import cache
from urllib.parse import urlsplit

import bs4
import pytest
from built_site import PAGES, every_page

from tools.shared.site import SITE

DESCRIBED = ["search.html", *PAGES]
LENGTH = range(60, 161)


@cache
def head(name):
    """The head of a page, and its meta tags {name or property: [contents]}."""
    found, meta = bs4.BeautifulSoup((SITE / name).read_text(encoding="utf-8").split("</head>")[0], "html.parser"), {}
    for tag in found("meta"):
        meta.setdefault(tag.get("name") or tag.get("property"), []).append(tag.get("content"))
    return found, meta


def repeated(texts):
    return sorted({text for text in texts if texts.count(text) > 1})


@pytest.mark.parametrize("name", DESCRIBED)
def test_page_says_in_ukrainian_what_it_is_about(site, name):
    found, meta = head(name)
    assert found.html["lang"] == "uk"
    (sentence,) = meta["description"]
    assert len(sentence) in LENGTH, f"{len(sentence)} characters: {sentence}"
    assert sentence.endswith((".", "…"))
    assert found.title.string.strip()


def test_no_two_pages_say_the_same(site):
    heads = [head(name) for name in DESCRIBED]
    assert repeated([meta["description"][0] for _, meta in heads]) == []
    assert repeated([found.title.string for found, _ in heads]) == []
    assert repeated(["а", "б", "а"]) == ["а"]


@every_page
def test_page_describes_itself_to_messengers(site, name):
    found, meta = head(name)
    assert meta["og:description"] == meta["description"]
    assert meta["og:locale"] == ["uk_UA"]
    assert meta["og:type"] == ["website" if name == PAGES[0] else "article"]
    assert len(meta["og:title"]) == len(meta["og:site_name"]) == 1
    assert meta["og:title"][0] in found.title.string


@every_page
def test_absolute_addresses_are_there_together_or_not_at_all(site, name):
    """A course without an address of its own has none; with one, the picture is in the site."""
    found, meta = head(name)
    addresses = [link["href"] for link in found("link", rel="canonical")] + meta.get("og:url", [])
    pictures = meta.get("og:image", [])
    assert len(addresses) == 2 * len(pictures)
    assert all(address.startswith("https://") and address.endswith(f"/{name}") for address in addresses)
    for picture in pictures:
        base = addresses[0].removesuffix(name)
        assert (site / urlsplit(picture.removeprefix(base)).path).is_file()
