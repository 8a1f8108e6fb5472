"""The command line: thin commands, each loaded only when it is asked for."""

from importlib import import_module
from typing import Final

import click

#: Command → where it lives. Loading one at a time keeps `probe` and `classify` quick to start.
COMMANDS: Final[dict[str, str]] = {
    "demo": "bot.cli.demo:demo",
    "serve": "bot.cli.run:serve",
    "work": "bot.cli.run:work",
    "migrate": "bot.cli.run:migrate",
    "classify": "bot.cli.tickets:classify",
    "note": "bot.cli.tickets:note",
    "explain": "bot.cli.tickets:explain",
    "read": "bot.cli.read:read",
    "har": "bot.cli.har:har",
    "check-script": "bot.cli.check_script:check_script",
    "probe": "bot.cli.probe:probe",
    "provision": "bot.cli.provision:provision",
    "app": "bot.cli.app:app",
    "doctor": "bot.cli.doctor:doctor",
    "pause": "bot.cli.switches:pause",
    "resume": "bot.cli.switches:resume",
    "mode": "bot.cli.switches:mode",
    "jobs": "bot.cli.jobs:jobs",
    "replay": "bot.cli.jobs:replay",
    "notes": "bot.cli.notes:notes",
    "forget": "bot.cli.data:forget",
    "export": "bot.cli.data:export",
    "drift": "bot.cli.drift:drift",
    "backup": "bot.cli.backup:backup",
    "restore": "bot.cli.backup:restore",
    "manifests": "bot.cli.manifests_try:manifests",
    "evaluate": "bot.cli.evaluate:evaluate",
    "insights-link": "bot.cli.insights:insights_link",
    "rehearse": "bot.cli.rehearse:rehearse",
}


class Program(click.Group):
    """A group whose commands are imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Every command, in the order of the table above: first what people start with."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002  click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Import the command; None when there is no such command, so that click suggests one."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.command(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="licensing-bot")
def program() -> None:
    """Work through the cloud-licensing runbook on Zendesk tickets.

    Start with `licensing-bot demo`: the whole product on this machine, without a Zendesk account.
    """
