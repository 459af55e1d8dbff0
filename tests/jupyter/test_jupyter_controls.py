"""Every control, quiz and prediction in a real JupyterLab with a kernel: moved, it answers in place."""

import sys

import pytest
from playwright.sync_api import TimeoutError as TooLate

from tools.shared.book import notebooks
from tools.shared.jupyter import LIVE_INPUTS, close_notebook, live_controls, move, open_jupyter, run_notebook

PATIENCE = 10_000  # ms


def dead_inputs(page, control, number, **keys):
    """Findings for every input of a control that does not lead to another picture in its place."""
    findings = []
    outputs = page.locator(".jp-OutputArea-output, .jp-OutputArea-child").count()
    for position in range(control.locator(LIVE_INPUTS).count()):
        try:
            move(page, control, control.locator(LIVE_INPUTS).nth(position), PATIENCE, **keys)
        except TooLate:
            findings.append(f"control {number}, input {position + 1}: the picture stays")
    if control.locator(".ll-figure").count() != 1:
        findings.append(f"control {number}: {control.locator('.ll-figure').count()} pictures")
    if page.locator(".jp-OutputArea-output, .jp-OutputArea-child").count() != outputs:
        findings.append(f"control {number}: outputs were added to the page")
    return findings


def silent_questions(page, block):
    """Findings for every question of a quiz or prediction that gives no answer to a choice or a number."""
    findings = []
    for button in block.locator(".jupyter-button:not(.widget-toggle-button)").all():
        question = button.locator("xpath=..")
        options = question.locator("input[type=radio], input[type=checkbox]")
        if options.count():
            options.first.focus()
            page.keyboard.press("Space")
        else:
            question.locator("input[type=text]").fill("1,5")
            page.keyboard.press("Tab")
        button.focus()
        page.keyboard.press("Enter")
        feedback = question.locator(".widget-html-content").last
        answered = "e => e.textContent.trim().length > 15"
        try:
            page.wait_for_function(answered, arg=feedback.element_handle(), timeout=PATIENCE)
        except TooLate:
            findings.append(f"no answer to «{question.inner_text()[:60]}»")
    return findings


@pytest.mark.parametrize("name", [page.name.removeprefix("book/") for page in notebooks()])
def test_controls_and_questions_of_a_chapter_answer_in_jupyterlab(run, name):
    page = run(name)
    controls = live_controls(page)
    assert len(controls) >= 2
    findings = []
    for number, control in enumerate(controls, start=1):
        control.scroll_into_view_if_needed()
        findings += dead_inputs(page, control, number)
    for block in page.locator(".ll-live").all():
        if not block.locator(".ll-figure").count():
            findings += silent_questions(page, block)
    assert not findings
    assert page.locator(".jp-OutputArea-output[data-mime-type*=stderr]").all_inner_texts() == []


def test_controls_and_questions_answer_in_notebook_7(browser, jupyter, small):
    """Notebook 7 takes the arrow keys for its shortcuts before a slider sees them; the other keys are the slider’s."""
    page = open_jupyter(browser, jupyter, f"notebooks/{small}")
    page.wait_for_function("() => jupyterapp.shell.currentWidget?.context")
    run_notebook(page, small)
    question, control = page.locator(".ll-live").all()
    assert dead_inputs(page, control, 1, slider_keys=("PageDown", "PageUp")) == []
    assert silent_questions(page, question) == []
    close_notebook(page)
    page.close(run_before_unload=False)


def test_a_dead_control_and_a_silent_question_are_noticed(run, small, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "PATIENCE", 1_000)
    page = run(small)
    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.shutdown()")
    question, control = page.locator(".ll-live").all()
    assert dead_inputs(page, control, 1) == ["control 1, input 1: the picture stays"]
    findings = silent_questions(page, question)
    assert findings and all(finding.startswith("no answer to «") for finding in findings)
