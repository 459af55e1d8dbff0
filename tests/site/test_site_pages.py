"""Every page opens from a server and from disk, asks no other host, shows its formulas, and fits on a phone."""

import re

import pytest
from book_text import alt_problem
from built_site import PAGES

FOREIGN_SCRIPTS = ("unpkg", "jsdelivr", "cdnjs", "googleapis")
WIDGET_STATE = "application/vnd.jupyter.widget"
ways = pytest.mark.parametrize("via", ["http", "file"])
every_page = pytest.mark.parametrize("name", PAGES)


def foreign(requests):
    """The addresses that are not of this machine."""
    local = ("http://127.0.0.1:", "file://", "data:", "blob:")
    return [address for address in requests if not address.startswith(local)]


@ways
@pytest.mark.parametrize("name", ["index.html", "search.html", *PAGES])
def test_page_opens_without_an_error_and_without_another_host(look_at, name, via):
    visit = look_at(name, via=via)
    assert visit.requests
    assert not foreign(visit.requests)
    assert not visit.errors


@pytest.mark.parametrize("name", ["index.html", "search.html", *PAGES])
def test_page_names_an_icon_that_is_there(site, name):
    """Without one the browser asks the server for /favicon.ico, which it does not have."""
    icons = re.findall(r'<link[^>]* rel="(?:shortcut )?icon"[^>]*>', (site / name).read_text(encoding="utf-8"))
    assert icons
    for icon in icons:
        assert ((site / name).parent / re.search(r'href="([^"]+)"', icon)[1]).is_file(), icon


def test_a_request_to_another_host_and_an_error_are_noticed(open_page):
    visit = open_page(PAGES[0])
    visit.page.evaluate("() => fetch('https://example.org/x.js').catch(() => 0)")
    visit.page.evaluate("() => { console.error('oh'); setTimeout(() => { throw new Error('ah') }) }")
    visit.page.wait_for_timeout(50)
    assert foreign(visit.requests) == ["https://example.org/x.js"]
    assert {"console: oh", "script error: ah"} <= set(visit.errors)


@every_page
def test_html_names_no_foreign_script_and_holds_no_widget_state(site, name):
    html = (site / name).read_text(encoding="utf-8")
    assert [word for word in (*FOREIGN_SCRIPTS, WIDGET_STATE) if word in html] == []


FORMULAS = """() => {
  const text = document.querySelector('main').cloneNode(true);
  text.querySelectorAll('script, style, pre, code, mjx-container').forEach(e => e.remove());
  return {
    written: document.querySelectorAll('.math').length,
    shown: document.querySelectorAll('mjx-container').length,
    broken: [...document.querySelectorAll('mjx-merror, [data-mjx-error]')].map(e => e.textContent),
    raw: text.textContent.match(/\\$\\$|\\\\[a-zA-Z]{2,}|\\\\[([]/g) || [],
  };
}"""


@ways
@every_page
def test_formulas_are_rendered(look_at, name, via):
    found = look_at(name, via=via).page.evaluate(FORMULAS)
    assert found["shown"] >= found["written"]
    assert (found["broken"], found["raw"]) == ([], [])


def test_the_book_has_rendered_formulas(look_at):
    assert any(look_at(name).page.evaluate(FORMULAS)["shown"] for name in PAGES)


def test_a_broken_formula_is_noticed(open_page):
    page = open_page(PAGES[0]).page
    page.evaluate("() => document.querySelector('main').append('$$ \\\\frac{1}{2} $$')")
    assert page.evaluate(FORMULAS)["raw"] == ["$$", "\\frac", "$$"]


ALT_TEXTS = """() => {
  const all = selector => [...document.querySelectorAll(selector)];
  const figures = all('article svg[role=img]:not([aria-hidden=true])').map(e => e.getAttribute('aria-label') || '');
  const images = all('article img').map(e => e.alt);
  const logos = all('img:not(article img)').map(e => [e.alt, e.closest('a, div').textContent.trim()]);
  return {figures, images, logos};
}"""


@every_page
def test_pictures_have_alt_texts(look_at, name):
    found = look_at(name).page.evaluate(ALT_TEXTS)
    findings = [f"{alt!r} {alt_problem(alt)}" for alt in found["figures"] + found["images"] if alt_problem(alt)]
    findings += ["a logo without alt text and text" for alt, beside in found["logos"] if not alt and not beside]
    assert not findings


def test_the_book_shows_figures(look_at):
    assert any(look_at(name).page.evaluate(ALT_TEXTS)["figures"] for name in PAGES)


OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  const sticksOut = e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && (box.right > width + 1 || box.left < -1);
  };
  const catches = e => {  // an ancestor that scrolls; outside the text also one that hides (drawers, skip links)
    for (let up = e.parentElement; up && up !== document.body; up = up.parentElement) {
      const overflow = getComputedStyle(up).overflowX;
      if (overflow === 'auto' || overflow === 'scroll') return true;
      if (overflow !== 'visible' && !e.closest('article')) return true;
    }
    return false;
  };
  const shown = e => e.checkVisibility({visibilityProperty: true, opacityProperty: true});
  const found = [...document.querySelectorAll('body *')].filter(
    e => !e.closest('svg *, mjx-container *, dialog, mjx-assistive-mml, .visually-hidden, .sr-only, .skip-link')
      && shown(e) && sticksOut(e) && !catches(e));
  const name = e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + [...e.classList].map(c => '.' + c).join('')
    + ' ' + e.textContent.trim().slice(0, 40);
  return {page: document.documentElement.scrollWidth, elements: found.map(name)};
}"""


@every_page
def test_nothing_overflows_on_a_phone(look_at, name):
    found = look_at(name, width=390).page.evaluate(OVERFLOW)
    assert found["elements"] == []
    assert found["page"] <= 390


def test_an_overflow_is_noticed(open_page):
    page = open_page(PAGES[0], width=390).page
    page.evaluate(
        """() => document.querySelector('article').insertAdjacentHTML('beforeend',
        '<p class="wide" style="width:500px">а</p><div style="overflow-x:auto"><p style="width:500px">б</p></div>')"""
    )
    assert page.evaluate(OVERFLOW)["elements"] == ["p.wide а"]
