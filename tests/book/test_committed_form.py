"""Notebooks are committed executed and scrubbed (tools/notebooks.py writes that form), and the build prints the same.

This check uses the run that made the pages: text outputs, their order, execution counts, metadata, every byte.
"""

import copy
import json

import nbformat
import pytest

from tools import notebooks as tool
from tools.shared import ROOT

FILES = sorted(ROOT.glob("book/*.ipynb"))


def messy(*outputs, count=7, source="1 / 4", **cell):
    """A notebook with one code cell, as an editor leaves it."""
    code = nbformat.v4.new_code_cell(source, outputs=list(outputs), execution_count=count, id="keep-me", **cell)
    return nbformat.v4.new_notebook(cells=[code], metadata={"colab": {"provenance": []}})


def result(**data):
    data = {mime.replace("_", "/"): value for mime, value in data.items()}
    return nbformat.v4.new_output("execute_result", data=data, execution_count=7)


def saved(notebook, folder):
    path = folder / "page.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_notebook_is_in_the_committed_form(path):
    assert not tool.check(path), "\n".join(f"{path.name}: {problem}" for problem in tool.check(path))


def test_scrubbing_keeps_text_and_drops_the_rest():
    output = result(text_plain="0.25", text_markdown="**0.25**", text_html="<b>", image_png="aGk=")
    view = result(**{"application_vnd.jupyter.widget-view+json": {"model_id": "1"}})
    cell = {"metadata": {"tags": ["hide-input"], "collapsed": True, "execution": {"iopub.status.busy": "now"}}}
    notebook = tool.scrub(messy(output, view, **cell))
    (code,) = notebook.cells
    assert [sorted(output.data) for output in code.outputs] == [["text/markdown", "text/plain"]]
    assert (code.execution_count, code.outputs[0].execution_count, code.id) == (1, 1, "keep-me")
    assert code.metadata == {"tags": ["hide-input"]}
    assert notebook.metadata == tool.NOTEBOOK_METADATA


def test_printed_text_that_came_in_pieces_is_one_output():
    pieces = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in ("a\n", "b\n")]
    (code,) = tool.scrub(messy(*pieces)).cells
    assert [output.text for output in code.outputs] == ["a\nb\n"]


def test_a_missing_id_is_made_from_the_content_and_survives_an_insertion(tmp_path):
    def ids(*sources):
        raw = messy()
        raw.cells = [{"cell_type": "markdown", "metadata": {}, "source": source} for source in sources]
        path = tmp_path / "page.ipynb"
        path.write_text(json.dumps(raw), encoding="utf-8")
        return [cell.id for cell in tool.read(path).cells]

    before, after = ids("one", "one"), ids("zero", "one", "one")
    assert len(set(after)) == 3
    assert after[1:] == before


@pytest.mark.parametrize(
    ("notebook", "finding"),
    [
        (messy(result(text_plain="0.25", text_html="<b>")), "not scrubbed"),
        (messy(count=None), "never run"),
        (messy(nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])), "ValueError: no"),
        (messy(nbformat.v4.new_output("stream", name="stderr", text="RuntimeWarning: overflow")), "stderr"),
        (messy(result(text_plain="<object at 0x7f0011223344>")), "address"),
    ],
)
def test_check_names_what_is_wrong(notebook, finding, tmp_path, capsys):
    path = saved(notebook, tmp_path)
    assert tool.main(["--check", str(path)]) == 1
    assert finding in capsys.readouterr().out


def test_scrubbing_a_file_twice_changes_no_byte(tmp_path):
    path = saved(messy(result(text_plain="0,25", text_html="<b>")), tmp_path)
    assert tool.main(["--scrub", str(path)]) == 0
    once = path.read_bytes()
    assert tool.main(["--scrub", str(path)]) == 0
    assert path.read_bytes() == once
    assert tool.main(["--check", str(path)]) == 0


@pytest.mark.parametrize(
    ("source", "message"),
    [("1 / 0", "ZeroDivisionError"), ("import warnings; warnings.warn('overflow')", "stderr")],
)
def test_a_run_that_fails_or_warns_is_reported_and_not_written(source, message, tmp_path, capsys):
    path = saved(messy(source=source), tmp_path)
    before = path.read_bytes()
    assert tool.main([str(path)]) == 1
    report = capsys.readouterr().err
    assert message in report and "page.ipynb" in report
    assert path.read_bytes() == before


def test_a_run_of_a_good_notebook_is_written_once(tmp_path):
    path = saved(messy(count=None), tmp_path)
    assert tool.main([str(path)]) == 0
    written = path.read_bytes()
    assert b"0.25" in written
    assert tool.main([str(path)]) == 0
    assert path.read_bytes() == written


def executed_by_the_build(committed):
    """The notebook with the outputs of the last build, in the committed form."""
    from jupyter_cache import get_cache

    try:
        _, executed = get_cache(ROOT / "_build" / ".jupyter_cache").merge_match_into_notebook(copy.deepcopy(committed))
    except KeyError:
        pytest.fail("the build has not executed this notebook: run make book", pytrace=False)
    return tool.scrub(executed)


def differences(committed, executed):
    """One line for each code cell whose outputs are not the committed ones."""
    for before, now in zip(committed.cells, executed.cells, strict=True):
        if before.cell_type == "code" and before.outputs != now.outputs:
            yield f"cell {before.id} is committed with\n{before.outputs}\nand gives\n{now.outputs}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_build_gives_what_is_committed(path):
    committed = tool.read(path)
    executed = executed_by_the_build(committed)
    assert list(differences(committed, executed)) == []
    assert tool.serialize(executed) == path.read_bytes()


@pytest.mark.parametrize("path", FILES[:1], ids=lambda path: path.name)
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
