"""Builds: makings of a read model, each in a schema of its own; readers see the live one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import duckdb

from ..errors import InvalidInput, OtherHistory, ReadModelsFailed
from .file import File, Model
from .projection import AnyProjection


@dataclass(frozen=True)
class Build:
    """One making of a read model.

    `checkpoint` is the position of the last event in it, `event_id` the id of that event (None at
    0, and where it was not written down in former times), `code` a fingerprint of the code that
    began it (None where it had no source).
    """

    projection: str
    number: int
    version: int
    checkpoint: int
    live: bool
    event_id: UUID | None = None
    code: str | None = None

    @property
    def schema(self) -> str:
        """The schema that its tables are in."""
        return f"{self.projection}_{self.number}"


def builds(file: File, projection: str) -> list[Build]:
    """All builds of a projection, in order; at most one of them is live."""
    with file.cursor() as cursor:
        return _builds(cursor, projection)


def faults(file: File) -> list[str]:
    """The builds whose last event is not that of the store at their checkpoint, in words."""
    found = []
    with file.cursor() as cursor:
        names = cursor.execute("SELECT DISTINCT projection FROM main.builds ORDER BY 1").fetchall()
        for build in [one for (name,) in names for one in _builds(cursor, name)]:
            if not _is_there(file, cursor, build.checkpoint, build.event_id):
                found.append(str(OtherHistory(build.projection, build.checkpoint)))
    return found


def live_build(file: File, projection: str) -> Build | None:
    """The build that readers see."""
    return next((build for build in builds(file, projection) if build.live), None)


def make_build(file: File, projection: AnyProjection, *, live: bool) -> Build:
    """An empty build: a schema, the projection's tables in it, checkpoint 0."""
    name, version, code = projection.name, projection.version, projection.code

    def make(model: Model) -> Build:
        number = max((build.number for build in _builds(model, name)), default=0) + 1
        build = Build(name, number, version, 0, live, code=code)
        model.execute(f"CREATE SCHEMA {build.schema}")
        model.execute(f"USE {file.alias}.{build.schema}")
        try:
            model.execute(projection.tables)
        except (duckdb.ProgrammingError, duckdb.DataError) as error:
            raise InvalidInput("tables", f"is SQL that fails: {error}") from error
        model.execute(
            "INSERT INTO main.builds (projection, build, version, checkpoint, live, code) "
            "VALUES (?, ?, ?, 0, ?, ?)",
            [name, number, version, live, code],
        )
        if live:
            _show(file, model, build)
        return build

    return file.change(make)


def make_live(file: File, build: Build) -> None:
    """Let readers see this build from now on, and throw the others away, in one transaction.

    A reader that is still looking at the one before reads on as it was. Effects whose mark is of
    another history go on behind the build.
    """
    name = build.projection

    def swap(model: Model) -> None:
        model.execute(
            "UPDATE builds SET live = (build = ?) WHERE projection = ?", [build.number, name]
        )
        _show(file, model, build)
        for other in _builds(model, name):
            if not other.live:
                _drop(model, other)
        for done, event_id in model.execute(
            "SELECT done, event_id FROM effects WHERE projection = ?", [name]
        ).fetchall():
            if not _is_there(file, model, done, event_id):
                model.execute(
                    "UPDATE effects SET done = b.checkpoint, event_id = b.event_id FROM builds b "
                    "WHERE effects.projection = ? AND b.projection = ?",
                    [name, name],
                )

    file.change(swap)


def drop_builds(file: File, projection: str, *, but: Build | None = None) -> None:
    """Throw away what a rebuild has left: all that is not live, but for this one."""

    def drop(model: Model) -> None:
        for build in _builds(model, projection):
            if not build.live and build != but:
                _drop(model, build)

    file.change(drop)


def _drop(model: Model, build: Build) -> None:
    which = [build.projection, build.number]
    model.execute(f"DROP SCHEMA IF EXISTS {build.schema} CASCADE")
    model.execute("DELETE FROM builds WHERE projection = ? AND build = ?", which)
    model.execute("DELETE FROM set_aside WHERE projection = ? AND build = ?", which)


def move_checkpoint(
    file: File, model: Model, build: Build, before: int, position: int, event_id: UUID | None
) -> None:
    """Move a build's checkpoint from `before` to an event, in the transaction with its tables.

    Raises ReadModelsFailed if it is not there any more: then somebody else has handled the events.
    """
    [(moved,)] = model.execute(
        "UPDATE main.builds SET checkpoint = ?, event_id = ? "
        "WHERE projection = ? AND build = ? AND checkpoint = ?",
        [position, event_id, build.projection, build.number, before],
    ).fetchall()
    if moved != 1:
        problem = f"{build.schema} is no longer at position {before}: somebody else has moved it"
        raise ReadModelsFailed(file.path, problem)


def check_history(file: File, projection: str, position: int, event_id: UUID | None) -> None:
    """Raise OtherHistory unless the store has this event at this position."""
    if not is_of_store(file, position, event_id):
        raise OtherHistory(projection, position)


def is_of_store(file: File, position: int, event_id: UUID | None) -> bool:
    """Whether the store has this event at this position, or any where the id is not known."""
    with file.cursor() as cursor:
        return _is_there(file, cursor, position, event_id)


def _is_there(file: File, model: Model, position: int, event_id: UUID | None) -> bool:
    found = file.event_id_at(model, position)
    return position == 0 or (found is not None and event_id in (None, found))


def _builds(model: Model, projection: str) -> list[Build]:
    rows = model.execute(
        "SELECT projection, build, version, checkpoint, live, event_id, code FROM main.builds "
        "WHERE projection = ? ORDER BY build",
        [projection],
    ).fetchall()
    return [Build(*row) for row in rows]


def _show(file: File, cursor: Model, build: Build) -> None:
    """Views in a schema with the projection's plain name, one a table: what readers query."""
    shown, made = f"{file.alias}.{build.projection}", f"{file.alias}.{build.schema}"
    cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {shown}")
    views = cursor.execute(
        "SELECT view_name FROM duckdb_views() WHERE database_name = ? AND schema_name = ?",
        [file.alias, build.projection],
    ).fetchall()
    for (name,) in views:
        cursor.execute(f"DROP VIEW {shown}.{_quoted(name)}")
    tables = cursor.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = ?",
        [file.alias, build.schema],
    ).fetchall()
    for (name,) in tables:
        cursor.execute(f"CREATE VIEW {shown}.{_quoted(name)} AS FROM {made}.{_quoted(name)}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
