"""Figures of chapter 8: circles through a matrix, a turned valley, Lion at a minimum, singular values, the race."""

import numpy as np

from lessons_lib import optimizers
from lessons_lib.after_adam import CONVERGING, FAST, Lion, Shampoo
from lessons_lib.figures.optimizers import _path, _surface
from lessons_lib.figures.palette import BACKWARD, DASHES, INK, MUTED, PALETTE, RATE
from lessons_lib.figures.style import clean_axes, drawing, new_figure, optimizer_style
from lessons_lib.schedules import linear_to_zero
from lessons_lib.surfaces import AsColumn, descend, quadratic_bowl, steps_until_close, turned
from lessons_lib.text import number, text

KAPPA, MOST_STEPS = 30.0, 400
VALLEY = {"AdaGrad": lambda: optimizers.AdaGrad(3.0), "Adam": lambda: optimizers.Adam(0.3),
          "Shampoo": lambda: AsColumn(Shampoo(3.0))}  # fmt: skip
LION_START, LION_STEPS = 1.045, 200  # off the multiples of the rates of the control
COEFFICIENTS = {"converging": CONVERGING, "fast": FAST}


@drawing
def circles(G):
    """What G, its signs and its orthogonal factor U Vᵀ make of the unit circle, and the singular values of each."""
    U, _, Vt = np.linalg.svd(G)
    matrices = {"G": np.asarray(G), "sign": np.sign(G), "orthogonal": U @ Vt}
    colours = {"G": BACKWARD, "sign": PALETTE["Lion"].light, "orthogonal": PALETTE["Muon"].light}
    angle = np.linspace(0, 2 * np.pi, 73)
    circle = np.array([np.cos(angle), np.sin(angle)])
    fig = new_figure(640, 290)
    said = {}
    for column, (name, matrix) in enumerate(matrices.items()):
        ax = fig.add_axes((0.01 + 0.333 * column, 0.02, 0.32, 0.72))
        ax.plot(*circle, color=MUTED, linestyle="dotted", linewidth=1.6)
        ax.plot(*(matrix @ circle), color=colours[name], linestyle=DASHES if name == "G" else "solid", linewidth=3)
        ax.set(xlim=(-2.5, 2.5), ylim=(-2.5, 2.5), xticks=[], yticks=[], aspect="equal")
        ax.axis("off")
        said[f"{name}0"], said[f"{name}1"] = one, two = np.abs(np.linalg.svd(matrix)[1].round(2))
        ax.set_title(text(f"after_adam.circles.{name}", one=one, two=two), pad=6)
    fig.alt = text("after_adam.circles.alt", **said)
    return fig


@drawing
def turned_valley(optimizer="AdaGrad", angle=0):
    """The path of an optimizer in a turned bowl of condition number 30, and how many steps it takes."""
    bowl = turned(quadratic_bowl(KAPPA), angle)
    path = descend(bowl, VALLEY[optimizer](), MOST_STEPS)
    count = steps_until_close(path, bowl.minimum)
    window, shape = (-5.0, 5.0, -3.4, 3.4), (563, 383)
    fig = new_figure(640, 470)
    ax = fig.add_axes((0.06, 0.01, 0.88, 0.815))
    _surface(ax, bowl, window)
    _path(ax, path, optimizer, window, shape)
    words = {"name": text(f"after_adam.name.{optimizer}"), "angle": angle, "n": count}
    fig.text(0.5, 0.945, text("after_adam.valley.title", **words), ha="center", va="center", weight="bold")
    fig.text(0.5, 0.875, text("after_adam.valley.steps", **words), ha="center", va="center")
    fig.alt = text("after_adam.valley.alt", kappa=KAPPA, **words)
    return fig


@drawing
def lion_hover(eta=0.1, falling=False):
    """Lion on ½ θ² with an η that stays or falls to 0: θ at every step, and the band from -η to η."""
    t = np.arange(LION_STEPS)
    rates = linear_to_zero(t, eta, LION_STEPS) if falling else np.full(LION_STEPS, eta)
    path = lion_path(rates)
    last = float(np.max(np.abs(path[-50:])))
    fig = new_figure(640, 400)
    ax = fig.add_axes((0.13, 0.16, 0.84, 0.68))
    ax.fill_between(t, -rates, rates, color=RATE, alpha=0.2, linewidth=0)
    ax.plot(t, rates, color=RATE, linewidth=1.5)
    ax.plot(t, -rates, color=RATE, linewidth=1.5)
    ax.plot(np.arange(LION_STEPS + 1), path, **optimizer_style("Lion", 25), linewidth=1.8)
    ax.set(xlim=(0, LION_STEPS), ylim=(-0.75, 1.15))
    clean_axes(ax, text("after_adam.hover.x"), text("after_adam.hover.y"))
    words = {"eta": eta, "last": last}
    fig.text(0.5, 0.92, text("after_adam.hover.title", **words), ha="center", va="center", weight="bold")
    fig.alt = text(f"after_adam.hover.{'falling' if falling else 'constant'}", **words)
    return fig


