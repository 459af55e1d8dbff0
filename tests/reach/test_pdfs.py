"""The PDFs that `make pdf` prints, and what a reader's own browser prints of a page.

What is on the paper is compared with the pages of the site, from which it is made.
"""

import re
from collections import Counter
from functools import cache

import bs4
import pikepdf
import pypdf
import pytest

from tools.shared import ROOT
from tools.shared.site import PAGES, SITE

A4 = (595, 842)
JOINER = "\u2060"

# Printed with the margins of a browser, 1 cm: CSS pixels of a line.
PRINT_WIDTH = round((210 - 20) / 25.4 * 96)
TOO_WIDE = """width => [
  ...document.querySelectorAll("article *:not(pre *, mjx-assistive-mml, math, math *)")
].filter(element => {
  const {right, width: own} = element.getBoundingClientRect();
  return own > 0 && right > width + 1 || element.matches('pre') && element.scrollWidth > element.clientWidth;
}).map(element => `${element.tagName}: ${element.textContent.slice(0, 40)}`)"""
WATCH_PRINTING = """() => addEventListener('beforeprint', () => {
  window.printed = ['article p', 'pre .kn'].map(name => getComputedStyle(document.querySelector(name)).color);
})"""


def open_pdf(name, reader):
    path = SITE / "downloads" / name
    if not path.is_file():
        pytest.fail(f"{path.name} is not printed: run make pdf", pytrace=False)
    return reader(path)


@pytest.fixture(scope="module")
def course():
    return open_pdf("course.pdf", pypdf.PdfReader)


@pytest.fixture(scope="module")
def cheat_sheet():
    return open_pdf("cheat-sheet.pdf", pypdf.PdfReader)


@pytest.fixture(scope="module")
def course_read(course):
    """(the number that a page says, its other text, its pieces) of every page; the first page says no number."""
    (title, pieces), *pages = read(course)
    numbered = ((*text.split("\n", 1), pieces) for text, pieces in pages)
    return [(None, plain(title), pieces)] + [(number, plain(text), pieces) for number, text, pieces in numbered]


@pytest.fixture(scope="module")
def letters(course_read):
    """The whole text without spaces: where code or a page begins and ends they are not those of the site."""
    return bare("".join(text for _, text, _ in course_read))


def plain(text):
    return " ".join(text.replace(JOINER, "").split())


def bare(text):
    return re.sub(rf"[\s{JOINER}]", "", text)


@cache
def article(name):
    markup = re.sub(r"<script\b.*?</script>", "", (SITE / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    return bs4.BeautifulSoup(markup, "html.parser").select_one("article.bd-article")


def sentences(elements):
    """The three longest Ukrainian sentences of paragraphs that hold no formula and no raised or lowered text."""
    texts = [plain(element.get_text()) for element in elements if not element.select("mjx-container, sub, sup")]
    parts = [part for text in texts for part in re.split(r"(?<=[.?!…:]) ", text) if re.search("[а-яіїєґ]{3}", part)]
    return sorted(parts, key=len)[-3:]


def title_of(heading):
    return plain(heading.get_text().removesuffix("#"))


@cache
def descriptions(name):
    """The alternative texts of all pictures of a PDF, formulas among them."""
    with open_pdf(name, pikepdf.open) as document:
        elements = (thing for thing in document.objects if isinstance(thing, pikepdf.Dictionary))
        return Counter(str(element.Alt) for element in elements if element.get("/S") == "/Figure" and "/Alt" in element)


def outline_of(reader):
    """[(title, number of its page, [(title, number) one level deeper])]"""
    found = []
    for item in reader.outline:
        if isinstance(item, list):
            inner = [entry for entry in item if not isinstance(entry, list)]
            found[-1][2].extend((plain(entry.title), reader.get_destination_page_number(entry) + 1) for entry in inner)
        else:
            found.append((plain(item.title), reader.get_destination_page_number(item) + 1, []))
    return found


def annotations(reader):
    return [note.get_object() for page in reader.pages for note in page.get("/Annots", ())]


def read(reader):
    """(text, [(piece of it, size in pt, x, y)]) of every page."""
    found = []
    for page in reader.pages:
        pieces = []

        def visit(text, cm, tm, font, size, pieces=pieces):
            if text.strip():
                place = tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]
                pieces.append((text.strip(), size * abs(tm[3] * cm[3]), *place))

        found.append((page.extract_text(visitor_text=visit), pieces))
    return found


def test_the_course_is_on_a4_and_not_too_heavy(course):
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in course.pages} == {A4}
    assert 150 < len(course.pages) < 350
    assert (SITE / "downloads" / "course.pdf").stat().st_size < 12e6


