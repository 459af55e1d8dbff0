"""The icons of the pages come from fonts of a few KB that hold only these icons.

The theme brings fonts with 1,900 icons and a script of 1.5 MB that draws the same icons late, which moves the page.
``extensions/templates/static/webpack-macros.html`` leaves the script out.
"""

import re
from pathlib import Path

import pydata_sphinx_theme
from fontTools.subset import Subsetter
from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
STYLES = Path("styles") / "pydata-sphinx-theme.css"
FONTS = Path("vendor") / "fontawesome" / "webfonts"
LARGE = r'url\([^)]*\.woff2\) format\("woff2"\),'


def characters(styles, pages):
    """The characters of the icons that the pages name, and of those that the theme's styles use for admonitions."""
    names = {name for page in pages for name in re.findall(r"\bfa-[\w-]+", page)}
    code = {
        name: chr(int(number, 16))
        for selectors, number in re.findall(r'([^{}]+:before)\{content:"\\([0-9a-f]+)"\}', styles)
        for name in re.findall(r"fa-[\w-]+", selectors)
    }
    return {code[name] for name in names & code.keys()} | set(re.findall(r'--pst-icon-[\w-]+:"(.)"', styles))


def cut_icons(site):
    static = site.folder / "_static"
    styles = (THEME / STYLES).read_text(encoding="utf-8")
    if len(re.findall(LARGE, styles)) != len(list((THEME / FONTS).glob("*.ttf"))):
        raise ExtensionError("the theme names its icon fonts in another way: see extensions/icons.py")
    used = "".join(sorted(characters(styles, site.pages.values())))
    for path in (THEME / FONTS).glob("*.ttf"):
        font = TTFont(path, recalcTimestamp=False)
        subset = Subsetter()
        subset.populate(text=used)
        subset.subset(font)
        font.save(static / FONTS / path.name)
        (static / FONTS / path.name).with_suffix(".woff2").unlink(missing_ok=True)
    (static / STYLES).write_text(re.sub(LARGE, "", styles), encoding="utf-8")
    for path in (static / "scripts").glob("fontawesome.js*"):
        path.unlink()