def lion_path(rates):
    """θ before the first and after every step of Lion on ½ θ² with the given rates."""
    theta, lion = np.array([LION_START]), Lion()
    path = [LION_START]
    for lion.lr in rates:
        lion.update([theta], [theta.copy()])
        path.append(float(theta[0]))
    return np.array(path)


@drawing
def singular_values(coefficients="converging", steps=5):
    """Where Newton–Schulz brings each singular value in a number of steps: the polynomial, composed with itself."""
    before = np.logspace(-3, 0, 181)
    a, b, c = COEFFICIENTS[coefficients]
    after = before
    for _ in range(steps):
        after = a * after + b * after**3 + c * after**5
    kept = after[before >= 0.01]
    fig = new_figure(640, 410)
    ax = fig.add_axes((0.12, 0.16, 0.84, 0.66))
    ax.plot([1e-3, 1], [1, 1], color=MUTED, linestyle=DASHES, linewidth=1.6)
    ax.plot([1e-2, 1e-2], [0, 1.3], color=MUTED, linestyle="dotted", linewidth=1.6)
    ax.plot(before, after, color=PALETTE["Muon"].light)
    ax.set(xscale="log", xlim=(1e-3, 1), ylim=(0, 1.3), xticks=[1e-3, 1e-2, 1e-1, 1], yticks=[0.5, 1])
    clean_axes(ax, text("after_adam.singular.x"), text("after_adam.singular.y"))
    words = {"n": steps, "low": float(kept.min()), "high": float(kept.max())}
    fig.text(0.5, 0.935, text(f"after_adam.singular.{coefficients}", n=steps), ha="center", va="center", weight="bold")
    fig.text(0.5, 0.865, text("after_adam.singular.said", **words), ha="center", va="center")
    fig.alt = text("after_adam.singular.alt", name=text(f"after_adam.singular.{coefficients}", n=steps), **words)
    return fig


@drawing
def race_rows(results):
    """A row for each racer, a panel for each task: median, quartiles and range of the test loss over the seeds.

    results {task: {name: Result}}; the shaded band holds the quartiles of Adam.
    """
    fig = new_figure(640, 430)
    said = []
    losses = [loss for racers in results.values() for result in racers.values() for loss in result.loss]
    limits = min(losses) / 1.1, max(losses) * 1.1
    ticks = [tick for tick in (0.025, 0.05, 0.1, 0.2, 0.4, 0.8) if limits[0] < tick < limits[1]]
    for column, (task, racers) in enumerate(results.items()):
        ax = fig.add_axes((0.235 + 0.385 * column, 0.15, 0.36, 0.75))
        quartiles = {name: np.quantile(result.loss, [0, 0.25, 0.5, 0.75, 1]) for name, result in racers.items()}
        ax.axvspan(*quartiles["Adam"][[1, 3]], color=PALETTE["Adam"].light, alpha=0.15, linewidth=0)
        for row, (name, (least, low, median, high, most)) in enumerate(quartiles.items()):
            style = optimizer_style(name) | {"linestyle": "solid"}
            ax.plot([least, most], [row, row], color=style["color"], linewidth=1.5)
            ax.plot([low, high], [row, row], color=style["color"], linewidth=7, alpha=0.5, solid_capstyle="butt")
            ax.plot([median], [row], **style, markersize=11, markeredgecolor=INK)
        ax.set(xscale="log", xlim=limits, ylim=(len(racers) - 0.5, -0.5))
        ax.minorticks_off()
        clean_axes(ax, text("after_adam.race.x"))
        ax.set_xticks(ticks, [number(tick) for tick in ticks])
        ax.set_yticks(range(len(racers)), [text(f"after_adam.name.{n}") if column == 0 else "" for n in racers])
        ax.set_title(text(f"after_adam.task.{task}"), pad=8)
        places = sorted(quartiles, key=lambda name: quartiles[name][2])
        listed = ", ".join(f"{text(f'after_adam.name.{n}')} {number(quartiles[n][2], 3)}" for n in places)
        said.append(text("after_adam.race.task", task=text(f"after_adam.task.{task}"), places=listed))
    seeds = len(next(iter(results[task].values())).loss)
    fig.alt = text("after_adam.race.alt", seeds=seeds, tasks=" ".join(said))
    return fig
