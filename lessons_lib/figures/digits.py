"""Figures of chapter 7: the digits, the network that reads them, its training, its answers and its mistakes."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Circle

from lessons_lib.figures.marks import bar, forward_arrow, frame, rules_of_the_finder
from lessons_lib.figures.palette import BACKWARD, DASHES, FORWARD, INK, LOSS, MUTED, RATE, SURFACE
from lessons_lib.figures.style import clean_axes, diagram, drawing, one_panel, stacked_panels
from lessons_lib.text import number, text

_PAPER = LinearSegmentedColormap.from_list("paper", ["#f6f7fa", "#1f2430"])  # ink on paper, in both modes of the page


@drawing
def digit_grid(images, labels, rows=3):
    """The first `rows` pictures of every digit, one column per digit. images (n, 64) or (n, 8, 8), labels (n,)."""
    images, labels = np.reshape(images, (-1, 8, 8)), np.asarray(labels)
    size, gap, left, top = 54, 8, 14, 40
    fig, ax = diagram(top + rows * (size + gap) + 6)
    height = ax.get_ylim()[1]
    for digit in range(10):
        x = left + digit * (size + gap)
        ax.text(x + size / 2, height - 22, str(digit), color=FORWARD, weight="bold", ha="center", va="center")
        for row, image in enumerate(images[labels == digit][:rows]):
            _tile(ax, image, x, height - top - (row + 1) * (size + gap) + gap, size)
    fig.alt = text("digits.grid.alt", count=10 * rows, rows=rows)
    return fig


@drawing
def network_sketch(image, hidden, probabilities):
    """From a picture (8, 8) through its 64 numbers and the hidden layer (64,) to the 10 probabilities (10,)."""
    image, hidden, probabilities = np.reshape(image, (8, 8)), np.ravel(hidden), np.ravel(probabilities)
    fig, ax = diagram(400)
    low, high, middle = 44, 356, 200
    _tile(ax, image, 10, middle - 54, 108)
    ax.text(64, middle - 84, "8 × 8", ha="center", color=MUTED)
    strip = ax.imshow(image.reshape(64, 1), extent=(160, 180, low, high), cmap=_PAPER, vmin=0, vmax=1, aspect="auto")
    strip.set_zorder(3)
    frame(ax, 160, low, 20, high - low, zorder=4)
    forward_arrow(ax, (124, middle), (154, middle))
    shown, places = hidden[:: len(hidden) // 9][:9], np.linspace(high - 14, low + 14, 9)
    outputs = np.linspace(high - 14, low + 14, 10)
    for y, value in zip(places, shown, strict=True):
        lines = [([182, 300], [start, y]) for start in np.linspace(high - 10, low + 10, 8)]
        for line in [*lines, *(([300, 424], [y, end]) for end in outputs)]:
            ax.plot(*line, color=MUTED, linewidth=0.5, alpha=0.45, zorder=1)
        ax.add_patch(Circle((300, y), 12, facecolor=FORWARD if value > 0 else SURFACE, edgecolor=FORWARD, zorder=3))
    winner = int(np.argmax(probabilities))
    for j, (y, p) in enumerate(zip(outputs, probabilities, strict=True)):
        ax.add_patch(Circle((424, y), 12, facecolor=SURFACE, edgecolor=FORWARD, linewidth=1.5, zorder=3))
        weight = "bold" if j == winner else "normal"
        ax.text(463, y, str(j), ha="center", va="center_baseline", weight=weight)
        for length, colour in ((140, SURFACE), (max(140 * float(p), 1), FORWARD)):
            bar(ax, 482, y - 10, length, 20, colour, zorder=2)
    for x, key in ((64, "picture"), (170, "vector"), (300, "hidden"), (424, "logits"), (548, "probabilities")):
        ax.text(x, 380, text(f"digits.sketch.{key}"), ha="center", va="center")
    for x, words in ((170, "64"), (300, "64"), (424, "10"), (552, "10")):
        ax.text(x, 20, words, ha="center", va="center", color=MUTED)
    fig.alt = text("digits.sketch.alt", winner=winner, p=float(probabilities[winner]))
    return fig


@drawing
def finder_curve(lrs, losses, smooth, suggestions):
    """The curve of the finder with its rules. suggestions: {rule: learning rate}."""
    fig, ax = one_panel(400, 0.12, 0.17, 0.84, 0.68)
    ax.plot(lrs, losses, color=LOSS, linewidth=1.2, alpha=0.45)
    ax.plot(lrs, smooth, color=LOSS)
    ax.set(xscale="log", xlim=(1e-7, 10), ylim=(0.8, 3.6), xticks=[1e-7, 1e-5, 1e-3, 1e-1, 10])
    rules_of_the_finder(ax, suggestions, (3.35, 3.05, 2.75), "digits.finder")
    lowest = int(np.argmin(smooth))
    ax.plot([lrs[lowest]], [smooth[lowest]], "x", color=INK, markersize=10, markeredgewidth=2.5)
    fig.legend(loc="upper center", ncols=3, handletextpad=0.1, columnspacing=1.2, borderaxespad=0.2)
    clean_axes(ax, text("digits.finder.x"), text("digits.finder.y"))
    fig.alt = text("digits.finder.alt", start=smooth[0], lowest=lrs[lowest], loss=smooth[lowest], **suggestions)
    return fig


@drawing
def training_curves(loss, lr, grad_norm, max_norm, steps_per_epoch):
    """One run, step by step: the loss, the learning rate that was used, the gradient norm before clipping."""
    fig, panels = stacked_panels(620, 3, top=0.95, bottom=0.1, hspace=0.42, left=0.15)
    steps, epochs_run = len(loss), len(loss) // steps_per_epoch
    epochs, whole = np.arange(steps) / steps_per_epoch, epochs_run * steps_per_epoch
    series = (("loss", loss, LOSS, "solid"), ("lr", lr, RATE, "solid"), ("norm", grad_norm, BACKWARD, DASHES))
    for ax, (key, values, colour, line) in zip(panels, series, strict=True):
        if key == "lr":
            ax.plot(epochs, values, color=colour)
        else:
            ax.plot(epochs, values, color=colour, linewidth=0.7, alpha=0.35)
            means = np.mean(np.reshape(values[:whole], (epochs_run, steps_per_epoch)), axis=1)
            ax.plot(np.arange(epochs_run) + 0.5, means, color=colour, linestyle=line)
        ax.set_title(text(f"digits.training.{key}"), loc="left", color=colour, pad=8)
        if key == "loss":
            ax.set(yscale="log", ylim=(1e-3, 10), yticks=[1e-3, 1e-2, 1e-1, 1, 10])
        else:
            ax.set_ylim(0, 1.1 * float(np.max(values)))
        ax.set(xlim=(0, steps / steps_per_epoch), xticks=range(0, epochs_run + 1, 5))
        clean_axes(ax)
    panels[2].axhline(max_norm, color=INK, linewidth=1.4)
    panels[2].annotate(text("digits.training.limit", limit=max_norm), (0.99, max_norm), xytext=(0, 5), ha="right",
                       va="bottom", xycoords=("axes fraction", "data"), textcoords="offset points")  # fmt: skip
    panels[2].set_xlabel(text("digits.training.x"))
    clipped = 100 * float(np.mean(np.asarray(grad_norm) > max_norm))
    fig.alt = text("digits.training.alt", first=float(loss[0]), last=float(np.mean(loss[-steps_per_epoch:])),
                   epochs=epochs_run, peak=float(np.max(lr)), share=clipped)  # fmt: skip
    return fig


@drawing
def confusion_matrix(counts):
    """How often digit `row` was read as digit `column`. counts (10, 10)."""
    counts = np.asarray(counts)
    classes, cell, left, bottom = len(counts), 48, 112, 22
    side = classes * cell
    fig, ax = diagram(side + 104)
    for i in range(classes):
        y = bottom + (classes - 1 - i) * cell
        ax.text(left - 18, y + cell / 2, str(i), ha="center", va="center_baseline", weight="bold")
        ax.text(left + (i + 0.5) * cell, bottom + side + 18, str(i), ha="center", va="center_baseline", weight="bold")
        for j in range(classes):
            x, wrong = left + j * cell, i != j and counts[i, j] > 0
            shade = {"color": FORWARD, "alpha": 0.3} if i == j else {"color": SURFACE}
            bar(ax, x + 1, y + 1, cell - 2, cell - 2, zorder=1, **shade)
            if wrong:
                frame(ax, x + 3, y + 3, cell - 6, cell - 6, edgecolor=BACKWARD, linewidth=2.5)
            if counts[i, j]:
                look = {"color": BACKWARD, "weight": "bold"} if wrong else {"color": INK}
                place = {"ha": "center", "va": "center_baseline", "zorder": 3}
                ax.text(x + cell / 2, y + cell / 2, str(counts[i, j]), **look, **place)
    ax.text(left + side / 2, bottom + side + 56, text("digits.confusion.predicted"), ha="center", va="center")
    ax.text(40, bottom + side / 2, text("digits.confusion.true"), ha="center", va="center", rotation=90)
    right = int(np.trace(counts))
    pairs = sorted((-int(n), i, j) for (i, j), n in np.ndenumerate(counts) if i != j and n)
    listed = "; ".join(text("digits.confusion.pair", true=i, predicted=j, n=-n) for n, i, j in pairs)
    fig.alt = text("digits.confusion.alt", right=right, total=int(counts.sum()), pairs=listed or "—")
    return fig


@drawing
def mistakes(images, true, predicted, probability):
    """Pictures that were misread: what is written, what was read, and the probability of that reading."""
    images = np.reshape(images, (-1, 8, 8))
    columns, size, step, block = 6, 84, 105, 168
    rows = -(-len(images) // columns)
    fig, ax = diagram(rows * block + 8)
    height = ax.get_ylim()[1]
    for n, (image, t, p, sure) in enumerate(zip(images, true, predicted, probability, strict=True)):
        x, y = 10 + (n % columns) * step, height - (n // columns) * block - size - 8
        _tile(ax, image, x, y, size)
        ax.text(x + size / 2, y - 22, f"{t} → {p}", ha="center", va="center_baseline", weight="bold")
        ax.text(x + size / 2, y - 48, number(round(100 * float(sure))) + "\u00a0%", ha="center", va="center_baseline")
    pairs = [text("digits.mistakes.one", true=int(t), predicted=int(p)) for t, p in zip(true, predicted, strict=True)]
    fig.alt = text("digits.mistakes.alt", count=len(images), listed=", ".join(pairs))
    return fig


@drawing
def answers_by_epoch(images, labels, probabilities, epoch=0):
    """What the network answers for some pictures after `epoch` epochs. probabilities (epochs + 1, n, 10)."""
    images, block, parts = np.reshape(images, (-1, 8, 8)), 154, []
    fig, ax = diagram(len(images) * block + 10)
    for n, (image, label, p) in enumerate(zip(images, labels, probabilities[epoch], strict=True)):
        base = 44 + (len(images) - 1 - n) * block
        _tile(ax, image, 16, base - 14, 98)
        _probability_bars(ax, p, label, 150, base, 472, 82)
        parts.append(text("digits.answers.one", label=int(label), read=int(np.argmax(p)), p=float(np.max(p))))
    fig.alt = text("digits.answers.alt", epoch=epoch, answers="; ".join(parts))
    return fig


@drawing
def runs_by_rate(losses, accuracies, lr_max=0.01, protected=False):
    """Real runs with different peak learning rates: mean loss of every epoch, the chosen one marked.

    losses {(lr_max, protected): (epochs,)}, accuracies {(lr_max, protected): share right}.
    """
    fig, ax = one_panel(400, 0.15, 0.17, 0.82, 0.68)
    chosen = losses[lr_max, protected]
    epochs = np.arange(1, len(chosen) + 1)
    for (_, guarded), curve in losses.items():
        ax.plot(epochs, curve, color=MUTED, linewidth=1.4, alpha=0.6 if guarded == protected else 0.0)
    ax.plot(epochs, chosen, color=LOSS, marker="o", markersize=5)
    ax.axhline(np.log(10), color=INK, linewidth=1.2, linestyle="dotted")
    ax.set(yscale="log", xlim=(0, len(chosen) + 0.3), ylim=(1e-3, 100), xticks=range(0, len(chosen) + 1, 5))
    ax.set_yticks([1e-3, 1e-2, 1e-1, 1, 10, 100])
    ax.annotate(text("digits.runs.chance"), (len(chosen) + 0.2, np.log(10)), xytext=(0, 6), textcoords="offset points",
                ha="right", va="bottom")  # fmt: skip
    words = {"lr": lr_max, "accuracy": 100 * accuracies[lr_max, protected]}
    fig.text(0.15, 0.9, text("digits.runs.title", **words), va="baseline", weight="bold")
    clean_axes(ax, text("digits.training.x"), text("digits.runs.y"))
    fig.alt = text("digits.runs.alt", first=float(chosen[0]), last=float(chosen[-1]), **words)
    return fig


@drawing
def shifted_digit(images, label, probabilities, accuracies, shifts, shift=0):
    """One digit moved sideways by `shift` pixels, what the network reads, and its accuracy on all pictures so moved.

    images (n, 8, 8), probabilities (n, 10), accuracies (n,), one for each of the n shifts.
    """
    n = list(shifts).index(shift)
    fig, ax = diagram(250)
    _tile(ax, np.reshape(images[n], (8, 8)), 16, 68, 140)
    _probability_bars(ax, probabilities[n], label, 190, 76, 432, 124)
    accuracy, read = 100 * accuracies[n], int(np.argmax(probabilities[n]))
    ax.text(320, 24, text("digits.shifted.accuracy", accuracy=accuracy), ha="center", va="center")
    words = {"shift": shift, "label": label, "read": read, "p": float(probabilities[n][read])}
    fig.alt = text("digits.shifted.alt", accuracy=accuracy, **words)
    return fig


def _tile(ax, image, x, y, size):
    """A picture with its lower left corner at (x, y); the axes keep their limits."""
    limits = ax.get_xlim(), ax.get_ylim()
    extent = (x, x + size, y, y + size)
    ax.imshow(image, extent=extent, cmap=_PAPER, vmin=0, vmax=1, aspect="auto", zorder=2)
    frame(ax, x, y, size, size, zorder=3)
    ax.set(xlim=limits[0], ylim=limits[1])


def _probability_bars(ax, probabilities, label, left, base, width, height):
    """Ten bars over the digits 0…9; the right digit has a frame, the likeliest one its probability written above."""
    step = width / 10
    likeliest = int(np.argmax(probabilities))
    ax.plot([left, left + width], [base, base], color=MUTED, linewidth=1.2)
    for j, p in enumerate(probabilities):
        x = left + j * step
        bar(ax, x + 6, base, step - 12, height * float(p), FORWARD)
        weight = "bold" if j == label else "normal"
        ax.text(x + step / 2, base - 20, str(j), ha="center", va="center_baseline", weight=weight)
        if j == label:
            frame(ax, x + step / 2 - 13, base - 33, 26, 27, edgecolor=INK, linewidth=2)
    p = float(probabilities[likeliest])
    place = min(max(left + (likeliest + 0.5) * step, left + 26), left + width - 26)
    ax.text(place, base + height * p + 13, number(round(100 * p)) + "\u00a0%", ha="center", va="center_baseline")
