"""gunicorn's log without its access log, which it would prepare for every answer and throw away."""

from gunicorn.glogging import Logger


class QuietLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """Logs errors and what the server does; our own log has a line for every event."""

    def access(self, *args: object, **kwargs: object) -> None:
        """Say nothing: with `logconfig_dict` set, gunicorn takes an access log for wanted."""
