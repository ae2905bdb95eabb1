"""Processes that span streams: a transfer as a process manager, and rehearsals of its failures."""

from __future__ import annotations

from .rehearsal import FAILURES, HOLDERS, Frame, Rehearsal, rehearsals, rehearse
from .transfer_manager import (
    load,
    message_id,
    pending,
    receive,
    record,
    request,
    run,
    send,
    step,
    stream_of,
)
from .transfer_process import (
    SUSPENSE,
    ConfirmReceiver,
    LookAtClock,
    RequestTransfer,
    Task,
    Transfer,
    next_task,
    transfer,
    transit_account,
)

__all__ = [
    "FAILURES",
    "HOLDERS",
    "SUSPENSE",
    "ConfirmReceiver",
    "Frame",
    "LookAtClock",
    "Rehearsal",
    "RequestTransfer",
    "Task",
    "Transfer",
    "load",
    "message_id",
    "next_task",
    "pending",
    "receive",
    "record",
    "rehearsals",
    "rehearse",
    "request",
    "run",
    "send",
    "step",
    "stream_of",
    "transfer",
    "transit_account",
]
