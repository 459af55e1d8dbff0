"""Every page opens from a server and from disk, asks no other host, shows its formulas, stays still, fits a phone."""

import re

import pytest
from built_site import CHAPTERS, PAGES, every_page
from fontTools.ttLib import TTFont

from extensions.formulas import typeset
from tools.shared.book import HAS_CYRILLIC

UNWANTED = r"unpkg|jsdelivr|cdnjs|googleapis|application/vnd\.jupyter\.widget|<script[^>]*(?:>[^<]*MathJax|mathjax)"


def foreign(requests):
    """The addresses that are not of this machine."""
    local = ("http://127.0.0.1:", "file://", "data:", "blob:")
    return [address for address in requests if not address.startswith(local)]


@pytest.mark.parametrize("via", ["http", "file"])
@pytest.mark.parametrize("name", ["index.html", "search.html", *PAGES])
def test_page_opens_without_an_error_and_without_another_host(look_at, name, via):
    visit = look_at(name, via=via)
    assert visit.requests
    assert not foreign(visit.requests)
    assert not visit.errors


def test_a_request_to_another_host_and_an_error_are_noticed(open_page):
    visit = open_page(PAGES[0])
    visit.page.evaluate("() => fetch('https://example.org/x.js').catch(() => 0)")
    visit.page.evaluate("() => { console.error('oh'); setTimeout(() => { throw new Error('ah') }) }")
    visit.page.wait_for_timeout(50)
    assert foreign(visit.requests) == ["https://example.org/x.js"]
    assert {"console: oh", "script error: ah"} <= set(visit.errors)


@every_page
def test_html_names_no_foreign_script_and_no_mathjax_and_holds_no_widget_state(site, name):
    assert re.findall(UNWANTED, (site / name).read_text(encoding="utf-8")) == []
    assert not list((site / "_static").rglob("*mathjax*"))


FORMULAS = """() => {
  const text = document.querySelector('main').cloneNode(true);
  text.querySelectorAll('script, style, pre, code, mjx-container').forEach(e => e.remove());
  const formulas = [...document.querySelectorAll('.math')];
  const shown = e => {
    const {width, height} = e.querySelector('mjx-container > svg')?.getBoundingClientRect() ?? {};
    const drawn = [...e.querySelectorAll('use')].every(use => document.querySelector(use.getAttribute('href')));
    return e.checkVisibility() ? width > 3 && height > 3 && drawn : drawn;
  };
  return {
    written: formulas.length,
    broken: formulas.filter(e => !shown(e)).map(e => e.textContent),
    silent: formulas.filter(e => !e.querySelector('mjx-assistive-mml math')?.textContent.trim()).map(e => e.outerHTML),
    raw: text.textContent.match(/\\$\\$|\\\\[a-zA-Z]{2,}|\\\\[([]/g) || [],
  };
}"""


@pytest.mark.parametrize(("via", "scripts"), [("http", True), ("file", True), ("http", False)])
@every_page
def test_formulas_are_rendered(look_at, site, name, via, scripts):
    html, visit = (site / name).read_text(encoding="utf-8"), look_at(name, via=via, scripts=scripts)
    found = visit.page.evaluate(FORMULAS)
    assert (found["broken"], found["silent"], found["raw"]) == ([], [], [])
    assert found["written"] == html.count('class="math notranslate') and (found["written"] or name not in CHAPTERS)
    assert "mathjax" not in " ".join(visit.requests).lower()


def test_a_broken_formula_is_noticed(page_with):
    page = page_with(r"$$ \frac{1}{2} $$")
    assert page.evaluate(FORMULAS)["raw"] == ["$$", "\\frac", "$$"]
    page.evaluate("() => document.querySelector('#ll-outlines path').remove()")
    assert page.evaluate(FORMULAS)["broken"]
    page.evaluate("() => document.querySelector('.math svg').remove()")
    page.evaluate("() => document.querySelector('.math math').remove()")
    assert page.evaluate(FORMULAS)["silent"]


