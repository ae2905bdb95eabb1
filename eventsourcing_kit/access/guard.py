"""A store as one actor sees it.

It is advisory: code in this process that wants to go around it only has to keep the store behind
it. It serves honest code that could err, and it is the place where reads are noted. What holds
against an enemy is a wall between processes: the roles of a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NoReturn

import msgspec

from ..errors import AccessDenied, InvalidInput, NotThroughGuard
from ..event import RecordedEvent, check_name, check_number
from ..stores import (
    NO_STREAM,
    AppendCondition,
    AppendResult,
    EventStore,
    Query,
)
from ..stores.around import AppendsThrough, Put
from ..stores.protocol import COLUMNS, ExpectedVersions, TimeAxis, Write
from ..stores.reads import ENDLESS, arrow_schema, check_category
from ..stores.rules import check_writes
from .policy import APPEND, EVERY, MASKED_FIELDS, READ, Actor, Policy, Rule, cached_views
from .read_log import (
    EVERYTHING,
    AccessRefused,
    EventsRead,
    Subject,
    note,
    one_stream,
    whole_category,
)

if TYPE_CHECKING:
    import pyarrow as pa

PAGE: Final = 1000  # events that are looked through at a time, where few of them may be seen
TAGS: Final = "tags"


class Guarded(AppendsThrough):
    """An event store, over any other, that does what the policy lets the actor do.

    What no rule gives is refused (AccessRefused), by the name alone and before the store is asked:
    so for a stream that is there as for one that is not. Of what may be read, events of other
    types are left out and masked fields are marked as gaps; positions and versions stay what they
    are, with holes. It has no SQL, not even to look: who asks for that gets a copy of what this
    actor sees. A read model that follows it belongs to the actor and the policy: under another
    policy it has to be rebuilt, for nobody comes back to positions that were passed.

    Appends are in the actor's own name: the metadata has to say {"actor": …}. The answer, and a
    conflict, tell the stream's version: who may append may know it. At an exact version only who
    may read all types of the stream can append, for a decision on a history with holes is none;
    and on a condition only who may read all that it asks about.
    """

    def __init__(
        self,
        store: EventStore,
        policy: Policy,
        actor: Actor,
        *,
        log: EventStore | None = None,
        reason: str = "",
    ) -> None:
        """`log` is the store in which reads and refusals are noted, with the `reason` given."""
        super().__init__(store)
        self.policy = policy
        self.actor = actor
        self.reason = reason
        self._log = log
        self._view = cached_views(policy, actor)
        rules = policy.of_roles(actor, READ)
        self._reads_any = bool(rules)
        self._reads_all = any(one.gives_all for one in rules)
        self.read_through = (policy, actor, getattr(store, "upcasters", None))
        """Whoever keeps what was made of these events keeps it apart by this, as Snapshots do."""
        self._end = (0, 0)  # the position that was looked through, the last one there to be seen

    def __repr__(self) -> str:
        return f"Guarded({self._store!r} as {self.actor.name})"

    def __getattr__(self, name: str) -> Any:
        actor = vars(self).get("actor")  # a copy that is being made has none yet
        raise NotThroughGuard("nobody" if actor is None else actor.name, name)

    # --- appending -------------------------------------------------------------------------------

    def _put(
        self, writes: Sequence[Write], put: Put, condition: AppendCondition | None = None
    ) -> list[AppendResult]:
        """As they are, if the actor may do all of them. Raises AccessDenied, InvalidInput."""
        checked = check_writes(writes)
        for stream_id, events, expected in checked:
            self._check_version(stream_id, expected)
            for event in events:
                self._check_event(stream_id, event.type, event.metadata)
        if condition is not None:
            self._check_condition(condition)
        return put(checked)

    def append_columns(self, columns: Any, expected_version: ExpectedVersions = NO_STREAM) -> int:
        from ..stores.columns import as_table

        table = as_table(columns)
        names = table.column_names
        if {"stream_id", "type"} <= set(names) and len(set(names)) == len(names):
            metadata = table["metadata"].to_pylist() if "metadata" in names else [None] * len(table)
            cells = (table["stream_id"].to_pylist(), table["type"].to_pylist(), metadata)
            for row in dict.fromkeys(zip(*cells, strict=True)):
                self._check_row(*row, expected_version)
        # Else the store refuses it, and says in its own words what is wrong.
        return self._store.append_columns(table, expected_version)

    def _check_row(self, stream_id: Any, type_: Any, text: Any, expected: ExpectedVersions) -> None:
        """As for an event. What is no event at all the store refuses in its own words."""
        if not isinstance(stream_id, str) or not isinstance(type_, str):
            return
        if isinstance(expected, Mapping):
            expected = expected.get(stream_id, NO_STREAM)
        self._check_version(stream_id, expected)
        try:
            metadata = msgspec.json.decode(text) if text else {}
        except (msgspec.DecodeError, TypeError):
            metadata = {}
        self._check_event(stream_id, type_, metadata if isinstance(metadata, dict) else {})

    def _check_version(self, stream_id: str, expected: Any) -> None:
        if not self.policy.rules_for(self.actor, APPEND, stream_id):
            self._deny(APPEND, one_stream(stream_id))
        if isinstance(expected, int) and expected and not self._reads_whole(stream_id):
            self._deny("append at an exact version to", one_stream(stream_id))

    def _check_event(self, stream_id: str, type_: str, metadata: Mapping[str, Any]) -> None:
        rules = self.policy.rules_for(self.actor, APPEND, stream_id)
        rules = tuple(rule for rule in rules if rule.covers(type_))
        if not rules:
            self._deny(f"append {type_} to", one_stream(stream_id))
        if MASKED_FIELDS in metadata:
            raise InvalidInput(f"metadata.{MASKED_FIELDS}", "is written by a guard when it reads")
        name = self.actor.name
        if metadata.get("actor") != name and not any(rule.for_others for rule in rules):
            raise InvalidInput("metadata.actor", f"must be {name!r}: who appends says who it was")

    def _check_condition(self, condition: AppendCondition) -> None:
        """Whether one holds tells of all streams, so the actor has to be allowed to read them."""
        everywhere = [
            rule
            for rule in self.policy.of_roles(self.actor, READ)
            if rule.streams == EVERY and rule.every_tenant
        ]
        for query in condition.fail_if_match:
            if not any(
                (rule.types is None or (query.types and query.types <= set(rule.types)))
                and (not query.tags or rule.metadata == EVERY or TAGS in rule.metadata)
                for rule in everywhere
            ):
                self._deny("append on the condition of", EVERYTHING)

    # --- reading ---------------------------------------------------------------------------------

    def read_stream(
        self,
        stream_id: str,
        from_version: int = 1,
        to_version: int | None = None,
        *,
        to_position: int | None = None,
        as_of: datetime | None = None,
        by: TimeAxis = "recorded_at",
        backwards: bool = False,
        limit: int | None = None,
    ) -> list[RecordedEvent]:
        self._check_stream(stream_id)
        of_all = limit if self._reads_whole(stream_id) else None
        given = {"to_position": to_position, "as_of": as_of, "by": by}
        given |= {"backwards": backwards, "limit": of_all}
        events = self._store.read_stream(stream_id, from_version, to_version, **_unusual(given))
        seen = self._seen(events)
        if limit is not None and of_all is None:
            seen = seen[: check_number("limit", limit, 1)]
        self._note(one_stream(stream_id), seen)
        return seen

    def read_category(
        self,
        category: str,
        after_position: int = 0,
        limit: int | None = None,
        *,
        as_of: datetime | None = None,
        by: TimeAxis = "recorded_at",
    ) -> list[RecordedEvent]:
        subject = whole_category(check_category(category))
        rules = self.policy.of_roles(self.actor, READ)
        if not any(rule.in_category(category) for rule in rules):
            self._deny(READ, subject)
        more = _unusual({"as_of": as_of, "by": by})
        seen = self._page(
            lambda after, n: self._store.read_category(category, after, n, **more),
            after_position,
            limit,
        )
        self._note(subject, seen)
        return seen

    def read_all(
        self,
        after_position: int = 0,
        limit: int | None = None,
        *,
        as_of: datetime | None = None,
        by: TimeAxis = "recorded_at",
    ) -> list[RecordedEvent]:
        self._check_any()
        more = _unusual({"as_of": as_of, "by": by})
        seen = self._page(
            lambda after, n: self._store.read_all(after, n, **more), after_position, limit
        )
        self._note(EVERYTHING, seen)
        return seen

    def read_matching(
        self, query: Query, after_position: int = 0, limit: int | None = None
    ) -> list[RecordedEvent]:
        """As for any store. An event whose tags the actor may not see matches no tag."""
        self._check_any()
        seen = self._page(
            lambda after, n: self._store.read_matching(query, after, n),
            after_position,
            limit,
            by_tag=bool(query.tags),
        )
        self._note(EVERYTHING, seen)
        return seen

    def catch_up(self, after_position: int = 0, batch: int = 1000) -> Iterator[list[RecordedEvent]]:
        """As for any store. A batch may be smaller, and positions have gaps.

        It is noted once for all events up to the head as it then is, not with every batch.
        """
        self._check_any()
        return self._catch_up(self._store.catch_up(after_position, batch))

    def _catch_up(self, batches: Iterator[list[RecordedEvent]]) -> Iterator[list[RecordedEvent]]:
        noted = 0
        for events in batches:
            seen = self._seen(events)
            if seen and seen[-1].position > noted:
                noted = max(self._store.position(), seen[-1].position)
                self._note_range(EVERYTHING, None, seen[0].position, noted)
            if seen:
                yield seen

    def read_columns(
        self,
        after_position: int = 0,
        limit: int | None = None,
        *,
        columns: Sequence[str] = COLUMNS,
        batch: int = 100_000,
    ) -> Iterator[pa.RecordBatch]:
        """As for any store; noted as catch_up is."""
        self._check_any()
        schema = arrow_schema(columns)
        if self._reads_all:
            batches = self._store.read_columns(after_position, limit, columns=columns, batch=batch)
            return self._read_columns(batches, schema, ENDLESS)
        left = ENDLESS if limit is None else check_number("limit", limit, 1)
        needed = {"position", "stream_id", "type", *columns}
        needed |= {"data"} if "metadata" in columns else set()
        asked = [name for name in COLUMNS if name in needed]
        batches = self._store.read_columns(after_position, columns=asked, batch=batch)
        return self._read_columns(batches, schema, left)

    def _read_columns(
        self, batches: Iterator[pa.RecordBatch], schema: pa.Schema, left: int
    ) -> Iterator[pa.RecordBatch]:
        is_noted = False
        for rows in batches:
            if not self._reads_all:
                rows = self._seen_rows(rows, left)
                if not rows.num_rows:
                    continue
                left -= len(rows["position"].unique())
            if not is_noted:
                first = rows["position"][0].as_py() if "position" in rows.schema.names else 1
                self._note_range(EVERYTHING, None, first, self._store.position())
                is_noted = True
            yield rows.select(schema.names)
            if left <= 0:
                return

    def _seen_rows(self, rows: pa.RecordBatch, left: int) -> pa.RecordBatch:
        """The rows of at most so many events that may be seen, as they may be seen."""
        import pyarrow as pa

        streams, types = (rows[name].to_pylist() for name in ("stream_id", "type"))
        views = [self._view(*pair) for pair in zip(streams, types, strict=True)]
        kept = [number for number, view in enumerate(views) if view is not None]
        positions = list(
            dict.fromkeys(rows["position"].take(pa.array(kept, pa.int64())).to_pylist())
        )
        if len(positions) > left:
            within = set(positions[:left])
            kept = [n for n in kept if rows["position"][n].as_py() in within]
        rows = rows.take(pa.array(kept, pa.int64()))
        names = [name for name in ("data", "metadata") if name in rows.schema.names]
        if not names or all(view.is_whole for n in kept if (view := views[n])):
            return rows
        texts = {name: rows[name].to_pylist() for name in names}
        for row, number in enumerate(kept):
            view = views[number]
            if view is None or view.is_whole:
                continue
            payloads = [
                msgspec.json.decode(texts[name][row]) if name in texts else {}
                for name in ("data", "metadata")
            ]
            for name, payload in zip(("data", "metadata"), view.payloads(*payloads), strict=True):
                if name in texts:
                    texts[name][row] = msgspec.json.encode(payload, order="sorted").decode()
        for name, column in texts.items():
            rows = rows.set_column(
                rows.schema.get_field_index(name),
                rows.schema.field(name),
                pa.array(column, pa.string()),
            )
        return rows

    def version(self, stream_id: str) -> int:
        """The version of the stream's last event that the actor may see. Noted as a read."""
        self._check_stream(stream_id)
        if self._reads_whole(stream_id):
            version = self._store.version(stream_id)
        else:
            seen = self._seen(self._store.read_stream(stream_id))
            version = seen[-1].version if seen else 0
        self._note(one_stream(stream_id), [])
        return version

    def position(self) -> int:
        """The position of the last event that the actor may see. Not noted: of no stream."""
        self._check_any()
        if self._reads_all:
            return self._store.position()
        through, last = self._end
        columns = ["position", "stream_id", "type"]
        for rows in self._store.read_columns(through, columns=columns):
            places = zip(*(rows[name].to_pylist() for name in columns), strict=True)
            seen = [place for place, *pair in places if self._view(*pair)]
            through, last = rows["position"][-1].as_py(), max([last, *seen])
        self._end = max(self._end, (through, last))  # another thread may have come further
        return last

    def streams(self, prefix: str = "") -> list[str]:
        """The ids of the streams of which the actor may see an event."""
        self._check_any()
        names = [name for name in self._store.streams(prefix) if self._sees_any(name)]
        self._note(EVERYTHING, [])
        return names

    # --- what the policy says --------------------------------------------------------------------

    def _rules(self, stream_id: str) -> tuple[Rule, ...]:
        return self.policy.rules_for(self.actor, READ, stream_id)

    def _reads_whole(self, stream_id: str) -> bool:
        """Whether the actor may read events of every type in it; of which fields may be masked."""
        return any(rule.types is None for rule in self._rules(stream_id))

    def _sees_any(self, stream_id: str) -> bool:
        if self._reads_whole(stream_id):
            return True
        return bool(self._rules(stream_id)) and bool(self._seen(self._store.read_stream(stream_id)))

    def _check_stream(self, stream_id: str) -> None:
        if not self._rules(check_name("stream_id", stream_id)):
            self._deny(READ, one_stream(stream_id))

    def _check_any(self) -> None:
        if not self._reads_any:
            self._deny(READ, EVERYTHING)

    def _deny(self, action: str, subject: Subject) -> NoReturn:
        """Note it, and raise; the store has not been asked."""
        if self._log is not None:
            about = (self.actor.name, list(self.actor.roles), subject.name)
            note(self._log, subject.log_stream, AccessRefused(*about, action, self.reason))
        raise AccessDenied(self.actor.name, action, subject.name)

    def _seen(self, events: list[RecordedEvent], *, by_tag: bool = False) -> list[RecordedEvent]:
        """Those of the events that may be seen, as they may be seen."""
        if self._reads_all:
            return events
        views = ((event, self._view(event.stream_id, event.type)) for event in events)
        return [
            view.event(event)
            for event, view in views
            if view is not None
            and not (by_tag and view.metadata is not None and TAGS not in view.metadata)
        ]

    def _page(
        self,
        read: Callable[[int, int | None], list[RecordedEvent]],
        after_position: int,
        limit: int | None,
        *,
        by_tag: bool = False,
    ) -> list[RecordedEvent]:
        """The first events that may be seen: at most `limit` stored ones."""
        if limit is None or self._reads_all:
            return self._seen(read(after_position, limit), by_tag=by_tag)
        found: list[list[RecordedEvent]] = []
        size = limit
        while True:
            page = read(after_position, size)
            seen = groupby(self._seen(page, by_tag=by_tag), key=attrgetter("position"))
            found += [list(parts) for _, parts in seen]
            if len(found) >= limit or len(page) < size:
                return list(chain.from_iterable(found[:limit]))
            after_position, size = page[-1].position, max(limit, PAGE)

    # --- what is noted ---------------------------------------------------------------------------

    def _note(self, subject: Subject, seen: Sequence[RecordedEvent]) -> None:
        first, last = (seen[0].position, seen[-1].position) if seen else (0, 0)
        self._note_range(subject, len(seen), min(first, last), max(first, last))

    def _note_range(self, subject: Subject, events: int | None, first: int, last: int) -> None:
        if self._log is not None:
            about = (self.actor.name, list(self.actor.roles), subject.name)
            read = EventsRead(*about, events, first, last, self.reason)
            note(self._log, subject.log_stream, read)


def _unusual(options: dict[str, Any]) -> dict[str, Any]:
    """What is not as by default: the small store knows no options."""
    usual = {"by": "recorded_at", "backwards": False}
    return {name: value for name, value in options.items() if value != usual.get(name)}
