"""Ctrl-C and SIGTERM while a night runs on the command line: it ends at once, as if the machine had gone off.

Belongs here: nothing but that. Dagster would take the signal for a fault of the step it happens to be in, and begin
the step again. What an ended night leaves behind is no reader's affair and is swept by the next one, as after a kill.
"""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

STOPS = (signal.SIGINT, signal.SIGTERM)
BY_SIGNAL = 128
"""Added to the signal's number it is the exit code, as shells have it."""


@contextmanager
def stopped_at_once(words: str) -> Iterator[None]:
    """While this lasts a signal to stop ends the process, after saying `words`; for the main thread.

    Which handler a library sets meanwhile doesn't matter: Python tells of each signal here before it calls one.
    """
    told, telling = socket.socketpair()
    telling.setblocking(False)
    handlers = {stop: signal.signal(stop, signal.default_int_handler) for stop in STOPS}
    before = signal.set_wakeup_fd(telling.fileno(), warn_on_full_buffer=False)
    watching = threading.Thread(target=_watch, args=[told, words], daemon=True)
    watching.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        for stop, handler in handlers.items():
            signal.signal(stop, handler)
        telling.close()
        watching.join()


def _watch(told: socket.socket, words: str) -> None:
    with told:
        while numbers := told.recv(64):
            for number in numbers:
                if number in STOPS:
                    if words:
                        click.echo(words, err=True)
                    os._exit(BY_SIGNAL + number)
