"""One step of training, written in several ways: what `make bench` compares.

Each program takes a Problem and a dtype and gives a function that trains EPOCHS epochs and returns the weights; the
next call goes on from them. All start from the same weights and see the same batches in the same order, so that their
weights can be compared; only scikit-learn draws its own weights, and only it and a DataLoader draw their own batches.

floor      the fewest and cheapest NumPy calls that we know for a step, each into an existing array, nothing in between
textbook   the formulas as a learner writes them: a list of arrays, a new array for every result, no checks
library    lessons_lib.train
"""

import math
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import pairwise

import numpy as np

from lessons_lib import MLP, Adam, load_digits, train

RATE, BETA1, BETA2, EPSILON = 0.001, 0.9, 0.999, 1e-8
EPOCHS = 10  # of one run: long enough that its start hardly counts


@dataclass(frozen=True)
class Problem:
    """Samples x (n, inputs) and labels y (n,), the sizes of the network, and the batches."""

    sizes: tuple
    batch_size: int
    x: np.ndarray
    y: np.ndarray

    @property
    def steps(self):
        """Steps of one run."""
        return EPOCHS * len(self.x) // self.batch_size

    @property
    def products(self):
        """Floating-point operations of the matrix products of one step: 3 for each layer, but no ∂L/∂x of the first."""
        layers = [a * b for a, b in pairwise(self.sizes)]
        return 2 * self.batch_size * (3 * sum(layers) - layers[0])

    def start(self, dtype):
        """The first weights [W1, b1, W2, b2, …]."""
        return [p.copy() for p in MLP(list(self.sizes), dtype=dtype).params]


def small():
    """The network of chapter 7; whole batches only, so that the floor's arrays fit every one."""
    x, y = load_digits()
    return Problem((64, 64, 10), 32, x[:1792], y[:1792])


def large():
    """A network of the usual size for pictures of 28 × 28 points, on random samples: they do not change the time."""
    rng = np.random.default_rng(0)
    return Problem((784, 256, 128, 10), 128, rng.random((1280, 784)), rng.integers(0, 10, 1280))


def library(problem, dtype):
    model, optimizer, x = MLP(list(problem.sizes), dtype=dtype), Adam(RATE), problem.x.astype(dtype)
    runs = iter(range(10**9))

    def run():
        train(model, optimizer, x, problem.y, epochs=EPOCHS, batch_size=problem.batch_size, seed=next(runs))
        return model.params

    return run


def textbook(problem, dtype):
    params, x, y = problem.start(dtype), problem.x.astype(dtype), np.eye(problem.sizes[-1], dtype=dtype)[problem.y]
    m, v, t = [0] * len(params), [0] * len(params), 0
    runs = iter(range(10**9))

    def run():
        nonlocal t
        for chosen in batches(problem, next(runs)):
            inputs, sums, a, t = [], [], x[chosen], t + 1
            for W, b in zip(params[0::2], params[1::2], strict=True):
                z = a @ W + b
                inputs.append(a)
                sums.append(z)
                a = np.maximum(0, z)
            e = np.exp(z - z.max(axis=1, keepdims=True))
            p = e / e.sum(axis=1, keepdims=True)
            np.mean(-np.log(p[y[chosen] == 1]))
            dz, grads = (p - y[chosen]) / len(p), []
            for layer in reversed(range(len(inputs))):
                grads = [inputs[layer].T @ dz, dz.sum(axis=0, keepdims=True), *grads]
                if layer > 0:
                    dz = (dz @ params[2 * layer].T) * (sums[layer - 1] > 0)
            for i, g in enumerate(grads):
                m[i] = BETA1 * m[i] + (1 - BETA1) * g
                v[i] = BETA2 * v[i] + (1 - BETA2) * g**2
                m_hat = m[i] / (1 - BETA1**t)
                v_hat = v[i] / (1 - BETA2**t)
                params[i] = params[i] - RATE * m_hat / (np.sqrt(v_hat) + EPSILON)
        return params

    return run


