"""`pause`, `resume` and `mode`: when the bot may speak, for every process, within two seconds."""

import json
from difflib import get_close_matches
from typing import Final, get_args

import click

from bot.cli.manifest_files import checked_manifests
from bot.cli.session import Refused, settings
from bot.cli.stores import open_store, operator
from bot.config import Settings
from bot.runbook.speak import Mode
from bot.store.switches import GLOBAL, SwitchBoard

_MODES: Final = get_args(Mode)


@click.command()
@click.option("--why", default="", help="Kept with the pause; shown by `doctor` and `mode`.")
def pause(why: str) -> None:
    """Write nothing to Zendesk until `resume`. Events are still accepted, and nothing is lost."""
    with open_store(settings()) as database:
        SwitchBoard(database).pause(operator(), why)
    click.echo("Paused. Events are accepted and wait; `licensing-bot resume` goes on.")


@click.command()
def resume() -> None:
    """End a pause; what waited is looked at now."""
    with open_store(settings()) as database:
        was_paused = SwitchBoard(database).resume()
    click.echo("Resumed." if was_paused else "There was no pause.")


@click.command()
@click.argument("value", required=False, type=click.Choice(_MODES))
@click.option("--group", type=int, help="Only for tickets of this group (Zendesk's id).")
@click.option("--form", type=int, help="Only for tickets of this form (Zendesk's id).")
@click.option("--brand", type=int, help="Only for tickets of this brand (Zendesk's id).")
@click.option("--scenario", help="Only for this scenario's label.")
@click.option("--clear", is_flag=True, help="Let this scope follow the others again.")
@click.option("--why", default="", help="Kept with the change.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def mode(  # noqa: PLR0913  a scope has four kinds
    value: Mode | None,
    group: int | None,
    form: int | None,
    brand: int | None,
    scenario: str | None,
    *,
    clear: bool,
    why: str,
    as_json: bool,
) -> None:
    """Show or set the mode: off, shadow, on_request or on.

    off: nothing, not even on an agent's command. shadow: everything but the write; the would-be
    note is kept. on_request: only an agent's command is answered. on: automatic notes too. Of
    several modes that fit a ticket the most silent one holds.
    """
    scope = _scope(group, form, brand, scenario)
    found = settings()
    if scenario is not None and not clear:
        _check_scenario(found, scenario)
    with open_store(found) as database:
        board = SwitchBoard(database)
        if clear:
            board.clear_mode(scope)
        elif value is not None:
            board.set_mode(scope, value, operator(), why)
        modes = {name: switch.value for name, switch in board.modes().items()}
        paused = board.paused()
    modes.setdefault(GLOBAL, "shadow")
    if as_json:
        click.echo(json.dumps({"paused": paused, "modes": modes}))
        return
    if paused:
        click.echo("paused: nothing is written until `licensing-bot resume`")
    for name, chosen in modes.items():
        click.echo(f"{name}: {chosen}")


def _check_scenario(found: Settings, scenario: str) -> None:
    """A misspelt label would switch nothing, without a word."""
    known = checked_manifests(found.manifests_dir).runbook.scenarios
    if scenario not in known:
        near = get_close_matches(scenario, known, n=3) or sorted(known)
        raise Refused(f"there is no scenario {scenario}; there is {', '.join(near)}")


def _scope(group: int | None, form: int | None, brand: int | None, scenario: str | None) -> str:
    named = [
        f"{kind}:{value}"
        for kind, value in (
            ("group", group),
            ("form", form),
            ("brand", brand),
            ("scenario", scenario),
        )
        if value is not None
    ]
    if len(named) > 1:
        raise Refused(f"one scope at a time, not {' and '.join(named)}: call the command twice")
    return named[0] if named else GLOBAL
