"""explore: one draw function, two renderings that agree in every number at every setting."""

import base64
import functools
import gzip
import io
import itertools
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from control_frames import frame_svg, numbers, static_parts
from PIL import Image

import lessons_lib.text as texts
from lessons_lib.controls import explore
from lessons_lib.figures.palette import BACKWARD, DASHES, LOSS
from lessons_lib.figures.style import clean_axes, drawing, new_figure, palette_css, svg
from lessons_lib.text import number
from tools.shared import ROOT
from tools.shared.measures import SHIFT

STATIC = ROOT / "book" / "_static"
LABELS = {
    "control.loss_curve.p": "Ймовірність p </script> & <b>",
    "control.loss_curve.kind": "Функція втрат",
    "control.loss_curve.kind.bce": "бінарна перехресна ентропія",
    "control.loss_curve.tangent": "Показати дотичну",
    "control.stepwise.p": "Крок",
    "control.stepwise.p.value": "p = {value}",
    "control.stepwise.p.play": "Програти кроки",
    "control.anything.p": "Імовірність",
    "control.anything.p.value": "p = {value}",
}
P, KINDS, TANGENT = [0.1, 0.3, 0.5, 0.9], ["bce", "mse"], [False, True]


@drawing
def loss_curve(p=0.5, kind="bce", tangent=False, width=640):
    if p == 0.75:
        raise ZeroDivisionError("p <b>зламано</b>")
    fig = new_figure(width, 360)
    ax = fig.add_subplot()
    x = np.linspace(0.02, 0.98, 120)
    f, slope = (lambda q: -np.log(q), -1 / p) if kind == "bce" else (lambda q: (1 - q) ** 2, 2 * (p - 1))
    ax.plot(x, f(x), color=LOSS)
    ax.plot([p], [f(p)], "o", color=LOSS)
    if tangent:  # one artist more than in the other frames
        ax.plot([p - 0.1, p + 0.1], [f(p) - 0.1 * slope, f(p) + 0.1 * slope], color=BACKWARD, linestyle=DASHES)
    ax.text(p, f(p) + 0.2, number(f(p), 2))
    ax.set(xlim=(0, 1), ylim=(-0.5, 4))
    clean_axes(ax, "ймовірність p", "втрати L")
    fig.alt = f"Втрати {kind} при p = {number(p)}: {number(f(p), 3)} {'з дотичною' if tangent else ''} </script> & <i>"
    return fig


def stepwise(p=0.5):
    return loss_curve(p)


def anything(p: float = 0.1, kind="bce"):
    return loss_curve(p, kind)


def whole(p: int = 0):
    return loss_curve(0.1 * (p + 1))


@pytest.fixture(autouse=True)
def labels(monkeypatch):
    monkeypatch.delenv("LESSONS_STATIC", raising=False)
    for key, value in LABELS.items():
        monkeypatch.setitem(texts._tables("uk")["TEXT"], key, value)


@pytest.fixture
def static(monkeypatch):
    monkeypatch.setenv("LESSONS_STATIC", "1")


def all_settings():
    return [dict(zip(("p", "kind", "tangent"), values, strict=True)) for values in itertools.product(P, KINDS, TANGENT)]


def page(draw=loss_curve, **choices):
    """The static rendering, the data that drives it, and its SVG."""
    return static_parts(explore(draw, **choices))


def picture_of(live):
    return numbers(re.search(r"<svg .*</svg>", live.children[0].value)[0])


def test_live_and_static_show_the_figure_itself_at_every_setting(monkeypatch):
    live = explore(loss_curve, p=P, kind=KINDS, tangent=TANGENT)
    monkeypatch.setenv("LESSONS_STATIC", "1")
    _, data, picture = page(p=P, kind=KINDS, tangent=TANGENT)
    assert numbers(picture) == numbers(svg(loss_curve()))
    assert len(all_settings()) == len(data["frames"]) == 16
    for frame, setting in enumerate(all_settings()):
        for box, value in zip(live.children[1:], setting.values(), strict=True):
            box.value = value
        assert numbers(frame_svg(data, picture, frame)) == picture_of(live) == numbers(svg(loss_curve(**setting)))


def test_default_is_the_functions_own_or_the_middle(static):
    assert numbers(page(p=[0.1, 0.3, 0.9])[2]) == numbers(svg(loss_curve(p=0.3)))
    assert numbers(page(functools.partial(loss_curve, p=0.9), p=P)[2]) == numbers(svg(loss_curve(p=0.9)))


