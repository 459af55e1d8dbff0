"""Right answers get all points: the course's for many secret seeds, and those of students with ways of their own."""

import json
from pathlib import Path

import pytest

import exercises
from exercises.plan import plan as plain_plan
from lessons_grade.marking import Plan, canary, grade
from lessons_grade.sandbox import Sandbox, SandboxMissing
from tools import exercises as tool

PARTS = Path(__file__).with_name("styles.txt").read_text(encoding="utf-8").split("### ")[1:]
STYLES = dict(part.split("\n", 1) for part in PARTS)


@pytest.fixture(scope="module")
def sandbox(do_without):
    try:
        return Sandbox()
    except SandboxMissing as error:
        do_without(f"no sandbox: {error}")


@pytest.mark.parametrize("seed", [17**n for n in range(12)])
@pytest.mark.parametrize("chapter", exercises.CHAPTERS)
def test_the_courses_own_answers_pass_for_any_seed(chapter, seed, sandbox):
    canary(Plan.from_plain(plain_plan(chapter, seed)), sandbox)


def notebook(answers=None):
    tasks = exercises.tasks_of("losses")
    right = {task.name: tool.solution(task) for task in tasks} | (answers or {})
    return json.loads(tool.serialize(tool.notebook("losses", right)))


def graded(content, sandbox, seed=6):
    plan = Plan.from_plain(plain_plan("losses", seed))
    result = grade(json.dumps(content, ensure_ascii=False).encode(), plan, sandbox)
    assert result.points == plan.points, [task for task in result.tasks if not task.points]


@pytest.mark.parametrize("name", STYLES)
def test_a_way_to_write_an_answer(name, sandbox):
    graded(notebook({"mse": STYLES[name]}), sandbox)


def colab(content):
    content["metadata"] |= {"colab": {"provenance": [], "name": "02"}, "accelerator": "GPU", "nbformat_minor": 0}
    content["cells"].insert(0, code("from google.colab import drive\ndrive.mount('/content/drive')"))
    for number, cell in enumerate(content["cells"]):
        cell["metadata"] = {"id": f"x{number}", "outputId": "y", "colab": {"base_uri": "https://localhost/"}}
        del cell["id"]


def vs_code(content):
    content["metadata"] = {"language_info": {"name": "python", "version": "3.12.1"}, "orig_nbformat": 4}
    for cell in content["cells"]:
        cell |= {"metadata": {"vscode": {"languageId": "python"}}, "source": lines(cell["source"], "\r\n")}
        del cell["id"]


def kaggle(content):
    content["metadata"]["kaggle"] = {"accelerator": "none", "dataSources": [], "isInternetEnabled": False}
    content["cells"].insert(0, code("import os\nfor a, b, c in os.walk('/kaggle/input'):\n    print(a)\n", _uuid="1"))
    for cell in content["cells"]:
        cell["metadata"] |= {"trusted": True, "_cell_guid": "2", "execution": {"iopub.status.busy": "2026"}}


def lite(content):
    content["metadata"]["kernelspec"] = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
    content["metadata"]["language_info"] = {"name": "python", "codemirror_mode": {"name": "python", "version": 3}}
    content["cells"].insert(0, code("import piplite\nawait piplite.install('lessons-lib')"))


def jupytext(content):
    """All in one cell, as a script in the percent format becomes when it is pasted."""
    sources = ["# %%\n" + "".join(c["source"]) for c in content["cells"] if c["cell_type"] == "code"]
    content["cells"] = [code("# ---\n# jupyter:\n#   jupytext: {}\n# ---\n" + "\n\n".join(sources))]


def checks_at_the_end(content):
    checks = [cell for cell in content["cells"] if cell["id"].endswith("-check")]
    content["cells"] = [cell for cell in content["cells"] if cell not in checks] + checks


def helpers_far_away(content):
    answer = next(cell for cell in content["cells"] if cell["id"] == "mse")
    answer["source"] = "def mse(y_pred, y_true):\n    return mean(square(y_pred - y_true))\n"
    mean = "def mean(x):\n    import numpy\n    return numpy.mean(x)"
    content["cells"][1:1] = [code("square = lambda x: x * x"), code(mean)]


def globals_again(content):
    place = next(i for i, cell in enumerate(content["cells"]) if cell["id"] == "mse-check")
    content["cells"].insert(place + 1, code("y_pred = y_true = 5\nmse = mse(np.ones(2), np.ones(2))\ndel y_pred"))


def code(source, **metadata):
    cell = {"cell_type": "code", "id": "mine", "metadata": metadata, "source": source}
    return cell | {"execution_count": None, "outputs": []}


def lines(source, end):
    return [line + end for line in "".join(source).split("\n")]


WAYS = (colab, vs_code, kaggle, lite, jupytext, checks_at_the_end, helpers_far_away, globals_again)


@pytest.mark.parametrize("change", WAYS, ids=lambda change: change.__name__)
def test_a_place_to_work(change, sandbox):
    content = notebook()
    change(content)
    graded(content, sandbox)
