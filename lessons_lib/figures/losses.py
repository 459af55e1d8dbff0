"""Figures of chapter 2: the price of a forecast, each loss against p, accuracy against loss, losses of a logit.

For the exercises: a gradient against the finite differences of its loss.
"""

import functools
from itertools import pairwise

import numpy as np

from lessons_lib.activations import sigmoid
from lessons_lib.figures.marks import bar, short
from lessons_lib.figures.palette import BACKWARD, DASHES, FORWARD, INK, LOSS, MUTED
from lessons_lib.figures.style import clean_axes, diagram, drawing, one_panel
from lessons_lib.gradients import numerical_gradient
from lessons_lib.losses import (
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    binary_cross_entropy_from_logits_grad,
    binary_cross_entropy_grad,
    cross_entropy,
    cross_entropy_grad,
    mse,
    mse_grad,
)
from lessons_lib.text import number, text

LOSSES = ("mse", "bce", "ce")
FORMS = ("mse", "clipped", "logits")
STEEPEST = 22  # the slopes beyond it leave the panel and are marked at its edge


@drawing
def two_forecasts(first, second):
    """Two forecasters: the probability each gave to what happened (blue, up) and its price -ln p (purple, down)."""
    fig, ax = diagram(430)
    parts = {}
    for i, left, name, probabilities in ((1, 12, "first", first), (2, 332, "second", second)):
        p = np.asarray(probabilities, dtype=float)
        prices = -np.log(p)
        ax.text(left + 148, 410, text(f"losses.forecasts.{name}"), weight="bold", ha="center", va="center")
        _columns(ax, left, 270, 100 * p, p, FORWARD, above=True)
        _columns(ax, left, 236, 34 * prices, prices, LOSS, above=False)
        words = {"product": short(np.prod(p), 4), "total": short(prices.sum()), "least": short(p.min())}
        for y, key, color in ((253, "days", MUTED), (40, "product", FORWARD), (16, "sum", LOSS)):
            ax.text(left + 148, y, text(f"losses.forecasts.{key}", **words), color=color, ha="center", va="center")
        parts |= {f"{key}_{i}": value for key, value in words.items()}
    fig.alt = text("losses.forecasts.alt", **parts)
    return fig


@drawing
def loss_against_p(loss="bce", y="1", p: float = 0.25):
    """The loss of one prediction against p for the target y, with its tangent, and below it the slope dL/dp."""
    target = float(y)
    grid, values, slopes = _against_p(loss, target)
    value, slope = _one_prediction(loss, p, target)

    fig, upper = one_panel(560, 0.13, 0.47, 0.84, 0.42)
    lower = fig.add_axes((0.13, 0.11, 0.84, 0.27))
    upper.plot(grid, values, color=LOSS)
    _tangent(upper, p, value, slope, (0, 1), (0, 5))
    lower.plot(grid, slopes, color=BACKWARD, linestyle=DASHES)
    outside = abs(slope) > STEEPEST
    marker = ("^" if slope > 0 else "v") if outside else "o"
    edge = 0.95 * STEEPEST
    lower.plot([p], [np.clip(slope, -edge, edge)], marker, color=BACKWARD, markersize=11, zorder=5)
    upper.set(xlim=(0, 1), ylim=(-0.2, 5.2), xticks=np.linspace(0, 1, 5), yticks=range(6))
    lower.set(xlim=(0, 1), ylim=(-STEEPEST, STEEPEST), xticks=np.linspace(0, 1, 5), yticks=(-20, -10, 0, 10, 20))
    clean_axes(upper, "", text("losses.against_p.loss"))
    clean_axes(lower, text("losses.against_p.x"), text("losses.against_p.slope"))
    words = {"loss": text(f"losses.name.{loss}"), "y": y, "p": short(p), "value": short(value), "slope": short(slope)}
    fig.text(0.13, 0.945, text("losses.against_p.title", **words), weight="bold", va="center")
    where = "outside" if outside else "flat" if slope == 0 else "falls" if slope < 0 else "rises"
    fig.alt = text("losses.against_p.alt", where=text(f"losses.against_p.{where}"), **words)
    return fig


