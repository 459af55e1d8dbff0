"""Whatever a student hands in, `check` answers within a second, in Ukrainian, and shows nothing of our own code."""

import functools
import itertools
import os
import signal
import sys
import time
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

import lessons_lib
from exercises import tasks_of
from lessons_lib import check, checks, progress, step_decay
from lessons_lib.checks import judging, records
from lessons_lib.checks.symptoms import symptoms
from lessons_lib.checks.watching import PRINTED_AT_MOST, call

A_SECOND = 1.0


def right(y_pred, y_true):
    return np.mean((y_pred - y_true) ** 2)


def changes_its_input(y_pred, y_true):
    y_pred += 1
    y_true += 1
    return 0.0


def prints_a_flood(y_pred, y_true):
    while True:
        print("loss", end=" ")


def swallows_the_stop(y_pred, y_true):
    while True:
        try:
            y_pred.sum()
        except:  # noqa: E722
            pass


def loops_on_one_line(y_pred, y_true):
    while True: pass  # noqa: E701  # fmt: skip


def waits_in_a_generator(y_pred, y_true):
    return sum(1 for _ in iter(int, 1))


def is_only_slow(y_pred, y_true):
    time.sleep(0.6)
    return right(y_pred, y_true)


def works_in_c(y_pred, y_true):
    return sum(itertools.repeat(0))


def recurses(y_pred, y_true):
    return recurses(y_pred, y_true)


async def waits(y_pred, y_true):
    return 1


def remembers(y_pred, y_true, seen=[]):  # noqa: B006
    seen.append(right(y_pred, y_true))
    return seen[0]


def takes_the_trace_off(y_pred, y_true):
    sys.settrace(None)
    return lessons_lib.mse(y_pred, y_true)


def calls_the_library(y_pred, y_true):
    from lessons_lib import mse

    return mse(y_pred, y_true)


class Awkward:
    def __repr__(self):
        raise RuntimeError("no repr")


FAULTS = {
    "none": (lambda y_pred, y_true: print(y_pred), "difference", "Функція повернула None"),
    "type": (lambda y_pred, y_true: "0.5", "difference", "Функція повернула рядок, а треба число"),
    "list": (lambda y_pred, y_true: [1, "a"], "difference", "Функція повернула список"),
    "awkward object": (lambda y_pred, y_true: Awkward(), "difference", "Функція повернула Awkward"),
    "shape": (lambda y_pred, y_true: np.ones((2, 7)), "difference", "Треба одне число, а відповідь має форму (2, 7)"),
    "nan": (lambda y_pred, y_true: np.nan, "difference", "nan або inf"),
    "infinity": (lambda y_pred, y_true: -np.inf, "difference", "nan або inf"),
    "value": (lambda y_pred, y_true: 123.5, "difference", "ваша відповідь: 123.5"),
    "exception": (lambda y_pred, y_true: y_pred / {}, "raised", "TypeError"),
    "exit": (lambda y_pred, y_true: sys.exit(), "raised", "SystemExit"),
    "recursion": (recurses, "raised", "RecursionError"),
    "parameters": (lambda y_pred: 1, "signature", "mse(y_pred, y_true)"),
    "class": (Awkward, "not_function", "тут клас Awkward"),
    "not a function": (0.5, "not_function", "Потрібна функція, а тут 0.5"),
    "changed input": (changes_its_input, "changed", "змінила те, що їй дали: y_pred, y_true"),
    "subclass": (lambda y_pred, y_true: np.linalg.inv(np.zeros((2, 2))), "raised", "помилкою LinAlgError"),
    "asks": (lambda y_pred, y_true: input(), "asks", "викликає input"),
    "coroutine": (waits, "difference", "незавершене обчислення (приберіть async)"),
    "generator": (lambda y_pred, y_true: (x for x in y_pred), "difference", "круглих дужок"),
    "complex": (lambda y_pred, y_true: 1j, "difference", "комплексне число"),
    "dies": (lambda y_pred, y_true: os._exit(0), "died", "процес завершився"),
    "remembers": (remembers, "remembers", "пам’ятає від попередніх"),
    "matmul": (lambda y_pred, y_true: np.ones((2, 3)) @ y_pred, "raised", "внутрішні мають збігатися"),
    "the library itself": (lessons_lib.mse, "library", "з бібліотеки: mse"),
    "behind partial": (functools.partial(lessons_lib.mse), "library", "з бібліотеки: mse"),
    "trace taken off": (takes_the_trace_off, "library", "з бібліотеки: mse"),
    "flood": (prints_a_flood, "flood", "друкує забагато"),
    "library": (calls_the_library, "library", "з бібліотеки: mse"),
}