def test_both_say_their_language_and_title_and_are_tagged(course, cheat_sheet):
    for reader in (course, cheat_sheet):
        assert reader.root_object["/Lang"].startswith("uk")
        assert "Від правила ланцюга до Adam" in reader.metadata.title
        assert reader.root_object["/MarkInfo"]["/Marked"]
        assert reader.metadata.creation_date is None  # the same pages give the same bytes


def test_the_outline_holds_every_page_and_section_in_their_order(course):
    contents, *pages = outline_of(course)
    assert contents[0] == "Зміст"
    assert [title for title, *_ in pages] == [title_of(article(name).h1) for name in PAGES]
    numbers = [number for _, number, _ in pages]
    assert numbers == sorted(set(numbers))
    for name, (_, _, sections) in zip(PAGES, pages, strict=True):
        own = [title_of(h2) for h2 in article(name).find_all("h2")]
        assert [title for title, _ in sections][: len(own)] == own, name
        assert len(sections) - len(own) == bool(article(name).select("details:not(.hide)")), name


def test_the_contents_name_the_right_page_numbers(course, course_read):
    contents, first, *_ = outline_of(course)
    words = bare("".join(text for _, text, _ in course_read[contents[1] - 1 : first[1] - 1]))
    position = 0
    for title, number, sections in outline_of(course)[1:]:
        for entry, page in [(title, number), *sections]:
            found = words.find(bare(f"{entry}{page}"), position)
            assert found >= 0, f"the contents do not say that {entry!r} is on page {page}"
            position = found if entry == title else position


def test_every_page_says_its_number_the_title_page_apart(course_read):
    assert [number for number, *_ in course_read] == [None, *map(str, range(2, len(course_read) + 1))]


def test_every_link_leads_somewhere(course, cheat_sheet):
    targets = set(course.named_destinations)
    inside = [note["/Dest"] for note in annotations(course) if "/Dest" in note]
    outside = [note["/A"]["/URI"] for note in annotations(course) if "/A" in note]
    assert len(inside) + len(outside) == len(annotations(course))
    links = [link["href"] for name in PAGES for link in article(name).select("a[href]:not(.headerlink)")]
    between = [address for address in links if not re.match(r"https?:|mailto:|.*/downloads/", address)]
    assert len(inside) > 800 and len(inside) >= len(between)  # those of the contents and answers are links too
    assert {str(target) for target in inside} <= targets
    assert len(outside) > 60
    for address in outside + [note["/A"]["/URI"] for note in annotations(cheat_sheet)]:
        assert address.startswith(("https://", "http://")), address


@pytest.mark.parametrize("name", PAGES)
def test_prose_can_be_found_and_copied(name, letters):
    found = sentences(article(name).select('section > p:not(:has(> a[href*="/downloads/"]))'))
    whole = [sentence for sentence in found if bare(sentence) in letters]
    assert found
    assert len(whole) >= min(2, len(found)), found  # a page may end in the middle of one