def test_what_does_not_move_is_drawn_once_and_choices_do_not_multiply(static):
    _, data, _ = page(p=P, tangent=TANGENT)
    # the dot, its label and the tangent move, each on its own: not one set for each of the eight frames
    assert {len(frame) for frame in data["frames"]} == {3}
    assert len(data["variants"]) == 4 + 4 + 5


def test_page_is_small_and_always_the_same(static):
    values = [round(0.05 + 0.045 * step, 3) for step in range(21)]
    pages = [page(p=values)[0] for _ in range(2)]
    assert pages[0] == pages[1]
    assert len(gzip.compress(pages[0].encode())) < 60_000


def test_page_holds_everything_escaped_and_says_what_it_needs(static):
    markup, data, _ = page(p=P, kind=KINDS, tangent=TANGENT)
    assert markup.count("</script>") == 1
    assert "Ймовірність p &lt;/script&gt; &amp; &lt;b&gt;" in markup
    assert "<noscript><p" in markup and "JavaScript" in markup
    assert 'aria-valuetext="0,5"' in markup and ">0,5</output>" in markup
    assert data["words"][0] == ["0,1", "0,3", "0,5", "0,9"]
    assert data["words"][1] == ["бінарна перехресна ентропія", "mse"]
    assert "</script> & <i>" in data["alts"][0]


def test_static_and_live_have_the_same_short_text(monkeypatch):
    live = explore(loss_curve, p=P)
    monkeypatch.setenv("LESSONS_STATIC", "1")
    still = explore(loss_curve, p=P)
    assert repr(live) == repr(still) == still._repr_mimebundle_()["text/plain"]
    assert len(repr(still)) <= 110 and "0x" not in repr(still)
    assert sorted(still._repr_mimebundle_()) == ["text/html", "text/plain"]


@pytest.mark.parametrize(
    ("values", "kind", "p"),
    [
        (np.linspace(0.1, 0.9, 5), "FloatSlider", 0.42),
        ([0.01, 0.1, 1.0], "FloatLogSlider", 0.02),
        ([0.1, 0.9], "FloatSlider", 0.5),
    ],
)
def test_a_number_annotated_as_float_takes_any_value_between_the_listed_ones(values, kind, p):
    live = explore(anything, p=values)
    slider, words = live.children[1].children
    assert type(slider).__name__ == kind
    slider.value = p
    assert picture_of(live) == numbers(svg(loss_curve(slider.value)))
    assert slider.value == pytest.approx(p)
    assert words.value == f"p = {number(p)}"


def test_a_number_annotated_as_int_takes_any_whole_value(monkeypatch):
    monkeypatch.setitem(texts._tables("uk")["TEXT"], "control.whole.p", "Крок")
    live = explore(whole, p=[0, 2, 8])
    slider, words = live.children[1].children
    assert (type(slider).__name__, slider.min, slider.max, slider.value) == ("IntSlider", 0, 8, 0)
    slider.value = 3
    assert (picture_of(live), words.value) == (numbers(svg(whole(3))), "3")


def test_other_numbers_take_listed_values_only():
    for draw, values in ((loss_curve, P), (anything, [0.1, 0.2, 0.9])):  # no annotation; no even scale
        (slider,) = explore(draw, p=values).children[1:]
        assert [value for _, value in slider.options] == values


def test_a_live_play_button_walks_through_the_listed_values():
    live = explore(stepwise, p=P)
    play, slider = live.children[1].children
    assert (play.min, play.max, play.value) == (0, 3, 2)
    play.value = 3
    assert (slider.value, picture_of(live)) == (0.9, numbers(svg(loss_curve(0.9))))
    slider.value = 0.1
    assert play.value == 0


@drawing
def filled(count, kind="picture"):
    fig = new_figure(320, 240)
    ax = fig.add_subplot()
    x, y = np.meshgrid(np.linspace(-2, 2, 60), np.linspace(-2, 2, 60))
    colours = {"cmap": "viridis"} if kind == "picture" else {"colors": [LOSS, BACKWARD]}
    ax.contourf(x, y, np.sin(3 * x) * np.cos(3 * y), levels=np.linspace(-1, 1, count), **colours)
    fig.alt = "Заповнена карта хвиль для проби"
    return fig


