"""The colours of the course for light and dark mode, as CSS variables of the site, and the dashes of gradients."""

from collections import namedtuple

Colour = namedtuple("Colour", "variable light dark fallback")  # the fallback: where the CSS variable is not defined


def _colour(name, light, dark, fallback=None):
    return Colour(f"--ll-{name}", light, dark, fallback or light)


PALETTE = {
    "ink": _colour("ink", "#1f2430", "#e8eaf0", "currentColor"),
    "muted": _colour("muted", "#5a6272", "#a9b0c0", "currentColor"),
    "grid": _colour("grid", "#d9dde5", "#39424f", "rgba(128,128,128,.3)"),
    "surface": _colour("surface", "#f3f5f9", "#232a35", "rgba(128,128,128,.12)"),
    "forward": _colour("forward", "#0069a8", "#6bb7f0"),
    "backward": _colour("backward", "#b34700", "#f5a35c"),
    "loss": _colour("loss", "#8a3f8f", "#dba0e0"),
    "rate": _colour("rate", "#00734f", "#4fc9a0"),
    "SGD": _colour("opt-sgd", "#5a6273", "#a9b0c1"),
    "SGDMomentum": _colour("opt-momentum", "#0069a9", "#6bb7f1"),
    "Nesterov": _colour("opt-nesterov", "#0e7490", "#5fd0e0"),
    "AdaGrad": _colour("opt-adagrad", "#8a6500", "#e0bd45"),
    "RMSprop": _colour("opt-rmsprop", "#007350", "#4fc9a1"),
    "Adam": _colour("opt-adam", "#b3264a", "#ff8fa3"),
    "AdamW": _colour("opt-adamw", "#8a3f90", "#dba0e1"),
    "Lion": _colour("opt-lion", "#7a4b12", "#d9a066"),
    "ScheduleFree": _colour("opt-schedule-free", "#2f55c8", "#9db4ff"),
    "Shampoo": _colour("opt-shampoo", "#b0228c", "#f58ad6"),
    "Muon": _colour("opt-muon", "#4b6b00", "#a9d24a"),
}
INK, MUTED, GRID, SURFACE = (PALETTE[name].light for name in ("ink", "muted", "grid", "surface"))
FORWARD, BACKWARD, LOSS, RATE = (PALETTE[name].light for name in ("forward", "backward", "loss", "rate"))
DASHES = (0, (4, 2.2))
