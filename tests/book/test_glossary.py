"""One Ukrainian word per idea: book/reference/glossary.csv holds the term and, under `never`, what is not written.

A pattern is a phrase; `*` stands for any ending, and a space, a line break or a hyphen may separate its words. `;`
separates patterns; words (patterns too) after `|` show that the sentence means something else. A row without a meaning
is a spelling rule; the others make the page of the glossary.
"""

import re
from functools import cache

import pytest

from tools.reference import REFERENCE, terms, with_terms
from tools.shared import ROOT
from tools.shared.book import CYRILLIC, Cell, Page, notebooks, pages, prose, prose_of_book

ALLOWED_ONCE = {"функці* витрат": "the synonym of the source sheet"}


@cache
def rules():
    rows = [(row["ukrainian"], pattern, but) for row in terms() for pattern, but in row["never"]]
    return [(use, pattern, matcher(pattern), [matcher(word) for word in but]) for use, pattern, but in rows]


def matcher(pattern):
    parts = [re.escape(word).replace(r"\*", f"[{CYRILLIC}’]*") for word in re.split("[ -]", pattern)]
    phrase = r"[-–\s\u2011]+".join(parts)
    return re.compile(rf"(?<![{CYRILLIC}’]){phrase}(?![{CYRILLIC}’])", re.IGNORECASE)


def forbidden(text):
    """[(pattern, what stands there, the term to use)] of a text."""
    found = []
    text = re.sub("['ʼ]", "’", text)
    for sentence in re.split(r"(?<=[.?…:;])\s", text):
        for use, pattern, regex, exceptions in rules():
            if (match := regex.search(sentence)) and not any(other.search(sentence) for other in exceptions):
                found.append((pattern, " ".join(match[0].split()), use))
    return found


def findings(texts):
    """Sentences for a report; a variant that is allowed once is reported from its second place on."""
    report, met = [], set()
    for where, text in texts:
        for pattern, words, use in forbidden(text):
            if pattern in ALLOWED_ONCE and pattern not in met:
                met.add(pattern)
            else:
                report.append(f"{where}: «{words}» (use «{use}»)")
    return report


def test_forbidden_variants_never_appear():
    report = findings(prose_of_book())
    assert not report, "\n".join(report)


def test_every_row_of_the_table_finds_its_own_variant():
    for _, pattern, _, _ in rules():
        assert pattern in {found for found, _, _ in forbidden(f"Тут {pattern.replace('*', '')}, ось.")}


def test_the_page_shows_the_table():
    page = REFERENCE / "glossary.md"
    shown = page.read_text(encoding="utf-8")
    assert shown == with_terms(shown, terms()), f"tools/reference.py writes {page.relative_to(ROOT)} anew"
    assert len({row["english"] for row in terms()}) == len(terms())


def test_every_term_is_explained_where_it_is_used():
    """A row has all of English, chapter and meaning, or is a rule of spelling alone; the chapter speaks of the term."""
    text = {page.name: " ".join(part for cell in page.cells for _, part in prose(cell.source)) for page in pages()}
    findings = []
    for row in terms():
        given = [bool(row[name]) for name in ("english", "chapter", "meaning")]
        if any(given) != all(given) or not (all(given) or row["never"]):
            findings.append(f"{row['ukrainian']}: incomplete")
        elif all(given) and (chapter := text.get(f"book/{row['chapter']}.ipynb")):
            stem = re.sub("[аеєиіїоуюяйь]{1,2}$", "", re.match(r"[\w’-]+", row["ukrainian"])[0])
            if stem.lower() not in chapter.lower():
                findings.append(f"{row['ukrainian']}: {row['chapter']} has no {stem}…")
    assert not findings, "\n".join(findings)