(ADAMW,) = (task.defined(task.rights[0]) for task in tasks_of("optimizers") if task.name == "adamw")


def output_error(a2, y):
    if a2.shape != y.shape:
        raise ValueError
    return (a2 - y) / a2.size


def seven_times_the_memory(theta, g, s, lr, beta, epsilon):
    s = beta * s + (1 - beta) * g**2
    return theta - lr / (np.sqrt(s) + epsilon) * g, 7 * s


SYMPTOMS = {
    "factor": ("losses.mse", lambda a, b: 3 * right(a, b), "помноженій на 3"),
    "fraction": ("losses.mse", lambda a, b: right(a, b) * 2 / 3, "помноженій на 2/3"),
    "sign": ("losses.mse", lambda a, b: -right(a, b), "знак протилежний"),
    "added": ("losses.mse", lambda a, b: right(a, b) + 0.5, "додано те саме: 0,5"),
    "rounded": ("losses.mse", lambda a, b: round(right(a, b), 2), "до 2 цифр"),
    "zero": ("losses.mse", lambda a, b: 0.0, "відповідь нульова"),
    "nearly": ("losses.mse", lambda a, b: right(a, b) * (1 + 1e-4 * right(a, b)), "не більша за 0,1 %"),
    "some": ("losses.mse", lambda a, b: right(a, b) if len(a) > 2 else a.ndim + 0.3, "випадків 5 із 7"),
    "one axis": ("losses.mse", lambda a, b: right(a, b) if a.ndim > 1 else 7.5, "має одну вісь"),
    "unless": ("losses.mse", lambda a, b: right(a, b) if a.ndim == 1 else 5.5 + a.size, "лише ті, де"),
    "given back": ("optimizers.adamw", lambda theta, *more: theta, "дорівнює аргументові theta"),
    "transposed": ("backprop.output_grad", lambda a2, y: output_error(a2, y).T, "транспонованій"),
    "size": ("losses.mse", lambda a, b: right(a, b) * a.size**-1, "поділеній на y_pred.size"),
    "signs": ("backprop.output_grad", lambda a2, y: np.abs(output_error(a2, y)), "деякі знаки"),
    "reversed": ("optimizers.adamw", lambda *given: ADAMW(*given)[::-1], "зворотному порядку"),
    "share": ("backprop.output_grad", lambda *given: np.maximum(output_error(*given), -0.01), "Перша відмінність на"),
    "part": ("optimizers.rmsprop_step", seven_times_the_memory, "частини відповіді: 2. Правильні: 1"),
    "in a part": ("optimizers.rmsprop_step", seven_times_the_memory, "помноженій на 7"),
    "step": ("optimizers.adamw", lambda x, *more: (x + ADAMW(x, *more)) / 2, "(відповідь мінус theta)"),
    "each factor": ("backprop.output_grad", lambda *x: (d := output_error(*x)) / np.abs(d).max(), "щоразу інше"),
    "where": ("backprop.output_grad", lambda a2, y: output_error(a2, y) * (1 + (y > 0) * a2), "для яких y > 0"),
    "form": ("backprop.output_grad", lambda *given: output_error(*given).tolist(), "лише їх укладання"),
    "reordered": ("backprop.output_grad", lambda a, y: np.sort(output_error(a, y), None).reshape(y.shape), "інших"),
    "square": ("losses.mse", lambda a, b: right(a, b) ** 2, "у вас answer**2"),
    "logarithm": ("losses.mse", lambda a, b: np.log(right(a, b)), "правильно np.exp(answer)"),
    "whole": ("losses.mse", lambda a, b: np.ceil(right(a, b)), "самі цілі числа"),
    "larger": ("losses.mse", lambda a, b: right(a, b) + np.exp(a.std()), "відповідь більша за очікувану"),
    "two": ("losses.mse", lambda a, b: np.sum((a - b) ** 2) / len(a) ** (len(a) < 4), "разом або не в кожному"),
}


def first_column(a):
    return np.arange(len(a.T)) == 0


