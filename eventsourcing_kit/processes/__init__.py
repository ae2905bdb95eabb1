"""Processes that span streams: a transfer as a process manager, and rehearsals of its failures."""

from __future__ import annotations

from ..banking.transfer_process import (
    SUSPENSE,
    ConfirmReceiver,
    LookAtClock,
    RequestTransfer,
    Task,
    Transfer,
    next_task,
    transfer,
)
from .manager import advance, ask, look, message_id, note, request, run, stream_of, tell, unfinished
from .rehearsal import FAILURES, Frame, Rehearsal, rehearse

__all__ = [
    "FAILURES",
    "SUSPENSE",
    "ConfirmReceiver",
    "Frame",
    "LookAtClock",
    "Rehearsal",
    "RequestTransfer",
    "Task",
    "Transfer",
    "advance",
    "ask",
    "look",
    "message_id",
    "next_task",
    "note",
    "rehearse",
    "request",
    "run",
    "stream_of",
    "tell",
    "transfer",
    "unfinished",
]