def without_english(page):
    """English terms that a chapter does not put in brackets after the Ukrainian one.

    The chapter that explains a term needs them at its first use in the running text: no heading, source, goal or
    foreknowledge. In the other chapters the English may be left out, but does not come first without its brackets.
    """
    sources = [re.split("(?m)^#+ Джерела", cell.source)[0] for cell in page.of_kind("markdown")]
    running = "\n\n".join(re.sub("(?m)^#.*", "", source) for source in sources[1:])
    running = re.sub(r"(?m)^(#|- |\W*(Що т|Т)реба знати|\W*Варто знати).*", "", sources[0]) + "\n\n" + running
    text = re.sub(r"\s+", " ", " ".join(part for _, part in prose(running)))
    findings = set()
    for row in terms():
        english, ukrainian = (re.sub(r" \(.*?\)", "", row[name]) for name in ("english", "ukrainian"))
        if not english or english in ukrainian:
            continue
        term = ukrainian.split(",")[0].split(" / ")[0]
        stems = [re.escape(re.sub("[аеєиіїоуюяйь]{1,2}$", "", word)) for word in re.split("[ -]", term)]
        inflected = rf"[{CYRILLIC}’]*[ -]+".join(stems)
        first_use = re.search(rf"(?<![\w’]){inflected}[{CYRILLIC}]{{0,3}}(?!\w)", text, re.I)
        head = re.split(" / |, ", english)[0]
        bracket = rf"\([^()]*{head.split()[-1][:5]}"
        if first_use and page.name == f"book/{row['chapter']}.ipynb":
            before, after = text[: first_use.end()], text[first_use.end() :]
            in_time = re.search(bracket, before, re.I) or re.match(rf"[^().?]{{0,40}}{bracket}", after, re.I)
        else:
            bare = re.search(rf"(?<![\w-]){head}\b", text, re.I)
            in_time = not bare or re.search(r"\([^()]*$", text[: bare.start()])
        findings |= set() if in_time else {english}
    return findings


@pytest.mark.parametrize("page", notebooks(), ids=lambda page: page.name)
def test_the_english_term_stands_at_its_first_use(page):
    assert without_english(page) == set()


@pytest.mark.parametrize(
    ("chapter", "text", "missing"),
    [
        ("01_chain_rule", "Пригадаймо похідну (derivative). Похідна проста.", set()),
        ("01_chain_rule", "Пригадаймо похідну. Похідна (derivative) проста.", {"derivative"}),
        ("02_losses", "Пригадаймо похідну.", set()),
        ("02_losses", "Візьмемо learning rate та швидкість навчання (learning rate).", {"learning rate"}),
        ("02_losses", "Швидкість навчання (learning rate) мала, а learning rate ні.", set()),
    ],
)
def test_a_term_without_its_english_is_found(chapter, text, missing):
    page = Page(
        f"book/{chapter}.ipynb", (Cell("1", "markdown", "# Похідна\n\n- похідну;"), Cell("2", "markdown", text))
    )
    assert without_english(page) == missing


def test_no_term_to_use_is_a_forbidden_variant():
    terms = sorted({use for use, *_ in rules()})
    assert {term: forbidden(term) for term in terms if forbidden(term)} == {}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("За ланцюговим\nправилом", False),
        ("розмір мінібатчу й батчів", False),
        ("бінарна крос-ентропія та крос ентропію", False),
        ("Для темпу навчання", False),
        ("зворотній прохід", False),
        ("градієнт часткових похідних", False),
        ("Градієнт за правилом ланцюга, частинні похідні, пакети й мініпакети", True),
        ("У зворотній послідовності, у зворотному порядку", True),
        ("Перший момент розподілу градієнтів, у цей момент", True),
        ("Зміщення оцінки зникає з кроками", True),
        ("сигмоїда, сигмоїди, сигмоїдою", True),
        ("експоненційне згасання", True),
    ],
)
def test_inflected_variants_are_found_and_right_terms_pass(text, right):
    assert bool(forbidden(text)) != right


def test_the_synonym_of_the_sheet_passes_once_and_code_is_not_read():
    assert findings([("а", "функція витрат"), ("б", "функцію витрат")]) == ["б: «функцію витрат» (use «функція втрат»)"]
    assert findings(prose("Код `батч` і $батч$")) == []
