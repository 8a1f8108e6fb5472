"""What most commands need first: the settings, and the store that they name."""

import sys

import click

from bot.config import Settings, SettingsError, read_settings
from bot.log import start_logging


def settings() -> Settings:
    """Return the settings, or end with exit code 2 and one line for each that is wrong."""
    try:
        found = read_settings()
    except SettingsError as error:
        raise Refused(str(error)) from error
    start_logging(found.log_level)
    return found


class Refused(click.ClickException):
    """A command that cannot do its work: the reason and the way out, exit code 2."""

    exit_code = 2

    def show(self, file: object = None) -> None:  # noqa: ARG002  click's signature
        """Write every line of the message, marked as what stopped the command."""
        for line in self.message.splitlines():
            click.echo(f"licensing-bot: {line}", file=sys.stderr)


def need(found: Settings, *names: str) -> None:
    """End with exit code 2 when one of these settings has no value."""
    try:
        found.require(*names)
    except SettingsError as error:
        raise Refused(str(error)) from error
