"""quiz and predict: an explanation for every answer, on the static page (in a real browser) and with a kernel."""

import json
import re

import pytest
from test_controls import opened, static

import lessons_lib.text as texts
from lessons_lib.quizzes import _judge, _parse, predict, quiz

__all__ = ["opened", "static"]  # fixtures

ONE = {
    "kind": "one",
    "prompt": "Скільки буде (3x)<sup>2</sup>′ при x = 1? </script> <img src=x>",
    "options": [
        {"text": "18 = 2·3<sup>2</sup>", "right": True, "why": "Внутрішня похідна врахована."},
        {"text": "6", "right": False, "why": "Забуто <i>внутрішню</i> похідну."},
    ],
}
MANY = {
    "kind": "many",
    "prompt": "Що входить у ∂L/∂W<sub>1</sub>?",
    "options": [
        {"text": "∂L/∂a<sub>2</sub>", "right": True, "why": "Початок шляху."},
        {"text": "∂a<sub>2</sub>/∂z<sub>2</sub>", "right": True, "why": "Друга ланка."},
        {"text": "∂L/∂b<sub>2</sub>", "right": False, "why": "Не на шляху."},
    ],
}
NUMBER = {
    "kind": "number",
    "prompt": "σ′(0)?",
    "answer": 0.25,
    "tolerance": 0.005,
    "why_right": "Так, 0,5·0,5.",
    "why_wrong": "Підставте σ(0) = 0,5.",
}
GUESS = {
    "prompt": "Втрати?",
    "options": [
        {"text": "зростуть", "right": True, "why": "Крок задовгий."},
        {"text": "спадуть &lt;", "right": False, "why": "Лише з <i>коротким</i> кроком."},
    ],
    "finding": "Вони <b>зростуть</b>.",
}

WRITTEN_NUMBERS = {
    "0,25": 0.25, " 0.25 ": 0.25, "−1,5": -1.5, "-1.5": -1.5, "+2": 2.0, ",5": 0.5, "5.": 5.0, "1e-3": 0.001,
    "1 000": 1000.0, **dict.fromkeys(["", "abc", "1,2,3", "--1", "0x10", "Infinity"]),
}  # fmt: skip


@pytest.fixture(autouse=True)
def entries(monkeypatch):
    monkeypatch.delenv("LESSONS_STATIC", raising=False)
    monkeypatch.setitem(texts._tables("uk")["QUIZ"], "probe", [ONE, MANY, NUMBER])
    monkeypatch.setitem(texts._tables("uk")["PREDICT"], "probe.guess", GUESS)


@pytest.mark.parametrize(("written", "value"), WRITTEN_NUMBERS.items())
def test_numbers_are_read_as_people_write_them(written, value):
    assert _parse(written) == value


@pytest.mark.parametrize(
    ("question", "given", "verdict", "reasons"),
    [
        (ONE, {0}, "quiz.right", ["Внутрішня похідна врахована."]),
        (ONE, {1}, "quiz.wrong", ["Забуто <i>внутрішню</i> похідну."]),
        (ONE, set(), "quiz.empty", []),
        (MANY, {0, 1}, "quiz.right", ["Початок шляху.", "Друга ланка."]),
        (MANY, {0}, "quiz.partly", ["Початок шляху."]),
        (MANY, {0, 2}, "quiz.wrong", ["Початок шляху.", "Не на шляху."]),
        (MANY, {0, 1, 2}, "quiz.wrong", ["Початок шляху.", "Друга ланка.", "Не на шляху."]),
        (NUMBER, "0,254", "quiz.right", ["Так, 0,5·0,5."]),
        (NUMBER, "0,255", "quiz.right", ["Так, 0,5·0,5."]),
        (NUMBER, "0,256", "quiz.wrong", ["Підставте σ(0) = 0,5."]),
        (NUMBER, "чверть", "quiz.not_number", []),
    ],
)
def test_every_answer_has_its_verdict_and_explanation(question, given, verdict, reasons):
    found, explained = _judge(question, given)
    assert (found, [why for _, why in explained]) == (verdict, reasons)