@drawing
def accuracy_and_loss(points, labels, b: float = -1.5):
    """p = σ(x - b): accuracy and cross-entropy of the same answers against the threshold b. points, labels (n,)."""
    x, y = np.asarray(points, dtype=float), np.asarray(labels, dtype=float)
    grid = np.linspace(-3, 3, 121)
    curve = [binary_cross_entropy_from_logits(x - t, y) for t in grid]
    right, loss = np.mean((x >= b) == (y == 1)), binary_cross_entropy_from_logits(x - b, y)
    slope = -np.sum(binary_cross_entropy_from_logits_grad(x - b, y))  # dz/db = -1

    fig, strip = one_panel(600, 0.13, 0.8, 0.84, 0.12)
    upper = fig.add_axes((0.13, 0.5, 0.84, 0.22))
    lower = fig.add_axes((0.13, 0.11, 0.84, 0.27))
    for label, height, marker, colour in ((0, 0.3, "o", MUTED), (1, 0.75, "s", FORWARD)):
        strip.plot(x[y == label], np.full(np.sum(y == label), height), marker, color=colour, linestyle="none")
    strip.axvline(b, color=INK, linewidth=2)
    strip.set(ylim=(0, 1), yticks=(0.3, 0.75))
    steps, heights = _stairs(x, y)
    upper.plot(steps, heights, color=FORWARD, solid_capstyle="butt")
    upper.plot([b], [right], "o", color=FORWARD, markersize=10)
    upper.set(ylim=(0, 1), yticks=(0, 0.5, 1))
    lower.plot(grid, curve, color=LOSS)
    _tangent(lower, b, loss, slope, (-3, 3), (0.2, 1.6))
    lower.set(ylim=(0.2, 1.6), yticks=(0.5, 1, 1.5))
    for ax in (strip, upper, lower):
        if ax is not strip:
            ax.axvline(b, color=INK, linewidth=1, linestyle="dotted", zorder=1)
        ax.set(xlim=(-3, 3), xticks=range(-3, 4))
        clean_axes(ax, text("losses.accuracy.x") if ax is lower else "", grid=ax is not strip)
    strip.set(xticklabels=[], yticklabels=("y = 0", "y = 1"))
    words = {"b": short(b), "right": short(right), "loss": short(loss), "slope": short(slope)}
    for place, key, steep, colour in ((0.74, "right", 0, FORWARD), (0.4, "loss", words["slope"], LOSS)):
        said = text(f"losses.accuracy.{key}", value=words[key], slope=steep)
        fig.text(0.13, place, said, color=colour, weight="bold", va="bottom")
    fig.text(0.13, 0.95, text("losses.accuracy.threshold", **words), weight="bold", va="center")
    fig.alt = text("losses.accuracy.alt", **words)
    return fig


@drawing
def loss_against_logit(form="clipped", z: float = -4.0):
    """The loss of one logit in float32 with target 1, and its slope dL/dz, for three ways of computing it."""
    grid, values, slopes = _against_logit(form)
    value, slope = _one_logit(form, z), _logit_slope(form, z)
    fig, upper = one_panel(560, 0.13, 0.47, 0.84, 0.42)
    lower = fig.add_axes((0.13, 0.11, 0.84, 0.27))
    for other in FORMS:
        if other != form:
            upper.plot(*_against_logit(other)[:2], color=MUTED, linewidth=1.4, linestyle="dotted")
    upper.plot(grid, values, color=LOSS)
    _tangent(upper, z, value, slope, (-24, 8), (0, 26))
    lower.plot(grid, slopes, color=BACKWARD, linestyle=DASHES)
    lower.plot([z], [slope], "o", color=BACKWARD, markersize=10, zorder=5)
    upper.set(xlim=(-24, 8), ylim=(-1, 26), xticks=range(-24, 9, 8), yticks=(0, 5, 10, 15, 20, 25))
    lower.set(xlim=(-24, 8), ylim=(-1.15, 0.15), xticks=range(-24, 9, 8), yticks=(-1, -0.5, 0))
    clean_axes(upper, "", text("losses.against_p.loss"))
    clean_axes(lower, text("losses.against_logit.x"), text("losses.against_logit.slope"))
    words = {"form": text(f"losses.form.{form}"), "z": short(z), "value": short(value), "slope": short(slope)}
    fig.text(0.13, 0.945, text("losses.against_logit.title", **words), weight="bold", va="center")
    where = "dead" if abs(slope) < 5e-4 and z < 0 else "calm" if abs(slope) < 0.05 else "pulls"
    fig.alt = text("losses.against_logit.alt", where=text(f"losses.against_logit.{where}"), **words)
    return fig


