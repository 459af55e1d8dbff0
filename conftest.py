"""What is tested: everything, or with --library lessons_lib alone, which needs the extras widgets and test.

Strict nbval over scrubbed notebooks: what tools/notebooks.py keeps is compared, what it drops is not.
"""

from pathlib import Path

import pytest

from tools.notebooks import KEPT_MIME

TESTS, GRADING = (Path(__file__).parent / name for name in ("tests", "lessons_grade"))
# Files in tests/ that need what the book is built with.
OF_THE_BOOK = (
    "test_adopt.py", "test_audit.py", "test_build.py", "test_conventions.py", "test_crib_sheet.py",
    "test_formulas_typeset.py", "test_lite.py", "test_offline.py", "test_paper.py", "test_previews.py",
    "test_pytorch_page.py", "test_quick_pages.py", "test_search.py", "test_workflows.py",
)  # fmt: skip


def pytest_addoption(parser):
    parser.addoption("--library", action="store_true", help="test lessons_lib alone, without book, grading, browser")


def pytest_ignore_collect(collection_path, config):
    if not config.getoption("library"):
        return None
    if collection_path.parent != TESTS:
        return collection_path == GRADING or None
    of_the_library = collection_path.name.startswith("test_") and collection_path.name not in OF_THE_BOOK
    return None if of_the_library else True


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