def test_page_is_escaped_and_answers_are_in_details_without_javascript(static):
    markup = quiz("probe")._repr_mimebundle_()["text/html"]
    assert markup.count("</script>") == 1 and "<img" not in markup
    assert "(3x)<sup>2</sup>′" in markup
    details = re.findall(r"<noscript><details>.*?</details></noscript>", markup)
    assert len(details) == 3
    assert "✗ Неправильно: 6" in details[0] and "Забуто <i>внутрішню</i> похідну." in details[0]
    assert "Відповідь: 0,25" in details[2]
    assert len(json.loads(re.search(r"json\">(.*?)</script>", markup)[1])["questions"]) == 3


def test_both_renderings_have_the_same_short_text(monkeypatch):
    live = repr(quiz("probe")), repr(predict("probe.guess"))
    monkeypatch.setenv("LESSONS_STATIC", "1")
    assert live == (repr(quiz("probe")), repr(predict("probe.guess")))
    assert live == ("Перевірте себе: запитань 3", "Передбачте: Втрати?")


def test_live_quiz_explains_every_answer():
    one, many, number = quiz("probe").children
    prompt, radios, button, feedback = one.children
    assert "<img" not in prompt.value and list(radios.options) == ["18 = 2·3²", "6"]
    button.click()
    assert "Спочатку оберіть відповідь." in feedback.value
    radios.index = 1
    button.click()
    assert "✗ Неправильно" in feedback.value and "Забуто <i>внутрішню</i> похідну." in feedback.value
    _, first, second, _, button, feedback = many.children
    assert first.description == "∂L/∂a₂"
    first.value = True
    button.click()
    assert "Ще не все" in feedback.value
    second.value = True
    button.click()
    assert "✓ Правильно" in feedback.value and "✓ Друга ланка." in feedback.value
    _, field, button, feedback = number.children
    field.value = "0,25"
    button.click()
    assert "✓ Правильно" in feedback.value and "Так, 0,5·0,5." in feedback.value


def test_live_prediction_judges_a_guess_and_opens_its_finding():
    _, radios, button, skip, feedback = predict("probe.guess").children
    button.click()
    assert "Спочатку оберіть прогноз." in feedback.value and "зростуть" not in feedback.value
    radios.index = 1
    button.click()
    assert "Ваш прогноз: спадуть &amp;lt;" in feedback.value and "Вони <b>зростуть</b>." in feedback.value
    assert "✗ Неправильно" in feedback.value and "Лише з <i>коротким</i> кроком." in feedback.value
    radios.index = 0
    button.click()
    assert "✓ Правильно" in feedback.value and "Крок задовгий." in feedback.value
    skip.click()
    assert "Правильно" not in feedback.value and "Вони <b>зростуть</b>." in feedback.value


def test_browser_quiz_works_by_keyboard(opened, static):
    tab = opened(quiz("probe").markup)
    one, many, number = tab.locator(".ll-question").all()
    press = tab.keyboard.press
    press("Tab")
    press("ArrowDown")
    press("Tab")
    press("Enter")
    assert one.locator(".ll-feedback").inner_text().split("\n")[0] == "✗ Неправильно"
    assert one.locator(".ll-feedback i").inner_text() == "внутрішню"
    assert one.locator(".ll-feedback").get_attribute("role") == "status"
    press("Shift+Tab")
    press("ArrowUp")
    assert one.locator(".ll-feedback").inner_text() == ""
    press("Enter")
    assert one.locator(".ll-verdict").inner_text() == "✓ Правильно"
    many.locator("input").nth(0).press("Space")
    many.locator("button").press("Enter")
    assert many.locator(".ll-verdict").inner_text() == "… Ще не все"
    many.locator("input").nth(2).press("Space")
    many.locator("button").press("Space")
    assert many.locator(".ll-feedback").inner_text().split("\n")[-1] == "✗ Не на шляху."
    field = number.locator("input")
    field.press("Enter")
    assert number.locator(".ll-verdict").inner_text() == "Введіть число, наприклад 0,25."
    field.fill("0,3")
    field.press("Enter")
    assert "Підставте" in number.locator(".ll-feedback").inner_text()
    field.fill("−0,25")
    assert number.locator(".ll-feedback").inner_text() == ""


def test_browser_reads_numbers_as_python_does(opened, static):
    tab = opened(quiz("probe").markup)
    number = tab.locator(".ll-question").nth(2)
    for written, value in {**WRITTEN_NUMBERS, "0,255": 0.255, "0,245": 0.245, "0,2551": 0.2551}.items():
        number.locator("input").fill(written)
        number.locator("button").click()
        verdict, _ = _judge(NUMBER, written)
        assert texts.text(verdict) in number.locator(".ll-verdict").inner_text(), (written, value)


