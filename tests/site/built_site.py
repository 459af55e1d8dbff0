"""A test of every page of the built site."""

import pytest

from tools.shared.book import notebooks
from tools.shared.site import PAGES

CHAPTERS = [page.name.replace(".ipynb", ".html") for page in notebooks()]
every_page = pytest.mark.parametrize("name", PAGES)
