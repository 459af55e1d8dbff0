"""The pages of the book, as _toc.yml lists them."""

import yaml

from tools.shared import ROOT


def parts():
    """[(caption, pages without suffix)] in reading order; the first page stands alone, without a caption."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [(None, [toc["root"]]), *((part["caption"], list(_files(part["chapters"]))) for part in toc["parts"])]


def toc_entries():
    """All pages without suffix, in reading order."""
    return [entry for _, entries in parts() for entry in entries]


def _files(nodes):
    for node in nodes:
        yield node["file"]
        yield from _files(node.get("sections", ()))
