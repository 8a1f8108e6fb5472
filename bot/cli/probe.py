"""``licensing-bot probe``: could a self-managed instance activate from here, and if not, why?"""

import json
import os
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from bot.cli.probe_row import plain_line
from bot.evidence.assess import assess
from bot.evidence.observation import Assessment, Observation
from bot.probes.guard import Guard, Refused
from bot.probes.https import Portal
from bot.vantages.local import look_from_here

DEFAULT_TARGET: Final = "https://customers.example_company.com/"
_CATCH_ALL: Final = "unclear"
_GLOBALPING: Final = "globalping"
_PLACES: Final = (
    Path(__file__).parents[2] / "manifests",
    Path(__file__).parents[1] / "_data" / "manifests",
)
_PAUSE: Final = 10.0
"""Seconds between two looks of ``--watch``."""

Show = Callable[[Observation], None]


@dataclass(frozen=True, slots=True)
class Result:
    """One look: what was seen, what it means, how long it took."""

    target: str
    vantage: str
    assessment: Assessment
    summary: str
    observations: tuple[Observation, ...]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The contract of ``--json``."""
        return {
            "target": self.target,
            "vantage": self.vantage,
            "layer": self.assessment.layer,
            "cause": self.assessment.cause,
            "activates": self.assessment.activates,
            "confidence": self.assessment.confidence,
            "also": self.assessment.also,
            "summary": self.summary,
            "observations": [_plain(seen) for seen in self.observations],
            "seconds": self.seconds,
        }


def load_sentences(places: tuple[Path, ...] = _PLACES) -> Mapping[str, str]:
    """Cause → what it means and what to do, from ``runbook/findings.toml``."""
    for place in places:
        path = place / "runbook" / "findings.toml"
        if path.is_file():
            rows = tomllib.loads(path.read_text("utf-8")).get("cause", {})
            return {
                cause: " ".join(part for part in (row.get("says"), row.get("do")) if part)
                for cause, row in rows.items()
            }
    return {}


def sentence_for(assessment: Assessment, sentences: Mapping[str, str]) -> str:
    """The sentence of the cause, or the catch-all; without manifests the bare ids."""
    found = sentences.get(assessment.cause) or sentences.get(_CATCH_ALL)
    return found or f"{assessment.layer}: {assessment.cause}"


def exit_code(assessment: Assessment) -> int:
    """1 when an activation would not work through this network."""
    return 1 if assessment.activates == "no" else 0


def look_once(
    target: str, name: str, deadline: float, sentences: Mapping[str, str], show: Show | None = None
) -> Result:
    """Run the suite here, or ask Globalping to look, and judge what was seen."""
    if name.partition(":")[0] == _GLOBALPING:
        return _look_elsewhere(target, name.partition(":")[2], sentences)
    start = time.monotonic()
    is_portal = target.rstrip("/") == DEFAULT_TARGET.rstrip("/")
    seen = look_from_here(
        target,
        os.environ,  # what this machine's clients would use is what is measured here
        guard=Guard(),
        portal=Portal() if is_portal else Portal(sign_in="", graphql=""),
        name=name,
        deadline=deadline,
        on_result=show,
    )
    assessment = assess(seen)
    return Result(
        target=target,
        vantage=f"bot:{name}",
        assessment=assessment,
        summary=sentence_for(assessment, sentences),
        observations=seen,
        seconds=round(time.monotonic() - start, 2),
    )


def _look_elsewhere(target: str, place: str, sentences: Mapping[str, str]) -> Result:
    """Look at the portal through Globalping; no other host is ever named to it."""
    # httpx takes 0.2 s to import, and a look from here needs nothing of it.
    from bot.config import read_settings  # noqa: PLC0415  see above
    from bot.vantages.globalping import Globalping  # noqa: PLC0415  see above

    found = read_settings()
    if target.rstrip("/") != DEFAULT_TARGET.rstrip("/"):
        raise Refused("Globalping looks at the portal only: its measurements are public")
    home = place or found.globalping_from
    if not home:
        raise Refused("Globalping is off: name a place, as in globalping:DE, or GLOBALPING_FROM")
    vantage = Globalping(target, home, lambda: datetime.now(UTC), found.globalping_token)
    look, _ = vantage(place)
    summary = sentence_for(look.assessment, sentences)
    return Result(target, look.vantage, look.assessment, summary, look.observations, look.seconds)


@click.command()
@click.argument("url", default=DEFAULT_TARGET)
@click.option(
    "--vantage",
    default="local",
    show_default=True,
    help="Name of this place; globalping:DE (AS3320, Berlin, DE+Berlin) looks from there instead.",
)
@click.option("--deadline", default=10.0, show_default=True, type=click.FloatRange(1, 60))
@click.option("--watch", is_flag=True, help="Look again and again; print only changes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per look.")
def probe(url: str, *, vantage: str, deadline: float, watch: bool, as_json: bool) -> None:
    """Look at the portal from this machine and name the fault, if there is one.

    Exit 1 when an activation would not work.
    """
    sentences = load_sentences()

    def look() -> Result:
        live = not as_json and not watch and sys.stdout.isatty()
        with _live_table() if live else nullcontext(None) as show:
            return look_once(url, vantage, deadline, sentences, show)

    try:
        result = look()
        _tell(result, as_json=as_json, with_table=not sys.stdout.isatty() and not watch)
        while watch:
            time.sleep(_PAUSE)
            result = _tell_change(look(), result, as_json=as_json)
    except Refused as reason:
        raise click.UsageError(str(reason)) from None
    except KeyboardInterrupt:
        raise click.Abort from None
    _leave(exit_code(result.assessment))


def _live_table() -> AbstractContextManager[Show]:
    # rich takes 0.2 s to import, and a run for a script needs nothing of it.
    from bot.cli.probe_table import LiveTable  # noqa: PLC0415  see above

    return LiveTable()


def _tell(result: Result, *, as_json: bool, with_table: bool) -> None:
    if as_json:
        click.echo(json.dumps(result.as_json(), ensure_ascii=False))
        return
    if with_table:
        for seen in result.observations:
            click.echo(plain_line(seen))
    judged = result.assessment
    click.echo(f"\n{result.summary}")
    also = f" · also {', '.join(judged.also)}" if judged.also else ""
    click.echo(
        f"{judged.layer} · {judged.cause} · activates: {judged.activates}{also}"
        f" · {result.seconds} s from {result.vantage}"
    )


def _tell_change(new: Result, old: Result, *, as_json: bool) -> Result:
    if new.assessment != old.assessment:
        _tell(new, as_json=as_json, with_table=False)
    return new


def _leave(code: int) -> None:
    """End now: a look that was left behind in its thread must not hold the process."""
    sys.stdout.flush()
    sys.exit(code)


def _plain(seen: Observation) -> dict[str, Any]:
    row = asdict(seen)
    row["seen_at"] = seen.seen_at.isoformat() if seen.seen_at else None
    return row


if __name__ == "__main__":
    probe()
