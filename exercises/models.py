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
TRIES = 100
_WAY = re.compile(r"```\n(.+?)\n```\n+", re.DOTALL)


def written_models(language="uk"):
    """The texts of two files: the inputs of all keys, and the sealed models in a language."""
    inputs, models = {}, {}
    for task in (task for chapter in CHAPTERS for task in tasks_of(chapter)):
        record, outcomes = task.record(0), ()
        if isinstance(task, Function | Order):
            run = task.runner(record.settings)
            chosen = key_inputs(task, run)
            inputs[task.id] = [{name: encode(value) for name, value in given.items()} for given in chosen]
            outcomes = [run(task.programs("right")[0], given) for given in chosen]
        key = sealing.key(task.id, sealing.secret(record, task.rights[0], outcomes))
        models[f"model.{task.id}"] = sealing.sealed(model(task, language), key)
    lines = (f"{json.dumps(task)}: {json.dumps(given, ensure_ascii=False)}" for task, given in inputs.items())
    return "{\n" + ",\n".join(lines) + "\n}\n", json.dumps(models, indent=0) + "\n"


def model(task, language="uk"):
    """[program, notice] of a task. The program is the first right answer, or the way with which the notice begins."""
    notice = words_of(task.chapter, language).tasks[task.name].notice
    way = _WAY.match(notice)
    is_value = isinstance(task, Value) and not isinstance(task, Order)
    program = task.cell(task.rights[0]) if is_value else task.source_of(task.named("right")[0])
    return [way[1] if way else program.strip(), " ".join(notice[way.end() if way else 0 :].split())]


def key_inputs(task, run):
    """Two inputs of every kind on which right answers agree within what a check tolerates. Errors: ValueError."""
    chosen = []
    for case in 2 * [*range(1, task.cases)]:
        for seed in range(TRIES):
            inputs = type(task).inputs(np.random.default_rng([SEED, len(chosen), seed]), case)
            outcomes = [run(right, inputs) for right in task.programs("right")]
            if len({sealing.written(outcome, off) for outcome in outcomes for off in (-1.2, 0, 1.2)}) == 1:
                chosen.append(inputs)
                break
        else:
            raise ValueError(f"{task.id}: no inputs of kind {case} on which right answers agree")
    return chosen
