"""The site without a network: from the zip, opened from disk, and from what a reader has saved with the switch.

`make reach` runs this on the built site. The tests really end the server.
"""

import contextlib
import functools
import http.server
import re
import shutil
import threading
import time
import zipfile

import pytest
from playwright.sync_api import expect

from extensions.service_worker import write_offline_files
from tools.shared.site import COURSE, PAGES, WORKER, site_files
from tools.site_zip import ZIP, pack

FIRST, CHAPTER, CHANGED = PAGES[0], "book/04_optimizers.html", "book/03_backprop.html"
SAVE, REMOVE, STATUS = ".ll-offline-save", ".ll-offline-remove", ".ll-offline-status"
DONE = re.compile("^Збережено:")
LONG = 60_000  # ms


@contextlib.contextmanager
def reader(browser, **options):
    """A browser without history, and what went wrong in it.

    That the first page then cannot learn how large the zip is goes without saying.
    """
    context = browser.new_context(locale="uk-UA", **options)
    context.set_default_timeout(15_000)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def note(line):
        if line.type == "error" and ZIP.name not in line.location["url"]:
            errors.append(line.text)

    page.on("console", note)
    yield page, errors
    context.close()


# ---- what a reader does on every kind of page ------------------------------------------------------------------------

READABLE = """() => ({
  words: document.querySelector('article').innerText.length,
  styled: getComputedStyle(document.body).getPropertyValue('--ll-accent') !== '',
  missing: [...document.images].filter(image => !image.complete || !image.naturalWidth).map(image => image.src),
  formulas: [...document.querySelectorAll('.math mjx-container > svg')].filter(e => e.checkVisibility())
    .filter(e => [...e.querySelectorAll('use')].some(use => !document.querySelector(use.getAttribute('href')))).length,
})"""


def read(page):
    """The open page is whole: its text, its look, its pictures and formulas."""
    found = page.evaluate(READABLE)
    assert found.pop("words") > 100
    assert found == {"styled": True, "missing": [], "formulas": 0}


def use(page, start):
    """A control moves, a question answers, the search finds a page."""
    page.goto(f"{start}/{CHAPTER}")
    slider = page.locator(".ll-explore input[type=range]").first
    picture = page.locator(".ll-explore svg").first
    before = slider.get_attribute("aria-valuetext"), picture.get_attribute("aria-label")
    slider.focus()
    page.keyboard.press("ArrowRight")
    after = slider.get_attribute("aria-valuetext"), picture.get_attribute("aria-label")
    assert all(old != new for old, new in zip(before, after, strict=True)), (before, after)

    question = page.locator(".ll-quiz .ll-question:has(input[type=radio])").first
    question.locator("input").first.check()
    question.locator("button").first.click()
    expect(question).to_have_attribute("data-state", re.compile("right|wrong"))
    assert question.locator(".ll-feedback").inner_text().strip()

    page.goto(f"{start}/search.html?q=оптимізатори")
    found = page.locator(f'main a[href*="{CHAPTER}"]').first
    expect(found).to_be_visible()
    found.click()
    page.wait_for_url(f"**/{CHAPTER}*")
    assert "Оптимізатори" in page.locator("article h1").inner_text()


# ---- the zip ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unpacked(site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("usb stick")
    pack(site, folder / "course.zip")
    with zipfile.ZipFile(folder / "course.zip") as archive:
        archive.extractall(folder)
    return folder / COURSE


@pytest.fixture
def from_disk(browser, unpacked):
    with reader(browser, offline=True) as (page, errors):
        requests = []
        page.context.on("request", lambda request: requests.append(request.url))
        yield page, unpacked.as_uri()
        assert errors == []
        assert [address for address in requests if not address.startswith(("file:", "data:", "blob:"))] == []


def test_zip_starts_with_the_first_page_and_offers_nothing_that_needs_a_server(from_disk):
    page, start = from_disk
    page.goto(f"{start}/index.html")
    page.wait_for_url(f"**/{FIRST}")
    read(page)
    assert page.locator(".ll-offline").is_hidden()
    assert page.locator(".ll-online:visible").count() == 0  # stands on published pages alone


LINKS = """() => [...document.links].filter(e => !e.closest('.ll-online, .btn-launch-lite'))
  .map(e => e.href.split(/[?#]/)[0])"""


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_the_zip_is_whole_and_its_visible_links_lead_somewhere(from_disk, unpacked, name):
    page, start = from_disk
    page.goto(f"{start}/{name}")
    read(page)
    links = page.evaluate(LINKS)
    button = page.locator(".btn-launch-lite")
    menu = button.evaluate_all("all => all.map(e => getComputedStyle(e.closest('li')).display)")
    assert set(menu) <= {"none"}, "JupyterLite needs a server"
    assert len(links) > 5
    inside = {link for link in links if link.startswith("file:")}
    assert inside - {path.as_uri() for path in unpacked.rglob("*")} == set()


