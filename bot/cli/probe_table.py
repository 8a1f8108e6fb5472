"""The table of a probe run that grows on a terminal while the run goes on."""

from types import TracebackType
from typing import Final, Self

from rich.live import Live
from rich.table import Table
from rich.text import Text

from bot.cli.probe_row import cells
from bot.evidence.observation import Observation

_STYLES: Final = {"ok": "green", "warn": "yellow", "fail": "red", "unknown": "dim"}


class LiveTable:
    """Shows each result as it comes; leaves the finished table standing."""

    def __init__(self) -> None:
        self._table = Table(box=None)
        for name in ("probe", "outcome"):
            self._table.add_column(name, no_wrap=True)
        self._table.add_column("ms", no_wrap=True, justify="right")
        # One column for both: in 80 columns two would fold every word.
        self._table.add_column("target · detail", overflow="fold")
        self._live = Live(self._table, refresh_per_second=8)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def __call__(self, seen: Observation) -> None:
        """Add one row."""
        probe, target, cause, took, detail = cells(seen)
        # Text, never markup: what a server says must not style our screen.
        said = f"{target} · {detail}" if detail else target
        self._table.add_row(probe, Text(cause, style=_STYLES[seen.verdict]), took, Text(said))
