"""Programs for those who develop the course, run from the top of the repository: `python -m tools.notebooks`."""
