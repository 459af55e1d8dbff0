"""Figures of backpropagation: a network of two layers with its real values and gradients."""

import numpy as np

from lessons_lib.activations import relu_grad
from lessons_lib.backprop import backward_pass, compute_loss, forward_pass
from lessons_lib.figures.style import (
    BACKWARD,
    FORWARD,
    INK,
    LOSS,
    MUTED,
    SURFACE,
    backward_arrow,
    canvas,
    drawing,
    forward_arrow,
    new_figure,
    node_box,
)
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
MOST_UNITS = {"x": 3, "W1": 4, "W2": 2}
ROW, LINE = 98, 23  # px between units, between the lines in a box
COLUMNS, BOX = (40, 272, 474, 606), (68, 118, 118, 60)  # px


@drawing
def visualize_backprop(x=None, y_true=None, W1=None, b1=None, W2=None, b2=None):
    """One sample through a network of two layers: values flow forward (above), gradients flow back (below).

    Without arguments it draws the 2 → 3 → 1 network of the sheet; what is given takes the place of its numbers.
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
    fig = new_figure(640, 2 * panel + 6)
    ax = canvas(fig)
    _forward_panel(ax, panel + 6 + (panel - 34) / 2, arrays, cache, loss)
    ax.text(8, 2 * panel - 8, text("backprop.forward"), color=FORWARD, weight="bold", va="center")
    _backward_panel(ax, (panel - 34) / 2, arrays, gradients, way_back)
    ax.text(8, panel - 14, text("backprop.backward"), color=BACKWARD, weight="bold", va="center")
    fig.alt = text(
        "backprop.alt",
        sizes=" → ".join(str(a.shape[1]) for a in (arrays["x"], cache["a1"], y_pred)),
        x=_listed(arrays["x"]),
        hidden=_listed(cache["a1"]),
        y=_listed(y_pred),
        loss=_short(loss),
        dz2=_listed(way_back["dz2"]),
        dz1=_listed(way_back["dz1"]),
        dW1=_listed(gradients["dW1"]),
        dW2=_listed(gradients["dW2"]),
    )
    return fig


def moving_weight(w: float = 0.5):
    """The same network with another weight from the first input to the first hidden unit."""
    W1 = np.array(EXAMPLE["W1"])
    W1[0, 0] = w
    fig = visualize_backprop(W1=W1)
    fig.alt = text("backprop.moving_weight.alt", w=w, network=fig.alt)
    return fig


def _check_drawable(arrays):
    x, y_true = arrays["x"], arrays["y_true"]
    if len(x) != 1:
        raise ValueError(f"x must hold one sample for a drawing, got shape {x.shape}; write x[:1]")
    if y_true.shape != (1, arrays["W2"].shape[1]):
        raise ValueError(f"y_true must have shape (1, {arrays['W2'].shape[1]}), got {y_true.shape}")
    for name, most in MOST_UNITS.items():
        if arrays[name].shape[1] > most:
            raise ValueError(f"{name} has {arrays[name].shape[1]} columns, a drawing takes at most {most}")


def _along_the_way_back(arrays, cache, gradients):
    """∂L/∂ of everything between the loss and the first layer, for one sample."""
    dz2 = gradients["db2"]  # of one sample the gradient of a bias is that of its sum
    da2 = binary_cross_entropy_grad(cache["a2"], arrays["y_true"])
    da1 = dz2 @ arrays["W2"].T
    return {"da2": da2, "dz2": dz2, "da1": da1, "dz1": da1 * relu_grad(cache["z1"])}


def _forward_panel(ax, middle, arrays, cache, loss):
    x, z1, a1, z2, a2 = arrays["x"][0], cache["z1"][0], cache["a1"][0], cache["z2"][0], cache["a2"][0]
    heights = [_heights(len(column), middle) for column in (x, a1, a2, [loss])]
    _weights(ax, heights, 0, arrays["W1"], forward_arrow, FORWARD)
    _weights(ax, heights, 1, arrays["W2"], forward_arrow, FORWARD)
    for y in heights[2]:
        forward_arrow(ax, _right(2, y), _left(3, heights[3][0]))
    _boxes(ax, heights, 0, "x", FORWARD, [[_short(value)] for value in x])
    _boxes(ax, heights, 1, "h", FORWARD, [_lines("forward_h", z=z, a=a) for z, a in zip(z1, a1, strict=True)])
    _boxes(ax, heights, 2, "y", FORWARD, [_lines("forward_y", z=z, a=a) for z, a in zip(z2, a2, strict=True)])
    _boxes(ax, heights, 3, "loss", FORWARD, [[_short(loss)]], edge=LOSS)


def _backward_panel(ax, middle, arrays, gradients, way_back):
    da1, dz1, da2, dz2 = (way_back[name][0] for name in ("da1", "dz1", "da2", "dz2"))
    heights = [_heights(n, middle) for n in (arrays["x"].shape[1], len(da1), len(da2), 1)]
    _weights(ax, heights, 0, gradients["dW1"], backward_arrow, BACKWARD)
    _weights(ax, heights, 1, gradients["dW2"], backward_arrow, BACKWARD)
    for y in heights[2]:
        backward_arrow(ax, _left(3, heights[3][0]), _right(2, y))
    _boxes(ax, heights, 0, "x", BACKWARD, [[] for _ in heights[0]])
    _boxes(ax, heights, 1, "h", BACKWARD, [_lines("backward_h", a=a, z=z) for a, z in zip(da1, dz1, strict=True)])
    _boxes(ax, heights, 2, "y", BACKWARD, [_lines("backward_y", a=a, z=z) for a, z in zip(da2, dz2, strict=True)])
    _boxes(ax, heights, 3, "loss", BACKWARD, [["1"]], edge=LOSS)


def _weights(ax, heights, column, matrix, arrow, color):
    """Every weight of a layer as an arrow with its number on it; all numbers of a layer stand in one column."""
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


def _boxes(ax, heights, column, letter, color, contents, edge=MUTED):
    for i, (y, lines) in enumerate(zip(heights[column], contents, strict=True)):
        name = text(f"backprop.{letter}") + ("₁₂₃₄"[i] if len(contents) > 1 else "")
        x, top = COLUMNS[column], y + LINE * len(lines) / 2
        node_box(ax, x, y, "", width=BOX[column], height=LINE * (len(lines) + 1) + 14, edge=edge)
        for row, line in enumerate([name, *lines]):
            style = {"color": color} if row else {"color": INK, "weight": "bold"}
            ax.text(x, top - row * LINE, line, ha="center", va="center_baseline", zorder=4, **style)


def _heights(count, middle):
    return [middle + ((count - 1) / 2 - i) * ROW for i in range(count)]


def _right(column, y):
    return COLUMNS[column] + BOX[column] / 2 + 2, y


def _left(column, y):
    return COLUMNS[column] - BOX[column] / 2 - 2, y


def _lines(key, **values):
    """What stands in a box, line by line."""
    return text(f"backprop.{key}", **{name: _short(value) for name, value in values.items()}).split("\n")


def _listed(array):
    return "; ".join(_short(value) for value in np.ravel(array))


def _short(value):
    return number(round(float(value), 2))
