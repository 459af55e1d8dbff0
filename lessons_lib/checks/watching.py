"""Run a student's function so that it cannot hang, flood or harm the notebook, and say what happened.

`call` hands over copies, watches the clock and what is printed, notices calls of the library's own functions, and
returns an `Outcome`: data, never an exception.
"""

import builtins
import contextlib
import copy
import functools
import inspect
import io
import linecache
import signal
import sys
import threading
import time
import traceback
import warnings
from dataclasses import dataclass, field

import numpy as np

__all__ = ["KINDS", "Outcome", "call"]

KINDS = ("value", "raised", "changed", "library", "timeout", "flood", "asks", "died")  # of an Outcome

_settrace = sys.settrace  # while a call is watched, the student's code finds another one
PRINTED_AT_MOST = 20_000  # characters
# Cyrillic letters, by their places in Unicode after 0x400, and the Latin ones that look the same.
_CYRILLIC = bytes.fromhex("303556583e40414345101215061a1c1d1e20212225")
LOOK_ALIKE = {0x400 + place: latin for place, latin in zip(_CYRILLIC, "aeijopcyxABEIKMHOPCTX", strict=True)}
_AGAIN = 0.05  # seconds until a swallowed interrupt is repeated


@dataclass(frozen=True)
class Outcome:
    """The result of one call.

    kind    "value", "raised", "changed" (an argument was changed that must stay), "library" (the library's own
            function did the work), "timeout", "flood" (of output), "asks" (input), "died" (the process ended)
    value   what came back; for arguments that the task changes in place, {argument: its new value}
    names   the error's type and the types above it, the changed arguments, or the library's function
    detail  the error's message, its line number and that line
    """

    kind: str
    value: object = None
    names: tuple = ()
    detail: dict = field(default_factory=dict)


class _Stop(BaseException):
    """Ends the student's code; not an Exception, so that `except Exception` lets it through."""


class _Asks(BaseException):
    """The student's code asks for input, which nobody is there to give."""


class _Sink(io.TextIOBase):
    """Takes what is printed, and stops the program that prints without end."""

    def __init__(self, most):
        self.count, self.most = 0, most

    def write(self, words):
        self.count += len(words)
        if self.count > self.most:
            raise _Stop
        return len(words)


def call(function, inputs, *, changes=(), allows=(), seconds=2.0, printed=PRINTED_AT_MOST):
    """Call function with copies of the values of the dict `inputs`, in order, and return its Outcome.

    changes   names of the arguments that the task changes in place: their new values are the outcome
    allows    names of public functions and methods ("Adam.update") of lessons_lib that the student may call
    seconds   after that time the call is stopped
    printed   after so many characters of output it is stopped, too

    >>> call(lambda x: 2 * x, {"x": 3}).value
    6
    >>> call(lambda x: 1 / x, {"x": 0}).names
    ('ZeroDivisionError', 'ArithmeticError')
    """
    given = {name: copied(value) for name, value in inputs.items()}
    if own := _own_name(function, given.values(), allows):
        return Outcome("library", names=(own,))
    sink = _Sink(printed)
    watch = _Watch(function, given.values(), allows, seconds)
    try:
        with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink), warnings.catch_warnings(), _alone():
            warnings.simplefilter("ignore")
            value = snapshot(watch.run(*given.values()))
            if inspect.iscoroutine(value):
                value.close()  # or Python would complain that nobody awaits it
    except _Stop:
        return Outcome("flood") if sink.count > printed else Outcome("timeout", detail={"seconds": seconds})
    except _Asks:
        return Outcome("asks")
    except BaseException as error:
        return Outcome("raised", names=types_of(error), detail=place(error, function))
    if watch.used:
        return Outcome("library", names=tuple(sorted(watch.used)))
    return finished(inputs, given, value, changes)


def finished(inputs, given, value, changes):
    """The Outcome of a call that returned a value and was given copies of the inputs."""
    changed = [name for name in given if name not in changes and not unchanged(inputs[name], given[name])]
    if changes:
        value = {name: given[name] for name in changes}
    return Outcome("changed" if changed else "value", value, tuple(changed))


def _own_name(function, arguments, allows):
    """The name of a public function of the library that is handed in as the answer itself, or None."""
    while isinstance(function, functools.partial):
        function = function.func
    package = (getattr(function, "__module__", None) or "").split(".")
    is_own = package[0] == "lessons_lib" and "checks" not in package
    name = getattr(function, "__qualname__", "")
    return name if is_own and name not in allows and not any(function is value for value in arguments) else None


def copied(value):
    """A deep copy in which functions stay what they are."""
    return value if callable(value) else copy.deepcopy(value)


def snapshot(value):
    """The data as they are now: a function may return what it changes at its next call. All else stays what it is."""
    if type(value) in (list, tuple):
        return type(value)(map(snapshot, value))
    if type(value) is dict:
        return {key: snapshot(part) for key, part in value.items()}
    return value.copy() if type(value) is np.ndarray else value


@contextlib.contextmanager
def _alone():
    """Nobody answers a question or shows a figure, exit() ends no kernel, and nothing inside switches the watch off."""
    before = builtins.input, sys.settrace
    notebook = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()

    def ask(*prompt):
        raise _Asks

    builtins.input, sys.settrace = ask, lambda function: None
    notebook = notebook if "ask_exit" not in getattr(notebook, "__dict__", {}) else None  # a call around this one
    if notebook:
        notebook.ask_exit, notebook.display_formatter.format = sys.exit, lambda *shown, **options: ({}, {})
    try:
        yield
    finally:
        builtins.input, sys.settrace = before
        if notebook:
            del notebook.ask_exit, notebook.display_formatter.format


