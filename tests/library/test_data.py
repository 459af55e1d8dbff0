"""Data: what the package carries, the seeded sets, splitting, scaling and batches."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons_lib.data import (
    Batches,
    load_breast_cancer,
    load_digits,
    noisy_line,
    standardize,
    train_test_split,
    two_moons,
)


def test_digits_are_those_of_scikit_learn():
    theirs = pytest.importorskip("sklearn.datasets").load_digits()
    x, y = load_digits()
    np.testing.assert_array_equal(x, theirs.data / 16)
    np.testing.assert_array_equal(y, theirs.target)


def test_breast_cancer_is_that_of_scikit_learn_with_malignant_as_one():
    theirs = pytest.importorskip("sklearn.datasets").load_breast_cancer()
    x, y = load_breast_cancer()
    np.testing.assert_array_equal(x, theirs.data)
    assert theirs.target_names[0] == "malignant"
    np.testing.assert_array_equal(y[:, 0], 1 - theirs.target)


def test_digits_have_their_shapes_ranges_and_counts():
    x, y = load_digits()
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((1797, 64), np.float64, (1797,), np.int64)
    assert (x.min(), x.max()) == (0, 1)
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_breast_cancer_has_its_shapes_and_counts():
    x, y = load_breast_cancer()
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((569, 30), np.float64, (569, 1), np.float64)
    assert (set(y.ravel()), y.sum()) == ({0.0, 1.0}, 212)


def test_every_load_gives_arrays_of_its_own():
    x, _ = load_digits()
    x[...] = 0
    assert load_digits()[0].max() == 1


def test_data_load_without_scikit_learn():
    code = (
        "import sys; sys.modules['sklearn'] = None; from lessons_lib.data import *\n"
        "print(load_digits()[0].shape, load_breast_cancer()[0].shape)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "(1797, 64) (569, 30)"


def test_moons_lie_on_two_half_circles():
    x, y = two_moons(500, noise=0.0)
    upper, lower = x[y[:, 0] == 0], x[y[:, 0] == 1]
    assert len(upper) == len(lower) == 250
    np.testing.assert_allclose(np.hypot(upper[:, 0], upper[:, 1]), 1)
    np.testing.assert_allclose(np.hypot(lower[:, 0] - 1, lower[:, 1] - 0.5), 1)
    assert upper[:, 1].min() >= 0 and lower[:, 1].max() <= 0.5


def test_moons_and_line_have_the_noise_they_were_given():
    quiet, noisy = two_moons(4000, noise=0.0)[0], two_moons(4000, noise=0.25)[0]
    assert np.std(noisy - quiet) == pytest.approx(0.25, rel=0.05)
    x, y = noisy_line(4000, slope=3.0, intercept=0.5, noise=0.2)
    assert np.abs(x).max() <= 1
    assert np.std(y - 3 * x - 0.5) == pytest.approx(0.2, rel=0.05)
    assert noisy_line(7)[0].shape == noisy_line(7)[1].shape == (7, 1)


@pytest.mark.parametrize("make", [two_moons, noisy_line])
def test_toy_data_are_the_same_for_the_same_seed_only(make):
    for a, b in zip(make(20, seed=3), make(20, seed=3), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(make(20, seed=3)[0], make(20, seed=4)[0])


def test_toy_data_refuse_bad_input():
    for call, message in [
        (lambda: two_moons(1), "n must be >= 2, got 1"),
        (lambda: two_moons(noise=-1), "noise must be"),
        (lambda: noisy_line(0), "n must be >= 1, got 0"),
        (lambda: noisy_line(noise=float("nan")), "noise must be"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()


@given(n=st.integers(2, 60), share=st.floats(0.05, 0.95), seed=st.integers(0, 9))
def test_split_is_disjoint_complete_and_keeps_pairs(n, share, seed):
    if not 0 < round(share * n) < n:
        with pytest.raises(ValueError, match="leaves a part empty"):
            train_test_split(np.zeros((n, 1)), np.zeros(n), share)
        return
    x, y = np.arange(n)[:, None] * 10.0, np.arange(n)
    x_train, x_test, y_train, y_test = train_test_split(x, y, share, seed)
    assert len(x_test) == round(share * n)
    assert sorted([*y_train, *y_test]) == list(range(n))
    np.testing.assert_array_equal(x_train[:, 0], y_train * 10)
    np.testing.assert_array_equal(x_test[:, 0], y_test * 10)


def test_split_is_seeded_and_refuses_bad_input():
    x, y = np.arange(40.0)[:, None], np.arange(40)
    np.testing.assert_array_equal(train_test_split(x, y, seed=1)[1], train_test_split(x, y, seed=1)[1])
    assert not np.array_equal(train_test_split(x, y, seed=1)[1], train_test_split(x, y, seed=2)[1])
    for share in (0, 1, -0.1, float("nan")):
        with pytest.raises(ValueError, match="test_size must be"):
            train_test_split(x, y, share)
    with pytest.raises(ValueError, match="same number of samples"):
        train_test_split(x, y[:-1])


def test_standardize_uses_the_mean_and_deviation_of_the_training_part():
    rng = np.random.default_rng(0)
    train, test = rng.normal(5, 3, (50, 4)), rng.normal(size=(9, 4))
    a, b = standardize(train, test)
    np.testing.assert_allclose(a.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(a.std(axis=0), 1)
    for j in range(4):
        mean = sum(train[:, j]) / 50
        deviation = (sum((v - mean) ** 2 for v in train[:, j]) / 50) ** 0.5
        np.testing.assert_allclose(b[:, j], [(v - mean) / deviation for v in test[:, j]])
    assert standardize(train.astype(np.float32))[0].dtype == np.float32


@pytest.mark.parametrize(("n", "value"), [(10, 0.1), (7, 1e6 + 0.1), (1000, 1 / 3), (1, 5.0)])
def test_a_constant_feature_becomes_zero_whatever_rounding_does(n, value):
    assert not standardize(np.full((n, 2), value))[0].any()


def test_standardize_refuses_bad_input():
    with pytest.raises(ValueError, match="alike"):
        standardize(np.ones((3, 2)), np.ones((3, 3)))
    with pytest.raises(ValueError, match="alike"):
        standardize(np.ones(3))
    with pytest.raises(ValueError, match="no samples"):
        standardize(np.ones((0, 2)))


@given(n=st.integers(1, 50), size=st.integers(1, 60), seed=st.integers(0, 9))
def test_every_sample_comes_once_per_pass_with_its_target(n, size, seed):
    batches = Batches(np.arange(n)[:, None] * 2.0, np.arange(n), size, seed=seed)
    sizes = []
    seen = []
    for x, y in batches:
        np.testing.assert_array_equal(x[:, 0], 2 * y)
        sizes.append(len(x))
        seen.extend(y)
    assert sorted(seen) == list(range(n))
    assert len(batches) == len(sizes) == -(-n // size)
    assert sizes[:-1] == [size] * (len(sizes) - 1) and sizes[-1] == n - size * (len(sizes) - 1)


def test_every_pass_has_a_new_order_and_the_same_seed_the_same_passes():
    def order(batches):
        return [int(v) for _, y in batches for v in y]

    a, b, c = (Batches(np.zeros((40, 1)), np.arange(40), 8, seed=s) for s in (1, 1, 2))
    first, second = order(a), order(a)
    assert first != second and first != list(range(40))
    assert [order(b), order(b)] == [first, second]
    assert order(c) != first


def test_batches_are_copies():
    x = np.zeros((4, 1))
    for batch, _ in Batches(x, np.zeros(4), 2):
        batch += 1
    assert not x.any()


def test_batches_refuse_bad_input():
    for x, y, size, message in [
        (np.ones((3, 1)), np.ones(2), 2, "same number of samples, got shapes"),
        (np.ones((0, 1)), np.ones(0), 2, "no samples"),
        (np.ones((3, 1)), np.ones(3), 0, "batch_size must be >= 1"),
        (np.float64(1), np.ones(3), 1, "same number"),
    ]:
        with pytest.raises(ValueError, match=message):
            Batches(x, y, size)
