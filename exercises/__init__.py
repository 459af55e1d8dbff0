"""The tasks of the course, each defined once: stub, inputs, right answers, known mistakes; and their words.

There is one module per chapter, and one file of words per chapter and language; `tasks.py` says how to write a task,
`words.py` how to write its words. `make exercises` turns them into the students'
notebooks (book/exercises/) and the records that `check` judges by (lessons_lib/checks/recorded/). Only this folder
holds solutions.
"""

from importlib import import_module

CHAPTERS = {
    "chain_rule": "01_chain_rule",
    "losses": "02_losses",
    "backprop": "03_backprop",
    "optimizers": "04_optimizers",
    "schedules": "05_schedules",
    "gradients": "06_gradients",
    "digits": "07_digits",
    "after_adam": "08_after_adam",
}


def definitions(chapter):
    """The module that defines the tasks of a chapter."""
    return import_module(f"exercises.{chapter}")


def tasks_of(chapter):
    """The tasks of a chapter, in the order of its notebook."""
    from exercises.tasks import Task

    found = vars(definitions(chapter)).values()
    return [
        value()
        for value in found
        if isinstance(value, type) and issubclass(value, Task) and value.__module__ == f"exercises.{chapter}"
    ]
