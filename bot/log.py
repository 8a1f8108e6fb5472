"""One JSON line per handled event, never with a body, a field value, a note or a secret in it."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

#: What a plain LogRecord carries; everything else came from `extra=` and is ours to print.
_PLAIN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object: time, level, logger, message and the `extra` values."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; an exception becomes its type and its place, not its arguments."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _PLAIN}
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["where"] = _innermost(record)
        # ASCII, because standard error may speak another encoding, and U+2028 breaks a line.
        return json.dumps(line, default=str)


def _innermost(record: logging.LogRecord) -> str:
    """Return file:line of the deepest frame; the message of an exception may quote a customer."""
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"


def start_logging(level: str) -> None:
    """Send every logger's lines to standard error; libraries only from warning on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level="WARNING", handlers=[handler], force=True)
    logging.getLogger("bot").setLevel(level)
    # The pool warns of every single failed connect; `StoreDown` says it once, in words.
    logging.getLogger("psycopg.pool").setLevel("ERROR")
