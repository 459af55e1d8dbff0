"""The build itself: a stale page cannot survive, the colours agree, the first page counts correctly."""

import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from extensions import finishing, fresh_execution
from tools.shared import ROOT

COURSE_CSS = (ROOT / "book/_static/course.css").read_text(encoding="utf-8")


@pytest.fixture
def course(tmp_path):
    (tmp_path / "lessons_lib").mkdir()
    (tmp_path / "lessons_lib" / "losses.py").write_text("a = 1\n")
    (tmp_path / "binder").mkdir()
    (tmp_path / "binder" / "requirements.txt").write_text("numpy==2.4.6\n")
    (tmp_path / "requirements.txt").write_text("Sphinx==7.4.7\n")
    return tmp_path


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "lessons_lib" / "losses.py").write_text("a = 2\n"),
        lambda root: (root / "lessons_lib" / "losses.py").rename(root / "lessons_lib" / "loss.py"),
        lambda root: (root / "lessons_lib" / "digits.npz").write_bytes(b"1"),
        lambda root: (root / "binder" / "requirements.txt").write_text("numpy==2.4.5\n"),
        lambda root: (root / "requirements.txt").write_text("Sphinx==7.4.6\n"),
    ],
    ids=["edited", "renamed", "added", "numbers", "pages"],
)
def test_any_change_of_the_library_is_noticed(course, change):
    before = fresh_execution.computed_by(course)
    assert fresh_execution.computed_by(course) == before
    change(course)
    assert fresh_execution.computed_by(course) != before


class App:
    def __init__(self, outdir, computed_by):
        self.outdir = outdir
        self.config = type("Config", (), {"nb_execution_cache_path": "", "lessons_computed_by": computed_by})


def test_cache_is_dropped_exactly_when_the_library_changed(tmp_path):
    entry = tmp_path / ".jupyter_cache" / "entry"
    fresh_execution.drop_stale_cache(App(tmp_path / "html", "old"))
    entry.write_text("computed by the old library")
    fresh_execution.drop_stale_cache(App(tmp_path / "html", "old"))
    assert entry.exists()
    fresh_execution.drop_stale_cache(App(tmp_path / "html", "new"))
    assert not entry.exists()


def test_a_changed_style_makes_finished_pages_outdated(tmp_path):
    app, config = SimpleNamespace(confdir=tmp_path), SimpleNamespace(html_static_path=["."])
    seen = []
    for style in ("a {}", "a {}", "b {}"):
        (tmp_path / "course.css").write_text(style)
        finishing.note_sources(app, config)
        seen.append(config.pages_finished_by)
    assert seen[0] == seen[1] != seen[2]


PIECES = "import sys, time\nprint(0, end='')\nsys.stdout.flush()\ntime.sleep(0.3)\nprint(1)"
MEET = "from pathlib import Path\nPath({!r}).touch()\nwhile not Path({!r}).exists():\n    time.sleep(0.05)"


def test_chapters_run_side_by_side_and_a_failed_one_stays_out_of_the_cache(tmp_path, monkeypatch):
    """Each of the two good ones prints one line in two pieces, then waits until the other is as far."""
    from jupyter_cache import get_cache

    chapters = {"a": [PIECES, MEET.format("a", "b")], "b": [PIECES, MEET.format("b", "a")], "bad": ["1 / 0"]}
    for name, cells in chapters.items():
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    cache = get_cache(tmp_path / "cache")
    config = SimpleNamespace(execution_cache_path=cache.path, execution_timeout=20, execution_allow_errors=False)
    env = SimpleNamespace(mystnb_config=config, doc2path=lambda name: tmp_path / f"{name}.ipynb")
    monkeypatch.setattr("os.cpu_count", lambda: 2)

    fresh_execution.execute_side_by_side(None, env, chapters)
    executed = {Path(record.uri).stem: record.pk for record in cache.list_cache_records()}
    assert sorted(executed) == ["a", "b"]
    for key in executed.values():
        assert [output.text for output in cache.get_cache_bundle(key).nb.cells[0].outputs] == ["01\n"]

    fresh_execution.execute_side_by_side(None, env, ["a", "b"])
    assert {Path(record.uri).stem: record.pk for record in cache.list_cache_records()} == executed


def variables(css):
    return dict(re.findall(r"(--ll-[\w-]+):\s*([^;]+);", css))


def block(css, selector):
    """The declarations of the first rule with this selector."""
    return css.split(selector + " {", 1)[1].split("}", 1)[0]


def test_dark_mode_without_javascript_is_the_same_dark_mode():
    follows_device = COURSE_CSS.split("prefers-color-scheme: dark", 1)[1].split("}\n}", 1)[0]
    assert variables(follows_device) == variables(block(COURSE_CSS, 'html[data-theme="dark"]'))


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("selector", [":root", 'html[data-theme="dark"]'], ids=["light", "dark"])
def test_text_colours_have_contrast_on_every_background(selector):
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # as WCAG has it
    colours = variables(block(COURSE_CSS, selector))
    grounds = ("--ll-paper", "--ll-side", "--ll-code", "--ll-surface", "--ll-accent-soft")
    texts = [name for name in colours if name not in (*grounds, "--ll-grid", "--ll-line")]
    low = [
        (text, ground, round(contrast(colours[text], colours[ground]), 2))
        for text in texts
        for ground in grounds
        if contrast(colours[text], colours[ground]) < 4.5
    ]
    assert not low


def test_picture_of_the_first_page_counts_correctly():
    """w = 0.5, ŷ = 2w, L = (ŷ − 3)²: the numbers on the picture, and the sentence about +0.01 beside it."""
    w, step = 0.5, 1e-6

    def loss(w):
        return (2 * w - 3) ** 2

    dL_dw = (loss(w + step) - loss(w - step)) / (2 * step)
    y = 2 * w
    dL_dy = ((y + step - 3) ** 2 - (y - step - 3) ** 2) / (2 * step)
    assert (y, loss(w)) == (1, 4)
    assert (round(dL_dy, 6), round(dL_dw, 6)) == (-4, -8)
    assert round(loss(w) - loss(w + 0.01), 2) == 0.08

    hero = (ROOT / "book/_static/hero.svg").read_text(encoding="utf-8")
    shown = [re.sub(r"<[^>]+>", "", text) for text in re.findall(r"<text[^>]*>(.*?)</text>", hero)]
    values, gradients = {"w = 0,5", "ŷ = 1", "L = 4"}, {"∂L/∂w = −8", "∂L/∂ŷ = −4", "∂L/∂L = 1"}
    assert values | gradients | {"ŷ = w · 2", "L = (ŷ − 3)²"} <= set(shown)
