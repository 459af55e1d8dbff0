"""The names of the pages' parts, buttons and pictures are Ukrainian, even those that only a screen reader reads."""

import re

import pytest

from tools.shared.site import PAGES

NAMES = """() => {
  const attributes = ['title', 'aria-label', 'placeholder', 'alt', 'label', 'data-tooltip', 'data-bs-title',
                      'data-bs-original-title', 'aria-roledescription', 'aria-description'];
  const named = attributes.flatMap(
    name => [...document.querySelectorAll(`[${name}]`)].map(e => [name, e.getAttribute(name)]));
  const parts = 'button, summary, .admonition-title, .caption-text, .skip-link a, kbd, option, .prev-next-area p, '
    + '.page-toc, .onpage, #jb-print-toc h2, #search-status';
  const read = [...document.querySelectorAll(parts)].flatMap(e => [...e.childNodes]
    .filter(node => node.nodeType === Node.TEXT_NODE).map(node => [e.localName, node.data.trim()]));
  return [...named, ...read];
}"""
# Names of things that are the same in every language.
INTERNATIONAL = {"Ctrl"}


def foreign(found):
    """The names in Latin letters alone."""
    latin, cyrillic = re.compile("[A-Za-z]{2}"), re.compile("[а-яіїєґ]", flags=re.IGNORECASE)
    names = {(kind, text) for kind, text in found if latin.search(text) and not cyrillic.search(text)}
    return sorted((kind, text) for kind, text in names if text not in INTERNATIONAL)


@pytest.mark.parametrize("name", ["search.html", "genindex.html", *PAGES])
def test_names_on_a_page_are_ukrainian(look_at, name):
    found = look_at(name).page.evaluate(NAMES)
    assert len(found) > 20
    assert foreign(found) == []


def test_an_english_name_is_noticed(page_with):
    page = page_with("<p aria-label='Main'></p><button>Go back</button>")
    assert foreign(page.evaluate(NAMES)) == [("aria-label", "Main"), ("button", "Go back")]
