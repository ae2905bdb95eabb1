"""A small recording of an incident, made by hand, for the control room."""

from eventsourcing_kit.operation import Action, Recording
from eventsourcing_kit.operation.stage import SERIES, Line, Span, Tape

LAG = [0.0, 0.0, 10.0, 20.0, 30.0]


def recording(hostile: str = "") -> Recording:
    """Five samples; `hostile` stands wherever text can."""
    tape = Tape(
        [0.0, 10.0, 20.0, 30.0, 40.0],
        {name: LAG if name == "lag" else [float(n) for n in range(5)] for name in SERIES},
        [
            Line(5.0, "INFO", f"command handled {hostile}", "0001"),
            Line(15.0, "WARNING", "ProjectionFailed: KeyError"),
        ],
        [
            Span(4.0, 5.0, "handle account", "0001"),
            Span(12.0, 15.0, "process sums", "0002", ("0001",), f"KeyError{hostile}"),
        ],
    )
    actions = (
        Action("Start it again", "It stands where it stood.", False, 220.0, 1, 2),
        Action(f"Set it aside {hostile}", "The others go on.", True, 0.0, 0, 0),
    )
    causes = ("a slow sink", f"a poison event{hostile}")
    source = "https://example.org/1"
    return Recording(
        f"it stands{hostile}", f"Once{hostile}.", source, tape, causes, causes[1], actions
    )
