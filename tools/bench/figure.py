"""The figure of the page «Швидкодія»: the time of one step, program by program."""

from lessons_lib.figures.style import FORWARD, INK, MUTED, clean_axes, drawing, new_figure
from lessons_lib.text import number

NAMES = {
    "floor": "нижня межа",
    "library": "lessons_lib",
    "textbook": "NumPy з підручника",
    "scikit-learn": "scikit-learn",
    "scikit-learn, partial_fit": "scikit-learn, partial_fit",
    "PyTorch": "PyTorch",
    "PyTorch, DataLoader": "PyTorch, DataLoader",
    "JAX": "JAX",
}
NETWORKS = {"small": "64–64–10, пакет 32", "large": "784–256–128–10, пакет 128"}


def microseconds(steps, dtype):
    """[(name, microseconds)] in the order of NAMES, of what was measured."""
    found = {row["program"]: row["microseconds"] for row in steps["rows"] if row["dtype"] == dtype}
    return [(name, found[program]) for program, name in NAMES.items() if program in found]


@drawing
def times_of_a_step(steps):
    """Bars of the programs for each network, in float64; ours in blue and bold."""
    fig = new_figure(640, 660)
    panels = fig.subplots(len(NETWORKS), 1)
    fig.subplots_adjust(left=0.34, right=0.97, top=0.95, bottom=0.1, hspace=0.42)
    parts = []
    for ax, (network, title) in zip(panels, NETWORKS.items(), strict=True):
        rows = microseconds(steps[network], "float64")
        longest = max(time for _, time in rows)
        for place, (name, time) in enumerate(rows):
            ours = name == NAMES["library"]
            color, alpha, weight = (FORWARD, 1, "bold") if ours else (MUTED, 0.55, None)
            ax.barh(place, time, color=color, height=0.62, alpha=alpha)
            ax.text(time + 0.015 * longest, place, _short(time), va="center", color=INK, weight=weight)
        ax.set_title(title, loc="left", pad=7)
        clean_axes(ax, grid=False)
        ax.set(xlim=(0, 1.17 * longest), yticks=range(len(rows)), yticklabels=[name for name, _ in rows])
        ax.invert_yaxis()
        ax.grid(True, axis="x")
        parts.append(f"{title}: " + ", ".join(f"{name} {_short(time)}" for name, time in rows))
    panels[-1].set_xlabel("мікросекунд на крок, float64")
    fig.alt = f"Стовпці: скільки мікросекунд триває один крок мережі. {'; '.join(parts)}."
    return fig


def _short(time):
    return number(round(time, 1 if time < 100 else 0))
