"""A step that breaks says what broke and where, and quotes no cell.

Libraries put the value they stumbled over into their messages, and Dagster keeps every message for good. So an error
leaves a step as its kind and its place in the code only. Which errors are the machine's is told in
pipelines/operations/machine.py; refusals (`dg.Failure`) are worded by us and pass as they are.
"""

import functools
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ParamSpec, TypeVar

import dagster as dg

from pipelines.operations import machine

_ROOT = Path(__file__).parents[2]
P = ParamSpec("P")
T = TypeVar("T")


class StepBroke(Exception):
    """A step did not come to its end: a fault of ours or of the machine, in words that hold no data."""


class MachineBroke(StepBroke):
    """The machine was at fault; the message says what to do."""


def quoting_nobody(step: Callable[P, Iterator[T]]) -> Callable[P, Iterator[T]]:
    """The step, whose errors come out without the values they quote.

    The stack stays, since it holds lines of code only; what the error was raised from goes.
    """

    @functools.wraps(step)
    def run(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        try:
            yield from step(*args, **kwargs)
        except (dg.Failure, StepBroke):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised again in other words
            raise _unquoted(error).with_traceback(error.__traceback__) from None

    return run


def _unquoted(error: Exception) -> StepBroke:
    sentence = machine.as_sentence(error)
    if sentence is not None:
        return MachineBroke(sentence)
    return StepBroke(f"{type(error).__module__}.{type(error).__qualname__}（{_place(error)}）")


def _place(error: Exception) -> str:
    """Where in our code it came up."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_ROOT) and ".venv" not in frame.filename]
    last = (ours or frames)[-1]
    return f"{Path(last.filename).name}:{last.lineno} {last.name}"
