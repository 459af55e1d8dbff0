"""Controls, quizzes and predictions work on the static page by keyboard alone, from a server and from disk."""

import json

import pytest
from built_site import CHAPTERS, PAGES, every_page

EXPLORE, QUIZ, PREDICT = ".ll-explore", ".ll-quiz .ll-question", ".ll-predict"
FIELDS = ".ll-input :is(input[type=range], input[type=checkbox], input[type=radio]:checked, select)"
ANSWERED = {"right", "wrong", "partly"}
UNSEEN = 0.1  # px: such a shift nobody sees

# A page from disk may do less than one from a server; the scripts are the same.
every_page_from_disk = pytest.mark.parametrize(
    "name, via", [*((name, "file") for name in PAGES), (CHAPTERS[0], "http")]
)


def state(control):
    """What a control shows: the picture, its alt text, and what the inputs say of themselves."""
    return control.evaluate(
        """root => ({
          picture: root.querySelector('svg').innerHTML,
          alt: root.querySelector('svg').getAttribute('aria-label'),
          spoken: [...root.querySelectorAll('[aria-valuetext]')].map(e => e.getAttribute('aria-valuetext')),
        })"""
    )


def places(control):
    """Where the parts of a control and the end of the page are, in pixels."""
    return control.evaluate(
        """root => [root, ...root.querySelectorAll('.ll-figure, .ll-svg, .ll-input, input, select, output')].map(e => {
          const box = e.getBoundingClientRect();
          return [box.x, box.y + scrollY, box.width, box.height];
        }).flat().concat(document.documentElement.scrollHeight)"""
    )


def move(page, field):
    """Change an input by one key, as a reader without a mouse does; return what kind of input it is."""
    kind = field.evaluate("e => e.type")
    field.focus()
    assert field.evaluate("e => e === document.activeElement && e.tabIndex >= 0"), "the input cannot be reached by Tab"
    if kind == "checkbox":
        page.keyboard.press("Space")
    elif kind == "range":
        page.keyboard.press("ArrowLeft" if field.evaluate("e => e.value === e.max") else "ArrowRight")
    else:  # radios and selects
        page.keyboard.press("ArrowUp" if field.evaluate("e => e.selectedIndex === e.length - 1") else "ArrowDown")
    return kind


def dead_inputs(page):
    """Findings for every input of every control of a page that changes nothing or shifts the page."""
    findings = []
    for number, control in enumerate(page.locator(EXPLORE).all(), start=1):
        control.scroll_into_view_if_needed()
        for position in range(control.locator(FIELDS).count()):
            field = control.locator(FIELDS).nth(position)
            before, where = state(control), places(control)
            kind = move(page, field)
            after = state(control)
            name = f"control {number}, input {position + 1} ({kind})"
            findings += [f"{name}: the {part} stays" for part in ("picture", "alt") if before[part] == after[part]]
            if kind == "range" and before["spoken"] == after["spoken"]:
                findings.append(f"{name}: aria-valuetext stays")
            if places(control) != pytest.approx(where, abs=UNSEEN):
                findings.append(f"{name}: the page shifts")
    return findings


@every_page_from_disk
def test_every_input_changes_the_picture_and_shifts_nothing(used, name, via):
    visit = used(name, via)
    before = len(visit.errors)
    assert dead_inputs(visit.page) == []
    assert not visit.errors[before:]


@every_page
def test_a_slider_runs_over_all_its_values_without_a_shift(used, name):
    page = used(name).page
    for control in page.locator(EXPLORE).all():
        control.scroll_into_view_if_needed()
        for slider in control.locator("input[type=range]").all():
            slider.focus()
            page.keyboard.press("Home")
            picture = control.locator("svg").first
            where, seen = places(control), [picture.get_attribute("aria-label")]
            for _ in range(int(slider.get_attribute("max"))):
                page.keyboard.press("ArrowRight")
                assert places(control) == pytest.approx(where, abs=UNSEEN)
                seen.append(picture.get_attribute("aria-label"))
            assert len(set(seen)) == len(seen), f"two settings have the same alt text: {seen}"


def test_every_chapter_has_controls_a_quiz_and_predictions(site):
    for name in CHAPTERS:
        html = (site / name).read_text(encoding="utf-8")
        assert html.count('class="ll-control ll-quiz"') == 1, name
        assert html.count('class="ll-control ll-explore"') >= 2, name
        assert html.count('class="ll-control ll-predict"') >= html.count('class="ll-control ll-explore"'), name


def test_a_dead_control_is_noticed(open_page):
    page = open_page(CHAPTERS[0]).page
    page.evaluate("() => document.querySelectorAll('.ll-explore').forEach(e => { e.outerHTML = e.outerHTML; })")
    assert "control 1, input 1 (range): the picture stays" in dead_inputs(page)


def answer(page, question, data):
    """Every way to answer a question by keyboard, with the verdict and the feedback that follow."""
    button, feedback = question.locator("button"), question.locator(".ll-feedback")

    def verdict():
        button.focus()
        page.keyboard.press("Enter")
        return question.get_attribute("data-state"), feedback.inner_text().strip()

    if data["kind"] == "number":
        for written in (data["answer"], data["answer"] + 2 * data["tolerance"] + 1):
            question.locator("input").fill("")
            question.locator("input").focus()
            page.keyboard.type(f"{written:.9g}".replace(".", ","))
            yield verdict()
    else:
        for option in question.locator("input").all():
            option.focus()
            page.keyboard.press("Space")
            assert option.is_checked()
            yield verdict()


@every_page_from_disk
def test_every_answer_of_a_quiz_gets_feedback(used, name, via):
    page, before = used(name, via).page, len(used(name, via).errors)
    for quiz in page.locator(".ll-quiz").all():
        questions = json.loads(quiz.locator("script").text_content())["questions"]
        for question, data in zip(quiz.locator(".ll-question").all(), questions, strict=True):
            results = list(answer(page, question, data))
            assert all(found in ANSWERED and len(words) > 15 for found, words in results), results
            if data["kind"] != "many":
                assert sum(found == "right" for found, _ in results) == 1, results
            assert len({words for _, words in results}) == len(results), f"two answers get the same words: {results}"
    assert not used(name, via).errors[before:]


@every_page_from_disk
def test_a_prediction_opens_its_finding_after_a_guess_only(used, name, via):
    page = used(name, via).page
    for prediction in page.locator(PREDICT).all():
        told = prediction.locator(".ll-feedback")
        assert not told.inner_text().strip()
        option = prediction.locator("input[type=radio]").first
        option.focus()
        page.keyboard.press("Space")
        prediction.locator("button").first.focus()
        page.keyboard.press("Enter")
        verdict, why, finding = told.inner_text().strip().split("\n\n")
        assert verdict in {"✓ Правильно", "✗ Неправильно"} and min(len(why), len(finding)) > 15
