"""A page is shown as soon as it has arrived, with one stylesheet and no script to wait for.

The theme and the extensions bring half a megabyte of stylesheets, written for every site. The build joins them into one
and leaves out the rules for classes and ids that no page and no script names. Scripts run after the page is parsed.
"""

import hashlib
import posixpath
import re
from pathlib import Path

import tinycss2
from sphinx.errors import ExtensionError

from tools.shared.site import site_files

SHEET = "_static/styles/site.css"
OPTIONS = "_static/documentation_options.js"  # a few settings; lines of script in the page add to them
OURS = ("course.css", "controls.css", "lab.css", "search.css")
TEXTS = "texts.js"  # prose for the search, not code
LINKS = re.compile(r'\s*<link\b(?=[^>]*\brel="stylesheet")[^>]*\bhref="([^"?]+)[^"]*"[^>]*>')
SETTINGS = re.compile(r'<script src="[^"]*documentation_options\.js[^"]*"></script>')
# Scripts that work on one kind of thing, and the markup of a page that has such a thing.
CODE, TABS = 'class="highlight', 'class="sd-tab-'
WORK_ON = {"design-tabs.js": TABS, "clipboard.min.js": CODE, "copybutton.js": CODE}
WAITED_FOR = re.compile(r"<script (?=[^>]*\bsrc=)(?![^>]*\b(?:defer|async|type)\b)")
NAMES = re.compile(r"[.#]((?:\\.|[\w-])+)")


def words(texts):
    """Everything in the texts that could be the name of a class or of an id."""
    return {word for text in texts for word in re.findall(r"[\w-]*[a-zA-Z][\w-]*", text)}


def selectors(prelude):
    """The selectors of a rule, as text."""
    found = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            found.append([])
        else:
            found[-1].append(token)
    return [tinycss2.serialize(tokens).strip() for tokens in found]


def names(selector):
    """The classes and ids without which a selector matches nothing: not those in ``:not(…)`` or ``:is(…)``."""
    required = re.sub(r"\[[^]]*\]", "", selector)
    while required != (required := re.sub(r"\([^()]*\)", "", required)):
        pass
    return {re.sub(r"\\(.)", r"\1", name) for name in NAMES.findall(required)}


def used_rules(rules, known):
    """The text of those rules that can match something on a page with the known words."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            matching = [selector for selector in selectors(rule.prelude) if names(selector) <= known]
            if matching:
                kept.append(f"{','.join(matching)}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports") and rule.content is not None:
            inside = used_rules(tinycss2.parse_blocks_contents(rule.content, True, True), known)
            if inside:
                kept.append(f"@{rule.at_keyword} {tinycss2.serialize(rule.prelude).strip()}{{{inside}}}")
        elif rule.type == "error":
            raise ExtensionError(f"a stylesheet is not understood: {rule.message}")
        else:
            kept.append(rule.serialize())
    return "\n".join(kept)


def own_path(page, address):
    """The path below the site's folder of an address that the page or sheet at ``page`` names."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), address))


def joined(out, paths, known):
    """The text of the stylesheets at these paths below ``out``, one after the other, with what they import."""
    parts = []
    for path in paths:
        text = (out / path).read_text(encoding="utf-8")

        def address(match, path=path):
            place = match[2]
            if re.match(r"[a-z]+:|#", place):
                return match[0]
            return f"url({posixpath.relpath(own_path(path, place), posixpath.dirname(SHEET))})"

        rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
        for rule in [rule for rule in rules if rule.type == "at-rule" and rule.lower_at_keyword == "import"]:
            name = next(token.value for token in rule.prelude if token.type in ("string", "url"))
            parts.append(joined(out, [own_path(path, name)], known))
            rules.remove(rule)
        text = "\n".join(rule.serialize() for rule in rules) if Path(path).name in OURS else used_rules(rules, known)
        parts.append(re.sub(r"""url\((["']?)([^"')]+)\1\)""", address, text))
    return "\n".join(parts) + "\n"


def join_stylesheets(site):
    """Write one stylesheet for all pages, and make it the only one that they name."""
    lists = {page: tuple(own_path(page, link) for link in LINKS.findall(text)) for page, text in site.pages.items()}
    # Pages from an earlier build name it already.
    fresh = sorted(set(lists.values()) - {(), (SHEET,)})
    if not fresh:
        return
    if len(fresh) > 1:
        raise ExtensionError(f"all pages must name the same stylesheets, got {fresh}")
    scripts = [site.folder / name for name in site_files(site.folder) if name.endswith(".js")]
    scripts = [path for path in scripts if path.name != TEXTS and "locales" not in path.parts]
    known = words([*site.pages.values(), *(path.read_text(encoding="utf-8") for path in scripts)])
    sheet = joined(site.folder, fresh[0], known)
    (site.folder / SHEET).write_text(sheet, encoding="utf-8", newline="\n")
    for path in fresh[0]:
        (site.folder / path).unlink()
    version = hashlib.sha256(sheet.encode()).hexdigest()[:8]
    for page, text in site.pages.items():
        if lists[page]:
            address = posixpath.relpath(SHEET, posixpath.dirname(page) or ".")
            link = f'\n  <link rel="stylesheet" href="{address}?v={version}" />'
            first = LINKS.search(text).start()
            site.pages[page] = text[:first] + link + LINKS.sub("", text[first:])


def lean_scripts(text, options):
    """The page with its scripts deferred, without those that it does not need, and with the settings inside it."""
    for name, thing in WORK_ON.items():
        if thing not in text:
            text = re.sub(rf'\s*<script [^>]*/{re.escape(name)}[?"][^>]*></script>', "", text)
    text = SETTINGS.sub(lambda _: f"<script>{options}</script>", text)
    return WAITED_FOR.sub("<script defer ", text)


def defer_scripts(site):
    options = (site.folder / OPTIONS).read_text(encoding="utf-8").strip()
    for page, text in site.pages.items():
        site.pages[page] = lean_scripts(text, options)
