"""Figures of backpropagation: a network of two layers with its real values and gradients, its cache, its training."""

from itertools import pairwise

import numpy as np
from matplotlib.patches import FancyArrowPatch

from lessons_lib.activations import relu_grad
from lessons_lib.backprop import backward_pass, compute_loss, forward_pass
from lessons_lib.figures.marks import backward_arrow, forward_arrow, node_box
from lessons_lib.figures.palette import BACKWARD, DASHES, FORWARD, INK, LOSS, MUTED, SURFACE
from lessons_lib.figures.style import clean_axes, diagram, drawing, one_panel
from lessons_lib.gradients import check_gradient
from lessons_lib.losses import binary_cross_entropy_grad
from lessons_lib.text import number, text

# The network of the sheet, 2 → 3 → 1, with numbers that can be followed by hand: one hidden unit is off, ŷ = 1/2.
EXAMPLE = {
    "x": [[1.0, 2.0]],
    "y_true": [[1.0]],
    "W1": [[0.5, -1.0, 1.0], [0.5, -0.5, 0.5]],
    "b1": [[0.5, 0.0, -1.0]],
    "W2": [[0.5], [1.0], [-1.0]],
    "b2": [[0.0]],
}
# The batch of chapter 3: two samples that light up different units; z₂ = ln 3, so ŷ = 3/4 for both.
BATCH = {
    "x": [[2.0, 1.0], [1.0, -1.0]],
    "y_true": [[1.0], [0.0]],
    "W1": [[1.0, -1.0, -1.0], [0.0, -1.0, 2.0]],
    "b1": [[0.0, 1.0, 1.0]],
    "W2": [[1.0], [-1.0], [-2.0]],
    "b2": [[float(np.log(3.0))]],
}
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # of errors_of_three_steps
MOST_UNITS = {"x": 3, "W1": 4, "W2": 2}
ROW, LINE = 98, 23  # px between units, between the lines in a box
MOST_POINTS = 120  # that training_steps draws
_ROWS = (292, 168, 44)  # of the map: values, gradients of values, gradients of weights
_FORWARD_BOXES = ("x", "z1", "a1", "z2", "a2", "L")
_MAP = {name: (50 + 108 * i, _ROWS[0], LOSS if name == "L" else MUTED) for i, name in enumerate(_FORWARD_BOXES)}
_MAP |= {f"d{name}": (_MAP[name][0], _ROWS[1], MUTED) for name in ("z1", "a1", "z2")}
_MAP |= {name: (_MAP[of][0], _ROWS[2], MUTED) for name, of in (("dW1", "z1"), ("W2", "a1"), ("dW2", "z2"))}
COLUMNS, BOX = (40, 272, 474, 606), (68, 118, 118, 60)  # px


@drawing
def visualize_backprop(x=None, y_true=None, W1=None, b1=None, W2=None, b2=None):
    """One sample through a network of two layers: values flow forward (above), gradients flow back (below).

    Without arguments it draws the 2 → 3 → 1 network of the sheet; arguments replace its numbers.
    Shapes: x (1, inputs), y_true (1, outputs), W1 (inputs, hidden), b1 (1, hidden), W2 (hidden, outputs),
    b2 (1, outputs), at most 3 inputs, 4 hidden units, 2 outputs. Errors: ValueError for more, for several samples,
    and those of forward_pass and backward_pass.
    """
    given = {"x": x, "y_true": y_true, "W1": W1, "b1": b1, "W2": W2, "b2": b2}
    values = {name: EXAMPLE[name] if value is None else value for name, value in given.items()}
    y_pred, cache = forward_pass(*(values[name] for name in ("x", "W1", "b1", "W2", "b2")))
    arrays = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    _check_drawable(arrays)
    gradients = backward_pass(values["x"], values["y_true"], cache, values["W2"])
    loss = compute_loss(y_pred, values["y_true"])
    way_back = _along_the_way_back(arrays, cache, gradients)

    rows = max(cache["a1"].shape[1], arrays["x"].shape[1], y_pred.shape[1])
    panel = rows * ROW + 34
    fig, ax = diagram(2 * panel + 6)
    _forward_panel(ax, panel + 6 + (panel - 34) / 2, arrays, cache, loss)
    ax.text(8, 2 * panel - 8, text("backprop.forward"), color=FORWARD, weight="bold", va="center")
    _backward_panel(ax, (panel - 34) / 2, arrays, gradients, way_back)
    ax.text(8, panel - 14, text("backprop.backward"), color=BACKWARD, weight="bold", va="center")
    shown = {"x": arrays["x"], "hidden": cache["a1"], "y": y_pred, "loss": loss}
    shown |= {name: (gradients | way_back)[name] for name in ("dz2", "dz1", "dW1", "dW2")}
    sizes = " → ".join(str(a.shape[1]) for a in (arrays["x"], cache["a1"], y_pred))
    fig.alt = text("backprop.alt", sizes=sizes, **{name: _listed(array) for name, array in shown.items()})
    return fig