def test_controls_questions_and_search_work_in_the_zip(from_disk):
    use(*from_disk)


# ---- the saved site --------------------------------------------------------------------------------------------------


class Handler(http.server.SimpleHTTPRequestHandler):
    """As GitHub Pages, it lets browsers keep a file for ten minutes. Files change faster than their dates can tell."""

    def do_GET(self):
        self.server.asked.append(self.path.split("?")[0].removeprefix("/course/"))
        del self.headers["If-Modified-Since"]
        super().do_GET()

    def end_headers(self):
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def log_message(self, *args):
        pass


class Server:
    """A web server that can be ended and started again; the course stands in a subfolder."""

    def __init__(self, home):
        self.home, self.port = home, 0
        self.start()
        self.course = f"http://127.0.0.1:{self.port}/course"

    def start(self):
        handler = functools.partial(Handler, directory=self.home)
        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.port, self.httpd.asked = self.httpd.server_port, []
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()

    def stop(self):
        self.httpd.shutdown()
        self.httpd.server_close()

    def asked(self):
        """The files of the course that were asked for since the start."""
        return set(self.httpd.asked)


@pytest.fixture
def server(site, tmp_path):
    home = tmp_path / "www"
    for name in site_files(site):
        (home / "course" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(site / name, home / "course" / name)
    shutil.copyfile(site / WORKER, home / "course" / WORKER)
    pack(home / "course", home / "course" / ZIP)
    running = Server(home)
    yield running
    running.stop()


def publish(server, word):
    """A new version of one page, as a new build leaves it."""
    page = server.home / "course" / CHANGED
    page.write_text(page.read_text(encoding="utf-8").replace("</h1>", f" {word}</h1>"), encoding="utf-8")
    write_offline_files(server.home / "course")


def save(page, said=DONE):
    page.click(SAVE)
    expect(page.locator(STATUS)).to_contain_text(said, timeout=LONG)


def turn_on(page, server):
    page.goto(f"{server.course}/{FIRST}")
    save(page)


def turn_off(page):
    page.keyboard.press("Enter")
    expect(page.locator(STATUS)).to_contain_text("прибрано")


CACHES = "() => caches.keys()"
REGISTRATIONS = "async () => (await navigator.serviceWorker.getRegistrations()).map(e => e.scope)"


def wait_for_version(page, old):
    """Until the browser has found the new version by itself and has put it in the place of the old one."""
    end = time.monotonic() + LONG / 1000
    while len(now := page.evaluate(CACHES)) != 1 or now == [old]:
        assert time.monotonic() < end, now
        page.wait_for_timeout(100)


def test_nobody_gets_a_worker_who_did_not_ask(browser, server):
    with reader(browser) as (page, errors):
        page.goto(f"{server.course}/{FIRST}")
        expect(page.locator(SAVE)).to_be_visible()
        for link in page.locator(".ll-zip").all():  # of published pages
            size = (server.home / "course" / ZIP).stat().st_size
            expect(link).to_contain_text(f"({round(size / 1e6, 1):g} МБ)".replace(".", ","))
        assert (page.evaluate(CACHES), page.evaluate(REGISTRATIONS), errors) == ([], [], [])
        assert WORKER not in server.asked()


def test_saved_site_is_whole_without_a_server(browser, server):
    with reader(browser) as (page, errors):
        turn_on(page, server)
        server.stop()
        for name in ["", "index.html", *PAGES]:
            page.goto(f"{server.course}/{name}")
            if name in ("", "index.html"):
                page.wait_for_url(f"**/{FIRST}")
            read(page)
        use(page, server.course)
        source = page.locator('a[href*="_sources/"]').first.get_attribute("href")
        assert page.evaluate("async address => (await fetch(address)).status", source) == 200
        assert errors == []
        with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
            page.goto(f"{server.course}/lite/index.html")


def test_new_version_comes_by_itself_and_loads_only_what_changed(browser, server):
    with reader(browser) as (page, errors):
        turn_on(page, server)
        [old] = page.evaluate(CACHES)
        server.stop()
        publish(server, "наново")
        page.goto(f"{server.course}/{CHANGED}")
        assert "наново" not in page.locator("article h1").inner_text()
        assert page.evaluate(CACHES) == [old]

        server.start()
        page.goto(f"{server.course}/{CHAPTER}")
        wait_for_version(page, old)
        assert server.asked() == {CHANGED, WORKER}
        server.stop()
        page.goto(f"{server.course}/{CHANGED}")
        assert "наново" in page.locator("article h1").inner_text()
        read(page)
        assert errors == []


def test_a_server_that_mixes_two_versions_does_not_harm_the_saved_one(browser, server):
    """On its way through a network of servers an older page may arrive beside the new list."""
    with reader(browser) as (page, _):
        turn_on(page, server)
        [old] = page.evaluate(CACHES)
        page_of_old_version = (server.home / "course" / CHANGED).read_bytes()
        publish(server, "наново")
        page_of_new_version = (server.home / "course" / CHANGED).read_bytes()
        (server.home / "course" / CHANGED).write_bytes(page_of_old_version)
        page.goto(f"{server.course}/{CHAPTER}")
        page.evaluate("""async () => {
          const found = await navigator.serviceWorker.getRegistration();
          await found.update().catch(() => 0);
          const {installing} = found;
          if (installing) await new Promise(done => { installing.onstatechange = done; });
        }""")
        assert old in page.evaluate(CACHES)
        page.goto(f"{server.course}/{CHANGED}")
        assert "наново" not in page.locator("article h1").inner_text()

        (server.home / "course" / CHANGED).write_bytes(page_of_new_version)
        page.goto(f"{server.course}/{CHAPTER}")
        wait_for_version(page, old)
        page.goto(f"{server.course}/{CHANGED}")
        assert "наново" in page.locator("article h1").inner_text()


def test_turned_off_it_leaves_nothing_and_can_be_turned_on_again(browser, server):
    with reader(browser) as (page, errors):
        turn_on(page, server)
        page.evaluate("() => caches.open('of another course')")
        page.reload()
        expect(page.locator(STATUS)).to_have_text(DONE)
        page.locator(REMOVE).focus()
        turn_off(page)
        expect(page.locator(SAVE)).to_be_focused()
        assert page.locator(REMOVE).is_hidden()
        # The page that is open still has the worker, which must not begin anew.
        assert page.evaluate("async () => (await fetch('../search.html')).status") == 200
        assert page.evaluate(CACHES) == ["of another course"]
        assert page.evaluate(REGISTRATIONS) == []
        publish(server, "наново")
        page.goto(f"{server.course}/{CHANGED}?past-the-cache-of-the-browser")
        assert "наново" in page.locator("article h1").inner_text()
        assert page.evaluate(CACHES) == ["of another course"]

        page.goto(f"{server.course}/{FIRST}")
        page.click(SAVE)
        expect(page.locator(REMOVE)).to_be_focused(timeout=LONG)
        turn_off(page)
        save(page)  # on the same page, which the removed worker still serves
        server.stop()
        page.goto(f"{server.course}/{CHAPTER}")
        read(page)
        assert errors == []


def test_an_interrupted_saving_says_so_and_goes_on_where_it_stopped(browser, server):
    with reader(browser) as (page, _):
        missing = server.home / "course" / CHANGED
        content = missing.read_bytes()
        missing.unlink()
        page.goto(f"{server.course}/{FIRST}")
        save(page, "не все")
        expect(page.locator(SAVE)).to_be_focused()
        assert page.locator(REMOVE).is_visible()
        assert page.evaluate(REGISTRATIONS) == []
        server.stop()
        missing.write_bytes(content)
        server.start()
        save(page)
        assert CHANGED in server.asked()
        assert site_files(server.home / "course")[0] not in server.asked()


def test_two_courses_on_one_host_do_not_touch_each_other(browser, server):
    shutil.copytree(server.home / "course", server.home / "course" / "second")
    with reader(browser) as (page, _):
        turn_on(page, server)
        [first] = page.evaluate(CACHES)
        page.goto(f"{server.course}/second/{FIRST}")
        missing = server.home / "course" / "second" / CHANGED
        missing.rename(missing.with_suffix(".away"))
        save(page, "не все")
        assert page.evaluate(REGISTRATIONS) == [f"{server.course}/"]
        missing.with_suffix(".away").rename(missing)
        save(page)
        assert len(page.evaluate(CACHES)) == 2
        page.locator(REMOVE).focus()
        turn_off(page)
        assert page.evaluate(CACHES) == [first]
        assert page.evaluate(REGISTRATIONS) == [f"{server.course}/"]


@pytest.mark.parametrize(
    ("place", "click"), [("ServiceWorkerContainer.prototype.register", True), ("CacheStorage.prototype.keys", False)]
)
def test_a_browser_that_keeps_nothing_says_so(browser, server, place, click):
    with reader(browser) as (page, errors):
        page.add_init_script(f"{place} = () => Promise.reject(new DOMException('private', 'SecurityError'))")
        page.goto(f"{server.course}/{FIRST}")
        if click:
            page.click(SAVE)
        expect(page.locator(STATUS)).to_contain_text("не дозволив")
        assert page.locator(SAVE).is_visible() == click
        assert errors == []


def test_a_full_device_says_so_and_keeps_nothing(browser, server):
    with reader(browser) as (page, _):
        devtools = page.context.new_cdp_session(page)
        page.goto(f"{server.course}/{FIRST}")
        origin = f"http://127.0.0.1:{server.port}"
        devtools.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 3_000_000})
        save(page, "замало місця")
        assert page.evaluate(CACHES) == []
        assert page.locator(REMOVE).is_hidden()