CHANCE = [
    ("losses.mse", lambda a, b: right(a, b) * (1.37 if len(a) == 4 else 1), "помноженій"),
    ("losses.mse", lambda a, b: 7.5 if a.shape[1:] == (1,) else right(a, b), "має один стовпець"),
    ("optimizers.adamw", lambda *given: ADAMW(*given).tolist(), "транспонованій"),
    ("backprop.output_grad", lambda a, y: output_error(a, y) + first_column(a) * (len(a.T) < 3), "для яких"),
    ("schedules.suggest", lambda lrs, losses, k: print(k), "бракує"),
]


@pytest.mark.parametrize(("task", "answer", "words"), CHANCE)
def test_what_only_one_case_shows_is_not_said(task, answer, words):
    assert words not in (shown := repr(check(task, answer))) and "✗" in shown


def test_a_part_of_another_type_and_a_needless_refusal_are_told():
    def refuses(grads, max_norm):
        raise ValueError

    assert "Частина [0] відповіді — генератор" in repr(check("gradients.clip_all", lambda g, n: ((x for x in g), 1.0)))
    assert "відмовляти не треба" in repr(check("gradients.clip_all", refuses))
    assert "не видно" in repr(check("backprop.output_grad", lambda *given: output_error(*given) * (1 + 1.5e-6)))


@pytest.mark.parametrize("name", SYMPTOMS)
def test_what_is_seen_of_an_unknown_mistake_is_said(name):
    task, answer, words = SYMPTOMS[name]
    shown = check(task, answer)
    assert shown.verdict.status == "difference" and words in repr(shown), shown


def spoiled(e, g):
    """A wrong answer that is wrong in another way: it errs to the other side, everywhere."""
    if isinstance(e, tuple | dict):
        parts = {key: spoiled(e[key], g[key]) for key in (e if isinstance(e, dict) else range(len(e)))}
        return parts if isinstance(e, dict) else tuple(parts.values())
    error = np.resize(g, np.shape(e)) - e
    return e - np.pi * error - (1.7 if np.sum(error) >= 0 else -1.7)


@pytest.mark.parametrize("name", SYMPTOMS)
def test_a_fact_is_said_only_where_all_wrong_cases_show_it(name):
    record = records.load(SYMPTOMS[name][0].partition(".")[0])[SYMPTOMS[name][0].partition(".")[2]]
    outcomes = checks._outcomes(record, SYMPTOMS[name][1])
    said = {key for key, _ in symptoms(record.cases, outcomes, judging._agree)} - {"some", "unless"}
    for place, (case, outcome) in enumerate(zip(record.cases, outcomes, strict=True)):
        if outcome.kind == "value":
            other = replace(outcome, value=spoiled(case.expected.value, outcome.value))
            found = symptoms(record.cases, [*outcomes[:place], other, *outcomes[place + 1 :]], judging._agree)
            was_right = judging._agree(case.expected, outcome)
            assert not {key for key, _ in found} & (said if was_right else said - {"only"})


def test_of_all_cases_nothing_is_said_where_some_were_not_computed():
    seen = []
    verdict = check("losses.mse", lambda a, b: input() if seen else seen.append(1) or 3 * right(a, b)).verdict
    assert verdict.status == "difference" and verdict.detail["symptom"] is None


def test_two_known_mistakes_that_coincide_are_asked_not_named():
    record = records.load("losses")["mse"]
    cases = tuple(replace(c, mistakes=c.mistakes | {"no_sum": c.mistakes["no_mean"]}) for c in record.cases)
    verdict = checks.judge(replace(record, cases=cases), lambda a, b: np.sum((a - b) ** 2))
    assert (verdict.status, verdict.detail["perhaps"]) == ("difference", ["no_mean", "no_sum"])
    assert repr(checks.feedback.Feedback(record, verdict, [])).count("Чи не це") == 2


NUMBERS = {
    2.167: "вдвічі менше",
    4.31: "заокруглено проміжний",
    4.33: "цифр після коми тут 2, а треба 3",
    "4,334": "Прав",
    Decimal("4.333"): "Прав",
    10**400: "має бути 1, а тут",
    433.333: "відсотки",
    0.0433333: "відсотків",
    (4, 333): "кома",
    Fraction(13, 3): "Прав",
}


@pytest.mark.parametrize("answer", NUMBERS, ids=str)
def test_a_number_that_is_nearly_right_is_told_apart(answer):
    assert NUMBERS[answer] in repr(check("losses.mse_by_hand", answer))


