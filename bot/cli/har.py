"""``licensing-bot har``: how did the activation in this HAR end, and a copy without its secrets."""

import gzip
import json
from pathlib import Path
from typing import IO, Any

import click
from rich.console import Console
from rich.table import Table

from bot.evidence.har.analysis import HarReport, analyse
from bot.evidence.har.redaction import redact_har
from bot.evidence.har.source import UnreadableError


@click.command("har")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option(
    "--redact",
    "out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write a valid HAR without secrets to this file; .gz is packed.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def har(file: Path, out: Path | None, *, as_json: bool) -> None:
    """Say how the activation in a HAR (.har, .gz, .zip) ended; --redact writes a safe copy."""
    if out is not None and out.exists() and out.samefile(file):
        raise click.UsageError("--redact would overwrite the original; name another file")
    try:
        report = _read(file, out)
    except UnreadableError as error:
        if as_json:
            click.echo(json.dumps(_unreadable(file, str(error))))
        raise click.UsageError(f"{file.name}: {error}") from error
    except OSError as error:
        raise click.UsageError(f"{file.name}: {error.strerror or error}") from error
    if as_json:
        click.echo(json.dumps(_row(file, out, report), ensure_ascii=False))
    else:
        _show(file, out, report)


def _read(file: Path, out: Path | None) -> HarReport:
    with file.open("rb") as opened:
        if out is None:
            return analyse(opened)
        draft = out.with_name(out.name + ".part")
        try:
            with _writer(draft, packed=out.suffix == ".gz") as written:
                report = redact_har(opened, written)
            draft.replace(out)
        finally:
            draft.unlink(missing_ok=True)
        return report


def _writer(path: Path, *, packed: bool) -> IO[bytes]:
    return gzip.open(path, "wb") if packed else path.open("wb")  # type: ignore[return-value]  # GzipFile writes bytes


def _row(file: Path, out: Path | None, report: HarReport) -> dict[str, Any]:
    return {
        "id": file.name,
        "outcome": report.outcome,
        "cause": report.cause,
        "error_strings": list(report.error_strings),
        "earlier_errors": list(report.earlier_errors),
        "attempts": report.attempts,
        "http_status": report.http_status,
        "live_session": report.live_session,
        "secrets_found": dict(report.secrets_found),
        "redacted_path": str(out) if out else None,
    }


def _unreadable(file: Path, error: str) -> dict[str, Any]:
    report = HarReport("unparseable", "har_malformed")
    return {**_row(file, None, report), "error": error}


def _show(file: Path, out: Path | None, report: HarReport) -> None:
    console = Console(highlight=False)
    console.print(f"{file.name}: [bold]{report.outcome}[/] ({report.cause})", soft_wrap=True)
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in _lines(report):
        table.add_row(name, value)
    console.print(table)
    if report.live_session:
        console.print(
            "[bold red]Live session inside:[/] whoever has this file can act as the customer."
            " Ask them to sign out everywhere and to revoke the tokens.",
            soft_wrap=True,
        )
    if out is not None:
        console.print(f"Safe copy: {out}", soft_wrap=True)


def _lines(report: HarReport) -> list[tuple[str, str]]:
    lines = [
        ("attempts", str(report.attempts)),
        ("HTTP status", "-" if report.http_status is None else str(report.http_status)),
    ]
    lines += [("error", error) for error in report.error_strings]
    lines += [("earlier error", error) for error in report.earlier_errors]
    if report.state != "complete":
        lines.append(("file", f"{report.state}: read as far as it goes"))
    found = ", ".join(
        f"{count} {kind.replace('_', ' ')}" for kind, count in report.secrets_found.items()
    )
    return [*lines, ("secrets", found or "none found")]
