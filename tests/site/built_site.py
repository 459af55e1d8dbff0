"""Which pages the built site has."""

from tools.shared.toc import toc_entries

PAGES = [f"{entry}.html" for entry in toc_entries()]
