"""A paper that a chapter cites is in the bibliography, under the same address."""

import re

import pytest

from tools.shared import ROOT
from tools.shared.book import notebooks

PAPER = re.compile(
    r"\]\((https://(?:doi\.org|arxiv\.org|proceedings\.mlr\.press|jmlr\.org)/(?:[^()\s]|\([^()\s]*\))+)\)"
)


def papers(markdown):
    """The addresses of papers that a Markdown text links to."""
    return PAPER.findall(markdown)


def bibliography():
    return papers((ROOT / "book" / "reference" / "bibliography.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", notebooks(), ids=lambda page: page.name)
def test_cited_papers_are_in_the_bibliography(page):
    cited = {paper for cell in page.of_kind("markdown") for paper in papers(cell.source)}
    assert not cited - set(bibliography())


def test_a_paper_stands_in_the_bibliography_once():
    assert len(bibliography()) == len(set(bibliography())) > 20


def test_addresses_with_brackets_are_read_whole():
    text = "[a](https://doi.org/10.1016/0041-5553(64)90137-5) [b](https://arxiv.org/abs/1) [c](https://d2l.ai)"
    assert papers(text) == ["https://doi.org/10.1016/0041-5553(64)90137-5", "https://arxiv.org/abs/1"]