def moving_weight(w: float = 0.5):
    """The same network with another weight from the first input to the first hidden unit."""
    W1 = np.array(EXAMPLE["W1"])
    W1[0, 0] = w
    fig = visualize_backprop(W1=W1)
    fig.alt = text("backprop.moving_weight.alt", w=w, network=fig.alt)
    return fig


def moving_input(x1: float = 1.0, target=0):
    """The second sample of chapter 3's batch with another first input, or with the other target."""
    weights = {name: BATCH[name] for name in ("W1", "b1", "W2", "b2")}
    fig = visualize_backprop(x=[[x1, -1.0]], y_true=[[float(target)]], **weights)
    fig.alt = text("backprop.moving_input.alt", x1=x1, target=target, network=fig.alt)
    return fig


@drawing
def three_steps():
    """The three steps as a map: values forward, the loss, gradients back; dotted arrows: what the way back finds ready.

    Every box carries its shape: m samples, d inputs, h hidden units, k outputs.
    """
    fig, ax = diagram(330)
    for name, (x, y, edge) in _MAP.items():
        color = BACKWARD if name.startswith("d") else FORWARD
        node_box(ax, x, y, "", width=82, height=58, edge=edge)
        ax.text(x, y + 11, text(f"backprop.map.{name}"), color=color, weight="bold", ha="center", va="center_baseline")
        ax.text(x, y - 12, text(f"backprop.map.{name}.shape"), color=INK, ha="center", va="center_baseline")
    for left, right in pairwise(_FORWARD_BOXES):
        forward_arrow(ax, _at(left, 43), _at(right, -43), mutation_scale=14)
    backward_arrow(ax, (584, _at("L", 0, -31)[1]), _at("dz2", 43), mutation_scale=14)
    for right, left in pairwise(("dz2", "da1", "dz1")):
        backward_arrow(ax, _at(right, -43), _at(left, 43), mutation_scale=14)
    for upper, lower in (("dz2", "dW2"), ("dz1", "dW1")):
        backward_arrow(ax, _at(upper, 0, -31), _at(lower, 0, 31), mutation_scale=14)
    _arrow_from_cache(ax, _at("z1", 0, -31), _at("dz1", 0, 31))
    _arrow_from_cache(ax, _at("a2", -14, -31), _at("dz2", 24, 31))
    _arrow_from_cache(ax, _at("a1", 24, -31), _at("dW2", -24, 31))
    _arrow_from_cache(ax, _at("x", 0, -31), _at("dW1", -24, 31))
    _arrow_from_cache(ax, _at("W2", 0, 31), _at("da1", 0, -31))
    for y, key, draw in ((118, "values", forward_arrow), (84, "gradients", backward_arrow), (50, "cache", None)):
        ends = ((444, y), (488, y)) if draw is forward_arrow else ((488, y), (444, y))
        draw(ax, *ends, mutation_scale=14) if draw else _arrow_from_cache(ax, *ends)
        ax.text(498, y, text(f"backprop.map.{key}"), va="center_baseline")
    fig.alt = text("backprop.map.alt")
    return fig


