"""Where the built site is, and which pages it has."""

from book_text import ROOT, toc_entries

SITE = ROOT / "_build" / "html"
PAGES = [f"{entry}.html" for entry in toc_entries()]
