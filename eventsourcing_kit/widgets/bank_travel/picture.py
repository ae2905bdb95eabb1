"""The still picture that BankTravel leaves in a notebook."""

from __future__ import annotations

from ...drawing.display import money_text, time_text
from ...drawing.svg import (
    FACT,
    GRID,
    MUTED,
    document,
    level,
    levels,
    line,
    playhead,
    readouts,
    shorten,
    steps,
    tag,
    text,
)
from .data import Details, Mover, PackedBank

WIDTH, HEIGHT = 880, 420
LEFT, RIGHT, TOP, BOTTOM = 136, 862, 104, 212  # the curve's box
PANELS, PANEL_HEIGHT, ROW = 252, 154, 18


def draw(bank: PackedBank, details: Details, title: str) -> str:
    """The bank at the instant of `details`."""

    def x_of(us: int) -> float:
        return LEFT + (RIGHT - LEFT) * (us - bank.start) / (bank.end - bank.start or 1)

    low, high = min(0, *bank.totals), max(0, *bank.totals)

    def y_of(amount: int) -> float:
        return BOTTOM - (BOTTOM - TOP) * (amount - low) / (high - low or 1)

    def money(amount: int) -> str:
        return money_text(amount, bank.currency)

    points = [(x_of(us), y_of(total)) for us, total in zip(bank.times, bank.totals, strict=True)]
    head = x_of(details.time)
    named = [
        ("Moment", time_text(details.time), MUTED),
        ("Total of all balances", money(details.total), FACT),
        ("Accounts", f"{bank.accounts:,}", MUTED),
        ("Events until then", f"{details.events:,} of {bank.events:,}", MUTED),
    ]
    return document(
        WIDTH,
        HEIGHT,
        title,
        "; ".join(f"{name}: {value}" for name, value, _ in named),
        text(16, 28, title, font_size=15, font_weight=600),
        text(WIDTH - 18, 28, f"by {bank.by}", fill=MUTED, text_anchor="end"),
        *readouts(named),
        *(level(LEFT, RIGHT, y_of(amount), money(amount)) for amount in levels(low, high, y_of)),
        steps(points, RIGHT, FACT),
        text(LEFT, BOTTOM + 20, time_text(bank.start)[:10], fill=MUTED),
        text(RIGHT, BOTTOM + 20, time_text(bank.end)[:10], fill=MUTED, text_anchor="end"),
        *playhead(head, TOP - 12, BOTTOM, WIDTH - 2),
        *_distribution(bank, details),
        *_movers(details, bank.currency),
    )


def _distribution(bank: PackedBank, details: Details) -> list[str]:
    x, base, height = 30, PANELS + 118, 78
    step = 388 / len(details.counts)
    bars = [
        tag(
            "rect",
            x=x + i * step,
            y=base - height * min(1, count / bank.highest),
            width=step - 2,
            height=height * min(1, count / bank.highest),
            fill=FACT,
        )
        for i, count in enumerate(details.counts)
    ]
    every = -(-len(bank.limits) // 4)  # labels, so that none touches the next
    labels = [
        text(
            x + (i + 1) * step - 1,
            base + 18,
            money_text(limit, bank.currency).removesuffix(f" {bank.currency}").removesuffix(".00"),
            fill=MUTED,
            font_size=11,
            text_anchor="middle",
        )
        for i, limit in enumerate(bank.limits)
        if i % every == 0
    ]
    return [
        *_panel(16, f"Accounts by balance, in {bank.currency} (full height: {bank.highest:,})"),
        *bars,
        line(x, base, x + 388, base, MUTED),
        *labels,
        text(x, base + 32, f"not opened or at 0: {details.empty:,}", fill=MUTED, font_size=11),
    ]


def _movers(details: Details, currency: str) -> list[str]:
    parts = _panel(448, f"Top movers since {time_text(details.since)[:10]}")
    for i, mover in enumerate(details.movers):
        y = PANELS + 20 + (i + 1) * ROW
        parts.append(text(458, y, shorten(mover.account, 30), fill=MUTED, font_size=11))
        parts.append(text(854, y, _change(mover, currency), font_size=11, text_anchor="end"))
    return parts


def _change(mover: Mover, currency: str) -> str:
    change = mover.after - mover.before
    sign = "▲ +" if change > 0 else "▼ "
    return f"{sign}{money_text(change, currency)}, to {money_text(mover.after, currency)}"


def _panel(x: int, title: str) -> list[str]:
    return [
        tag("rect", x=x, y=PANELS, width=416, height=PANEL_HEIGHT, rx=3, fill="none", stroke=GRID),
        text(x + 10, PANELS + 18, title, font_weight=600),
    ]
