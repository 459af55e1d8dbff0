"""Figures of chapter 4: paths on surfaces, the map of momentum, the correction of Adam, the race of optimizers."""

import numpy as np
from matplotlib.lines import Line2D

from lessons_lib import optimizers
from lessons_lib.figures.marks import backward_arrow, brief
from lessons_lib.figures.palette import BACKWARD, DASHES, FORWARD, INK, LOSS, MUTED, RATE, SURFACE
from lessons_lib.figures.style import clean_axes, drawing, new_figure, one_panel, optimizer_style
from lessons_lib.surfaces import BEALE, ROSENBROCK, SADDLE, descend, quadratic_bowl, steps_until_close
from lessons_lib.text import number, text

RACERS = ("SGD", "SGDMomentum", "RMSprop", "Adam")
SURFACES = {"bowl": quadratic_bowl(20.0), "rosenbrock": ROSENBROCK, "beale": BEALE, "saddle": SADDLE}
STEPS = 200
MOST_STEPS = 1500

_LEVELS = {
    "bowl": 0.5 * np.array([1, 2, 3, 4, 5, 8, 13, 21]) ** 2,
    "rosenbrock": [0.3, 2, 10, 40, 120, 400, 1200],
    "beale": [0.1, 0.6, 3, 12, 40, 120, 500],
    "saddle": [-5, -3, -1.5, -0.5, 0.5, 1.5, 3, 5],
}


@drawing
def two_bowls(narrow=10.0):
    """A round bowl and a narrow one: from the same start the gradient points to the minimum only in the round one."""
    fig = new_figure(640, 310)
    angles = []
    for column, kappa in enumerate((1.0, narrow)):
        bowl = quadratic_bowl(kappa)
        ax = fig.add_axes((0.01 + 0.5 * column, 0.03, 0.48, 0.8))
        _surface(ax, bowl, (-5.0, 5.0, -4.0, 4.0))
        start = np.array([-4.0, 1.5])
        down = -bowl.grad(start)
        arrow = start + 3.2 * down / np.linalg.norm(down)
        ax.plot([start[0], 0], [start[1], 0], color=MUTED, linewidth=1.6, linestyle="dotted", zorder=3)
        backward_arrow(ax, start, arrow, zorder=5)
        place = (12, 6) if column == 0 else (10, -4)
        ax.annotate("−∇f", arrow, xytext=place, textcoords="offset points", color=BACKWARD, weight="bold")
        ax.plot(*start, "o", color=INK, markersize=9, zorder=6)
        ax.set_title(text("optimizers.bowls.title", kappa=kappa), pad=8)
        cosine = down @ -start / np.linalg.norm(down) / np.linalg.norm(start)
        angles.append(round(float(np.degrees(np.arccos(min(cosine, 1.0))))))
    fig.alt = text("optimizers.bowls.alt", kappa=narrow, round=angles[0], angle=angles[1])
    return fig


@drawing
def bowl_path(kappa: float = 30.0, beta: float = 0.9):
    """SGD with momentum in a bowl of condition number kappa at η = 1/κ: the path, and how many steps it takes."""
    bowl = quadratic_bowl(kappa)
    path = descend(bowl, optimizers.SGDMomentum(1 / kappa, beta), MOST_STEPS)
    count = steps_until_close(path, bowl.minimum)
    fig, ax = one_panel(410, 0.02, 0.02, 0.96, 0.75)
    _surface(ax, bowl, bowl.window)
    _path(ax, path[: STEPS + 1], "SGDMomentum", bowl.window, shape=(614, 307))
    words = {"kappa": kappa, "beta": beta, "eta": brief(1 / kappa, 2)}
    said = text("optimizers.bowl.never", most=MOST_STEPS) if count is None else text("optimizers.bowl.steps", n=count)
    fig.text(0.5, 0.925, text("optimizers.bowl.title", **words), ha="center", va="center", weight="bold")
    fig.text(0.5, 0.84, said, ha="center", va="center")
    fig.alt = text("optimizers.bowl.alt", said=said, shape=text(_shape_of_way(path)), **words)
    return fig


