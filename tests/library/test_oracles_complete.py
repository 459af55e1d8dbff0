"""Every case of oracles/ is claimed by exactly one test; every record of tests/golden/ says how it was made."""

import re
from importlib import import_module
from pathlib import Path

from oracle_cases import BAD_INPUTS, PUBLISHED, claims

HERE = Path(__file__)
CASE_IDS = [case["id"] for case in [*PUBLISHED, *BAD_INPUTS]]


def test_oracle_ids_are_unique():
    assert len(CASE_IDS) == len(set(CASE_IDS))


def test_oracle_is_claimed_by_exactly_one_test():
    """See the decorators of oracle_cases.py."""
    for path in sorted(HERE.parent.glob("test_*.py")):
        if path != HERE and "from oracle_cases import" in path.read_text(encoding="utf-8"):
            import_module(path.stem)
    assert {case_id: claims[case_id] for case_id in CASE_IDS if len(claims[case_id]) != 1} == {}


def test_every_golden_record_has_its_script_its_row_and_its_command():
    folder = HERE.parents[1] / "golden"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| `(\w+\.json)` \|.*, `(record_\w+\.py)` \|$", readme)
    assert sorted(record for record, _ in rows) == sorted(path.name for path in folder.glob("*.json"))
    scripts = sorted(path.name for path in folder.glob("record_*.py"))
    assert sorted(script for _, script in rows) == scripts
    assert sorted(re.findall(r"(?m)^    python tests/golden/(\S+)$", readme)) == scripts
    for record, script in rows:
        assert f'"{record}"' in (folder / script).read_text(encoding="utf-8"), f"{script} does not write {record}"