def floor(problem, dtype):
    n, sizes = problem.batch_size, problem.sizes
    # A column of ones beside x and beside every a, and b under its W: a product then adds b, and sums dz into db.
    shapes = [(inputs + 1, outputs) for inputs, outputs in pairwise(sizes)]
    ends = np.cumsum([rows * columns for rows, columns in shapes])[:-1]
    theta = np.concatenate([p.ravel() for p in problem.start(dtype)])
    grad, m, v, step, root = (np.zeros_like(theta) for _ in range(5))
    Wb, dWb = ([part.reshape(shape) for part, shape in zip(np.split(vector, ends), shapes, strict=True)]
               for vector in (theta, grad))  # fmt: skip
    x = np.hstack([problem.x, np.ones((len(problem.x), 1))]).astype(dtype)
    y_T = np.eye(sizes[-1], dtype=dtype).take(problem.y, axis=1)
    # Everything except the batch of x is kept transposed, one sample per column.
    a_ones_T = [np.empty((sizes[0] + 1, n), dtype, order="F"), *(np.ones((size + 1, n), dtype) for size in sizes[1:])]
    a_T, (mask_T, da_T) = [a[:-1] for a in a_ones_T], ([np.empty((k, n), dtype) for k in sizes] for _ in range(2))
    x_batch, y_batch_T, row = a_ones_T[0].T, np.empty((sizes[-1], n), dtype), np.empty(n, dtype)
    zeros_T = [np.zeros_like(a) for a in a_T]
    W, Wb_T, da = [array[:-1] for array in Wb], [array.T for array in Wb], [array.T for array in da_T]
    z_T, p_T, layers, last = a_T[-1], da_T[-1], range(len(shapes)), len(shapes) - 1
    t, runs = 0, iter(range(10**9))
    add, sub, mul, div, exp, log, sqrt = np.add, np.subtract, np.multiply, np.divide, np.exp, np.log, np.sqrt
    dot, vdot, maximum, sign, largest, total = np.dot, np.vdot, np.maximum, np.sign, np.maximum.reduce, np.add.reduce

    def run():
        nonlocal t
        for chosen in batches(problem, next(runs)):
            x.take(chosen, 0, x_batch, "clip")
            y_T.take(chosen, 1, y_batch_T, "clip")
            for i in layers:
                dot(Wb_T[i], a_ones_T[i], a_T[i + 1])
                if i < last:
                    maximum(a_T[i + 1], zeros_T[i + 1], out=a_T[i + 1])
            sub(z_T, largest(z_T, 0, None, row), z_T)
            exp(z_T, p_T)
            total(p_T, 0, None, row)
            div(p_T, row, p_T)
            sub(z_T, log(row, row), z_T)
            -vdot(y_batch_T, z_T) / n
            sub(p_T, y_batch_T, p_T)
            mul(p_T, 1 / n, p_T)
            for i in reversed(layers):
                dot(a_ones_T[i], da[i + 1], dWb[i])
                if i > 0:
                    dot(W[i], da_T[i + 1], da_T[i])
                    mul(da_T[i], sign(a_T[i], mask_T[i]), da_T[i])
            grad.dot(grad)
            t += 1
            # m and v without their factors 1 - β: these go into the corrections, which are numbers.
            c1, c2 = (1 - BETA1**t) / (1 - BETA1), math.sqrt((1 - BETA2**t) / (1 - BETA2))
            add(mul(m, BETA1, m), grad, m)
            add(mul(v, BETA2, v), mul(grad, grad, step), v)
            add(sqrt(v, root), EPSILON * c2, root)
            sub(theta, div(mul(m, RATE * c2 / c1, step), root, step), theta)
        return [part for array in Wb for part in (array[:-1], array[-1:])]

    return run