NEW = "<p><span id=new>{}</span></p>"
WIDTHS = """() => {
  const {clientWidth, scrollWidth} = document.querySelector('#new > *');
  return [clientWidth, scrollWidth, document.documentElement.scrollWidth];
}"""
FILLS = """() => ['article', '#new use', '#new .ll-is-forward use', '#new [fill=red] use'].map(selector => {
  const {color, fill} = getComputedStyle(document.querySelector(selector));
  return selector === 'article' ? color : fill;
})"""


def test_a_wide_formula_in_a_line_scrolls_by_itself(page_with):
    html = typeset("y = " + " + ".join(f"w_{{{i}}} x_{{{i}}}" for i in range(20)), False)
    page = page_with(NEW.format(html), width=390)
    assert page.locator("#new > *").get_attribute("tabindex") == "0"
    room, needed, whole = page.evaluate(WIDTHS)
    assert room < 390 < needed
    assert whole <= 390


def test_a_formula_takes_the_colours_of_the_page(page_with):
    page = page_with(NEW.format(typeset(r"a \class{ll-is-forward}{b} \color{red}{c}", False)), scheme="dark")
    text, plain, forward, red = page.evaluate(FILLS)
    assert plain == text != forward
    assert red == "rgb(255, 0, 0)"


ALT_TEXTS = """() => {
  const all = selector => [...document.querySelectorAll(selector)];
  const figures = all('article svg[role=img]:not([aria-hidden=true])').map(e => e.getAttribute('aria-label') || '');
  const images = all('article img').map(e => e.alt);
  const logos = all('img:not(article img)').map(e => [e.alt, e.closest('a, div').textContent.trim()]);
  return {figures, images, logos};
}"""


SHORTEST_ALT = 40


def alt_problem(alt):
    """What is wrong with an alt text, or None."""
    if re.search(r"\.(png|svg|jpe?g|gif|webp)\b|^\S*/\S*$", alt):
        return "is a file name"
    if not HAS_CYRILLIC.search(alt):
        return "is not Ukrainian"
    return None if len(alt.strip()) >= SHORTEST_ALT else f"is shorter than {SHORTEST_ALT} characters: say what to see"


def test_a_poor_alt_text_is_found():
    poor = ["", "Графік", "images/граф_обчислень_для_першого_прикладу.svg", "A curve that falls to its minimum at last"]
    assert all(map(alt_problem, poor))
    assert alt_problem("Крива втрат спадає від двох до нуля за двадцять кроків") is None


@every_page
def test_pictures_have_alt_texts(look_at, name):
    found = look_at(name).page.evaluate(ALT_TEXTS)
    findings = [f"{alt!r} {alt_problem(alt)}" for alt in found["figures"] + found["images"] if alt_problem(alt)]
    findings += ["a logo without alt text and text" for alt, beside in found["logos"] if not alt and not beside]
    assert not findings and (found["figures"] or name not in CHAPTERS)


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
    e => !e.closest('svg *, mjx-container *, dialog, .visually-hidden, .sr-only, .skip-link')
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


WIDE = "<p class=wide style='width:500px'>а</p>"


def test_an_overflow_is_noticed(page_with):
    page = page_with(f"{WIDE}<div style='overflow-x:auto'>{WIDE}</div>", width=390)
    assert page.evaluate(OVERFLOW)["elements"] == ["p.wide а"]


OUT_OF_REACH = """() => [...document.querySelectorAll('article *')].filter(e =>
  ['auto', 'scroll'].includes(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0
  && !e.querySelector('a[href], button, input, select, [tabindex="0"]')
).map(e => e.outerHTML.slice(0, 90))"""


@every_page
def test_what_scrolls_on_a_phone_scrolls_by_keyboard(look_at, name):
    assert look_at(name, width=390).page.evaluate(OUT_OF_REACH) == []


def test_a_box_that_no_key_reaches_is_noticed(page_with):
    box = f"<div style='overflow-x:auto' tabindex='%s'>{WIDE}</div>"
    assert len(page_with(box % 0 + box % -1, width=390).evaluate(OUT_OF_REACH)) == 1


