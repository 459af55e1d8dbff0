"""Hunspell's Ukrainian dictionary knows every word of the book; own_words.txt holds the few that it lacks.

A line of own_words.txt is a word, or `word/model`: inflected like a word of the dictionary (мініпакет/пакет).
"""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tools.shared import ROOT
from tools.shared.book import CYRILLIC, GAP, prose, prose_of_book

OWN = Path(__file__).with_name("own_words.txt")
WORD = re.compile(f"[{CYRILLIC}]+(?:['’ʼ-][{CYRILLIC}]+)*")
SUFFIX = re.compile(rf"[\w{GAP}]-$")  # «n-й», «`Node`-ів»: an ending, not a word


def words(text):
    """The Ukrainian words of a text, as the dictionary writes them: no stress marks, one apostrophe."""
    text = re.sub("[\u0301\u00ad]", "", text).replace("\u2011", "-")
    for match in WORD.finditer(text):
        if not (SUFFIX.search(text[: match.start()][-2:]) and len(match[0]) <= 4):
            yield re.sub("[’ʼ]", "'", match[0])


def unknown(candidates, *options):
    """The words that hunspell does not know, in one run."""
    run = subprocess.run(
        ["hunspell", "-d", "uk_UA", "-i", "utf-8", *options, "-l"],
        input="\n".join(sorted(set(candidates))),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return set(run.stdout.split())


def own_words():
    return OWN.read_text(encoding="utf-8").split()


@cache
def text_of_book():
    readme = ROOT / "README.md"
    return [*prose_of_book(), *(prose(readme.read_text(encoding="utf-8"), readme.name) if readme.is_file() else ())]


@cache
def words_of_book():
    return {word for _, text in text_of_book() for word in words(text)}


@pytest.fixture(scope="module", autouse=True)
def dictionary(do_without):
    """Hunspell with the Ukrainian dictionary, or no test of this module."""
    if not shutil.which("hunspell"):
        do_without("hunspell is not installed (Debian: hunspell, hunspell-uk)")
    if "uk_UA" not in subprocess.run(["hunspell", "-D"], capture_output=True, text=True, input="").stderr:
        do_without("hunspell has no Ukrainian dictionary (Debian: hunspell-uk)")


def test_every_word_of_the_book_is_known():
    assert words_of_book()
    wrong = unknown(words_of_book(), "-p", str(OWN))
    findings = [
        f"{where}: «{word}» in «{' '.join(text.split())[:90]}»"
        for where, text in text_of_book()
        for word in dict.fromkeys(words(text))
        if word in wrong
    ]
    assert not findings, "\n".join([*findings, f"Misspelt, or a new word for {OWN.relative_to(ROOT)}"])


def test_own_words_are_sorted_and_unknown_to_the_dictionary():
    lines = own_words()
    assert lines == sorted(set(lines)), "sort own_words.txt (sort -u)"
    known = {line.split("/")[0] for line in lines} - unknown(line.split("/")[0] for line in lines)
    assert not known, f"the dictionary knows these words of own_words.txt: {sorted(known)}"
    strange = unknown(line.split("/")[1] for line in lines if "/" in line)
    assert not strange, f"the dictionary does not know these models of own_words.txt: {sorted(strange)}"


def test_every_own_word_is_used():
    missing = unknown(words_of_book())
    stems = {line: re.sub("[аеєиіїоуюяьй]+$", "", line.split("/")[0].lower()) for line in own_words()}
    unused = [line for line, stem in stems.items() if not any(word.lower().startswith(stem) for word in missing)]
    assert not unused, f"no page needs these words of own_words.txt: {unused}"


def test_a_misspelt_word_is_found():
    assert unknown(words("Граддієнт і похідна, обʼєкт об’єкт об'єкт ко\u0301ли")) == {"Граддієнт"}


def test_endings_after_code_and_formulas_are_not_words():
    text = " ".join(part for _, part in prose("Перший `Node`-ів, $n$-й, 2-го, ReLU-мережа `граддієнт` $граддієнт$"))
    assert list(words(text)) == ["Перший", "мережа"]
