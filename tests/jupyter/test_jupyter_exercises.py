"""A student in a real JupyterLab types answers, runs the check, and reads what is wrong."""

ANSWERS = {
    "mse": ("def mse(y_pred, y_true):\n    return np.sum((y_pred - y_true) ** 2)\n", "це сума, а не середнє"),
    "mse-by-hand": ("mse_by_hand = 13\n", "це сума, а не середнє"),
    "bce": ("def bce(y_pred, y_true):\n    while True:\n        pass\n", "зупинено"),
}


def answer(page, cell_id, source):
    """Type the source into a task's cell, run it and the check below it by keyboard; return what the check says."""
    position = page.evaluate(
        """id => {
            const content = jupyterapp.shell.currentWidget.content;
            const position = content.widgets.findIndex(cell => cell.model.id === id);
            content.activeCellIndex = position;
            content.mode = "edit";
            return position;
        }""",
        cell_id,
    )
    editor = page.locator(".jp-Notebook .jp-Cell").nth(position).locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)
    page.keyboard.press("Shift+Enter")
    before = page.evaluate("i => jupyterapp.shell.currentWidget.content.widgets[i].model.executionCount", position + 1)
    page.keyboard.press("Shift+Enter")
    page.wait_for_function(
        """([position, before]) => {
            const cell = jupyterapp.shell.currentWidget.content.widgets[position];
            return cell.model.executionCount > before && cell.model.outputs.length > 0;
        }""",
        arg=[position + 1, before],
    )
    return page.locator(".jp-Notebook .jp-Cell").nth(position + 1)


def test_answers_are_judged_in_jupyterlab(run):
    notebook = run("exercises/02_losses.ipynb")
    for cell_id, (source, words) in ANSWERS.items():
        said = answer(notebook, cell_id, source).locator(".ll-check").inner_text()
        assert words.lower() in said.lower(), said
    right = "def mse(y_pred, y_true):\n    return np.mean((y_pred - y_true) ** 2)\n"
    said = answer(notebook, "mse", right).locator(".ll-check").inner_text()
    assert "Правильно" in said and "Розв’язано завдань: 1 з" in said