@drawing
def momentum_map(betas, products, distance, steps):
    """Runs of momentum on ½ λ θ² from θ = 1: which came closer, how fast, and the line that theory draws.

    betas (n,), products ηλ (k,), distance |θ| after `steps` steps, (n, k).
    """
    distance = np.asarray(distance)
    fig, ax = one_panel(470, 0.12, 0.15, 0.85, 0.73)
    rate = np.clip(distance, 1e-300, None) ** (1 / steps)
    beta_of, product_of = (grid.ravel() for grid in np.meshgrid(betas, products, indexing="ij"))
    close = (distance < 1).ravel()
    size = np.clip(np.round(10 * (1 - rate.ravel())), 1, 10) / 10  # a few sizes, so that the markers stay light
    for one in np.unique(size[close]):
        here = close & (size == one)
        ax.plot(beta_of[here], product_of[here], "o", color=FORWARD, markersize=2.5 + 8 * one, markeredgewidth=0)
    ax.plot(beta_of[~close], product_of[~close], "x", color=MUTED, markersize=6, markeredgewidth=1.6)
    ax.plot([0, 1], [2, 4], color=INK, linewidth=3)
    top = float(np.max(products)) + 0.1
    ax.set(xlim=(-0.02, 1.0), xticks=np.arange(0, 1.01, 0.2), ylim=(0, top), yticks=[0, 1, 2, 3, 4])
    ax.annotate("ηλ = 2 + 2β", (0.5, 3.0), xytext=(-14, 12), textcoords="offset points", weight="bold", ha="right",
                va="bottom", bbox={"boxstyle": "round,pad=0.25", "facecolor": SURFACE, "edgecolor": MUTED})  # fmt: skip
    marks = [
        Line2D([], [], color=color, marker=marker, markeredgewidth=width, linestyle="none", label=text(key))
        for color, marker, width, key in ((FORWARD, "o", 1, "optimizers.map.converged"),
                                          (MUTED, "x", 2, "optimizers.map.diverged"))
    ]  # fmt: skip
    fig.legend(handles=marks, loc="upper center", ncols=2, handletextpad=0.2)
    clean_axes(ax, text("optimizers.map.x"), text("optimizers.map.y"), grid=False)
    below = product_of < 2 + 2 * beta_of
    fig.alt = text("optimizers.map.alt", runs=close.size, close=int(close.sum()), agree=int((close == below).sum()))
    return fig


@drawing
def momentum_rates(betas, rates):
    """The factor of the error per step of momentum on one axis against β; a circle where the roots become complex.

    betas (n,), rates {ηλ: (n,)}: the larger modulus of the two roots.
    """
    fig, ax = one_panel(420, 0.12, 0.16, 0.84, 0.64)
    best = []
    for (product, rate), line in zip(rates.items(), ("solid", DASHES, "dashdot", "dotted"), strict=False):
        ax.plot(betas, rate, color=FORWARD, linestyle=line, label=f"ηλ = {number(product)}")
        critical = (1 - np.sqrt(product)) ** 2
        ax.plot(critical, np.sqrt(critical), "o", color=INK, markersize=9, zorder=4)
        best.append(f"{number(product)}: {brief(critical)}")
    ax.set(xlim=(0, 1), ylim=(0, 1.12), xticks=np.arange(0, 1.01, 0.2), yticks=np.arange(0, 1.01, 0.2))
    clean_axes(ax, text("optimizers.map.x"), text("optimizers.rates.y"))
    fig.legend(loc="upper center", ncols=len(rates), handlelength=1.7, columnspacing=0.9, borderaxespad=0.4)
    fig.alt = text("optimizers.rates.alt", best="; ".join(best))
    return fig


@drawing
def edge_of_stability(curvature, every):
    """ηλ of full-batch descent for each η, measured every so many steps: the median of the seeds and their band.

    curvature {η: (seeds, measurements)}: the largest curvature λ of the loss.
    """
    fig, ax = one_panel(420, 0.12, 0.16, 0.84, 0.66)
    said = []
    for (eta, runs), marker in zip(curvature.items(), "os^", strict=False):
        products = eta * np.asarray(runs)
        steps = every * np.arange(products.shape[1])
        ax.fill_between(steps, products.min(axis=0), products.max(axis=0), color=RATE, alpha=0.16, linewidth=0)
        ax.plot(steps, np.median(products, axis=0), color=RATE, marker=marker, markersize=7, linewidth=1.8,
                markevery=2, label=f"η = {number(eta)}")  # fmt: skip
        first, *_, last = map(brief, np.median(products, axis=0))
        said.append(text("optimizers.edge.run", eta=eta, first=first, last=last, most=brief(products.max(), 3)))
    ax.axhline(2, color=INK, linewidth=1.8, linestyle=DASHES)
    ax.set(xlim=(0, steps[-1]), ylim=(0, 3), yticks=[0, 1, 2, 3])
    clean_axes(ax, text("optimizers.edge.x"), text("optimizers.map.y"))
    fig.legend(loc="upper center", ncols=len(curvature), borderaxespad=0.4)
    fig.alt = text("optimizers.edge.alt", seeds=len(products), runs=" ".join(said))
    return fig