@drawing
def smooth_maximum():
    """log(e^z + e^0) beside max(z, 0): log-sum-exp is the maximum with its corner rounded, ln 2 above it there."""
    z = np.linspace(-5, 5, 101)
    fig, ax = one_panel(330, 0.11, 0.2, 0.86, 0.74)
    ax.plot(z, np.maximum(z, 0), color=INK, linewidth=1.8, linestyle=(0, (1.5, 1.5)))
    ax.plot(z, np.logaddexp(z, 0), color=LOSS)
    ax.plot([0, 0], [0, np.log(2)], color=MUTED, linewidth=2)
    ax.set(xlim=(-5, 5), ylim=(-0.3, 5.2), xticks=range(-4, 5, 2), yticks=range(0, 6))
    ax.text(-0.15, 1.05, text("losses.smooth.gap"), ha="right", va="center")
    ax.text(1.9, 3.1, text("losses.smooth.lse"), color=LOSS, ha="right", va="center", weight="bold")
    ax.text(3.1, 2.0, text("losses.smooth.max"), va="center")
    clean_axes(ax, "z", "")
    fig.alt = text("losses.smooth.alt")
    return fig


@drawing
def two_fits(x, y, wrong, right):
    """Points with two lines (slope, intercept): what the faulty program found and what the repaired one did."""
    fig, ax = one_panel(360, 0.11, 0.18, 0.86, 0.77)
    ax.plot(np.ravel(x), np.ravel(y), "o", color=MUTED, markersize=6, linestyle="none")
    ends = np.array([-1.0, 1.0])
    ax.plot(ends, wrong[0] * ends + wrong[1], color=BACKWARD, linestyle=DASHES)
    ax.plot(ends, right[0] * ends + right[1], color=FORWARD)
    ax.set(xlim=(-1.05, 1.05), ylim=(-4, 2), xticks=np.linspace(-1, 1, 5), yticks=range(-4, 3))
    ax.text(-1.0, wrong[1] + 0.25, text("losses.fits.wrong"), color=BACKWARD, weight="bold", va="bottom")
    ax.text(1.0, -2.6, text("losses.fits.right"), color=FORWARD, weight="bold", ha="right", va="bottom")
    clean_axes(ax, "x", "y")
    fig.alt = text("losses.fits.alt", wrong_slope=short(wrong[0], 2), wrong_height=short(wrong[1], 2),
                   right_slope=short(right[0], 2), right_height=short(right[1], 2))  # fmt: skip
    return fig


@drawing
def gradient_against_differences():
    """The gradient that a program computed for 4 samples of 3 answers, against the differences of its loss."""
    numeric, program = _two_gradients()
    fig, ax = one_panel(400, 0.15, 0.18, 0.81, 0.77)
    ax.plot([-0.1, 0.1], [-0.1, 0.1], color=MUTED, linestyle=DASHES)
    ax.plot(numeric.ravel(), program.ravel(), "o", color=BACKWARD, markersize=9, linestyle="none")
    ax.set(xlim=(-0.1, 0.1), ylim=(-0.25, 0.25), xticks=np.linspace(-0.1, 0.1, 5), yticks=np.linspace(-0.2, 0.2, 9))
    ax.text(-0.098, -0.055, text("losses.differences.equal"), color=MUTED, va="center")
    clean_axes(ax, text("losses.differences.x"), text("losses.differences.y"))
    over = program.flat[np.argmin(np.abs(numeric - 0.05))]
    height, low, high = (short(value, 2) for value in (over, program.min(), program.max()))
    fig.alt = text("losses.differences.alt", height=height, low=low, high=high)
    return fig


@drawing
def reliability(groups):
    """Forecasts in groups against what came true, two standard deviations each way: {w: [(n, mean p, share), …]}."""
    fig, ax = one_panel(470, 0.13, 0.14, 0.84, 0.83)
    ax.plot([0, 1], [0, 1], color=MUTED, linestyle=DASHES)
    pairs = []
    for (w, rows), colour, marker, top in zip(groups.items(), (FORWARD, INK), "os", (0.91, 0.83), strict=True):
        for n, p, share in rows:
            reach = 2 * np.sqrt(share * (1 - share) / n)
            ax.plot([p, p], [share - reach, share + reach], color=colour, linewidth=1.6)
            above = (p, share + reach + 0.01, "center", "bottom")
            x, y, ha, va = above if marker == "o" else (p + 0.02, share, "left", "center")
            ax.text(x, y, number(int(n)), color=colour, ha=ha, va=va)
        _, x, y = np.array(rows, dtype=float).T
        ax.plot([0.06, *x], [top, *y], marker, color=colour, markersize=9, linestyle="none")
        ax.text(0.09, top, text("losses.reliability.series", w=w), color=colour, weight="bold", va="center")
        found = "; ".join(f"{short(p, 2)} → {short(share, 2)}" for _, p, share in rows)
        pairs.append(text("losses.reliability.pairs", w=w, pairs=found))
    ax.set(xlim=(0, 1), ylim=(-0.05, 1), xticks=np.linspace(0, 1, 6), yticks=np.linspace(0, 1, 6))
    clean_axes(ax, text("losses.reliability.x"), text("losses.reliability.y"))
    fig.alt = text("losses.reliability.alt", series=" ".join(pairs))
    return fig