def pngs(figure):
    return [base64.b64decode(data) for data in re.findall(r'base64,([^"]+)"', svg(figure))]


def test_a_filled_picture_becomes_a_palette_png_where_that_is_smaller():
    (png,) = pngs(filled(30))
    picture = Image.open(io.BytesIO(png))
    assert (picture.format, picture.mode) == ("PNG", "P")
    assert len(svg(filled(30))) < 40_000
    assert pngs(filled(2)) == []  # a few paths are smaller than a picture of them


def test_what_follows_the_colours_of_the_page_stays_vector():
    assert pngs(filled(30, "palette")) == []


def test_a_palette_changes_no_pixel_of_a_picture_of_few_colours():
    @drawing
    def tile():
        noise = np.random.default_rng(0).integers(60, size=(64, 64))
        fig = new_figure(80, 80)
        fig.add_axes((0, 0, 1, 1)).imshow(noise, cmap="gray")
        fig.alt = "Клітинки від чорної до білої для проби"
        return fig

    (png,) = pngs(tile())
    picture = Image.open(io.BytesIO(png))
    assert picture.mode == "P"
    pixels = np.asarray(picture.convert("RGBA").convert("L")).astype(int)
    assert len(np.unique(pixels)) == 60
    noise = np.random.default_rng(0).integers(60, size=(64, 64))
    assert np.array_equal(np.argsort(np.unique(pixels)), np.unique(noise))
    assert all(len(np.unique(pixels[noise == level])) == 1 for level in range(60))


def test_an_error_in_draw_is_shown_and_the_next_change_works():
    live = explore(loss_curve, p=[0.5, 0.75, 0.9])
    shown, slider = live.children
    slider.value = 0.75
    assert "<svg" not in shown.value
    assert "ZeroDivisionError: p &lt;b&gt;зламано&lt;/b&gt;" in shown.value
    slider.value = 0.9
    assert picture_of(live) == numbers(svg(loss_curve(p=0.9)))


def test_an_error_in_draw_fails_the_build_of_the_page(static):
    with pytest.raises(ZeroDivisionError):
        explore(loss_curve, p=[0.5, 0.75])


def test_frames_of_different_size_are_refused(static, monkeypatch):
    monkeypatch.setitem(texts._tables("uk")["TEXT"], "control.loss_curve.width", "Ширина")
    with pytest.raises(ValueError, match=r"draw: all frames need one size, got 320×360 and 640×360"):
        explore(loss_curve, width=[320, 640])


@pytest.mark.parametrize(
    ("draw", "choices", "error", "message"),
    [
        ("loss_curve", {"p": P}, TypeError, "draw: expected a function that returns a Figure, got str 'loss_curve'"),
        (loss_curve, {}, ValueError, "choices: expected 1 to 3 lists, got 0"),
        (loss_curve, {name: [1, 2] for name in "abcd"}, ValueError, "choices: expected 1 to 3 lists, got 4"),
        (loss_curve, {"q": P}, TypeError, "q: not a parameter of loss_curve, expected one of .'p', 'kind'"),
        (loss_curve, {"p": []}, ValueError, "p: expected at least 2 different values, got .."),
        (loss_curve, {"p": [0.5, 0.5]}, ValueError, "p: expected at least 2 different values"),
        (loss_curve, {"p": 0.5}, TypeError, "p: expected a list of values, got float 0.5"),
        (loss_curve, {"kind": "bce"}, TypeError, "kind: expected a list of values, got str 'bce'"),
        (loss_curve, {"p": [0.5, "bce"]}, TypeError, "p: expected all numbers, all names or all on/off"),
        (loss_curve, {"p": [True, 0.5]}, TypeError, "p: expected all numbers, all names or all on/off"),
        (loss_curve, {"p": [0.5, np.nan]}, TypeError, "p: expected finite numbers, names or on/off, got float nan"),
        (loss_curve, {"p": [None, 0.5]}, TypeError, "p: expected finite numbers, names or on/off, got NoneType None"),
        (loss_curve, {"width": [1, 2]}, texts.MissingText, "no TEXT 'control.loss_curve.width'"),
    ],
)
def test_bad_input_is_named(draw, choices, error, message):
    with pytest.raises(error, match=message):
        explore(draw, **choices)


