"""``explore``: one function that draws, two renderings of a control over it.

With a kernel it is ipywidgets and computes live. With ``LESSONS_STATIC=1`` (set while the book is built) it is native
HTML inputs that ``book/_static/controls.js`` wires, with every frame computed in advance by the same function. Nothing
here computes the subject, and the functions that draw know nothing of widgets. ``quiz`` and ``predict`` come from
``lessons_lib.quizzes`` and render in the same two ways.
"""

import functools
import inspect
import itertools
import math
from dataclasses import dataclass
from numbers import Real

from lessons_lib._rendering import Page, digest, escape, is_static, json_script, live_box, shorten
from lessons_lib.quizzes import predict, quiz
from lessons_lib.text import has_text, number, text

__all__ = ["explore", "predict", "quiz"]

_MOST_RADIOS = 4


def explore(draw, **choices):
    """Show the figure of ``draw(**settings)`` with an input for each choice, a list of numbers, names or on/off.

    ``explore(loss_curve, p=[0.1, 0.5, 0.9], tangent=[False, True])`` takes one to three choices. Labels come from the
    text key ``control.<draw name>.<choice>``; the first setting is draw's own default, else the middle of the list.
    """
    name, choices = _check_choices(draw, choices)
    plain = text("control.plain", choices=", ".join(choice.label for choice in choices))
    render = _static_explore if is_static() else _live_explore
    return render(draw, name, choices, shorten(plain))


@dataclass(frozen=True)
class _Choice:
    name: str
    kind: str  # "number", "name" or "bool"
    values: tuple
    label: str
    words: tuple
    default: int


def _check_choices(draw, choices):
    if not callable(draw):
        raise TypeError(f"draw: expected a function that returns a Figure, got {type(draw).__name__} {draw!r}")
    function = draw
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", type(function).__name__)
    if not 1 <= len(choices) <= 3:
        raise ValueError(f"choices: expected 1 to 3 lists, got {len(choices)}: {sorted(choices)}")
    parameters = inspect.signature(draw).parameters
    open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    for choice in choices:
        if choice not in parameters and not open_ended:
            raise TypeError(f"{choice}: not a parameter of {name}, expected one of {list(parameters)}")
    return name, [_check_choice(name, choice, values, parameters) for choice, values in choices.items()]


def _check_choice(draw_name, name, values, parameters):
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise TypeError(f"{name}: expected a list of values, got {type(values).__name__} {values!r}")
    values = tuple(value.item() if hasattr(value, "item") else value for value in values)
    if len(values) < 2 or len(set(values)) < len(values):
        raise ValueError(f"{name}: expected at least 2 different values, got {list(values)!r}")
    kinds = {_kind(name, value) for value in values}
    if len(kinds) > 1:
        raise TypeError(f"{name}: expected all numbers, all names or all on/off, got {list(values)!r}")
    kind = kinds.pop()
    key = f"control.{draw_name}.{name}"
    default = parameters[name].default if name in parameters else inspect.Parameter.empty
    position = values.index(default) if isinstance(default, (Real, str)) and default in values else len(values) // 2
    words = tuple(_words(key, kind, value) for value in values)
    return _Choice(name, kind, values, text(key), words, position)


def _kind(name, value):
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "name"
    if isinstance(value, Real) and math.isfinite(value):
        return "number"
    raise TypeError(f"{name}: expected finite numbers, names or on/off, got {type(value).__name__} {value!r}")


def _words(key, kind, value):
    if kind == "bool":
        return text("control.on" if value else "control.off")
    if kind == "name":
        return text(f"{key}.{value}") if has_text(f"{key}.{value}") else value
    return text(f"{key}.value", value=value) if has_text(f"{key}.value") else number(value)


def _settings(choices):
    names = [choice.name for choice in choices]
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*(c.values for c in choices))]