# ---- what the figures compute through the library ------------------------------------------------------------------


def _one_prediction(loss, p, y):
    """Loss and slope dL/dp of one prediction; for cross-entropy the share of the class whose probability is p."""
    if loss == "mse":
        return float(mse([p], [y])), float(mse_grad([p], [y])[0])
    if loss == "bce":
        return float(binary_cross_entropy([p], [y])), float(binary_cross_entropy_grad([p], [y])[0])
    if loss == "ce":
        row, label = [[p, 1 - p]], [0 if y == 1 else 1]
        return float(y * cross_entropy(row, label)), float(cross_entropy_grad(row, label)[0, 0]) + 0.0
    raise ValueError(f"loss must be one of {list(LOSSES)}, got {loss!r}")


@functools.cache
def _against_p(loss, y):
    grid = np.concatenate([np.geomspace(0.005, 0.1, 14), np.linspace(0.12, 0.88, 20), 1 - np.geomspace(0.1, 0.005, 14)])
    values, slopes = zip(*(_one_prediction(loss, p, y) for p in grid), strict=True)
    return grid, np.array(values), np.array(slopes)


def _one_logit(form, z):
    z, y = np.array([z], dtype=np.float32), [1.0]
    if form not in FORMS:
        raise ValueError(f"form must be one of {list(FORMS)}, got {form!r}")
    if form == "logits":
        return float(binary_cross_entropy_from_logits(z, y))
    return float((mse if form == "mse" else binary_cross_entropy)(sigmoid(z), y))


def _logit_slope(form, z, h=0.125):
    """Slope of the loss as it is computed, by a central difference: also where clipping has made it flat."""
    return (_one_logit(form, z + h) - _one_logit(form, z - h)) / (2 * h)


@functools.cache
def _against_logit(form):
    grid = np.linspace(-24, 8, 129)
    return grid, np.array([_one_logit(form, z) for z in grid]), np.array([_logit_slope(form, z) for z in grid])


@functools.cache
def _two_gradients():
    """Finite differences of the loss of 4 samples with 3 answers, and the gradient of a program with a wrong 1/n."""
    z = np.array([[0.4, -1.8, 1.1], [-0.6, 2.2, -1.1], [1.6, 0.0, -2.4], [-0.2, 0.9, -1.4]])
    y = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])
    numeric = numerical_gradient(lambda z: binary_cross_entropy_from_logits(z, y), z)
    return numeric, (sigmoid(z) - y) / len(z)


# ---- marks -----------------------------------------------------------------------------------------------------------


def _columns(ax, left, base, heights, values, colour, above):
    for i, (height, value) in enumerate(zip(heights, values, strict=True)):
        x = left + 60 * i
        bar(ax, x + 6, base if above else base - height, 44, max(height, 1), colour)
        place, align = (base + height + 4, "bottom") if above else (base - height - 4, "top")
        ax.text(x + 28, place, short(value, 2), color=colour, ha="center", va=align)


def _tangent(ax, x, y, slope, xlim, ylim):
    """A point and a dashed orange tangent, a fifth of the panel's width (or height where it is steep) each way."""
    width, height = xlim[1] - xlim[0], ylim[1] - ylim[0]
    reach = 0.17 * width / np.hypot(1, 1.6 * slope * width / height)
    ax.plot([x - reach, x + reach], [y - slope * reach, y + slope * reach], color=BACKWARD, linestyle=DASHES, zorder=4)
    ax.plot([x], [y], "o", color=LOSS, markersize=10, zorder=5)


def _stairs(x, y):
    """Accuracy against the threshold as level pieces with gaps (NaN) at the jumps."""
    pieces = []
    for a, b in pairwise([-3.0, *np.sort(x), 3.0]):
        share = np.mean((x >= (a + b) / 2) == (y == 1))
        pieces += [(a, share), (b, share), (np.nan, np.nan)]
    return np.transpose(pieces)
