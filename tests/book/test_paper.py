"""The course as one document for paper: links, ids, answers and formulas, on small pages."""

import re

import bs4
import pytest

from tools.paper.document import link_target, read_part
from tools.paper.formula_text import formula_text

NAMES = {"book/index.html", "book/02_losses.html", "book/reference/notation.html"}
PAGE = """<body><svg id="ll-outlines"><path id="MJX-1" d="M0 0"></path></svg>
<article class="bd-article"><section id="top">
<h1>Втрати<a class="headerlink" href="#top">#</a></h1>
<section id="mse"><h2>MSE<a class="headerlink" href="#mse">#</a></h2>
<p><a href="#mse">тут</a> <a href="reference/notation.html#loss">символи</a> <a href="../code.zip">код</a></p>
<p>Є і <a href="../downloads/course.pdf">PDF</a>.</p>
<details class="hide"><summary>Показати код</summary><pre>explore(draw)</pre></details>
<label for="answer">p</label><input id="answer" name="group"><p aria-labelledby="mse answer">…</p>
<svg><defs><clipPath id="frame"></clipPath><g id="part"></g></defs>
<g clip-path="url(#frame)"><use href="#part"/></g></svg>
<div class="ll-explore"><svg role="img" aria-label="крива"></svg><script>{"frames": []}</script>
<output>p = 0,25</output><noscript>Увімкніть JavaScript</noscript></div>
<fieldset><legend>Передбачте.</legend><p class="ll-act"><button>Це мій прогноз</button></p>
<noscript><details><summary>На що дивитися</summary><p>Нахил круте.</p></details></noscript></fieldset>
<details><summary>Де помилка?</summary><p>Бракує знака.</p></details>
<mjx-container><svg aria-hidden="true"><use href="#MJX-1"/></svg>
<mjx-assistive-mml><math><mi>p</mi></math></mjx-assistive-mml>
</mjx-container></section></section></article></body>"""


def read(name="book/02_losses.html", address="", page=PAGE):
    part = read_part(page, name, NAMES, "Відповіді", address)
    return part, bs4.BeautifulSoup(part.markup, "html.parser")


SITE = "https://example.org/course/"


@pytest.mark.parametrize(
    ("href", "page", "address", "target"),
    [
        ("notation.html", "book/reference/cheat_sheet.html", "", "#reference-notation"),
        ("../02_losses.html#eq-mse", "book/reference/notation.html", "", "#02_losses.eq-mse"),
        ("02_losses.html#eq-%D0%B0", "book/index.html", "", "#02_losses.eq-%D0%B0"),
        ("#mse", "book/02_losses.html", "", "#02_losses.mse"),
        ("https://arxiv.org/abs/1412.6980#page=2", "book/index.html", "", "https://arxiv.org/abs/1412.6980#page=2"),
        ("mailto:a@b.org", "book/index.html", "", "mailto:a@b.org"),
        ("04_optimizers.html#eq-sgd", "book/index.html", "", None),
        ("../../notation.html", "book/reference/notation.html", "", None),
        ("../04.html#eq-sgd", "book/reference/notation.html", SITE, f"{SITE}book/04.html#eq-sgd"),
        ("02_losses.html", "book/index.html", SITE, "#02_losses"),
    ],
)
def test_a_link_leads_into_the_document_or_to_the_site_or_outside_or_nowhere(href, page, address, target):
    assert link_target(href, page, NAMES, address) == target


def test_a_link_to_nowhere_leaves_its_words():
    for address, count in (("", 0), ("https://example.org/", 1)):
        _, soup = read(address=address)
        assert len(soup.select('a[href^="https://example.org/code.zip"]')) == count
        assert bool(soup.find("a", string="код")) == bool(count)
        assert "код" in soup.get_text()


def test_ids_of_two_pages_never_meet_and_every_reference_stays_on_its_page():
    markup = "".join(read(name)[0].markup for name in sorted(NAMES))
    soup = bs4.BeautifulSoup(markup, "html.parser")
    ids = [element["id"] for element in soup.select("[id]")]
    assert len(ids) == len(set(ids)) > 3 * 8
    for article in soup.select("article"):
        own = {article["id"], *(element["id"] for element in article.select("[id]"))}
        references = [
            *(label["for"] for label in article.select("[for]")),
            *article.select_one("[aria-labelledby]")["aria-labelledby"].split(),
            *(use["href"][1:] for use in article.select("use") if not use["href"].startswith("#MJX-")),
            *re.findall(r"url\(#([^)]+)\)", str(article)),
            *(link["href"][1:] for link in article.select("a") if link["href"].startswith(f"#{article['id']}")),
        ]
        assert len(references) >= 10
        assert set(references) <= own
    assert len({field["name"] for field in soup.select("input")}) == 3


