"""What the chapters print when the site is built is what is committed: the same run serves the pages and this check.

Every byte counts: text outputs, their order, execution counts, metadata (tools/notebooks.py says what is kept).
"""

import copy

import pytest

from tools import notebooks as tool
from tools.shared import ROOT

CHAPTERS = sorted(ROOT.glob("book/*.ipynb"))
CACHE = ROOT / "_build" / ".jupyter_cache"


def executed_by_the_build(committed):
    """The notebook with the outputs of the last build, in the committed form."""
    from jupyter_cache import get_cache

    try:
        _, executed = get_cache(CACHE).merge_match_into_notebook(copy.deepcopy(committed))
    except KeyError:
        pytest.fail("the build has not executed this notebook: run make book", pytrace=False)
    return tool.scrub(executed)


def differences(committed, executed):
    """One line for each code cell whose outputs are not the committed ones."""
    for before, now in zip(committed.cells, executed.cells, strict=True):
        if before.cell_type == "code" and before.outputs != now.outputs:
            yield f"cell {before.id} is committed with\n{before.outputs}\nand gives\n{now.outputs}"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_the_build_gives_what_is_committed(path):
    committed = tool.read(path)
    executed = executed_by_the_build(committed)
    assert list(differences(committed, executed)) == []
    assert tool.serialize(executed) == path.read_bytes()


@pytest.mark.parametrize("path", CHAPTERS[:1], ids=lambda path: path.name)
def test_another_digit_and_a_missing_line_are_noticed(path):
    committed = tool.read(path)
    executed = executed_by_the_build(committed)
    first, second, *_ = [cell for cell in committed.cells if cell.cell_type == "code" and cell.outputs[:1]]
    output = first.outputs[0]
    if "text" in output:
        output.text += "0"
    else:
        output.data["text/plain"] += "0"
    second.outputs.pop()
    found = list(differences(committed, executed))
    assert [line.split()[1] for line in found] == [first.id, second.id]