@drawing
def training_steps(points, labels, plane, steps, runs, step=100, samples=8):
    """A network in training after `step` steps: where it draws its line, and its loss on known and on new points.

    points (n, 2), labels (n, 1) in the order of training; plane = (xs, ys), the grid of the probabilities; steps: the
    kept ones; runs {samples: {"p": (len(steps), ys, xs), "train", "test", "accuracy": (len(steps),)}}.
    """
    run, at = runs[samples], list(steps).index(step)
    points, labels = np.asarray(points)[:samples], np.ravel(labels)[:samples]
    shown = slice(0, MOST_POINTS)
    fig, ax = one_panel(420, 0.02, 0.1, 0.46, 0.74)
    for label, marker, face in ((0, "o", INK), (1, "s", "none")):
        x, y = points[shown][labels[shown] == label].T
        ax.plot(x, y, marker, color=INK, markerfacecolor=face, markersize=7 if samples > 50 else 11, linestyle="none")
    p = np.asarray(run["p"][at])
    if p.min() < 0.5 < p.max():
        ax.contour(*plane, p, levels=[0.5], colors=[FORWARD], linewidths=3, linestyles="solid", zorder=4)
    ax.set(xlim=(plane[0][0], plane[0][-1]), ylim=(plane[1][0], plane[1][-1]), xticks=[], yticks=[])
    ax.set_xlabel(text("backprop.training.plane"))
    _loss_panel(fig.add_axes((0.6, 0.18, 0.37, 0.66)), steps, run, at)
    train = float(f"{run['train'][at]:.2g}")
    words = {"step": step, "train": train, "accuracy": round(100 * run["accuracy"][at], 1)}
    fig.text(0.02, 0.92, text("backprop.training.title", **words), weight="bold", va="center")
    fig.alt = text("backprop.training.alt", samples=samples, test=number(run["test"][at], 2), **words)
    return fig


@drawing
def loss_curves(train, test):
    """The loss of a training run at every step, on the training part (solid) and on the held-out part (dashed)."""
    fig, ax = one_panel(340, 0.13, 0.19, 0.84, 0.76)
    ax.plot(train, color=LOSS)
    ax.plot(test, color=LOSS, linestyle=DASHES, linewidth=2)
    ax.set(yscale="log", xlim=(0, len(train) - 1), ylim=(0.02, 2), yticks=[0.1, 1])
    for values, key, gap in ((test, "test", 8), (train, "train", -8)):
        place, side = (0.6 * len(train), values[int(0.6 * len(train))]), "bottom" if gap > 0 else "top"
        ax.annotate(text(f"backprop.curves.{key}"), place, xytext=(0, gap), textcoords="offset pixels", va=side,
                    ha="center", color=LOSS)  # fmt: skip
    clean_axes(ax, text("backprop.training.step"), text("backprop.training.loss"))
    first, last, new = (number(float(value), 2) for value in (train[0], train[-1], test[-1]))
    fig.alt = text("backprop.curves.alt", steps=len(train) - 1, first=first, last=last, test=new)
    return fig


@drawing
def errors_of_three_steps():
    """The error of the gradient of W1 that three programs apply, (W1 before - after)/η, against the learning rate η.

    A divides by m where the loss has m·k, B updates W2 before it is read, C is right; the figure does not say so.
    """
    errors = _errors_of_three_steps()
    fig, ax = one_panel(340, 0.15, 0.19, 0.82, 0.77)
    looks = {"A": ("o", "solid", INK), "B": ("s", DASHES, MUTED), "C": ("^", (0, (1, 1.6)), INK)}
    for name, (marker, linestyle, color) in looks.items():
        ax.plot(RATES, errors[name], marker=marker, linestyle=linestyle, color=color)
        ax.annotate(text(f"backprop.steps.{name}"), (RATES[1], errors[name][1]), xytext=(0, 10), ha="center",
                    textcoords="offset pixels", color=color, weight="bold")  # fmt: skip
    ax.set(xscale="log", yscale="log", xlim=(8e-4, 1.25), ylim=(1e-12, 90), xticks=[1e-3, 1e-2, 1e-1, 1])
    ax.set_yticks([1e-12, 1e-9, 1e-6, 1e-3, 1])
    clean_axes(ax, text("backprop.steps.rate"), text("backprop.steps.error"))
    ends = {f"{name}{end}": float(f"{errors[name][i]:.2g}") for name in "AB" for end, i in ((0, 0), (1, -1))}
    fig.alt = text("backprop.steps.alt", **ends)
    return fig


