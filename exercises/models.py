"""What a student reads after a pass: the first right answer and what to notice in it, and the inputs of its key.

lessons_lib/checks/sealing.py says what a key is. The right outcomes on its inputs stand in no file.
"""

import json
import re

import numpy as np

from exercises import CHAPTERS, tasks_of
from exercises.tasks import Function, Order, Value
from exercises.words import words_of
from lessons_lib.checks import sealing
from lessons_lib.checks.records import encode

SEED = 2026
TRIES = 60  # of each case of a task
BITS = 64  # behind a key; a new number of three digits has ten
_WAY = re.compile(r"```\n(.+?)\n```\n+", re.DOTALL)


def written_models(language="uk"):
    """The texts of two files: the inputs of all keys, and the sealed models in a language."""
    inputs, models = {}, {}
    for task in (task for chapter in CHAPTERS for task in tasks_of(chapter)):
        record, answer = task.record(0), task.rights[0]
        chosen = key_inputs(task, record.settings)
        outcomes = [task.runner(record.settings)(task.programs("right")[0], given) for given in chosen]
        key = sealing.key(task.id, sealing.secret(record, answer, outcomes))
        models[f"model.{task.id}"] = sealing.sealed(model(task, language), key)
        if chosen:
            inputs[task.id] = [{name: encode(value) for name, value in given.items()} for given in chosen]
    lines = (f"{json.dumps(task)}: {json.dumps(given, ensure_ascii=False)}" for task, given in inputs.items())
    return "{\n" + ",\n".join(lines) + "\n}\n", json.dumps(models, indent=0) + "\n"


def model(task, language="uk"):
    """[program, notice] of a task. The program is the first right answer, or the way with which the notice begins."""
    notice = words_of(task.chapter, language).tasks[task.name].notice
    way = _WAY.match(notice)
    is_value = isinstance(task, Value) and not isinstance(task, Order)
    program = task.cell(task.rights[0]) if is_value else task.source_of(task.named("right")[0])
    return [way[1] if way else program.strip(), " ".join(notice[way.end() if way else 0 :].split())]


def key_inputs(task, settings):
    """The first inputs of every kind on which right answers agree, tolerance included, and which tell all mistakes.

    Errors: ValueError where there are none, or too few numbers to make a key.
    """
    if not isinstance(task, Function | Order):
        return []
    run, rights = task.runner(settings), task.programs("right")
    untold = dict(zip(task.wrongs, task.programs("wrong", "broken"), strict=True))
    chosen, known, bits, missing = [], set(), 0, {*range(1, task.cases)}
    for case in range(1, TRIES * task.cases):
        inputs = type(task).inputs(np.random.default_rng([SEED, case]), case % task.cases)
        outcomes = [run(right, inputs) for right in rights]
        words, *others = {sealing.written(outcome, off) for outcome in outcomes for off in (-1.2, 0, 1.2)}
        if others:
            continue
        told = [key for key, wrong in untold.items() if sealing.written(run(wrong, inputs)) != words]
        new = _numbers(outcomes[0].value) - _numbers(inputs) - known
        gain = sum(1 if number == round(number) else 10 for number in new) or words.count(":") - 1  # at least an order
        if told or (gain > 0 and bits < BITS) or case % task.cases in missing:
            chosen.append(inputs)
            missing.discard(case % task.cases)
            bits, known = bits + gain, known | new
            untold = {key: wrong for key, wrong in untold.items() if key not in told}
        if bits >= BITS and not untold and not missing:
            return chosen
    raise ValueError(f"{task.id}: {bits} bits, without kinds of case {missing}, opened by {[*untold]}")


def _numbers(value):
    """All finite numbers in a value, to three digits."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return {number for part in value for number in _numbers(part)}
    array = np.asarray(value)
    return {float(f"{x:.2e}") for x in array.ravel().tolist() if np.isfinite(x)} if array.dtype.kind in "iuf" else set()
