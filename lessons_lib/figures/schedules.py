"""Figures of chapter 5: why a rate should fall, the shapes of schedules, what they do to training, the finder."""

import numpy as np

from lessons_lib.figures.marks import brief, rules_of_the_finder
from lessons_lib.figures.palette import BACKWARD, DASHES, FORWARD, INK, LOSS, MUTED, RATE
from lessons_lib.figures.style import clean_axes, drawing, new_figure, one_panel, stacked_panels
from lessons_lib.lr_finder import smoothed
from lessons_lib.schedules import cosine_annealing, warmup_cosine
from lessons_lib.surfaces import noisy_bowl, noisy_bowl_loss
from lessons_lib.text import text

BOWL_STEPS, BOWL_START = 200, 10.0
SHAPE_STEPS, SHAPE_PEAK = 200, 0.1


@drawing
def trembling(paths):
    """Paths of θ in a noisy bowl, one panel each. paths {name: (steps + 1,)}, names of texts schedules.trembling.…"""
    count, parts = len(paths), []
    fig, panels = stacked_panels(190 * count + 20, count, top=0.94, bottom=0.11, hspace=0.42, left=0.1)
    for ax, (name, theta) in zip(panels, paths.items(), strict=True):
        ax.axhline(0, color=MUTED, linewidth=1.2, linestyle="dotted")
        ax.plot(theta, color=FORWARD, linewidth=1.6)
        ax.set(xlim=(0, len(theta) - 1), ylim=(-4, 11), yticks=[0, 5, 10])
        ax.set_title(text(f"schedules.trembling.{name}"), loc="left", color=RATE, pad=7)
        clean_axes(ax, ylabel="θ")
        spread = float(np.ptp(theta[len(theta) // 2 :]))
        parts.append(text(f"schedules.trembling.{name}.alt", spread=spread))
    panels[-1].set_xlabel(text("schedules.step"))
    fig.alt = text("schedules.trembling.alt", parts=" ".join(parts))
    return fig


@drawing
def noise_floor(eta: float = 0.2, falling=False):
    """Loss in a noisy bowl (λ = σ = 1): the exact mean, the mean of 20 runs, and the floor of a constant rate η."""
    t = np.arange(BOWL_STEPS)
    rates = eta * (1 - t / BOWL_STEPS) if falling else np.full(BOWL_STEPS, eta)
    runs = np.mean(0.5 * noisy_bowl(rates, BOWL_START, runs=20) ** 2, axis=1)
    exact = noisy_bowl_loss(rates, BOWL_START)
    floor = eta / (2 * (2 - eta))
    fig, (top, bottom) = stacked_panels(470, 2, top=0.92, bottom=0.14, hspace=0.36, ratios=[1, 2.2])
    top.plot(t, rates, color=RATE)
    top.set(ylim=(0, 1.6), yticks=[0, 0.5, 1, 1.5])
    top.set_title(text("schedules.rate"), loc="left", color=RATE, pad=7)
    bottom.plot(runs, color=LOSS, linewidth=1.1, alpha=0.6)
    bottom.plot(exact, color=LOSS)
    bottom.axhline(floor, color=INK, linewidth=1.4, linestyle="dotted")
    bottom.set(yscale="log", ylim=(1e-3, 100), yticks=[1e-3, 1e-2, 1e-1, 1, 10, 100], xlim=(0, BOWL_STEPS))
    bottom.set_title(text("schedules.floor.loss"), loc="left", color=LOSS, pad=7)
    clean_axes(top)
    clean_axes(bottom, text("schedules.step"))
    kind = "falling" if falling else "constant" if exact[-1] < 1.1 * floor else "unreached"
    fig.alt = text(f"schedules.floor.{kind}.alt", eta=eta, floor=brief(floor), last=brief(exact[-1]))
    return fig


@drawing
def four_schedules(t, curves, end):
    """The shapes of four schedules, one panel each; a dashed line marks step `end`. curves {name: (steps,)}."""
    fig = new_figure(640, 500)
    panels = fig.subplots(2, 2, sharex=True, sharey=True).ravel()
    fig.subplots_adjust(left=0.11, right=0.97, top=0.93, bottom=0.13, hspace=0.34, wspace=0.12)
    top = max(float(np.max(curve)) for curve in curves.values())
    for ax, (name, curve) in zip(panels, curves.items(), strict=True):
        ax.plot(t, curve, color=RATE)
        ax.axvline(end, color=MUTED, linewidth=1.4, linestyle=DASHES)
        ax.set(xlim=(t[0], t[-1]), ylim=(0, 1.12 * top))
        ax.set_title(text(f"schedules.name.{name}"), loc="left", pad=7)
        clean_axes(ax)
    for ax in panels[2:]:
        ax.set_xlabel(text("schedules.step"))
    for ax in panels[::2]:
        ax.set_ylabel("η")
    fig.alt = text("schedules.four.alt", end=end, top=top)
    return fig


@drawing
def warmup_cosine_shape(T_warmup: int = 20, T_max: int = 100, lr_min: float = 0.0):
    """warmup_cosine over a training of SHAPE_STEPS steps with peak SHAPE_PEAK; the three parts are marked."""
    t, end = np.arange(SHAPE_STEPS), T_warmup + T_max
    rates = warmup_cosine(t, SHAPE_PEAK, lr_min, T_warmup, T_max)
    fig, ax = one_panel(330, 0.13, 0.19, 0.84, 0.66)
    ax.plot(t, rates, color=RATE)
    for place in (T_warmup, end):
        ax.plot([place, place], [0, 0.107], color=MUTED, linewidth=1.4, linestyle=DASHES)
    ax.set(xlim=(0, SHAPE_STEPS), ylim=(0, 0.108), yticks=[0, 0.02, 0.04, 0.06, 0.08, 0.1])
    clean_axes(ax, text("schedules.step"), "η")
    words = {"mean": brief(rates.mean()), "last": brief(rates[-1])}
    fig.text(0.13, 0.91, text("schedules.shape.title", **words), va="baseline", weight="bold")
    kind = "held" if end < SHAPE_STEPS else "cut"
    fig.alt = text(f"schedules.shape.{kind}.alt", warmup=T_warmup, end=end, low=lr_min, steps=SHAPE_STEPS, **words)
    return fig


@drawing
def run_by_schedule(rates, losses, scores, schedule="cosine"):
    """Real runs under different schedules: the rate of every step and the loss; the others are grey.

    rates, losses {name: (epochs, batches)}, scores {name: (final loss, share right)}.
    """
    epochs, batches = np.shape(losses[schedule])
    fig, (top, bottom) = stacked_panels(540, 2, top=0.86, bottom=0.12, hspace=0.3, ratios=[1, 1.8])
    t, middles = np.arange(epochs * batches) / batches, np.arange(epochs) + 0.5
    top.plot(t, np.ravel(rates[schedule]), color=RATE)
    top.set_ylim(0, 1.1 * max(float(np.max(rate)) for rate in rates.values()))
    top.set_title(text("schedules.rate.used"), loc="left", color=RATE, pad=7)
    for curve in losses.values():
        bottom.plot(middles, np.mean(curve, axis=1), color=MUTED, linewidth=1.2, alpha=0.5)
    bottom.plot(t[::4], np.ravel(losses[schedule])[::4], color=LOSS, linewidth=0.7, alpha=0.45)
    bottom.plot(middles, np.mean(losses[schedule], axis=1), color=LOSS, marker="o", markersize=5)
    bottom.set(yscale="log", ylim=(1e-3, 5), yticks=[1e-3, 1e-2, 1e-1, 1], xlim=(0, epochs))
    bottom.set_xticks(range(0, epochs + 1, 5))
    bottom.set_title(text("schedules.loss"), loc="left", color=LOSS, pad=7)
    clean_axes(top)
    clean_axes(bottom, text("schedules.epoch"))
    loss, share = scores[schedule]
    words = {"loss": brief(loss), "share": 100 * share}
    fig.text(0.13, 0.95, text("schedules.run.title", **words), va="baseline", weight="bold")
    fig.alt = text("schedules.run.alt", what=text(f"schedules.run.{schedule}"), **words)
    return fig


@drawing
def warmup_length(rates, norms, losses, scores, T_warmup=0):
    """Runs with warmups of different length: the length of every step of the first seed, the losses of all seeds.

    rates {T: (steps,)}, norms {T: (steps,)}, losses {T: (seeds, epochs)}, scores {T: (seeds,)} shares right.
    """
    steps, (seeds, epochs) = len(rates[T_warmup]), np.shape(losses[T_warmup])
    fig, (top, bottom) = stacked_panels(560, 2, top=0.86, bottom=0.12, hspace=0.3, ratios=[1, 1.2])
    t = np.arange(steps) * epochs / steps
    lengths = np.asarray(rates[T_warmup]) * np.asarray(norms[T_warmup])
    top.plot(t, lengths, color=BACKWARD, linewidth=1.6)
    top.plot(t, rates[T_warmup], color=RATE, linestyle=DASHES)
    top.set(ylim=(0, 21), yticks=[0, 5, 10, 15, 20])
    top.set_title(text("schedules.warmup.length"), loc="left", color=BACKWARD, pad=7)
    for run in losses[T_warmup]:
        bottom.plot(np.arange(epochs) + 0.5, run, color=LOSS, marker="o", markersize=4, linewidth=1.2, alpha=0.6)
    bottom.axhline(np.log(10), color=INK, linewidth=1.2, linestyle="dotted")
    bottom.set(yscale="log", ylim=(0.03, 6), yticks=[0.1, 1], xlim=(0, epochs))
    bottom.set_title(text("schedules.warmup.loss", seeds=seeds), loc="left", color=LOSS, pad=7)
    clean_axes(top)
    clean_axes(bottom, text("schedules.epoch"))
    share = np.asarray(scores[T_warmup])
    words = {"low": 100 * float(share.min()), "high": 100 * float(share.max()), "warmup": T_warmup}
    fig.text(0.13, 0.95, text("schedules.warmup.title", **words), va="baseline", weight="bold")
    last = np.asarray(losses[T_warmup])[:, -1]
    words |= {"first": brief(lengths[0]), "longest": brief(lengths.max()), "seeds": seeds}
    fig.alt = text("schedules.warmup.alt", best=brief(last.min()), worst=brief(last.max()), **words)
    return fig


@drawing
def finder(curves, advice, batch_size=32, seed=0):
    """A curve of the finder and what its three rules say.

    curves {(batch_size, seed): (lrs, losses)}, advice {(batch_size, seed): {rule: rate, or None when refused}}.
    """
    lrs, losses = curves[batch_size, seed]
    given = {rule: rate for rule, rate in advice[batch_size, seed].items() if rate is not None}
    fig, ax = one_panel(410, 0.11, 0.17, 0.86, 0.67)
    ax.plot(lrs, losses, color=LOSS, linewidth=1.1, alpha=0.5)
    ax.plot(lrs, smoothed(losses), color=LOSS)
    ax.set(xscale="log", xlim=(1e-7, 10), ylim=(0, 5), xticks=[1e-7, 1e-5, 1e-3, 1e-1, 10], yticks=range(1, 6))
    rules_of_the_finder(ax, given, (4.6, 4.1, 3.6), "schedules.rule")
    if given:
        fig.legend(loc="upper center", ncols=3, handletextpad=0.1, columnspacing=1.2, borderaxespad=0.3)
    else:
        fig.text(0.5, 0.93, text("schedules.finder.refused"), ha="center", va="center", weight="bold")
    clean_axes(ax, text("schedules.finder.x"), text("schedules.finder.y"))
    listed = ", ".join(text(f"schedules.finder.{rule}.alt", rate=brief(rate)) for rule, rate in given.items())
    told = text("schedules.finder.given", listed=listed) if given else text("schedules.finder.none")
    fig.alt = text("schedules.finder.alt", batch=batch_size, seed=seed, first=brief(losses[0]), told=told)
    return fig


@drawing
def rates_of_four(used):
    """Rates that four programs used, step by step, one panel each. used {name: (steps,)}, texts schedules.four_runs."""
    fig, panels = stacked_panels(560, len(used), top=0.94, bottom=0.11, hspace=0.62)
    top = max(float(np.max(rates)) for rates in used.values())
    parts = []
    for ax, (name, rates) in zip(panels, used.items(), strict=True):
        ax.plot(rates, color=RATE, linewidth=1.6)
        ax.set(xlim=(0, len(rates)), ylim=(0, 1.1 * top), xticks=range(0, len(rates) + 1, len(rates) // 4))
        ax.set_title(text(f"schedules.four_runs.{name}"), loc="left", pad=7)
        clean_axes(ax, ylabel="η")
        turns = int(np.sum(np.diff(np.sign(np.diff(rates))) > 0))
        parts.append(text(f"schedules.four_runs.{name}.alt", turns=turns, last=brief(rates[-1])))
    panels[-1].set_xlabel(text("schedules.step"))
    fig.alt = text("schedules.four_runs.alt", parts=" ".join(parts))
    return fig


@drawing
def planned_and_used_rates():
    """Warmup and cosine as planned (dashed), and what a program used whose cosine counts from the first step."""
    steps, T_warmup, peak = 200, 60, 0.1
    t = np.arange(steps)
    planned = warmup_cosine(t, peak, 0, T_warmup, steps - T_warmup)
    used = np.where(t < T_warmup, planned, cosine_annealing(t, peak, 0, steps - T_warmup))
    fig, ax = one_panel(360, 0.13, 0.18, 0.84, 0.7)
    ax.plot(t, planned, color=MUTED, linestyle=DASHES, linewidth=1.8, label=text("schedules.planned"))
    ax.plot(t, used, color=RATE, label=text("schedules.used"))
    ax.set(xlim=(0, steps), ylim=(0, 0.11), yticks=[0, 0.02, 0.04, 0.06, 0.08, 0.1], xticks=range(0, steps + 1, 20))
    fig.legend(loc="upper center", ncols=2, borderaxespad=0.3)
    clean_axes(ax, text("schedules.step"), "η")
    words = {"peak": peak, "warmup": T_warmup, "steps": steps, "end": steps - T_warmup}
    fig.alt = text("schedules.planned.alt", after=brief(used[T_warmup]), **words)
    return fig
