"""The search page of the built site: where questions of readers lead, over http and from disk, and what it shows."""

import gzip
import json
import re

import pytest

from tools.shared.site import PAGES

LARGEST = 240  # KB gzip of what the search page loads when something is asked: the texts of all pages, with 88 tasks
FIRST = 2  # the page is among so many

QUERIES = """
04_optimizers: спуском, оптимізатора, оптимізатр, ковзне середнє, Adam, RMSprop, імпульсу, momentum, сідлової точки
04_optimizers: поверхонь, числа обумовленості, пам'яттю, ε під коренем
01_chain_rule: матриць, похідної, похідною складеної функції, правилом ланцюга, якобіан
02_losses: функцій втрат, логіти, cross entropy, cross_entropy, binary_cross_entropy
06_gradients: бінарною перехресною ентропією, крос-ентропія, градіент, зникання градієнтів, обрізанням градієнта
06_gradients: кліпінг, softmax
03_backprop: зворотним поширенням, backward_pass, backward pass, перенавчанню
05_schedules: find_learning_rate, learning rate, швидкості навчання, як вибрати швидкість навчання
05_schedules: косинусного згасання, розігріву, warmup
07_digits: епохи, мережа розпізнає цифри
08_after_adam: Lion, муона, сингулярних чисел, передобумовлювача
reference/pytorch: PyTorch
reference/teachers: оцінити роботи студентів
reference/conventions: типових значень
reference/glossary: словником
reference/cheat_sheet: шпаргалкою
"""
ROWS = [line.split(": ") for line in QUERIES.split("\n") if line]
QUERIES = {query: page for page, queries in ROWS for query in queries.split(", ")}


ASK = """queries => {
  window.ask ??= courseSearch(courseTexts);
  return queries.map(query => window.ask(query).pages.map(page => page.url));
}"""


@pytest.fixture
def ask(look_at):
    """ask(queries, via) -> for each the addresses of the pages found, the best first; from one page, opened once."""

    def ask(queries, via="http"):
        page = look_at("search.html?q=спуск", via=via).page
        page.wait_for_selector("#search-found li")
        return page.evaluate(ASK, list(queries))

    return ask


def test_a_question_leads_to_its_page_and_from_disk_too(ask):
    found = ask(QUERIES)
    places = zip(QUERIES.items(), found, strict=True)
    assert [(query, urls) for (query, page), urls in places if f"book/{page}.html" not in urls[:FIRST]] == []
    assert ask(QUERIES, via="file") == found


@pytest.fixture(scope="module")
def texts(site):
    script = (site / "_static" / "search" / "texts.js").read_text(encoding="utf-8")
    return json.loads(script.removeprefix("var courseTexts = ").removesuffix(";\n"))


def test_every_page_is_searched_and_its_sections_exist(site, texts):
    assert sorted(page["url"] for page in texts["pages"]) == sorted(PAGES)
    for page in texts["pages"]:
        ids = set(re.findall(r'<section[^>]* id="([^"]+)"', (site / page["url"]).read_text(encoding="utf-8")))
        assert {id for id, _, _ in page["sections"] if id} <= ids, page["url"]
        assert all(title for _, title, _ in page["sections"]), page["url"]


def test_texts_hold_no_markup_and_no_answers_of_quizzes(texts):
    everything = json.dumps(texts, ensure_ascii=False)
    assert len(everything) > 100_000
    noise = r"</?(?:div|span|svg|path|math|mjx)\b|MJX-|\\\\frac|Показати код|Відповідь і пояснення"
    assert re.findall(noise, everything) == []


def test_the_search_page_is_light_and_the_others_load_nothing_of_it(site, look_at):
    scripts = (site / "_static" / "search").iterdir()
    assert sum(len(gzip.compress(path.read_bytes())) for path in scripts) / 1024 < LARGEST
    unused = {"searchindex.js", "searchtools.js", "language_data.js"}
    assert not unused & {path.name for path in site.rglob("*")}
    for name in PAGES:
        assert "_static/search/" not in (site / name).read_text(encoding="utf-8")
    assert not [address for address in look_at("search.html").requests if "texts.js" in address]


STATUS = {
    "": "Напишіть, що знайти: слово в будь-якому відмінку, термін англійською, ім’я з коду.",
    "оцінити роботи студентів": "Знайдено 1 сторінку.",
    "спуском": "Знайдено 11 сторінок.",
    "якобіан": "У курсі це зветься «матриця Якобі». Знайдено 4 сторінки.",
    "фотосинтез": "Нічого не знайдено. Перевірте, чи всі слова написано правильно, або спробуйте інше слово.",
}


def test_the_search_page_says_in_ukrainian_how_much_it_found(open_page):
    visit = open_page("search.html")
    answered = "() => document.getElementById('search-status').textContent !== 'Шукаємо…'"
    said = {}
    for query in STATUS:
        visit.page.goto(visit.page.url.split("?")[0] + f"?q={query}")
        visit.page.wait_for_function(answered)
        said[query] = visit.page.inner_text("#search-status")
    digits = {query: re.sub(r"\d+", "", text) for query, text in said.items()}
    assert digits == {query: re.sub(r"\d+", "", text) for query, text in STATUS.items()}
    assert not visit.errors


def test_a_typed_question_is_answered_with_places_and_excerpts(open_page):
    """From any page, by keyboard alone, on a phone, from disk."""
    visit = open_page("book/index.html", via="file", width=390)
    page = visit.page
    page.keyboard.press("Control+k")
    page.keyboard.type("матриць пам'яттю")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-found li")
    marked = page.evaluate("() => [...document.querySelectorAll('#search-found mark')].map(e => e.textContent)")
    assert {"матр", "пам’"} <= {text.lower()[:4] for text in marked}
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    link = page.locator("#search-found h3 a").first
    title = link.inner_text()
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/book/**")
    target = page.url.split("#")[1].split(":~:")[0]
    heading = page.locator(f"section[id='{target}'] > :is(h2, h3, h4)").first
    assert heading.inner_text().removesuffix("#") == title
    assert heading.is_visible()
    assert not visit.errors


def test_without_the_texts_the_search_page_says_so(open_page):
    page = open_page("search.html").page
    page.route("**/texts.js", lambda route: route.abort())
    page.goto(page.url + "?q=спуск")
    page.wait_for_function("() => document.getElementById('search-status').textContent.includes('не завантажилися')")
