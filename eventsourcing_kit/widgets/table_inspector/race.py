"""Writers who append to one stream of a real store, each with the version that they have read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
import traitlets

from ...errors import InvalidInput, WrongExpectedVersion
from ...event import NewEvent
from ..asker import Workbench
from ..base import described, error_text
from . import PURPOSES, TableInspector, pack

COLUMNS: Final = ("position", "stream_id", "version", "type", "data", "recorded_at", "event_id")


class Writer(msgspec.Struct):
    """What a writer wants to append, the version they have read, and what came of it.

    `state` is "ready", "stored" or "refused"; `told` is what the store said, in words.
    """

    name: str
    type: str
    data: dict[str, Any]
    read: int
    state: str
    told: str


class AppendRace(TableInspector, Workbench):
    """A table of events, and writers who append to one of its streams when their button is pressed.

    Each has read the stream at some version, and hands that to the store: the first is stored, and
    whoever has not read since is refused, until they read again. The store is real, and the
    widget's own: what is appended here is nowhere else.

    What TableInspector has may be set here, too. `draft` is the newest order: a number, an action
    ("append", "read" or "restart") and a writer's name; `answer` holds the writers after it.
    """

    FIELDS = ("number", "action", "writer")

    def __init__(
        self,
        fresh: Callable[[], Any],
        stream_id: str,
        writers: Mapping[str, tuple[str, Mapping[str, Any]]],
        *,
        columns: Sequence[str] = COLUMNS,
        title: str = "Two writers, one stream",
    ) -> None:
        """All writers have read `stream_id` as it is in the store that `fresh` opens.

        `fresh` opens a store with at least one event, another one each time; it needs `append`,
        `read_stream` and `read_all`. `writers` maps names to what each appends: type and data.
        `columns` are attributes of a recorded event. Raises InvalidInput.
        """
        if not 1 <= len(writers) <= 3:
            raise InvalidInput("writers", "must be one to three")
        self._fresh, self._raced, self._names = fresh, stream_id, columns
        self._wanted = {name: (type_, dict(data)) for name, (type_, data) in writers.items()}
        self._open()
        begun = dict.fromkeys(self.FIELDS, "")
        super().__init__(self._rows(), title=title, draft=begun)

    def __repr__(self) -> str:
        writers = ", ".join(f"{one.name} has read version {one.read}" for one in self.writers)
        return f"AppendRace({self._raced} is at version {self._version()}; {writers})"

    @property
    def writers(self) -> list[Writer]:
        """The writers as they are now."""
        return list(self._writers.values())

    def picture(self) -> str:
        """The table at the slider and the writers below it, as an SVG document."""
        return self._draw(self.append, [_sentence(one) for one in self.writers])

    def still(self) -> dict[str, str]:
        """As it is now: nobody has appended before it is shown."""
        return described(self.picture(), repr(self))

    @traitlets.observe("draft")
    def _obey(self, _: object) -> None:
        action, name = self.draft["action"], self.draft["writer"]
        if action == "restart":
            self._open()
        elif action:
            if action not in ("append", "read") or name not in self._writers:
                raise InvalidInput("draft", f"nobody here can {action} as {name!r}")
            (self._append if action == "append" else self._read)(self._writers[name])
        self._show_rows()
        self.answer = {
            "draft": self.draft,
            "stream_id": self._raced,
            "writers": [
                {**msgspec.structs.asdict(one), "data": json.dumps(one.data, ensure_ascii=False)}
                for one in self.writers
            ],
        }

    def _open(self) -> None:
        self._store = self._fresh()
        version = self._version()
        self._writers = {
            name: Writer(name, type_, data, version, "ready", f"Has read version {version}.")
            for name, (type_, data) in self._wanted.items()
        }

    def _append(self, writer: Writer) -> None:
        event = NewEvent(writer.type, writer.data)
        try:
            self._store.append(self._raced, [event], writer.read)
        except WrongExpectedVersion as refused:
            writer.state, writer.told = "refused", error_text(refused)
        except Exception as error:  # in a store of the learner's own
            writer.state, writer.told = "refused", error_text(error)
        else:
            writer.read = self._version()
            writer.state, writer.told = "stored", f"Stored, as version {writer.read}."

    def _read(self, writer: Writer) -> None:
        writer.read = self._version()
        writer.state, writer.told = "ready", f"Has read again: version {writer.read}."

    def _version(self) -> int:
        events = list(self._store.read_stream(self._raced))
        return int(events[-1].version) if events else 0

    def _rows(self) -> list[Mapping[str, Any]]:
        events = self._store.read_all()
        return [{name: getattr(event, name) for name in self._names} for event in events]

    def _show_rows(self) -> None:
        packed = pack(self._rows(), PURPOSES)
        if packed == self._packed:
            return
        with self.hold_sync():  # the browser gets the rows with the place among them
            self.row, self.stream_id = -1, ""
            self._packed = packed
            self.packed = msgspec.json.encode(packed)
            self.append = packed.appends


def _sentence(writer: Writer) -> str:
    mark = {"stored": "✓ ", "refused": "✕ "}.get(writer.state, "")
    return f"{mark}{writer.name}, who wants to append {writer.type}: {writer.told}"
