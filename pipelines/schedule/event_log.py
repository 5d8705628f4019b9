"""Dagster's event log with its databases kept open.

Belongs here: how the log of a home connects to SQLite. Dagster's own makes an engine for every statement, some 2,700 a
night, and with each compiles its SQL anew: ten of a small night's 25 seconds. Files and their contents are the same.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import local
from typing import Any, Self

from dagster import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event


class _Together(local):
    """The batch that a thread is storing, and the transactions it has begun."""

    def __init__(self) -> None:
        self.batch: ExitStack | None = None
        self.connections: dict[str, Connection] = {}


class KeptEventLog(SqliteEventLogStorage):
    """One engine for each database, for as long as the instance lives."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._together = _Together()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        return cls(inst_data=inst_data, **config_value)

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[Connection]:
        return self._kept(str(run_id), super().run_connection(run_id))

    def index_connection(self) -> AbstractContextManager[Connection]:
        return self._kept(INDEX_SHARD_NAME, super().index_connection())

    @contextmanager
    def _kept(self, shard: str, first: AbstractContextManager[Connection]) -> Iterator[Connection]:
        """A transaction on a database, that of a batch where one is being stored.

        `first`, Dagster's own way to the database, creates it where there is none.
        """
        if shard not in self._engines:
            with first:
                pass
            address = self.conn_string_for_shard(shard)
            self._engines[shard] = _engine(address)
        batch = self._together.batch
        if batch is None:
            with self._engines[shard].begin() as connection:
                yield connection
        else:
            if shard not in self._together.connections:
                self._together.connections[shard] = batch.enter_context(self._engines[shard].begin())
            yield self._together.connections[shard]

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; once it is there it stays, though Dagster asks again with every event."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def store_event(self, event: EventLogEntry) -> None:
        """Stores an event in one transaction a database, where Dagster makes several."""
        with self._as_one():
            super().store_event(event)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """The same for events that come together."""
        with self._as_one():
            super().store_event_batch(events)

    @contextmanager
    def _as_one(self) -> Iterator[None]:
        """What this thread stores meanwhile is one transaction a database."""
        if self._together.batch is not None:
            yield
            return
        with ExitStack() as batch:
            self._together.batch = batch
            try:
                yield
            finally:
                self._together.batch = None
                self._together.connections.clear()

    def dispose(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def _engine(address: str) -> Engine:
    """Waits for the disk when SQLite tidies up, not at each of some hundred commits.

    Dagster's databases write ahead (WAL): a machine that goes down in that moment loses the last lines, nothing more.
    """
    engine = create_engine(address, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = NORMAL"))
    return engine
