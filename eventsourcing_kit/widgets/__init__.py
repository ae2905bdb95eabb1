"""Widgets: they are given data, run in the browser, and know no store and no SQL."""

from __future__ import annotations

from .access_matrix import AccessMatrix
from .bank_travel import BankTravel
from .capacity_planner import CapacityPlanner
from .cluster_lab import ClusterLab
from .control_room import ControlRoom
from .desks import BugDesk, BuildDesk, DrillDesk, IncidentDesk, InterviewDesk
from .event_workbench import EventWorkbench
from .fold_steps import FoldSteps
from .projection_lab import ProjectionLab
from .rows_and_events import RowsAndEvents
from .saga_player import SagaPlayer
from .schedule_explorer import ScheduleExplorer
from .sixty_seconds import SixtySeconds
from .snapshot_tuner import SnapshotTuner
from .table_inspector import TableInspector
from .table_inspector.race import AppendRace
from .tamper_lab import TamperLab
from .time_travel import TimeTravel
from .upcasting_workbench import UpcastingWorkbench

__all__ = [
    "AccessMatrix",
    "AppendRace",
    "BankTravel",
    "BugDesk",
    "BuildDesk",
    "CapacityPlanner",
    "ClusterLab",
    "ControlRoom",
    "DrillDesk",
    "EventWorkbench",
    "FoldSteps",
    "IncidentDesk",
    "InterviewDesk",
    "ProjectionLab",
    "RowsAndEvents",
    "SagaPlayer",
    "ScheduleExplorer",
    "SixtySeconds",
    "SnapshotTuner",
    "TableInspector",
    "TamperLab",
    "TimeTravel",
    "UpcastingWorkbench",
]