def test_every_control_has_its_picture_and_the_words_of_its_setting(letters):
    pictures, controls = descriptions("course.pdf"), 0
    for name in PAGES:
        for control in article(name).select(".ll-explore"):
            controls += 1
            assert pictures[control.svg["aria-label"]] >= 1, (name, control.svg["aria-label"])
            for output in control.select("output"):
                assert bare(output.get_text()) in letters
    assert controls >= 14


def test_every_formula_has_its_text_for_screen_readers(course):
    formulas = sum(len(article(name).select("mjx-container")) for name in PAGES)
    figures = sum(len(article(name).select('svg[role="img"]')) for name in PAGES)
    assert descriptions("course.pdf").total() == formulas + figures + 1  # and the picture of the title page


def test_every_answer_stands_at_the_end_of_its_page(letters):
    count = 0
    for name in PAGES:
        for details in article(name).select("details:not(.hide)"):
            found = sentences(details.select("p, li"))
            count += bool(found)
            assert not found or any(bare(sentence) in letters for sentence in found), found
    assert count > 100


def test_no_heading_is_left_at_the_foot_of_a_page(course, course_read):
    for title, number, sections in outline_of(course):
        for heading, page in [(title, number), *sections]:
            rest = course_read[page - 1][1].rpartition(heading)[2]
            assert len(bare(rest)) > 15 or course.pages[page - 1].images, f"{heading!r} ends page {page}"


def test_no_text_stands_outside_the_page(course_read):
    for text, size, x, y in (piece for *_, pieces in course_read for piece in pieces):
        assert 10 < x < A4[0] - 10, text
        assert 10 < y < A4[1] - 10, text
        assert size > 5, text


def test_the_cheat_sheet_is_one_a4_page_with_text_of_7_pt(cheat_sheet):
    assert [(round(page.mediabox.height), round(page.mediabox.width)) for page in cheat_sheet.pages] == [A4]
    ((_, pieces),) = read(cheat_sheet)
    for text, size, x, y in pieces:
        assert size >= 6.99, text
        assert 10 < x < A4[1] - 10, text
        assert 10 < y < A4[0] - 10, text


def test_the_cheat_sheet_has_every_formula_function_and_remark(cheat_sheet):
    text = bare(cheat_sheet.pages[0].extract_text())
    rows = article("book/reference/cheat_sheet.html").select("section:not(:has(> #after-adam)) > .ll-row")
    assert len(rows) >= 25
    for row in rows:
        for words in [row.strong, *row.select("code")]:
            assert bare(words.find(string=True)) in text, words
        for remark in row.select("blockquote p"):
            assert bare(remark.find_all(string=True)[-1]) in text, remark
    shown = sum(len(row.select("mjx-container")) for row in rows)
    assert descriptions("cheat-sheet.pdf").total() >= shown


def test_the_cheat_sheet_without_an_address_leads_nowhere(cheat_sheet):
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert bool(annotations(cheat_sheet)) == ("baseurl:" in config)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_reader_prints_a_page_light_and_gets_the_screen_back(browser, scheme):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto((SITE / "book" / "02_losses.html").as_uri())
    before = page.evaluate("document.documentElement.dataset.theme")
    assert before == scheme
    page.evaluate(WATCH_PRINTING)
    page.pdf()
    for colour in page.evaluate("window.printed"):
        red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
        assert 0.2126 * red + 0.7152 * green + 0.0722 * blue < 100, colour
    assert page.evaluate("document.documentElement.dataset.theme") == before
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_prints_within_the_paper_and_without_bars(browser, name):
    page = browser.new_page(viewport={"width": PRINT_WIDTH, "height": 1000})
    page.goto((SITE / name).as_uri())
    page.emulate_media(media="print")
    assert page.evaluate(TOO_WIDE, PRINT_WIDTH) == []
    for gone in ("nav", "button", ".bd-sidebar-primary", ".bd-sidebar-secondary", ".prev-next-footer", ".ll-act"):
        assert not any(element.is_visible() for element in page.locator(gone).all()), gone
    assert page.locator("h1:visible").count() == 1
    page.close()