def test_of_several_numbers_the_wrong_one_is_pointed_out_and_whole_numbers_are_exact():
    assert check("backprop.multiplications", (100, 140)).verdict.passed
    assert "крім 2-го" in repr(check("backprop.multiplications", (100, 139)))
    assert "не в тому порядку" in repr(check("backprop.multiplications", (140, 100)))
    assert check("chain_rule.chain_by_hand", 72).verdict.passed
    assert not check("chain_rule.chain_by_hand", 72.4).verdict.passed


ORDERS = [
    ("6714", "Потрібен список цілих"), ({6, 7}, "Потрібен список цілих"), ([6, "7"], "Потрібен список цілих"),
    ([6.5, 7], "Потрібен список цілих"), ([True], "Потрібен список цілих"), ([[6]], "Потрібен список цілих"),
    ([], "Потрібен список цілих"), ([0, 1], "Рядка з номером 0 немає"), ([10**5000], "немає: номери йдуть від 1 до 8"),
    ([6, 6], "узято двічі"), ([*range(1, 9)], "серед них є зайві: 4"), ([4, 6], "Рядок 4 бере e, якого ще немає"),
    ([6, 7], "Функція повернула None"), (np.array([6, 7, 1, 4.0]), "Правильно"), ((6, 7, 1, 4), "Правильно"),
]  # fmt: skip
INPUTS = [
    (7, "щонайбільше 1)"), ({"error": [1], "delta": 1}, "щонайбільше 1)"), ([], "щонайбільше 1)"),
    ([1, 2], "щонайбільше 1)"), ([{"error": [1]}], "кортеж, у якому error, delta"), ([7], "кортеж, у якому"),
    ([([1], [1])], "delta — число float від 0,1 до 10, а тут [1]"), ([([[1]], 1)], "масивом float (осей: 1)"),
    ([([1, [2]], 1)], "масивом float"), ([(["1"], 1)], "масивом float"), ([(Awkward(), 1)], "масивом float"),
    ([([], 1)], "а тут []"), ([(np.ones(61), 1)], "не більше ніж із 60"), ([([101], 1)], "від −100 до 100"),
    ([([np.nan], 1)], "від −100 до 100"), ([([1], 1)], "версій: 1 з 6. Скільки знаходить кожен вхід: 1."),
    (((np.float32([-3, 0.5]), np.float64(2)),), "версій: 6 з 6"),
]  # fmt: skip
GIVEN = [("losses.order_softmax", *pair) for pair in ORDERS] + [("losses.huber_tests", *pair) for pair in INPUTS]


@pytest.mark.parametrize(("task", "answer", "words"), GIVEN, ids=lambda part: str(type(part).__name__))
def test_an_order_and_inputs_of_any_form_are_told_what_is_wrong(task, answer, words):
    assert words in repr(check(task, answer))


def test_sizes_of_the_inputs_must_fit_and_an_order_must_make_a_program():
    assert "розміри не сходяться, форма read тут (1,)" in repr(check("digits.recall_tests", [([1, 2], [1], 1)]))
    assert "масивом int" in repr(check("digits.recall_tests", [([1.5], [1], 1)]))
    task = next(task for task in tasks_of("optimizers") if task.name == "order_adagrad")
    loop = task.lines.index("    for g in grads:") + 1
    for order in ([loop], [loop, task.rights[0][0]], [task.rights[0][0], task.rights[0][2]]):
        assert f"відступ рядка {order[-1]} не пасує" in repr(check(task.id, order))


@pytest.mark.parametrize("answer", [2, 2.0, "2", "2,0", np.array(2), np.int64(2), Decimal(2)])
def test_an_option_may_be_written_in_any_way(answer):
    assert check("digits.read_as_eight", answer).verdict.passed


WITH_MESSAGES = """np.ones((2, 3)) @ y_pred; y_pred.reshape(7, 7); y_pred[99]; 1 / 0; int('a'); {}['a']; y_pred["a"]
range(1.5); np.array([1, [2, 3]]); __import__('torch'); np.zeros(10**14); exit_at_once(); y_pred.means(); y_pred()
'a' + y_pred; np.add(y_pred, 0, out=np.arange(2)); lessons_lib.one_hot(np.array([7]), 3); y_true.mean(axis=7)"""


