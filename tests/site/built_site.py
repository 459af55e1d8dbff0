"""A test of every page of the built site."""

import pytest

from tools.shared.site import PAGES

every_page = pytest.mark.parametrize("name", PAGES)
