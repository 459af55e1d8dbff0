"""The workflows are valid, and what they run exists: targets, files, versions that the course says it supports."""

import re
import tomllib

import pytest
import yaml

from tools import unpin
from tools.shared import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES}
COMMANDS = "\n".join(
    step["run"]
    for workflow in WORKFLOWS.values()
    for job in workflow["jobs"].values()
    for step in job.get("steps", ())
    if "run" in step
)
for name in ("README.md", "CONTRIBUTING.md"):
    guide = (ROOT / name).read_text(encoding="utf-8")
    COMMANDS += "\n".join(["", *re.findall(r"(?s)```sh\n.*?```|`[^`\n]+`", guide)])
PLACE = re.compile(r"\b(?:tests|tools|exercises|extensions|lessons_lib|book|binder)/[\w./*<>-]*|[\w/*-]+\.txt\b")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MATRIX = WORKFLOWS["test"]["jobs"]["library"]["strategy"]["matrix"]["include"]


def test_the_course_has_its_workflows():
    assert set(WORKFLOWS) == {"test", "deploy", "release", "weekly"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_workflow_fits_the_schema(path):
    from check_jsonschema import main

    with pytest.raises(SystemExit) as end:
        main(["--builtin-schema", "vendor.github-workflows", str(path)])
    assert end.value.code == 0


def test_what_does_not_fit_the_schema_is_noticed(tmp_path):
    from check_jsonschema import main

    path = tmp_path / "w.yml"
    path.write_text(FILES[0].read_text(encoding="utf-8").replace("runs-on", "runs_on"), encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["--builtin-schema", "vendor.github-workflows", str(path)])
    assert end.value.code == 1


def test_the_commands_run_what_is_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {a or b for a, b in re.findall(r"\.ci/run (\w+)|\bmake (\w+)", COMMANDS)}
    assert targets >= {"reach", "audit", "publish", "adopt", "mutants"}
    assert [target for target in targets if not re.search(rf"(?m)^{target}:", makefile)] == []
    paths = set(PLACE.findall(COMMANDS))
    assert paths and [path for path in paths if not any(ROOT.glob(re.sub(r"<\w+>", "*", path)))] == []
    tools = set(re.findall(r"-m tools\.(\w+)", COMMANDS))
    there = [path.with_suffix("").relative_to(ROOT / "tools").parts[0] for path in ROOT.glob("tools/**/*.py")]
    assert tools and tools <= set(there)
    extras = {extra for found in re.findall(r"\.\[([\w,]+)\]", COMMANDS) for extra in found.split(",")}
    assert extras and extras <= set(PROJECT["optional-dependencies"])


def test_every_workflow_grants_no_more_than_it_needs():
    assert all(workflow["permissions"] == {"contents": "read"} for workflow in WORKFLOWS.values())


def test_the_oldest_and_the_newest_supported_versions_are_tested():
    pythons = [tuple(map(int, row["python"].split("."))) for row in MATRIX]
    oldest = [tuple(map(int, found)) for found in re.findall(r"(\d+)\.(\d+)", PROJECT["requires-python"])]
    assert min(pythons) == oldest[0] and max(pythons) >= (3, 14)
    floors = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["widgets"]]
    (pins,) = [row["oldest"] for row in MATRIX if "oldest" in row]
    for name, floor in (requirement.split(">=") for requirement in floors):
        assert re.search(rf"\b{name}=={re.escape(floor)}(\.|\b)", pins), f"{name} {floor}"
    assert {row["system"].split("-")[0] for row in MATRIX} == {"ubuntu", "windows", "macos"}


def test_a_pin_becomes_a_lower_bound_and_a_known_limit_stays():
    text = "-e .\nnumpy==2.4.6  # why\njupyter-book==1.0.4.post1\na[b]==1\n# c==2\n"
    assert unpin.unpinned(text) == "-e .\nnumpy>=2.4.6  # why\njupyter-book>=1.0.4.post1,<2\na[b]>=1\n# c==2\n"
    assert "==" not in re.sub("#.*", "", unpin.unpinned((ROOT / "requirements.txt").read_text(encoding="utf-8")))
