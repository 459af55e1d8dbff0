"""With Colab's versions every control shows, at every setting, the frame of the page."""

import pytest
from colab.chapters import findings

from tools.shared import ROOT
from tools.shared.book import notebooks


@pytest.mark.parametrize("name", [page.name for page in notebooks()])
def test_every_setting_of_a_control_agrees_with_the_page(tmp_path, name):
    assert findings(ROOT / name, tmp_path, every=True) == []
