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
from tools.shared.book import CYRILLIC, pages, prose, prose_of_book

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
    assert pages()
    report = findings(prose_of_book())
    assert not report, "\n".join(report)


@pytest.mark.parametrize("pattern", [pattern for _, pattern, _, _ in rules()])
def test_every_row_of_the_table_finds_its_own_variant(pattern):
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


def test_no_term_to_use_is_a_forbidden_variant():
    terms = sorted({use for use, *_ in rules()})
    assert {term: forbidden(term) for term in terms if forbidden(term)} == {}


@pytest.mark.parametrize(
    "text",
    [
        "За ланцюговим\nправилом",
        "розмір мінібатчу й батчів",
        "бінарна крос-ентропія та крос ентропію",
        "Для темпу навчання",
        "зворотній прохід",
        "градієнт часткових похідних",
    ],
)
def test_inflected_variants_are_found(text):
    assert forbidden(text)


@pytest.mark.parametrize(
    "text",
    [
        "Градієнт за правилом ланцюга, частинні похідні, пакети й мініпакети",
        "У зворотній послідовності, у зворотному порядку",
        "Перший момент розподілу градієнтів, у цей момент",
        "Зміщення оцінки зникає з кроками",
        "сигмоїда, сигмоїди, сигмоїдою",
        "експоненційне згасання",
    ],
)
def test_right_terms_pass(text):
    assert forbidden(text) == []


def test_the_synonym_of_the_sheet_passes_once_and_code_is_not_read():
    assert findings([("а", "функція витрат"), ("б", "функцію витрат")]) == ["б: «функцію витрат» (use «функція втрат»)"]
    assert findings(prose("Код `батч` і $батч$")) == []
