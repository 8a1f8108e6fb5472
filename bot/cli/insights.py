"""`insights-link`: a signed address of the insights, for people without the sidebar."""

import click

from bot.cli.session import Refused, need, settings
from bot.web.insights_link import LONGEST_DAYS, PATH, signer_of


@click.command("insights-link")
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_DAYS),
    default=7,
    show_default=True,
    help="How long the link is good.",
)
def insights_link(days: int) -> None:
    """Print a link to the insights: how the bot does, as a page; sums only, nothing per person.

    Whoever has the link may read the page until it runs out. Changing METRICS_TOKEN (or, without
    one, SIDEBAR_SECRETS) ends every link.
    """
    found = settings()
    need(found, "PUBLIC_URL")
    signer = signer_of(found)
    if not signer.secrets:
        raise Refused(
            "neither METRICS_TOKEN nor SIDEBAR_SECRETS is set, and a link is signed with one of"
            " them: `openssl rand -hex 32` makes a token"
        )
    click.echo(f"{found.public_url}{PATH}?{signer.query(days)}")