def test_outlines_of_glyphs_stay_shared():
    part, soup = read()
    assert soup.select_one("mjx-container use")["href"] == "#MJX-1"
    assert list(part.outlines) == ["MJX-1"]


def test_a_part_knows_its_title_and_sections():
    part, _ = read()
    assert part.title == "Втрати"
    assert part.sections == [("02_losses.mse", "MSE"), ("02_losses.answers", "Відповіді")]


def test_what_waits_behind_a_click_stands_at_the_end_with_links_there_and_back():
    _, soup = read()
    assert not soup.select("details, noscript")
    end = soup.find_all("section")[-1]
    for number, (title, text) in enumerate([("На що дивитися", "Нахил круте."), ("Де помилка?", "Бракує знака.")], 1):
        asked = soup.find(id=f"02_losses.question-{number}")
        assert (asked.get_text(), asked.a["href"]) == (f"{title} → {number}", f"#02_losses.answer-{number}")
        answer = end.find(id=f"02_losses.answer-{number}")
        assert text in answer.get_text()
        assert answer.a["href"] == f"#02_losses.question-{number}"
    assert soup.get_text().count("Бракує знака.") == 1


def test_a_page_without_answers_gets_no_heading_for_them():
    page = '<article class="bd-article"><section id="a"><h1>Словник</h1></section></article>'
    assert read(page=page)[0].sections == []


def test_paper_gets_the_picture_and_the_words_of_a_control_but_nothing_to_press():
    _, soup = read()
    text = soup.get_text()
    assert soup.select_one(".ll-explore svg")["aria-label"] == "крива"
    assert "p = 0,25" in text
    assert not soup.select("script, button, noscript")
    for gone in ("Показати код", "explore(draw)", "Це мій прогноз", "frames", "JavaScript", "#", "PDF"):
        assert gone not in text


def test_a_formula_keeps_its_text_and_loses_its_markup():
    _, soup = read()
    picture = soup.select_one("mjx-container svg")
    assert (picture["role"], picture["aria-label"], picture.get("aria-hidden")) == ("img", "p", None)
    assert not soup.select("math")


@pytest.mark.parametrize(
    ("mathml", "text"),
    [
        ("<mfrac><mi>a</mi><mrow><mn>2</mn><mi>n</mi></mrow></mfrac>", "a/(2n)"),
        ("<msub><mi>x</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub>", "x_(ij)"),
        ("<msup><mi>e</mi><mrow><mo>−</mo><mi>z</mi></mrow></msup>", "e^(− z)"),
        ("<msubsup><mi>β</mi><mn>1</mn><mi>t</mi></msubsup>", "β_1^t"),
        ("<mover><mi>y</mi><mo>^</mo></mover>", "ŷ"),
        ("<mover><mi>y</mi><mo>⏞</mo></mover>", "y^⏞"),
        ("<munder><mi>W</mi><mi>m</mi></munder>", "W_m"),
        ("<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover>", "∑_i^n"),
        ("<msqrt><mi>s</mi><mo>+</mo><mi>ϵ</mi></msqrt>", "√(s + ϵ)"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", "3√(x)"),
        ("<mi>ln</mi><mo>\u2061</mo><mi>p</mi>", "ln p"),
        ("<mi>m</mi><mo>\u2062</mo><mi>k</mi>", "mk"),
        ("<mtable><mtr><mtd><mn>1</mn></mtd></mtr><mtr><mtd><mn>2</mn></mtd></mtr></mtable>", "1; 2"),
        ("<mi>y</mi><mo>=</mo><mtext>так</mtext><mspace></mspace><mn>0</mn><mo>,</mo><mn>5</mn>", "y = так 0,5"),
    ],
)
def test_a_formula_in_one_line(mathml, text):
    assert formula_text(bs4.BeautifulSoup(f"<math>{mathml}</math>", "html.parser").math) == text.replace("ŷ", "y\u0302")


def test_what_is_no_page_of_the_site_is_named():
    with pytest.raises(ValueError, match=r"book/02_losses\.html: expected a page of the site"):
        read(page="<h1>404</h1>")
