"""Settings for nbgrader and JupyterHub: copy into the course folder, beside source/, which holds book/exercises/.

The students' notebooks come without answers already, so nothing is cleared from them: nbgrader only locks the checks.
"""

c = get_config()  # noqa: F821 (nbgrader gives it)

c.GenerateAssignment.preprocessors = [
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.ExecutePreprocessor.timeout = 60  # seconds for one cell
c.ExecutePreprocessor.allow_errors = True
