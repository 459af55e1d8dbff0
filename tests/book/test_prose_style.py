"""The typography of the prose: «…», ’ inside words, no exclamation marks, a decimal comma."""

import re

import pytest

from tools.shared.book import CYRILLIC, HAS_CYRILLIC, prose, prose_of_book

RULES = {
    "straight quotes instead of «…»": re.compile(r'["“”„]'),
    "an apostrophe other than ’": re.compile(rf"(?<=[{CYRILLIC}])['ʼ`‘](?=[{CYRILLIC}])"),
    "an exclamation mark": re.compile("!"),
    "a decimal point instead of a comma": re.compile(r"(?<![\w.])(?<![a-zA-Z] )\d+\.\d+(?!\.?\w)"),
    "a hyphen instead of a dash": re.compile(rf"(?<=[{CYRILLIC}\d]) -{{1,2}} (?=[{CYRILLIC}\d])"),
    "a Latin letter inside a Ukrainian word": re.compile(rf"[{CYRILLIC}][a-zA-Z]|[a-zA-Z][{CYRILLIC}]"),
}


def style_findings(text):
    """[(what is wrong, where)] of one paragraph; a text without a Ukrainian letter is not prose."""
    if not HAS_CYRILLIC.search(text):
        return []
    return [
        (name, " ".join(text[max(match.start() - 30, 0) : match.end() + 30].split()))
        for name, pattern in RULES.items()
        for match in pattern.finditer(text)
    ]


def test_typography_of_the_book():
    texts = [(where, text) for where, text in prose_of_book() if not where.endswith("output") or "Рисунок: " in text]
    findings = [f"{where}: {name}: «{near}»" for where, text in texts for name, near in style_findings(text)]
    assert not findings, "\n".join(findings)


GOOD = '«Градієнт» об’єкта — це вектор; 0,25, Python 3.11, `print("!")`, $n!$, [посилання](a!b), one-hot-код'
BAD = (
    'Це "градієнт"', "об'єкт", "обʼєкт", "Готово!", "дорівнює 0.25.", "втрати - це число", "гpадієнт з латинською p",
)  # fmt: skip


@pytest.mark.parametrize("text", [GOOD, *BAD])
def test_bad_typography_is_found(text):
    assert any(style_findings(part) for _, part in prose(text)) == (text != GOOD)
