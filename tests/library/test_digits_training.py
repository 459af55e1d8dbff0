"""Chapter 7's training against PyTorch: the recorded steps, and the copy of them on the page."""

import json
import re
import time

import numpy as np
import pytest

from lessons_lib import MLP, Adam, load_digits, train, train_test_split, warmup_cosine
from tools.shared import ROOT


@pytest.fixture(scope="module")
def golden():
    return json.loads((ROOT / "tests/golden/digits_training.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def parts():
    return train_test_split(*load_digits(), seed=0)


def test_first_steps_of_adam_are_those_of_pytorch(golden, parts):
    x_train, _, y_train, _ = parts
    model, optimizer = MLP(golden["layer_sizes"], seed=golden["seed"]), Adam(golden["learning_rate"])
    history = train(model, optimizer, x_train, y_train, epochs=1, batch_size=golden["batch_size"], seed=golden["seed"])
    steps = len(golden["losses"])
    np.testing.assert_allclose(history.loss[:steps], golden["losses"], rtol=1e-12)
    np.testing.assert_allclose(history.grad_norm[:steps], golden["gradient_norms"], rtol=1e-12)


def test_the_page_quotes_the_recorded_losses(golden):
    cells = json.loads((ROOT / "book/07_digits.ipynb").read_text(encoding="utf-8"))["cells"]
    (source,) = [source for cell in cells if (source := "".join(cell["source"])).startswith("pytorch = [")]
    quoted = re.findall(r"\d+\.\d+", re.search(r"\[(.*?)\]", source, flags=re.DOTALL)[1])
    assert [float(number) for number in quoted] == golden["losses"]


@pytest.mark.parametrize("seed", range(5))
def test_the_chapter_s_network_reads_97_percent_of_unseen_digits_in_under_ten_seconds(seed, parts):
    x_train, x_test, y_train, y_test = parts
    model = MLP([64, 64, 10], seed=seed)
    schedule = lambda t: warmup_cosine(t, lr_max=0.01, lr_min=0, T_warmup=90, T_max=810)  # noqa: E731
    start = time.perf_counter()
    train(model, Adam(), x_train, y_train, epochs=20, batch_size=32, schedule=schedule, max_norm=1, seed=seed)
    assert time.perf_counter() - start < 10
    assert np.mean(model.predict(x_test) == y_test) >= 0.97