def test_a_table_says_what_it_is_where_no_script_runs(look_at):
    boxes = look_at("book/reference/notation.html", scripts=False).page.locator(".pst-scrollable-table-container")
    assert boxes.count() > 3
    assert boxes.get_by_role("table").count() == boxes.count() == boxes.and_(boxes.page.get_by_role("group")).count()


SHOWN = """selector => {
  const e = document.querySelector(selector), {left, right, width} = e.getBoundingClientRect();
  return e.checkVisibility({visibilityProperty: true}) && width > 0 && right > 1 && left < innerWidth - 1;
}"""
SIDEBARS = {"primary": ".bd-docs-nav", "secondary": ".page-toc"}


@pytest.mark.parametrize(
    "width, side, at_first", [(390, "primary", False), (390, "secondary", False), (1280, "primary", True)]
)
def test_a_sidebar_opens_and_closes_by_keyboard(open_page, width, side, at_first):
    page = open_page("book/02_losses.html", width=width).page
    assert page.evaluate(SHOWN, SIDEBARS[side]) == at_first

    def turns(key, into):
        page.keyboard.press(key)
        page.wait_for_function(f"([selector, into]) => ({SHOWN})(selector) === into", arg=[SIDEBARS[side], into])

    button = page.locator(f".{side}-toggle:visible")
    button.focus()
    turns("Enter", not at_first)
    if at_first:
        button.focus()
        turns("Enter", at_first)
    else:
        turns("Escape", at_first)


def test_the_colour_scheme_turns_by_keyboard_and_stays(open_page):
    page = open_page("book/02_losses.html", scheme="dark").page
    scheme = "() => document.documentElement.dataset.theme"
    assert page.evaluate(scheme) == "dark"
    page.locator(".theme-switch-button:visible").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(scheme) == "light"
    page.reload()
    assert page.evaluate(scheme) == "light"


SHIFTS = """() => {
  window.shifts = [];  // also of the time before, since the page began to load
  new PerformanceObserver(list => list.getEntries().forEach(({value, sources}) => shifts.push(
    [value, ...sources.map(({node}) => (node?.outerHTML ?? node?.data ?? '').slice(0, 60))]
  ))).observe({type: 'layout-shift', buffered: true});
  // until 300 ms after loading the theme's scripts work
  const left = performance.getEntriesByType('navigation')[0].loadEventEnd + 300 - performance.now();
  return document.fonts.ready.then(() => new Promise(done => setTimeout(() => done(shifts), Math.max(30, left))));
}"""
MOST_SHIFT = 0.001


def shift(visit):
    """Cumulative layout shift of a visit until now, and what moved."""
    shifts = visit.page.evaluate(SHIFTS)
    return sum(value for value, *_ in shifts), shifts


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["search.html", *PAGES])
def test_nothing_moves_while_a_page_loads(look_at, open_page, name, width):
    """A busy machine may once paint between two scripts of the theme; what moves by itself moves in every load."""
    loads = [shift(look_at(name, width=width))]
    while loads[-1][0] >= MOST_SHIFT and len(loads) < 3:
        loads.append(shift(open_page(name, width=width)))
    assert loads[-1][0] < MOST_SHIFT, loads


def test_a_moving_page_is_noticed(open_page):
    visit = open_page(PAGES[0])
    assert shift(visit)[0] < MOST_SHIFT
    visit.page.evaluate("() => { document.querySelector('article h1').style.marginTop = '200px'; }")
    visit.page.wait_for_timeout(100)
    assert shift(visit)[0] > MOST_SHIFT


ICONS = """() => [...document.querySelectorAll('[class*="fa-"]')].map(
  e => [e.className, getComputedStyle(e, '::before').content.slice(1, -1)])"""


@every_page
def test_every_icon_is_in_the_font_of_the_site(look_at, site, name):
    fonts = site / "_static" / "vendor" / "fontawesome" / "webfonts"
    drawn = {chr(code) for font in fonts.glob("*.ttf") for code in TTFont(font).getBestCmap()}
    icons = dict(look_at(name).page.evaluate(ICONS))
    assert len(icons) > 5
    assert {name: icon for name, icon in icons.items() if icon not in drawn} == {}