def test_arrays_and_ranges_are_lists_of_values(static):
    assert page(p=np.array([0.1, 0.5]))[1]["words"] == [["0,1", "0,5"]]


def test_widgets_are_loaded_only_when_they_are_shown():
    code = (
        "import sys, lessons_lib.controls, lessons_lib.quizzes, lessons_lib.source\n"
        "print([name for name in ('ipywidgets', 'matplotlib') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=STATIC.parent.parent, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_controls_stay_small():
    source = Path(explore.__code__.co_filename)
    assert len(source.read_text(encoding="utf-8").splitlines()) < 400


# --- in a real browser ---

# Everything an SVG paints, with references resolved; the same in both SVGs iff they show the same.
PAINTED = """(svg) => {
  const lines = [svg.getAttribute("aria-label")];
  const walk = (node) => {
    for (const child of node.children) {
      if (child.tagName === "defs") continue;
      const moving = child.getAttribute("class") === "ll-moving";
      const line = [child.tagName];
      for (const attribute of moving ? [] : child.attributes) {
        line.push(attribute.name + "=" + attribute.value.replace(/#(ll[0-9a-f]{6}-\\d+)/g, (_, id) => {
          const copy = svg.querySelector("#" + id).cloneNode(true);
          copy.removeAttribute("id");
          return copy.outerHTML;
        }));
      }
      if (!moving) lines.push(line.join(" "));
      walk(child);
    }
  };
  walk(svg);
  return lines;
}"""


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page of given content as a file, with our style and script; fails on any console message."""
    for name in ("controls.js", "controls.css"):
        shutil.copy(STATIC / name, tmp_path)
    messages = []
    context = browser.new_context(viewport={"width": 390, "height": 800})

    def open_page(body, javascript=True):
        content = (
            '<!doctype html><html lang="uk"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f'<title>Проба</title><style>{palette_css()}</style><link rel="stylesheet" href="controls.css">'
            f"<script>{SHIFT}</script>"
            f'<script src="controls.js" defer></script><body>{body}</body></html>'
        )
        (tmp_path / "page.html").write_text(content, encoding="utf-8")
        here = context if javascript else browser.new_context(java_script_enabled=False)
        tab = here.new_page()
        tab.on("console", lambda message: messages.append(message.text))
        tab.on("pageerror", lambda error: messages.append(str(error)))
        tab.on("request", lambda request: messages.append(request.url) if not request.url.startswith("file:") else None)
        tab.goto((tmp_path / "page.html").as_uri())
        return tab

    yield open_page
    context.close()
    assert messages == []


def test_browser_shows_the_same_picture_as_the_kernel_at_every_setting(opened, monkeypatch):
    live = [svg(loss_curve(**setting)) for setting in all_settings()]
    monkeypatch.setenv("LESSONS_STATIC", "1")
    markup = page(p=P, kind=KINDS, tangent=TANGENT)[0]
    tab = opened(markup + "".join(f'<div class="live">{picture}</div>' for picture in live))
    slider, radios, tick = tab.locator("[type=range]"), tab.locator("[type=radio]"), tab.locator("[type=checkbox]")
    shown, frames = tab.locator(".ll-explore svg"), tab.locator(".live svg")
    for frame, setting in enumerate(all_settings()):
        slider.fill(str(P.index(setting["p"])))
        radios.nth(KINDS.index(setting["kind"])).check()
        tick.set_checked(setting["tangent"])
        assert shown.evaluate(PAINTED) == frames.nth(frame).evaluate(PAINTED)


def test_browser_controls_work_by_keyboard(opened, static):
    tab = opened(page(p=P, kind=KINDS, tangent=TANGENT)[0])
    slider, shown = tab.locator("[type=range]"), tab.locator(".ll-explore svg")
    box = tab.locator(".ll-explore").bounding_box()
    seen = [shown.inner_html()]

    def press(key):
        tab.keyboard.press(key)
        seen.append(shown.inner_html())

    tab.keyboard.press("Tab")
    assert slider.evaluate("field => field === document.activeElement")
    assert slider.get_attribute("aria-valuetext") == "0,5"
    press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == tab.locator("output").inner_text() == "0,9"
    assert shown.get_attribute("aria-label").startswith("Втрати bce при p = 0,9: 0,105")
    press("Home")
    assert slider.get_attribute("aria-valuetext") == "0,1"
    tab.keyboard.press("Tab")
    press("ArrowDown")
    assert shown.get_attribute("aria-label").startswith("Втрати mse при p = 0,1")
    tab.keyboard.press("Tab")
    press("Space")
    assert "з дотичною" in shown.get_attribute("aria-label")
    assert len(set(seen)) == len(seen) == 5
    assert tab.locator(".ll-explore").bounding_box() == box
    assert tab.evaluate("window.shift") == 0
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


def test_browser_targets_are_large_enough_for_a_finger(opened, static):
    tab = opened(page(p=P, kind=KINDS, tangent=TANGENT)[0])
    assert tab.locator("[type=range]").bounding_box()["height"] >= 44
    for label in tab.locator(".ll-tick").all():
        assert label.bounding_box()["height"] >= 44


def test_browser_keeps_two_controls_of_a_page_apart(opened, static):
    tab = opened(page(p=P)[0] + page(kind=KINDS, p=P)[0])
    first, second = tab.locator(".ll-explore svg").all()
    before = first.inner_html()
    tab.locator("[type=range]").nth(1).press("ArrowRight")
    assert first.inner_html() == before
    assert second.get_attribute("aria-label").startswith("Втрати bce при p = 0,9")


def test_browser_play_button_walks_to_the_end_and_starts_anew(opened, static):
    tab = opened(page(stepwise, p=P)[0])
    play, slider = tab.locator(".ll-play"), tab.locator("[type=range]")
    box = tab.locator(".ll-explore").bounding_box()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    assert play.evaluate("button => button === document.activeElement")
    tab.keyboard.press("Space")  # from 0.5 the end is one step away, and there it stops
    assert slider.get_attribute("aria-valuetext") == "p = 0,9"
    assert play.inner_text().split("\n")[0] == "Програти кроки"
    tab.keyboard.press("Space")
    assert play.inner_text().split("\n")[0] == "Зупинити"
    assert slider.get_attribute("aria-valuetext") == "p = 0,1"
    tab.wait_for_function("document.querySelector('[type=range]').value === '1'")
    assert tab.locator(".ll-explore svg").get_attribute("aria-label").startswith("Втрати bce при p = 0,3")
    slider.press("ArrowRight")  # the reader's own move stops it
    assert play.inner_text().split("\n")[0] == "Програти кроки"
    tab.wait_for_timeout(900)
    assert slider.get_attribute("aria-valuetext") == "p = 0,5"
    assert tab.locator(".ll-explore").bounding_box() == box
    assert tab.evaluate("window.shift") == 0


def test_browser_touches_nothing_at_load(opened, static):
    """The script finds the page as it is to be: no flash, no shift, no new picture."""
    body = page(p=P, kind=KINDS)[0] + page(stepwise, p=P)[0]
    still, ready = opened(body, javascript=False), opened(body)
    pictures = "() => [...document.querySelectorAll('.ll-explore svg, .ll-inputs')].map(e => e.outerHTML)"
    assert ready.evaluate(pictures) == still.evaluate(pictures)
    assert ready.evaluate("window.shift") == 0


def test_browser_prints_the_current_frame_with_its_setting(opened, static):
    tab = opened(page(p=P)[0])
    tab.locator("[type=range]").press("ArrowRight")
    tab.emulate_media(media="print")
    assert tab.locator(".ll-explore svg").get_attribute("aria-label").startswith("Втрати bce при p = 0,9")
    assert tab.locator(".ll-explore svg").is_visible()
    assert tab.locator("output").is_visible() and tab.locator("output").inner_text() == "0,9"
    assert not tab.locator("[type=range]").is_visible()


def test_browser_slider_follows_a_finger(browser, opened, static):
    tab = opened(page(p=P)[0])
    box = tab.locator("[type=range]").bounding_box()
    tab.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 2, box["y"] + box["height"] / 2, steps=4)
    tab.mouse.up()
    assert tab.locator("output").inner_text() == "0,1"
    assert tab.locator(".ll-explore svg").get_attribute("aria-label").startswith("Втрати bce при p = 0,1")


def test_browser_without_javascript_shows_the_default_frame_and_a_sentence(opened, static):
    tab = opened(page(p=P)[0], javascript=False)
    assert tab.locator(".ll-explore svg").is_visible()
    assert not tab.locator(".ll-inputs").is_visible()
    assert "JavaScript" in tab.locator(".ll-note").inner_text()