@drawing
def surface_path(surface="rosenbrock", optimizer="Adam", eta: float = 0.1):
    """The path of one optimizer on one surface: 200 steps, the loss at its start and at its end."""
    ground = SURFACES[surface]
    path = descend(ground, getattr(optimizers, optimizer)(eta), STEPS)
    with np.errstate(over="ignore"):
        ends = {"first": brief(ground.f(path[0])), "last": brief(ground.f(path[-1]))}
    fig, ax = one_panel(430, 0.02, 0.02, 0.96, 0.77)
    _surface(ax, ground, ground.window)
    _path(ax, path, optimizer, ground.window, shape=(614, 331))
    words = {"name": text(f"optimizers.name.{optimizer}"), "eta": eta}
    inside = _inside(path, ground.window)
    if len(path) <= STEPS:
        said = text("optimizers.path.burst", n=len(path), **ends)
    elif not inside[-1]:
        said = text("optimizers.path.left", n=int(np.flatnonzero(inside)[-1]) + 1, **ends)
    else:
        said = text("optimizers.path.stayed", n=STEPS, **ends)
    fig.text(0.5, 0.925, text("optimizers.path.title", **words), ha="center", va="center", weight="bold")
    fig.text(0.5, 0.845, said, ha="center", va="center", color=LOSS)
    fig.alt = text("optimizers.path.alt", surface=text(f"optimizers.surface.{surface}"), said=said, **words)
    return fig


@drawing
def correction(beta1: float = 0.9, beta2: float = 0.999):
    """How many times longer the steps of Adam are without bias correction, from the first step to the 10 000th."""
    t = np.unique(np.round(np.logspace(0, 4, 90)))
    factor = optimizers.uncorrected_factor(t, beta1, beta2)
    all_factors = optimizers.uncorrected_factor(np.arange(1.0, 2001.0), beta1, beta2)
    first, most, at = all_factors[0], np.max(all_factors), int(np.argmax(all_factors)) + 1
    fig, ax = one_panel(420, 0.12, 0.16, 0.84, 0.61)
    ax.plot(t, np.ones(len(t)), **optimizer_style("Adam", 15), label=text("optimizers.correction.with"))
    ax.plot(t, factor, color=INK, linestyle=DASHES, label=text("optimizers.correction.without"))
    ax.set(xscale="log", yscale="log", xlim=(1, 1e4), ylim=(0.2, 200), yticks=[1, 10, 100])
    ax.set_xticks([1, 10, 100, 1000, 10000])
    clean_axes(ax, text("optimizers.correction.x"), text("optimizers.correction.y"))
    fig.legend(loc="upper center", ncols=2, borderaxespad=0.2, handlelength=2.4, reverse=True)
    key = "short" if first < 1 and most <= 1 else "first" if at == 1 else "said"
    said = text(f"optimizers.correction.{key}", first=brief(first, 3), most=brief(most, 3), at=at)
    fig.text(0.5, 0.83, said, ha="center", va="center", weight="bold")
    fig.alt = text("optimizers.correction.alt", beta1=beta1, beta2=beta2, said=said)
    return fig


@drawing
def race_at(curves, task="moons", lr=0.1):
    """All optimizers with one and the same learning rate: loss after each epoch, median and band over the seeds.

    curves {(task, name, lr): (seeds, epochs)}.
    """
    fig, ax = one_panel(460, 0.14, 0.15, 0.83, 0.58)
    last = {name: _bands(ax, name, curves[task, name, lr]) for name in RACERS}
    seeds, epochs = np.shape(curves[task, RACERS[0], lr])
    _race_axes(ax, epochs)
    _names(fig, {name: brief(value) for name, value in last.items()})
    words = {"task": text(f"optimizers.task.{task}"), "lr": lr}
    fig.text(0.5, 0.955, text("optimizers.race.title", **words), ha="center", va="center", weight="bold")
    fig.alt = text("optimizers.race.alt", places=_places(last), seeds=seeds, **words)
    return fig


@drawing
def fair_race(curves, tasks=("moons", "cancer")):
    """Each optimizer with its own tuned learning rate, one panel per task. curves {(task, name): (seeds, epochs)}."""
    fig = new_figure(640, 470)
    said = []
    for column, task in enumerate(tasks):
        ax = fig.add_axes((0.13 + 0.45 * column, 0.14, 0.4, 0.66))
        last = {name: _bands(ax, name, curves[task, name]) for name in RACERS}
        seeds, epochs = np.shape(curves[task, RACERS[0]])
        _race_axes(ax, epochs, top=2, ylabel=column == 0)
        ax.set_title(text(f"optimizers.task.{task}"), pad=8)
        said.append(text("optimizers.fair.task", task=text(f"optimizers.task.{task}"), places=_places(last)))
    _names(fig, dict.fromkeys(RACERS, ""), height=0.935)
    fig.alt = text("optimizers.fair.alt", tasks=" ".join(said), seeds=seeds)
    return fig


# ---- parts -----------------------------------------------------------------------------------------------------------