@pytest.mark.parametrize("code", WITH_MESSAGES.replace("\n", "; ").split("; "))
def test_a_message_in_english_is_explained_and_shows_no_path(code):
    verdict = check("losses.mse", eval(f"lambda y_pred, y_true: {code}")).verdict
    (explained,) = [words for label, words in checks.feedback.lines_of(verdict) if not label]
    assert verdict.status == "raised" and "а" in explained
    assert ".py" not in repr(checks.feedback.Feedback(records.load("losses")["mse"], verdict, []))


def test_letters_that_only_look_latin_are_pointed_out():
    exec("def mse(y_рred, y_true):\n    return y_pred - y_true", names := {"__name__": "__main__"})
    assert "У назві y_рred є кириличні літери, схожі на латинські: «р»" in repr(check("losses.mse", names["mse"]))


def test_watched_code_neither_ends_the_notebook_nor_draws_in_it(monkeypatch):
    notebook = SimpleNamespace(display_formatter=SimpleNamespace())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: notebook))
    assert call(lambda: call(int, {}) and notebook.ask_exit(), {}).names == ("SystemExit",)
    assert call(lambda: notebook.display_formatter.format(1), {}).value == ({}, {})
    assert vars(notebook) == {"display_formatter": SimpleNamespace()}


def test_parameters_in_another_order_are_pointed_out():
    assert "у порядку (y_true, y_pred), а" in repr(check("losses.mse", lambda y_true, y_pred: 0.1))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_clearly_and_at_once(name):
    answer, status, words = FAULTS[name]
    start = time.perf_counter()
    shown = check("losses.mse", answer)
    assert time.perf_counter() - start < A_SECOND
    assert shown.verdict.status == status
    assert words in repr(shown)
    for form in shown._repr_mimebundle_().values():
        assert "Traceback" not in form and "lessons_lib/" not in form


def test_an_answer_of_another_form_is_told_too():
    for answer in ((1, (2, 3)), [[1.0], "a"], np.ones((2, 2))):
        assert check("losses.mse_by_hand", answer).verdict.status == "not_number"
    for answer in ({"learning_rate": np.ones(2), "momentum": 0.0}, {"learning_rate": 0.1}):
        assert check("optimizers.bowl_settings", answer).verdict.status == "not_settings"
    for answer in ("one", np.nan, 10**400, Decimal("sNaN"), np.array(1j), np.timedelta64(3)):
        assert check("losses.which_factor", answer).verdict.status == "not_option"
    assert check("optimizers.bowl_settings", {"learning_rate": "0,033", "momentum": Fraction(67, 100)}).verdict.passed
    assert check("schedules.warmed_digits", {"lr_max": np.array(0.6), "T_warmup": 120 * 0.5}).verdict.passed
    assert "цілим числом" in repr(check("schedules.warmed_digits", {"lr_max": 0.6, "T_warmup": 30.5}))


LOOPS = [loops_on_one_line, waits_in_a_generator]


@pytest.mark.parametrize("loop", [*LOOPS, swallows_the_stop, works_in_c, is_only_slow], ids=lambda loop: loop.__name__)
def test_code_without_an_end_and_slow_code_are_stopped_after_the_same_time(loop, monkeypatch):
    seconds = 2 if loop is is_only_slow else 0.5
    if seconds < 2:
        monkeypatch.setattr(checks, "SECONDS", seconds)
    start = time.perf_counter()
    shown = check("losses.mse", loop)
    assert seconds <= time.perf_counter() - start < seconds + A_SECOND
    assert f"не закінчився за {seconds} с".replace(".", ",") in repr(shown) and "зупинено" in repr(shown)


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.__name__)
def test_a_loop_is_stopped_also_where_the_system_has_no_timer(loop, monkeypatch):
    monkeypatch.delattr(signal, "setitimer", raising=False)
    assert call(loop, {"y_pred": 1, "y_true": 2}, seconds=0.2).kind == "timeout"


def test_the_line_of_an_error_is_the_students_own(tmp_path):
    import linecache

    source = "def mse(y_pred, y_true):\n    total = 0\n    return total / total\n"
    linecache.cache["<cell>"] = (len(source), None, source.splitlines(True), "<cell>")
    names = {"__name__": "__main__"}
    exec(compile(source, "<cell>", "exec"), names)
    assert "рядок 3: return total / total" in repr(check("losses.mse", names["mse"]))