def types_of(error):
    """The names of an error's type and of those above it, up to Exception: a subclass of ValueError is one, too."""
    above = [cls for cls in type(error).__mro__ if cls not in (Exception, BaseException, object)]
    return tuple(cls.__name__ for cls in above) or (type(error).__name__,)


def unchanged(before, after):
    """Say whether a copied value is still equal in every element, NaN to NaN."""
    if isinstance(before, np.ndarray):
        return isinstance(after, np.ndarray) and before.shape == after.shape and before.tobytes() == after.tobytes()
    if isinstance(before, dict):
        return list(before) == list(after) and all(unchanged(before[key], after[key]) for key in before)
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(map(unchanged, before, after))
    return before is after or before == after or before != before


class _Watch:
    """Checks the clock, and who calls the library, at every call and every jump of the running code."""

    def __init__(self, function, arguments, allows, seconds):
        self.function, self.seconds = function, seconds
        self.home = getattr(inspect.unwrap(function), "__globals__", {}).get("__name__", "__main__")
        self.trusted = {code for value in arguments if (code := getattr(value, "__code__", None))}
        self.allows = set(allows)
        self.used = set()

    def run(self, *arguments):
        self.deadline = time.monotonic() + self.seconds
        with self._alarm(), self._monitor() if hasattr(sys, "monitoring") else self._trace():
            return self.function(*arguments)

    def _look(self, frame):
        if self._at_home(frame):
            if time.monotonic() > self.deadline:
                raise _Stop
            return
        name = _name(frame)
        if frame.f_code in self.trusted or {frame.f_code.co_name, name} & self.allows:
            return
        if _is_course(frame) and self._called_from_home(frame):
            self.used.add(name)

    def _called_from_home(self, frame):
        """Say whether the student's own code calls the frame, perhaps through another library, such as a decorator."""
        caller = frame.f_back
        while caller is not None and not self._at_home(caller) and caller.f_code is not _Watch.run.__code__:
            if caller.f_code in self.trusted or caller.f_globals.get("__name__", "").startswith("lessons_lib."):
                return False
            caller = caller.f_back
        return caller is not None

    def _at_home(self, frame):
        """Say whether the frame runs the student's own code."""
        return frame.f_globals.get("__name__") == self.home

    @contextlib.contextmanager
    def _monitor(self):
        """Python 3.12 and newer: the interrupt comes again if the student's code swallows it."""
        monitoring, events = sys.monitoring, sys.monitoring.events
        tool = next((i for i in (3, 4, 0, 1, 2, 5) if monitoring.get_tool(i) is None), None)
        if tool is None:
            yield
            return

        def look(code, offset, destination=None):
            self._look(sys._getframe(1))

        monitoring.use_tool_id(tool, "lessons_lib")
        monitoring.register_callback(tool, events.PY_START, look)
        monitoring.register_callback(tool, events.JUMP, look)
        monitoring.set_events(tool, events.PY_START | events.JUMP)
        try:
            yield
        finally:
            monitoring.set_events(tool, 0)
            monitoring.free_tool_id(tool)

    @contextlib.contextmanager
    def _trace(self):
        """Python 3.11."""
        before = sys.gettrace()
        _settrace(self._start)
        try:
            yield
        finally:
            _settrace(before)

    def _start(self, frame, event, argument):
        self._look(frame)
        return self._traced(frame) if self._at_home(frame) else None

    def _step(self, frame, event, argument):
        if event != "exception":  # a stop just raised is about to reach the student's `except`: wait until it is there
            self._look(frame)
        return self._step

    def _traced(self, frame):
        frame.f_trace_opcodes, frame.f_trace_lines = True, False  # `while True: pass` is a line without an end
        return self._step

    @contextlib.contextmanager
    def _alarm(self):
        """Where there is a timer, it stops the code too, and traces again: Python 3.11 drops a tracer that raises."""
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            yield
            return

        def ring(number, frame):
            if not hasattr(sys, "monitoring"):
                _settrace(self._start)
                while frame is not None:
                    if self._at_home(frame):
                        frame.f_trace = self._traced(frame)
                    frame = frame.f_back
            raise _Stop

        try:
            before = signal.signal(signal.SIGALRM, ring)
            outer = signal.setitimer(signal.ITIMER_REAL, self.seconds + _AGAIN, _AGAIN)
        except (OSError, ValueError, AttributeError):
            yield
            return
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            signal.setitimer(signal.ITIMER_REAL, *outer)  # of a call around this one, or off


def _is_course(frame):
    """Say whether the frame runs the library's own code, except these checks: every print goes through them."""
    package = frame.f_globals.get("__name__", "").split(".")
    return package[0] == "lessons_lib" and "checks" not in package


def _name(frame):
    """The name of the running function; for a wrapper of the library, the name of the function inside."""
    inside = (frame.f_locals.get(variable) for variable in frame.f_code.co_freevars)
    return next((f.__qualname__ for f in inside if inspect.isfunction(f)), frame.f_code.co_qualname)


def _alike(name, names):
    """Of some names, those that look like a name and have a Cyrillic letter."""
    return sorted(n for n in names if not n.isascii() and n.translate(LOOK_ALIKE) == name.translate(LOOK_ALIKE))


def place(error, function):
    """The message of an error, and the innermost line of the student's own code that led to it."""
    home = getattr(inspect.unwrap(function), "__globals__", {}).get("__name__")
    detail = {"message": str(error)}
    name = str(getattr(error, "name", ""))
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_globals.get("__name__") == home and home != __name__:
            written = linecache.getline(frame.f_code.co_filename, line).strip()
            alike = _alike(name, {name, *frame.f_code.co_varnames, *frame.f_globals})
            detail |= {"line": line, "code": written, "alike": alike}
    return detail
