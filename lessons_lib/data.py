"""Data that needs no network: two real data sets in the package, two seeded toy sets, and batches.

x      samples in rows, (samples, features)
y      targets: whole labels (samples,) for several classes, 0 or 1 in a column (samples, 1) for two

Sources and licences of the real sets: datasets/README.md.
"""

from pathlib import Path

import numpy as np

from lessons_lib._validation import as_float, number, whole


def load_digits():
    """Handwritten digits: 1797 pictures of 8 × 8 grey values in [0, 1], and the digit 0…9 that each shows.

    Returns x (1797, 64) float64 and y (1797,) int64. Source: UCI, Optical Recognition of Handwritten Digits.

    >>> x, y = load_digits()
    >>> x.shape, y[:5]
    ((1797, 64), array([0, 1, 2, 3, 4]))
    """
    stored = _stored("digits.npz")
    return stored["images"].astype(np.float64) / 16, stored["labels"].astype(np.int64)


def load_breast_cancer():
    """Breast tumours: 569 samples of 30 measurements in their own units; 1 malignant, 0 benign.

    Returns x (569, 30) float64 and y (569, 1) float64. Source: UCI, Breast Cancer Wisconsin (Diagnostic).

    >>> x, y = load_breast_cancer()
    >>> x.shape, int(y.sum())
    ((569, 30), 212)
    """
    stored = _stored("breast_cancer.npz")
    return stored["features"], stored["malignant"].astype(np.float64)[:, None]


def two_moons(n=200, noise=0.1, seed=0):
    """Two interleaved half circles with normal noise: a two-class set that no line separates.

    Returns x (n, 2) and y (n, 1) of 0 and 1, alternating. Errors: ValueError for n < 2 or noise < 0.

    >>> x, y = two_moons(4, noise=0.0)
    >>> x.shape, y.ravel()
    ((4, 2), array([0., 1., 0., 1.]))
    """
    n, noise = whole("n", n, 2), number("noise", noise, 0)
    rng = np.random.default_rng(seed)
    upper = np.arange(n) % 2 == 0
    angle = rng.uniform(0, np.pi, n)
    x = np.where(
        upper[:, None],
        np.stack([np.cos(angle), np.sin(angle)], axis=1),
        np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1),
    )
    return x + rng.normal(0, noise, (n, 2)), np.where(upper, 0.0, 1.0)[:, None]


def noisy_line(n=50, slope=2.0, intercept=-1.0, noise=0.3, seed=0):
    """Points around a line: y = slope · x + intercept + noise, x uniform in [-1, 1].

    Returns x (n, 1) and y (n, 1). Errors: ValueError for n < 1 or noise < 0.

    >>> x, y = noisy_line(3, noise=0.0)
    >>> bool(np.allclose(y, 2 * x - 1))
    True
    """
    n, noise = whole("n", n, 1), number("noise", noise, 0)
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, 1))
    return x, slope * x + intercept + rng.normal(0, noise, (n, 1))


def train_test_split(x, y, test_size=0.2, seed=0):
    """Split samples at random: (x_train, x_test, y_train, y_test), each sample in exactly one part.

    test_size: the share of the test part, in (0, 1). Errors: ValueError for another share, for x and y of
    unequal length, or when a part would be empty.

    >>> x_train, x_test, y_train, y_test = train_test_split(np.arange(10.0)[:, None], np.arange(10))
    >>> len(x_train), len(x_test), bool((x_test[:, 0] == y_test).all())
    (8, 2, True)
    """
    x, y = samples(x, y)
    share = number("test_size", test_size, 0, 1, low_open=True, high_open=True)
    tests = round(share * len(x))
    if not 0 < tests < len(x):
        raise ValueError(f"test_size {share:g} of {len(x)} samples leaves a part empty")
    order = np.random.default_rng(seed).permutation(len(x))
    test, train = order[:tests], order[tests:]
    return x[train], x[test], y[train], y[test]


def standardize(x_train, *others):
    """Shift and scale every feature to mean 0 and deviation 1, by the training part's own mean and deviation.

    Returns the list [x_train, *others], scaled like this; a constant feature becomes 0.
    Errors: ValueError when the numbers of features differ or there is no sample.

    >>> standardize([[1.0], [3.0]], [[5.0]])
    [array([[-1.],
           [ 1.]]), array([[3.]])]
    """
    parts = [as_float("x", part) for part in (x_train, *others)]
    if any(part.ndim != 2 or part.shape[1] != parts[0].shape[1] for part in parts):
        raise ValueError(f"all parts must be (samples, features) alike, got {[part.shape for part in parts]}")
    if len(parts[0]) == 0:
        raise ValueError(f"x_train has no samples: got shape {parts[0].shape}")
    # A constant feature by its values: rounding leaves a mean beside it and a deviation of 1e-17.
    first = parts[0][0]
    constant = (parts[0] == first).all(axis=0)
    mean = np.where(constant, first, parts[0].mean(axis=0))
    deviation = np.where(constant, 1, parts[0].std(axis=0))
    return [(part - mean) / deviation for part in parts]


class Batches:
    """Mini-batches (x, y) of the samples in a new random order at every pass; the last one may be smaller.

    Iterating is one epoch; len() is the number of batches. The same seed gives the same epochs.
    Errors: ValueError for x and y of unequal length, no samples, or batch_size < 1.

    >>> [len(x) for x, y in Batches(np.zeros((5, 2)), np.zeros(5), batch_size=2)]
    [2, 2, 1]
    """

    def __init__(self, x, y, batch_size=32, seed=0):
        self.x, self.y = samples(x, y)
        self.batch_size = whole("batch_size", batch_size, 1)
        self.rng = np.random.default_rng(seed)

    def __len__(self):
        return -(-len(self.x) // self.batch_size)

    def __iter__(self):
        for rows in self.rows():
            yield self.x[rows], self.y[rows]

    def rows(self):
        """The indices of the samples in each batch of the next pass."""
        order = self.rng.permutation(len(self.x))
        for start in range(0, len(order), self.batch_size):
            yield order[start : start + self.batch_size]


def samples(x, y):
    """x and y as arrays of one length. Errors: ValueError for unequal lengths or no samples."""
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise ValueError(f"x and y must have the same number of samples, got shapes {x.shape} and {y.shape}")
    if len(x) == 0:
        raise ValueError("x and y have no samples: expected at least one")
    return x, y


def _stored(name):
    with np.load(Path(__file__).with_name("datasets") / name) as stored:
        return dict(stored)