def _static_explore(draw, name, choices, plain):
    from lessons_lib.figures.style import take_apart
    from lessons_lib.figures.svg import merge, name_ids

    frames = [take_apart(draw(**setting)) for setting in _settings(choices)]
    shown = 0
    for choice in choices:
        shown = shown * len(choice.values) + choice.default
    figure, variants, lists = merge(frames, shown)
    group = digest(name, *map(repr, choices))
    inputs = "".join(_static_input(choice, f"{group}-{position}") for position, choice in enumerate(choices))
    data = {
        "words": [choice.words for choice in choices],
        "alts": [frame.alt for frame in frames],
        "variants": variants,
        "frames": lists,
    }
    markup = (
        f'<div class="ll-control ll-explore"><div class="ll-figure">{figure}</div>'
        f'<div class="ll-inputs" role="group" aria-label="{escape(text("control.group"))}">{inputs}</div>'
        f'<noscript><p class="ll-note">{escape(text("control.needs_js"))}</p></noscript>{json_script(data)}</div>'
    )
    return Page(name_ids(markup), plain)


def _static_input(choice, group):
    label, attributes = escape(choice.label), 'autocomplete="off" disabled'
    if choice.kind == "number":
        words, every = escape(choice.words[choice.default]), escape("\n".join(choice.words))
        return (
            f'<div class="ll-input ll-range"><label><span>{label}</span><input type="range" min="0" '
            f'max="{len(choice.values) - 1}" step="1" value="{choice.default}" aria-valuetext="{words}" {attributes}>'
            f'</label><span class="ll-value" data-words="{every}"><output aria-live="off">{words}</output></span></div>'
        )
    if choice.kind == "bool":
        on = choice.values.index(True)
        checked = " checked" if choice.default == on else ""
        return (
            f'<div class="ll-input"><label class="ll-tick"><input type="checkbox" data-on="{on}"{checked} {attributes}>'
            f"<span>{label}</span></label></div>"
        )
    words = [escape(word) for word in choice.words]
    if len(words) > _MOST_RADIOS:
        options = "".join(
            f'<option value="{i}"{" selected" if i == choice.default else ""}>{word}</option>'
            for i, word in enumerate(words)
        )
        select = f"<select {attributes}>{options}</select>"
        return f'<div class="ll-input ll-select"><label><span>{label}</span>{select}</label></div>'
    radios = "".join(
        f'<label class="ll-tick"><input type="radio" name="{group}" value="{i}"'
        f"{' checked' if i == choice.default else ''} {attributes}><span>{word}</span></label>"
        for i, word in enumerate(words)
    )
    return f'<fieldset class="ll-input ll-radios"><legend>{label}</legend><div>{radios}</div></fieldset>'


def _live_explore(draw, name, choices, plain):
    import ipywidgets

    from lessons_lib.figures.style import svg

    inputs = [_live_input(choice) for choice in choices]
    picture = ipywidgets.HTML()

    def update(change=None):
        setting = {choice.name: box.value for choice, box in zip(choices, inputs, strict=True)}
        try:
            picture.value = f'<div class="ll-figure">{svg(draw(**setting))}</div>'
        except Exception as error:  # the reader's own draw may fail in any way; the next change must still work
            message = text("control.error", error=shorten(f"{type(error).__name__}: {error}"))
            picture.value = f'<p class="ll-error" role="alert">{escape(message)}</p>'

    for box in inputs:
        box.observe(update, names="value")
    update()
    return live_box([picture, *inputs], plain)


def _live_input(choice):
    import ipywidgets

    if choice.kind == "bool":
        return ipywidgets.Checkbox(value=choice.values[choice.default], description=choice.label, indent=False)
    options = list(zip(choice.words, choice.values, strict=True))
    if choice.kind == "number":
        kind = ipywidgets.SelectionSlider
    else:
        kind = ipywidgets.ToggleButtons if len(options) <= _MOST_RADIOS else ipywidgets.Dropdown
    return kind(
        options=options,
        value=choice.values[choice.default],
        description=choice.label,
        style={"description_width": "initial"},
        layout=ipywidgets.Layout(width="auto", max_width="640px"),
    )
