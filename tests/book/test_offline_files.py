"""The list of the site's files, the service worker made from it, and the zip, on a site of a few files."""

import json
import re
import zipfile
from types import SimpleNamespace

import pytest

from extensions import finishing, service_worker
from tools.site_zip import pack

WANTED = {
    "_static/course.css": "b {}",
    "book/index.html": "<h1>Курс</h1>",
    "book/losses.html": "<h1>Втрати</h1>",
    "index.html": "<a href='book/index.html'>до курсу</a>",
    "_sources/book/index.md": "# Курс",
}
UNWANTED = {
    ".buildinfo": "config",
    ".doctrees/book/index.doctree": "tree",
    "_static/.hidden/x.js": "x",
    "_static/course.css.map": "{}",
    "_static/locales/uk/LC_MESSAGES/theme.mo": "mo",
    "downloads/course-offline.zip": "an older one",
    "lite/index.html": "JupyterLite",
    "lite/sw.js": "another worker",
    "objects.inv": "inventory",
    "social/book-index.png": "for messengers",
    "sw.js": "an older one",
}


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "html"
    for name, content in {**WANTED, **UNWANTED}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def data_of(path):
    """What the build has put before the code of a script."""
    return json.loads(re.match(r"const SITE = (\{.*?\n\});\n", path.read_text(encoding="utf-8"), flags=re.DOTALL)[1])


def test_list_has_what_a_reader_needs_and_nothing_else(site):
    assert service_worker.site_files(site) == sorted(WANTED)


@pytest.mark.parametrize("folder", ["nothing", "_static"])
def test_a_folder_without_a_site_is_refused(site, folder):
    with pytest.raises(FileNotFoundError, match=r"folder: expected a built site with index\.html, got .*" + folder):
        service_worker.site_files(site / folder)


def test_worker_knows_every_file(site):
    """That the hashes are right is said in tests/site/test_site_offline.py."""
    service_worker.write_offline_files(site)
    assert sorted(data_of(site / "sw.js")["files"]) == sorted([*WANTED, "offline.js"])


@pytest.mark.parametrize(
    "change",
    [
        lambda site: (site / "book/losses.html").write_text("<h1>Втрата</h1>"),
        lambda site: (site / "book/losses.html").rename(site / "book/loss.html"),
        lambda site: (site / "book/losses.html").unlink(),
        lambda site: (site / "book/new.html").write_text(""),
    ],
    ids=["edited", "renamed", "removed", "added"],
)
def test_version_changes_exactly_when_a_file_does(site, change):
    service_worker.write_offline_files(site)
    before = (site / "sw.js").read_bytes()
    service_worker.write_offline_files(site)
    assert (site / "sw.js").read_bytes() == before
    change(site)
    service_worker.write_offline_files(site)
    assert data_of(site / "sw.js")["version"] not in before.decode()


def test_switch_knows_what_saving_costs(site):
    (site / "_static" / "large.js").write_bytes(b"0" * 2_340_000)
    service_worker.write_offline_files(site)
    data = data_of(site / "offline.js")
    assert (data["files"], data["storage"], data["transfer"]) == (len(WANTED) + 1, 2.3, 0.0)
    assert data["course"] == data_of(site / "sw.js")["course"]


def test_names_are_written_as_in_an_address(site):
    (site / "_static" / "a b#1%.svg").write_text("<svg/>")
    service_worker.write_offline_files(site)
    assert "_static/a%20b%231%25.svg" in data_of(site / "sw.js")["files"]


def test_pages_that_left_the_book_leave_the_site(site):
    for name in ("book/old.html", "_sources/book/old.ipynb", "_sources/book/losses.ipynb", "search.html"):
        (site / name).write_text("")
    app = SimpleNamespace(outdir=site, env=SimpleNamespace(found_docs={"book/index", "book/losses"}))
    built = finishing.Site(app)
    finishing.drop_removed_pages(built)
    assert sorted(built.pages) == ["book/index.html", "book/losses.html", "index.html", "search.html"]
    left = service_worker.site_files(site)
    assert left == sorted([*WANTED, "_sources/book/losses.ipynb", "search.html"])


def entries(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {entry.filename: (entry.date_time, archive.read(entry)) for entry in archive.infolist()}


def test_zip_holds_the_site_and_its_papers_in_one_folder(site, tmp_path):
    (site / "downloads" / "cheat-sheet.pdf").write_bytes(b"%PDF")
    size = pack(site, tmp_path / "out" / "course.zip")
    assert size == (tmp_path / "out" / "course.zip").stat().st_size
    packed = entries(tmp_path / "out" / "course.zip")
    names = [*sorted(WANTED), "downloads/cheat-sheet.pdf"]
    assert list(packed) == [f"{service_worker.COURSE}/{name}" for name in names]
    for name, (_, content) in zip(names, packed.values(), strict=True):
        assert content == (site / name).read_bytes()


def test_same_site_gives_the_same_zip(site, tmp_path):
    pack(site, tmp_path / "one.zip")
    for path in sorted(site.rglob("*.html"), reverse=True):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)
        path.chmod(0o600)
    pack(site, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert {date for date, _ in entries(tmp_path / "one.zip").values()} == {(1980, 1, 1, 0, 0, 0)}


def test_too_large_a_zip_is_refused_and_the_one_before_stays(site, tmp_path):
    target = tmp_path / "course.zip"
    size = pack(site, target)
    assert pack(site, target, largest=size) == size
    before = target.read_bytes()
    with pytest.raises(ValueError, match=f"site: expected a zip of at most {size - 1} bytes, got {size}"):
        pack(site, target, largest=size - 1)
    assert target.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["course.zip", "html"]