def test_an_unknown_task_names_its_neighbours():
    assert "losses.mse" in repr(check("losses.msee", None)) and "на увазі: losses.mse." in repr(check("mse", right))
    for shown in (check(right), check(), check(right, "losses.mse")):
        assert 'check("losses.mse", mse)' in repr(shown)
    assert "кома розділила" in repr(check("losses.mse_by_hand", 4, 333))
    assert "Розділу" in (words := repr(progress("loses"))) and "losses" in words
    assert "немає" in repr(check(None, None))


def test_nothing_is_left_behind_after_a_check():
    before = sys.gettrace(), sys.stdout, sys.stderr, np.geterr()
    for answer in (prints_a_flood, changes_its_input, calls_the_library):
        check("losses.mse", answer)
    assert (sys.gettrace(), sys.stdout, sys.stderr, np.geterr()) == before


def test_arguments_are_handed_over_as_copies():
    given = {"weights": [np.ones(2), {"bias": np.zeros(1)}]}

    def spoils(weights):
        weights[0] += 1
        weights[1]["bias"][:] = 5

    assert call(spoils, given).names == ("weights",)
    assert given["weights"][0].sum() == 2 and given["weights"][1]["bias"][0] == 0
    changed = call(spoils, given, changes=("weights",))
    assert changed.kind == "value" and changed.value["weights"][0].sum() == 4


def test_a_little_printing_is_no_flood():
    assert call(lambda: print("x" * (PRINTED_AT_MOST - 1)), {}).kind == "value"
    assert call(lambda: print("x" * PRINTED_AT_MOST), {}).kind == "flood"


def test_what_is_allowed_or_given_may_be_called():
    from lessons_lib import mse, sigmoid

    def uses(z):
        return float(sigmoid(z))

    assert call(uses, {"z": 0.0}).names == ("sigmoid",)
    assert call(uses, {"z": 0.0}, allows=("sigmoid",)).value == 0.5
    assert call(lambda f: f([1.0], [3.0]), {"f": mse}).value == 4.0
    assert call(lambda adam: repr(adam)[:4], {"adam": lessons_lib.Adam(1.0)}).value == "Adam"
    assert call(
        lambda adam, g: adam.update([g], [g]), {"adam": lessons_lib.Adam(1.0), "g": np.ones(1)}, changes=["g"]
    ).names == ("Adam",)


def test_the_library_is_noticed_behind_a_decorator_and_behind_another_library():
    def of_a_schedule(t):
        return step_decay(t, 1.0, 0.5, step_size=2)

    def through_numpy(t):
        return float(np.vectorize(lambda one: step_decay(float(one), 1.0, 0.5, 2))([t])[0])

    for uses in (of_a_schedule, through_numpy):
        assert call(uses, {"t": 3}).names == ("step_decay",)
        assert call(uses, {"t": 3}, allows=("step_decay",)).value == 0.5


def test_progress_counts_what_is_solved(monkeypatch):
    monkeypatch.setattr(checks, "_scores", {})
    before = repr(progress("losses"))
    assert "Розв’язано завдань: 0 з" in before and "ще не розв’язано" in before and "є помилка" not in before
    check("losses.mse", None)
    assert repr(progress("losses")) == before, "an untouched stub is open, not tried"
    check("losses.mse", lambda y_pred, y_true: 0.0)
    assert "є помилка" in repr(progress("losses"))
    shown = check("losses.mse", right)
    check("losses.mse", lambda y_pred, y_true: 0.0)  # a later slip does not take the points away
    after = progress("losses")
    total = repr(after).splitlines()[-1]
    assert total == "Розв’язано завдань: 1 з 11. Балів: 1 з 19." and total in repr(shown)
    assert "<table>" in after._repr_mimebundle_()["text/html"]


def test_what_a_student_writes_is_shown_as_text_never_as_markup():
    def evil(y_pred, y_true):
        raise ValueError("<script>alert(1)</script>")

    assert "<script>" not in check("losses.mse", evil)._repr_mimebundle_()["text/html"]


def test_nbgrader_sees_an_error_where_there_are_no_points(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(checks.CheckFailed, match="сума, а не середнє"):
        check("losses.mse", lambda y_pred, y_true: np.sum((y_pred - y_true) ** 2))
    assert check("losses.mse", right).verdict.passed
