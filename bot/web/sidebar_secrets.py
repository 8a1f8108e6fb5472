"""Are the sidebar's secrets long enough? Asked before anything starts, so nothing heavy is loaded.

`gunicorn.conf.py` comes here before it has made the folder that prometheus-client looks for when it
is imported.
"""

from bot.config import Settings, SettingsError
from bot.web.jwt import SHORTEST_SECRET


def check_sidebar_secrets(settings: Settings) -> None:
    """Raise `SettingsError` when one of `SIDEBAR_SECRETS` could be guessed."""
    short = [len(one.encode()) for one in settings.sidebar_secrets]
    if min(short, default=SHORTEST_SECRET) < SHORTEST_SECRET:
        raise SettingsError(
            f"SIDEBAR_SECRETS holds a secret of {min(short)} bytes, and HS256 wants "
            f"{SHORTEST_SECRET} or more: `licensing-bot provision apply --env-file .env` makes one,"
            " or take `openssl rand -hex 32` for both the app's setting and this one"
        )
