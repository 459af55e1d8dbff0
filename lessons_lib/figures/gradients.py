"""Figures of chapter 6: fates of a gradient, finite differences, norms by layer, clipping, weights of samples."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from lessons_lib.activations import relu, relu_grad
from lessons_lib.figures.marks import backward_arrow, bar, brief, frame
from lessons_lib.figures.palette import BACKWARD, DASHES, FORWARD, INK, LOSS, MUTED, SURFACE
from lessons_lib.figures.style import clean_axes, drawing, new_figure, one_panel, stacked_panels
from lessons_lib.gradients import clip_by_global_norm, clip_by_norm, gradient_norms, layer_gradients
from lessons_lib.text import number, text

LOWEST_ERROR = 1e-17  # an error of exactly 0 has no place on a logarithmic axis
DOTS = (0, (1.2, 1.6))
FIRST_GRADIENT = 4.0  # the gradient of the first parameter in clipped_step


@drawing
def four_fates():
    """One step of descent on one bowl with four gradients: right, m times too long, nearly zero, turned."""
    fig = new_figure(640, 470)
    start, curvature = np.array([-3.4, 0.35]), np.array([0.5, 2.0])
    gradient = curvature * start
    turned = np.concatenate([clip_by_norm(gradient[i : i + 1], 0.5) for i in range(2)])
    steps = {"right": 0.6 * gradient, "long": 3.5 * gradient, "vanished": 0.03 * gradient, "turned": 1.6 * turned}
    angle = np.linspace(0, 2 * np.pi, 120)
    for position, (name, step) in enumerate(steps.items()):
        ax = fig.add_axes((0.015 + 0.5 * (position % 2), 0.515 - 0.5 * (position // 2), 0.47, 0.4))
        for level in (0.25, 1.0, 2.25, 4.0):
            radii = np.sqrt(2 * level / curvature)
            ax.plot(radii[0] * np.cos(angle), radii[1] * np.sin(angle), color=LOSS, linewidth=1.2, alpha=0.6)
        ax.plot(0, 0, "+", color=INK, markersize=12, markeredgewidth=2)
        ax.plot(*start, "o", color=INK, markersize=7, zorder=4)
        head = 4 if name == "vanished" else 20
        backward_arrow(ax, start, start - step, linewidth=2.8, mutation_scale=head, zorder=5)
        ax.set(xlim=(-4.4, 4.4), ylim=(-2.5, 2.5), xticks=[], yticks=[])
        ax.set_axis_off()
        ax.set_title(text(f"gradients.fates.{name}"), loc="left", pad=6, weight="bold")
    fig.alt = text("gradients.fates.alt")
    return fig


@drawing
def difference_error(errors, function="exp", precision="float64"):
    """Relative error of the forward and the central difference against h, on logarithmic axes.

    errors {(function, precision): (h, forward, central)}, arrays of one length.
    """
    h, forward, central = (np.maximum(values, LOWEST_ERROR) for values in errors[function, precision])
    third_root = float(np.finfo(precision).eps) ** (1 / 3)
    fig, ax = one_panel(430, 0.15, 0.17, 0.81, 0.66)
    ax.axvline(third_root, color=INK, linewidth=1.4, linestyle="dotted")
    ax.plot(h, forward, color=MUTED, linewidth=1.6, marker="s", markersize=4, label=text("gradients.error.forward"))
    label = text("gradients.error.central")
    ax.plot(h, central, color=BACKWARD, linestyle=DASHES, marker="o", markersize=5, label=label)
    ticks = [1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 1]
    ax.set(xscale="log", yscale="log", xlim=(1e-15, 1.5), ylim=(LOWEST_ERROR / 2, 10), xticks=ticks, yticks=ticks)
    ax.annotate(text("gradients.error.third_root"), (third_root, 1), xycoords=("data", "axes fraction"),
                xytext=(0, 4), textcoords="offset points", ha="center", va="bottom")  # fmt: skip
    fig.legend(loc="upper left", bbox_to_anchor=(0.02, 1.0), ncols=2, columnspacing=1.2, handlelength=1.6)
    clean_axes(ax, text("gradients.error.x"), text("gradients.error.y"))
    best = int(np.argmin(central))
    found = {"h": h[best], "error": central[best], "third_root": third_root, "forward": np.min(forward)}
    fig.alt = text("gradients.error.alt", function=text(f"control.difference_error.function.{function}"),
                   precision=precision, **{name: brief(value, 1) for name, value in found.items()})  # fmt: skip
    return fig


@drawing
def kink_chord(place: float = 0.5):
    """relu near 0 with the chord of the central difference around x = place · h."""
    ends = np.array([place - 1, place + 1])
    slope = float(np.diff(relu(ends))[0] / 2)
    analytic = float(place > 0)
    fig, ax = one_panel(360, 0.13, 0.2, 0.84, 0.66)
    ax.plot([-3, 0, 3], [0, 0, 3], color=FORWARD)
    ax.plot(ends, relu(ends), color=BACKWARD, linestyle=DASHES, marker="o", markersize=9, zorder=3)
    ax.plot([place], [max(place, 0)], "D", color=INK, markersize=8, zorder=4)
    ax.set(xlim=(-2.8, 2.8), ylim=(-0.35, 2.8), xticks=range(-2, 3), yticks=range(3))
    clean_axes(ax, text("gradients.kink.x"), text("gradients.kink.y"))
    words = {"numeric": round(slope, 3), "analytic": analytic}
    fig.text(0.13, 0.91, text("gradients.kink.title", **words), va="baseline", weight="bold")
    verdict = text("gradients.kink.away" if abs(place) >= 1 else "gradients.kink.near")
    fig.alt = text("gradients.kink.alt", place=place, verdict=verdict, **words)
    return fig


@drawing
def layer_norms(norms, gain=1.0, activation="relu", depth=20):
    """Norm of ∂L/∂z in every layer of a deep random chain, relative to the last layer.

    norms {(gain, activation, depth): (depth,)}.
    """
    values = np.asarray(norms[gain, activation, depth])
    values = values / values[-1]
    low, high = 1e-18, 1e9
    fig, ax = one_panel(450, 0.15, 0.16, 0.81, 0.7)
    ax.axhspan(0.1, 10, color=SURFACE, zorder=0)
    layers = np.arange(1, depth + 1)
    ax.plot(layers, np.clip(values, low, high), color=BACKWARD, linestyle=DASHES, marker="o", markersize=6, zorder=3)
    ax.set(yscale="log", xlim=(0.3, 20.7), ylim=(low / 3, high * 3), xticks=[1, 5, 10, 15, 20])
    ax.set_yticks([1e-18, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 1, 1e3, 1e6, 1e9])
    clean_axes(ax, text("gradients.layers.x"), text("gradients.layers.y"))
    ratio = float(f"{values[0]:.1e}")
    fig.text(0.15, 0.91, text("gradients.layers.title", ratio=ratio), va="baseline", weight="bold")
    fate = "vanishes" if ratio < 0.1 else "explodes" if ratio > 10 else "lives"
    name = text(f"control.layer_norms.activation.{activation}")
    fig.alt = text("gradients.layers.alt", depth=depth, activation=name, gain=gain, ratio=ratio,
                   fate=text(f"gradients.layers.{fate}"))  # fmt: skip
    return fig


def relu_chain(gain, depth=20, n=64):
    """Norm of ∂L/∂z in every relu layer of a random chain, n neurons each, weights with the spread gain/√n."""
    rng = np.random.default_rng(0)
    a, da = rng.normal(size=(2, n, n))
    weights = [rng.normal(0, gain / np.sqrt(n), (n, n)) for _ in range(depth)]
    dz, _ = layer_gradients(a, weights, da, relu, relu_grad)
    return layer_norms({(gain, "relu", depth): gradient_norms(dz)}, gain, "relu", depth)


@drawing
def clipped_step(max_norm: float = 2.0, g2: float = 1.0):
    """The gradient of two parameters as an arrow: before clipping, by the global norm, each parameter separately."""
    grads = [np.array([FIRST_GRADIENT]), np.array([float(g2)])]
    before = np.concatenate(grads)
    together = np.concatenate(clip_by_global_norm(grads, max_norm)[0])
    apart = np.concatenate([clip_by_norm(g, max_norm) for g in grads])
    fig, ax = one_panel(500, 64 / 640, 182 / 500, 558 / 640, 310 / 500)  # 62 px for a unit, across and up
    ax.set(xlim=(-0.25, 8.75), ylim=(-0.25, 4.75))
    ax.add_patch(Circle((0, 0), max_norm, facecolor="none", edgecolor=MUTED, linewidth=1.4, zorder=1))
    frame(ax, -max_norm, -max_norm, 2 * max_norm, 2 * max_norm, linewidth=1.4, linestyle="dotted", zorder=1)
    arrows = {"before": (before, BACKWARD, DASHES, 1.6, "D"), "together": (together, BACKWARD, "solid", 3.4, "o"),
              "apart": (apart, INK, DOTS, 3.4, "s")}  # fmt: skip
    lengths = {name: round(float(np.linalg.norm(vector)), 2) for name, (vector, *_) in arrows.items()}
    for row, (name, (vector, colour, line, width, marker)) in enumerate(arrows.items()):
        look = {"color": colour, "markersize": 11, "markerfacecolor": "none" if name == "before" else colour}
        ax.plot([0, vector[0]], [0, vector[1]], color=colour, linestyle=line, linewidth=width, zorder=3 - 0.1 * row)
        ax.plot(*vector, marker, zorder=5, **look)
        y = 0.195 - 0.07 * row
        fig.add_artist(Line2D([0.04, 0.13], [y, y], linestyle=line, linewidth=width, marker=marker, markevery=[1],
                              transform=fig.transFigure, **look))  # fmt: skip
        words = {"length": lengths[name], "angle": _angle(before, vector)}
        fig.text(0.16, y, text(f"gradients.clip.{name}", **words), va="center_baseline", color=INK)
    clean_axes(ax, text("gradients.clip.x"), text("gradients.clip.y"), grid=False)
    ax.set(xticks=range(9), yticks=range(5))
    fig.alt = text("gradients.clip.alt", g2=g2, max_norm=max_norm, angle=_angle(before, apart), **lengths)
    return fig


@drawing
def clipped_training(runs, unclipped, max_norm=1):
    """A training run clipped at `max_norm`: the loss and the gradient norm before clipping; beside it the run without.

    runs {max_norm: (step, loss, norm)}, unclipped (step, loss, norm), arrays of one length each.
    """
    step, loss, norm = (np.asarray(values) for values in runs[max_norm])
    top = 1e5
    fig, panels = stacked_panels(560, 2, top=0.93, bottom=0.11, hspace=0.3, left=0.15)
    series = (("loss", unclipped[1], loss, LOSS, "solid"), ("norm", unclipped[2], norm, BACKWARD, DASHES))
    for ax, (key, free, values, colour, line) in zip(panels, series, strict=True):
        ax.plot(unclipped[0], np.minimum(free, 10 * top), color=MUTED, linewidth=2, linestyle="dotted", marker="x",
                markersize=8, markeredgewidth=2)  # fmt: skip
        ax.plot(step, np.minimum(values, 10 * top), color=colour, linestyle=line)
        ax.set(yscale="log", xlim=(-3, 273), ylim=(0.03, top), xticks=range(0, 271, 50))
        ax.set_yticks([0.1, 1, 10, 100, 1e3, 1e4, 1e5])
        ax.set_title(text(f"gradients.training.{key}"), loc="left", color=colour, pad=8)
        clean_axes(ax)
    panels[0].axhline(np.log(10), color=INK, linewidth=1.2, linestyle="dotted")
    panels[0].annotate(text("gradients.training.chance"), (270, np.log(10)), xytext=(0, 4), textcoords="offset points",
                       ha="right", va="bottom")  # fmt: skip
    panels[1].axhline(max_norm, color=INK, linewidth=1.4)
    panels[1].set_xlabel(text("gradients.training.x"))
    last = float(f"{np.mean(loss[-9:]):.1g}")
    fig.alt = text("gradients.training.alt", max_norm=max_norm, last=last, steps=len(unclipped[0]))
    return fig


@drawing
def sample_weights(sizes):
    """How much every sample counts when the means of unequal micro-batches are averaged; the line is what it should."""
    total, weights = sum(sizes), [1 / (len(sizes) * size) for size in sizes]
    fig, ax = one_panel(330, 0.13, 0.2, 0.84, 0.7)
    left = 0.0
    for size, weight in zip(sizes, weights, strict=True):
        for i in range(size):
            bar(ax, left + i + 0.1, 0, 0.8, weight, BACKWARD)
        ax.text(left + size / 2, -0.006, str(size), ha="center", va="top")
        left += size + 1.6
    ax.axhline(1 / total, color=INK, linewidth=1.6, linestyle="dotted")
    ax.text(0, 1 / total + 0.005, text("gradients.weights.fair", total=total), ha="left", va="bottom")
    ax.set(xlim=(-0.4, left - 1.6 + 0.4), ylim=(0, 1.12 * max(weights)), xticks=[])
    clean_axes(ax, "", text("gradients.weights.y"))
    ax.set_xlabel(text("gradients.weights.x"), labelpad=26)
    fig.alt = text("gradients.weights.alt", sizes=", ".join(map(number, sizes)), low=round(min(weights), 4),
                   high=round(max(weights), 4), fair=round(1 / total, 4))  # fmt: skip
    return fig


def _angle(a, b):
    """Degrees between two vectors, rounded: 0 for parallel ones, whatever the rounding of the cosine."""
    cross, dot = a[0] * b[1] - a[1] * b[0], a @ b
    return round(abs(float(np.degrees(np.arctan2(cross, dot)))), 1)