def _surface(ax, surface, window):
    """Contour lines in a frame without ticks, the minimum as a star."""
    left, right, bottom, top = window
    x, y = np.meshgrid(np.linspace(left, right, 97), np.linspace(bottom, top, 97))
    heights = surface.f(np.stack([x, y], axis=-1))
    levels = [level for level in _LEVELS[surface.name] if heights.min() < level < heights.max()]
    ax.contour(x, y, heights, levels=levels, colors=MUTED, linewidths=1.1, alpha=0.65)
    if surface.minimum is not None:
        ax.plot(*surface.minimum, "*", color=LOSS, markersize=17, markeredgecolor="none", zorder=4)
    ax.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color=MUTED, linewidth=1)


def _path(ax, path, name, window, shape):
    """The path of an optimizer, as long as it stays near the window; points too close together are left out."""
    kept = _thinned(_near(path, window), window, shape)
    style = optimizer_style(name, max(1, len(kept) // 9))
    ax.plot(*kept.T, **style, linewidth=2.2, markersize=7, zorder=5)
    ax.plot(*path[0], "o", color=INK, markersize=10, zorder=6)
    end = {"color": style["color"], "visible": bool(_inside(path[-1:], window)[0])}
    ax.plot(*kept[-1], style["marker"], markersize=13, markeredgecolor=INK, zorder=7, **end)


def _near(path, window):
    """The path up to its first point far outside; the last stretch is cut short on its line."""
    left, right, bottom, top = window
    middle, half = np.array([left + right, bottom + top]) / 2, np.array([right - left, top - bottom]) / 2
    away = np.max(np.abs(path - middle) / half, axis=1)
    far = np.flatnonzero(~(away < 2))
    if not len(far):
        return path
    end = int(far[0])
    before, after = path[end - 1], path[end]
    stretch = np.max(np.abs(after - before) / half)
    return np.vstack([path[:end], before + (after - before) * min(1.0, 3 / stretch)])


def _thinned(path, window, shape):
    left, right, bottom, top = window
    pixels = (path - [left, bottom]) * [shape[0] / (right - left), shape[1] / (top - bottom)]
    kept, last = [0], len(path) - 1
    for i in range(1, len(path)):
        if i == last or np.hypot(*(pixels[i] - pixels[kept[-1]])) >= 3:
            kept.append(i)
    return path[kept]


def _inside(path, window):
    left, right, bottom, top = window
    x, y = path[:, 0], path[:, 1]
    return (left <= x) & (x <= right) & (bottom <= y) & (y <= top)


def _shape_of_way(path):
    """Does the way turn often across the valley (y), swing along it (x), or come quietly?"""
    clear = (line[np.abs(line) > 0.02] for line in path[: STEPS + 1].T)
    along, across = (np.sum(np.diff(np.sign(line)) != 0) for line in clear)
    return f"optimizers.bowl.{'swings' if along > 2 else 'zigzag' if across > 2 else 'straight'}"


def _bands(ax, name, losses):
    """Median line and band from the best to the worst seed; returns the last median."""
    losses = np.asarray(losses, dtype=float)
    epochs = np.arange(1, losses.shape[1] + 1)
    shown = np.clip(losses, 1e-6, 1e6)
    style = optimizer_style(name, max(1, len(epochs) // 5))
    ax.fill_between(epochs, shown.min(axis=0), shown.max(axis=0), color=style["color"], alpha=0.16, linewidth=0)
    ax.plot(epochs, np.median(shown, axis=0), **style, linewidth=2.2, markersize=8)
    return float(np.median(losses[:, -1]))


def _race_axes(ax, epochs, top=10, ylabel=True):
    ax.set(yscale="log", xlim=(1, epochs), ylim=(1e-3, top), xticks=[1, epochs // 2, epochs])
    ax.set_yticks([tick for tick in (1e-3, 1e-2, 1e-1, 1, 10) if tick <= top])
    clean_axes(ax, text("optimizers.race.x"), text("optimizers.race.y") if ylabel else "")
    if not ylabel:
        ax.set_yticklabels([])


def _names(fig, values, height=0.885):
    """A row of the optimizers' lines and names; under each its number."""
    for place, (name, value) in enumerate(values.items()):
        x = 0.03 + 0.245 * place
        style = optimizer_style(name)
        fig.add_artist(Line2D([x, x + 0.035, x + 0.07], [height] * 3, **style | {"markevery": [1]}, markersize=9))
        fig.text(x + 0.08, height, text(f"optimizers.name.{name}"), va="center_baseline", color=style["color"])
        fig.text(x + 0.08, height - 0.06, value, va="center_baseline", visible=bool(value))


def _places(last):
    order = sorted(last, key=lambda name: (not np.isfinite(last[name]), last[name]))
    return ", ".join(f"{text(f'optimizers.name.{name}')} {brief(last[name])}" for name in order)
