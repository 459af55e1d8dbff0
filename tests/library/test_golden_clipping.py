"""Clipping by the global norm against optax and PyTorch: the record, and the copy of it on the page of chapter 6."""

import json
import re

import numpy as np
import pytest

from lessons_lib import clip_by_global_norm
from tools.shared import ROOT

GOLDEN = json.loads((ROOT / "tests/golden/clipping.json").read_text(encoding="utf-8"))
GRADS = [np.array(g) for g in GOLDEN["grads"]]


def flat(arrays):
    return np.concatenate([np.ravel(a) for a in arrays])


@pytest.mark.parametrize("limit", GOLDEN["limits"])
def test_optax_clips_as_we_do(limit):
    found = GOLDEN["optax.clip_by_global_norm"][limit]
    clipped, norm = clip_by_global_norm(GRADS, GOLDEN["limits"][limit])
    np.testing.assert_allclose(flat(found["clipped"]), flat(clipped), rtol=1e-15)
    assert norm == pytest.approx(found["norm"], rel=1e-15)


@pytest.mark.parametrize("limit", GOLDEN["limits"])
def test_pytorch_compares_the_limit_with_the_norm_and_a_millionth(limit):
    found, c = GOLDEN["torch.nn.utils.clip_grad_norm_"][limit], GOLDEN["limits"][limit]
    _, norm = clip_by_global_norm(GRADS, c)
    np.testing.assert_allclose(flat(found["clipped"]), min(1, c / (norm + 1e-6)) * flat(GRADS), rtol=1e-15)
    assert (flat(found["clipped"]) < flat(GRADS)).any() == (limit != "does not clip")


def test_the_page_quotes_what_optax_gave():
    cells = json.loads((ROOT / "book/06_gradients.ipynb").read_text(encoding="utf-8"))["cells"]
    (source,) = [source for cell in cells if "optax = [" in (source := "".join(cell["source"]))]
    (quoted,) = re.findall(r"optax = \[(.*?)\]", source, flags=re.DOTALL)
    found = GOLDEN["optax.clip_by_global_norm"]["clips"]
    assert [float(number) for number in quoted.split(",")] == flat(found["clipped"]).tolist()
    assert str(found["norm"]) in source and f"max_norm={GOLDEN['limits']['clips']}" in source
    assert str(GOLDEN["grads"]) in source
