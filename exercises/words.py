"""The words of a chapter's tasks: words/<language>/<chapter>.md, beside the programs.

    # title of the notebook
    > its description, for search engines
    introduction
    ## title of the task {#name}
    statement
    ### options       only where there are any: a list, in the order of their numbers
    ### hints         a list
    ### mistakes      a list: - `key` what the feedback says; a mistake of several tasks stands at the first
    ### notice        two sentences: what to notice in the first right answer, shown with it after a pass; before them
                      may stand, between ```, the way of a calculation, which is shown in its place

Everything is Markdown; the lines of a list's item that follow the first are indented by two spaces.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("words")
_TASK = re.compile(r"^## (.+) \{#(\w+)\}$", re.MULTILINE)
_PART = re.compile(r"^### (options|hints|mistakes|notice)$", re.MULTILINE)
_MISTAKE = re.compile(r"`(\w+)` (.+)", re.DOTALL)


@dataclass(frozen=True)
class TaskWords:
    title: str
    statement: str
    options: tuple = ()
    hints: tuple = ()
    mistakes: dict = field(default_factory=dict)
    notice: str = ""


@dataclass(frozen=True)
class ChapterWords:
    title: str
    description: str
    intro: str
    tasks: dict

    @property
    def mistakes(self):
        """{key: sentence} of all tasks."""
        return {key: words for task in self.tasks.values() for key, words in task.mistakes.items()}


@cache
def words_of(chapter, language="uk"):
    """The ChapterWords of a chapter. Errors: ValueError for a file that is not written as said above."""
    head, *tasks = _TASK.split((_FOLDER / language / f"{chapter}.md").read_text(encoding="utf-8"))
    match = re.fullmatch(r"# (.+)\n\n((?:> .+\n)+)\n(.+)", head.strip(), re.DOTALL)
    if not match:
        raise ValueError(f"{chapter}, {language}: a title, a description behind > and an introduction come first")
    description = " ".join(line.removeprefix("> ") for line in match[2].splitlines())
    found = {name: _task(title, rest) for title, name, rest in zip(*[iter(tasks)] * 3, strict=True)}
    return ChapterWords(match[1], description, match[3], found)


def _task(title, rest):
    statement, *parts = _PART.split(rest)
    parts = dict(zip(parts[0::2], parts[1::2], strict=True))
    notice = parts.pop("notice", "").strip()
    lists = {part: _items(words) for part, words in parts.items()}
    mistakes = [_MISTAKE.fullmatch(words) for words in lists.pop("mistakes", ())]
    if None in mistakes:
        raise ValueError(f"{title!r}: a mistake is written as - `key` sentence")
    told = {match[1]: match[2] for match in mistakes}
    return TaskWords(title, statement.strip(), **lists, mistakes=told, notice=notice)


def _items(words):
    """The items of a list; a paragraph of one is one line."""
    items = re.split(r"^- ", words.strip(), flags=re.MULTILINE)[1:]
    in_lines = (re.sub(r"(?<!\n)\n  (?=\S)", " ", item) for item in items)
    return tuple(re.sub(r"^  ", "", item, flags=re.MULTILINE).strip() for item in in_lines)