def test_browser_keeps_answers_until_they_are_cleared(opened, static):
    tab = opened(quiz("probe").markup + predict("probe.guess").markup)
    one, _, number = tab.locator(".ll-question").all()[:3]
    one.locator("input").nth(1).check()
    one.locator("button").click()
    number.locator("input").fill("0,25")
    number.locator("button").click()
    tab.locator(".ll-predict input").nth(0).check()
    guess = tab.locator(".ll-predict")
    guess.get_by_text("Це мій прогноз").click()
    told, height = tab.locator(".ll-feedback").all_inner_texts(), "document.documentElement.scrollHeight"
    left = tab.evaluate(height)
    tab.reload()
    assert one.locator("input").nth(1).is_checked()
    assert number.locator("input").input_value() == "0,25"
    assert guess.locator("input").nth(0).is_checked() and guess.locator("input").nth(0).is_disabled()
    assert tab.locator(".ll-feedback").all_inner_texts() == told
    assert [words.split("\n")[0] for words in told] == ["✗ Неправильно", "", "✓ Правильно", "✓ Правильно"]
    assert tab.locator("[data-state=right]").count() == 2 and tab.evaluate(height) == left
    tab.locator(".ll-clear button").click()
    assert tab.locator(".ll-clear [role=status]").inner_text() == "Відповіді стерто."
    for _ in range(2):
        assert tab.locator("input:checked, input:disabled, .ll-mark").count() == 0
        assert number.locator("input").input_value() == ""
        assert "".join(tab.locator(".ll-feedback").all_inner_texts()) == ""
        assert tab.evaluate("Object.keys(localStorage)") == []
        tab.reload()


def test_browser_works_where_storage_is_forbidden(opened, static):
    tab = opened(
        "<script>Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden'); } });</script>"
        + quiz("probe").markup
    )
    one = tab.locator(".ll-question").nth(0)
    one.locator("input").nth(0).check()
    one.locator("button").click()
    assert one.locator(".ll-verdict").inner_text() == "✓ Правильно"


def test_browser_prediction_judges_a_guess_and_opens_its_finding(opened, static):
    tab = opened(predict("probe.guess").markup)
    button, feedback = tab.locator("button").first, tab.locator(".ll-feedback")
    assert "зростуть." not in tab.locator(".ll-predict").inner_text()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert feedback.inner_text() == "Спочатку оберіть прогноз."
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    wrong = ["✗ Неправильно", "Лише з коротким кроком.", "На що дивитися. Вони зростуть."]
    assert feedback.inner_text().split("\n\n") == wrong and feedback.get_attribute("role") == "status"
    assert tab.locator("label", has_text="Ваш прогноз").inner_text().startswith("спадуть")
    assert tab.locator("input").nth(0).is_disabled()
    button.press("Enter")
    assert feedback.inner_text() == "" and tab.locator(".ll-mark").count() == 0
    assert tab.locator("input").nth(0).is_enabled()


def test_browser_prediction_can_be_skipped_and_made_after_that(opened, static):
    tab = opened(predict("probe.guess").markup)
    button, skip, feedback = tab.locator("button").first, tab.locator(".ll-skip"), tab.locator(".ll-feedback")
    tab.emulate_media(media="print")
    assert feedback.inner_text() == "На що дивитися. Вони зростуть."
    tab.emulate_media(media="screen")
    assert feedback.inner_text() == ""
    skip.press("Enter")
    assert feedback.inner_text() == "На що дивитися. Вони зростуть."
    assert skip.is_hidden() and button.evaluate("button => button === document.activeElement")
    tab.locator("input").nth(1).check()
    button.click()
    assert feedback.inner_text().startswith("✗ Неправильно") and tab.locator("[data-state=wrong]").count() == 1


def test_browser_without_javascript_has_the_answers(opened, static):
    tab = opened(quiz("probe").markup + predict("probe.guess").markup, javascript=False)
    for details in tab.locator("details").all():
        details.locator("summary").click()
    assert "Забуто внутрішню похідну." in tab.locator("details").nth(0).inner_text()
    guess = tab.locator(".ll-predict").inner_text()
    assert "✗ Неправильно: спадуть" in guess and "Крок задовгий." in guess and "Вони зростуть." in guess