def _errors_of_three_steps():
    """{program: relative errors at RATES} on a network 2 → 4 → 3 with five samples."""
    rng = np.random.default_rng(5)
    shapes = {"W1": (2, 4), "b1": (1, 4), "W2": (4, 3), "b2": (1, 3)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    x, y = rng.normal(size=(5, 2)), np.eye(3)[[0, 2, 1, 1, 0]]
    _, cache = forward_pass(x, **params)
    right = backward_pass(x, y, cache, params["W2"])

    def loss(W1):
        return compute_loss(forward_pass(x, **params | {"W1": W1})[0], y)

    def applied(rate, scale=1, early=False):
        W2 = params["W2"] - rate * right["dW2"] if early else params["W2"]
        after = params["W1"] - rate * scale * backward_pass(x, y, cache, W2)["dW1"]
        return (params["W1"] - after) / rate

    programs = {"A": {"scale": 3}, "B": {"early": True}, "C": {}}
    return {name: [check_gradient(loss, applied(rate, **how), params["W1"]).relative_error for rate in RATES]
            for name, how in programs.items()}  # fmt: skip


def _loss_panel(ax, steps, run, at):
    ax.plot(steps, run["train"], color=LOSS)
    ax.plot(steps, run["test"], color=LOSS, linestyle=DASHES, linewidth=2)
    known, new = text("backprop.training.known"), text("backprop.training.new")
    ax.plot([steps[at]], [run["train"][at]], "o", color=LOSS, markersize=12, label=known)
    ax.plot([steps[at]], [run["test"][at]], "o", color=LOSS, markerfacecolor=SURFACE, markersize=12, label=new)
    ax.set_xscale("symlog", linthresh=1)
    ax.set(yscale="log", xlim=(-0.15, 3000), ylim=(2e-4, 20), xticks=[0, 1, 10, 100, 1000])
    ax.set_yticks([1e-3, 1e-2, 1e-1, 1, 10])
    clean_axes(ax, text("backprop.training.step"))
    ax.set_title(text("backprop.training.loss"), loc="left", color=LOSS)
    ax.legend(loc="lower left", handlelength=0.8, handletextpad=0.5, borderpad=0, labelspacing=0.3)


def _arrow_from_cache(ax, start, end):
    style = {"arrowstyle": "-|>", "mutation_scale": 12, "linewidth": 1.8, "linestyle": (0, (1, 1.6)), "color": MUTED}
    ax.add_patch(FancyArrowPatch(start, end, shrinkA=0, shrinkB=0, zorder=1, **style))


def _at(name, right, up=0):
    """The point so many px to the right and above the centre of a box of the map."""
    x, y, _ = _MAP[name]
    return x + right, y + up


def _check_drawable(arrays):
    x, y_true, outputs = arrays["x"], arrays["y_true"], arrays["W2"].shape[1]
    if len(x) != 1:
        raise ValueError(f"x must hold one sample for a drawing, got shape {x.shape}; write x[:1]")
    if y_true.shape != (1, outputs):
        raise ValueError(f"y_true must have shape (1, {outputs}), got {y_true.shape}")
    for name, most in MOST_UNITS.items():
        if arrays[name].shape[1] > most:
            raise ValueError(f"{name} has {arrays[name].shape[1]} columns, a drawing takes at most {most}")


def _along_the_way_back(arrays, cache, gradients):
    """∂L/∂ of everything between the loss and the first layer, for one sample."""
    dz2 = np.atleast_2d(gradients["db2"])  # for one sample the gradient of a bias is the gradient of its sum
    da2 = binary_cross_entropy_grad(cache["a2"], arrays["y_true"])
    da1 = dz2 @ arrays["W2"].T
    return {"da2": da2, "dz2": dz2, "da1": da1, "dz1": da1 * relu_grad(cache["z1"])}


def _forward_panel(ax, middle, arrays, cache, loss):
    hidden = _lines("forward_h", cache["a1"], cache["z1"])
    answers = _lines("forward_y", cache["a2"], cache["z2"])
    contents = [[[_short(value)] for value in arrays["x"][0]], hidden, answers, [[_short(loss)]]]
    _panel(ax, middle, contents, arrays["W1"], arrays["W2"], forward_arrow, FORWARD)


def _backward_panel(ax, middle, arrays, gradients, way_back):
    hidden = _lines("backward_h", way_back["da1"], way_back["dz1"])
    answers = _lines("backward_y", way_back["da2"], way_back["dz2"])
    contents = [[[] for _ in arrays["x"][0]], hidden, answers, [["1"]]]
    _panel(ax, middle, contents, gradients["dW1"], gradients["dW2"], backward_arrow, BACKWARD)


def _panel(ax, middle, contents, first, second, arrow, color):
    """The network once: ``contents`` are the lines of each box in each column, the matrices stand on the arrows."""
    heights = [[middle + ((len(boxes) - 1) / 2 - i) * ROW for i in range(len(boxes))] for boxes in contents]
    _weights(ax, heights, 0, first, arrow, color)
    _weights(ax, heights, 1, second, arrow, color)
    for y in heights[2]:
        stops = [_right(2, y), _left(3, heights[3][0])]
        arrow(ax, *(stops if arrow is forward_arrow else stops[::-1]))
    for column, letter in enumerate(("x", "h", "y", "loss")):
        _boxes(ax, heights[column], column, letter, color, contents[column])


def _weights(ax, heights, column, matrix, arrow, color):
    """Every weight of a layer as an arrow with its number on it; all numbers of a layer form one column."""
    starts, ends = heights[column], heights[column + 1]
    near_the_end = len(starts) <= len(ends)
    share = len(starts) / (len(starts) + 1) if near_the_end else 1 / (len(ends) + 1)
    for i, low in enumerate(starts):
        for j, high in enumerate(ends):
            stops = [_right(column, low), _left(column + 1, high)]
            arrow(ax, *(stops if arrow is forward_arrow else stops[::-1]), linewidth=1.7, mutation_scale=14)
            x, y = (a + share * (b - a) for a, b in zip(*stops, strict=True))
            pill = {"facecolor": SURFACE, "edgecolor": "none", "boxstyle": "round,pad=0.12,rounding_size=0.4"}
            ax.text(x, y, _short(matrix[i, j]), color=color, ha="center", va="center", zorder=4, bbox=pill)


def _boxes(ax, heights, column, letter, color, contents):
    for i, (y, lines) in enumerate(zip(heights, contents, strict=True)):
        name = text(f"backprop.{letter}") + ("₁₂₃₄"[i] if len(contents) > 1 else "")
        x, top = COLUMNS[column], y + LINE * len(lines) / 2
        edge = LOSS if letter == "loss" else MUTED
        node_box(ax, x, y, "", width=BOX[column], height=LINE * (len(lines) + 1) + 14, edge=edge)
        for row, line in enumerate([name, *lines]):
            style = {"color": color} if row else {"color": INK, "weight": "bold"}
            ax.text(x, top - row * LINE, line, ha="center", va="center_baseline", zorder=4, **style)


def _right(column, y):
    return COLUMNS[column] + BOX[column] / 2 + 2, y


def _left(column, y):
    return COLUMNS[column] - BOX[column] / 2 - 2, y


def _lines(key, a, z):
    """What each box of a column says, line by line."""
    pairs = zip(np.ravel(a), np.ravel(z), strict=True)
    return [text(f"backprop.{key}", a=_short(a), z=_short(z)).split("\n") for a, z in pairs]


def _listed(array):
    return "; ".join(map(_short, np.ravel(array)))


def _short(value):
    return number(round(float(value), 2))