def scikit_learn(problem, dtype, epoch_by_epoch=False):
    """MLPClassifier: all epochs in one call of fit, or by partial_fit, which leaves room to look between epochs."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    # Without its penalty the formulas are the same as ours. Each run goes on from the weights, and none stops early.
    endless = {"max_iter": EPOCHS, "warm_start": True, "n_iter_no_change": 10**9}
    same = {"batch_size": problem.batch_size, "learning_rate_init": RATE, "alpha": 0.0}
    model = MLPClassifier(problem.sizes[1:-1], **same, **endless)
    x, classes = problem.x.astype(dtype), np.arange(problem.sizes[-1])

    def run():
        if epoch_by_epoch:
            for _ in range(EPOCHS):
                model.partial_fit(x, problem.y, classes=classes)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                model.fit(x, problem.y)

    return run


def pytorch(problem, dtype, loader=False):
    """PyTorch, eager: with its DataLoader, as in its tutorials, or with rows picked by hand, which is faster."""
    import torch

    kind = getattr(torch, np.dtype(dtype).name)
    layers = []
    for inputs, outputs in pairwise(problem.sizes):
        layers += [torch.nn.Linear(inputs, outputs, dtype=kind), torch.nn.ReLU()]
    model, cross_entropy = torch.nn.Sequential(*layers[:-1]), torch.nn.CrossEntropyLoss()
    with torch.no_grad():
        for theirs, ours in zip(model.parameters(), problem.start(dtype), strict=True):
            theirs.copy_(torch.tensor(ours.T).reshape(theirs.shape))
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    x, y = torch.tensor(problem.x, dtype=kind), torch.tensor(problem.y)
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), problem.batch_size, shuffle=True)
    runs = iter(range(10**9))

    def loaded():
        for _ in range(EPOCHS):
            yield from data

    def picked():
        for chosen in batches(problem, next(runs)):
            rows = torch.from_numpy(chosen)
            yield x[rows], y[rows]

    def run():
        for x_batch, y_batch in loaded() if loader else picked():
            optimizer.zero_grad()
            loss = cross_entropy(model(x_batch), y_batch)
            loss.backward()
            optimizer.step()
        return [p.detach().numpy().T.reshape(q.shape) for p, q in zip(model.parameters(), start, strict=True)]

    start = problem.start(dtype)
    return run


def jax_jit(problem, dtype):
    """JAX: the whole step compiled, one call for each batch."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    x, y = jnp.asarray(problem.x.astype(dtype)), jnp.asarray(problem.y)

    def loss(params, x, y):
        a = x
        for W, b in zip(params[0::2], params[1::2], strict=True):
            z = a @ W + b
            a = jnp.maximum(z, 0)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1))

    @jax.jit
    def step(params, m, v, t, chosen):
        grads = jax.grad(loss)(params, x[chosen], y[chosen])
        m = [BETA1 * old + (1 - BETA1) * g for old, g in zip(m, grads, strict=True)]
        v = [BETA2 * old + (1 - BETA2) * g**2 for old, g in zip(v, grads, strict=True)]
        new = []
        for p, m_i, v_i in zip(params, m, v, strict=True):
            m_hat, v_hat = m_i / (1 - BETA1**t), v_i / (1 - BETA2**t)
            new.append(p - RATE * m_hat / (jnp.sqrt(v_hat) + EPSILON))
        return new, m, v

    params = [jnp.asarray(p) for p in problem.start(dtype)]
    m, v = ([jnp.zeros_like(p) for p in params] for _ in range(2))
    t, runs = 0, iter(range(10**9))

    def run():
        nonlocal params, m, v, t
        for chosen in batches(problem, next(runs)):
            t += 1
            params, m, v = step(params, m, v, dtype(t), chosen)
        jax.block_until_ready(params)
        return [np.asarray(p) for p in params]

    return run


def batches(problem, seed):
    """The rows of each batch of a run, as lessons_lib.Batches draws them."""
    rng = np.random.default_rng(seed)
    for _ in range(EPOCHS):
        order = rng.permutation(len(problem.x))
        for start in range(0, len(order), problem.batch_size):
            yield order[start : start + problem.batch_size]


def available():
    """{name: program} of what is installed here."""
    programs = {"library": library, "floor": floor, "textbook": textbook}
    if find_spec("sklearn"):
        by_epochs = partial(scikit_learn, epoch_by_epoch=True)
        programs |= {"scikit-learn": scikit_learn, "scikit-learn, partial_fit": by_epochs}
    if find_spec("torch"):
        programs |= {"PyTorch": pytorch, "PyTorch, DataLoader": partial(pytorch, loader=True)}
    if find_spec("jax"):
        programs["JAX"] = jax_jit
    return programs
