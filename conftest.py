"""Strict nbval over scrubbed notebooks: what tools/notebooks.py keeps is compared, what it drops is not."""

import pytest

from tools.notebooks import KEPT_MIME


class _Dropped:
    """Stands in for nbval's list of output fields to skip: everything but the committed ones."""

    compared = frozenset({"data", *KEPT_MIME, "stdout", "stderr", "ename", "evalue"})

    def __contains__(self, field):
        return field not in self.compared


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path):
    collectors = yield
    for collector in collectors:
        if hasattr(collector, "skip_compare"):
            collector.skip_compare = _Dropped()
    return collectors
