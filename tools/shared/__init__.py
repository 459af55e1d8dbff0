"""What the tools, the tests and the site's extensions share."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
