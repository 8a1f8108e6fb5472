"""How gunicorn runs the webhook. `licensing-bot serve` uses this file; so may you."""

import sys
from pathlib import Path
from typing import Any

import gunicorn

from bot.config import SettingsError, read_settings
from bot.web.metrics_folder import close_metrics_folder, open_metrics_folder
from bot.web.serve import stop_with_supervisor

stop_with_supervisor()
try:
    _settings = read_settings()
    _settings.require("ZENDESK_URL", "ZENDESK_WEBHOOK_SECRETS")
except SettingsError as error:
    # Said once and clearly here, not by every worker.
    sys.stderr.write(f"{error}\n")
    raise SystemExit(2) from None
# Before a worker loads prometheus-client, which looks for the folder then.
open_metrics_folder()
_in_memory = Path("/dev/shm")  # noqa: S108  only the workers' heartbeat files, which are unlinked

wsgi_app = "bot.web.app:from_environment()"
# PORT is what PaaS platforms set; their router reaches us on every address.
bind = f"0.0.0.0:{_settings.port}"
# Two processes, so that one may restart while the other answers; more only with more cores.
workers = _settings.web_concurrency
# Threads, because an event waits for the store's disk; and a deadline for every request, which
# gunicorn's own threaded worker lacks: see bot/web/worker.py for what that protects from.
worker_class = "bot.web.worker.DeadlineWorker"
# Many more than the store's four connections, because a client that sends slowly holds one, too.
threads = 16
# Idle and kept-alive connections of one process; each costs a file, not a thread.
worker_connections = 1000
# Forked workers must not share a connection: each makes its app, and the app its pool.
preload_app = False
# A process whose main loop hangs this long is replaced. Requests have their own deadline.
timeout = 30
# Platforms kill after 30 s; what was answered is committed, so leaving early loses nothing.
graceful_timeout = 20
# Longer than the keep-alive of usual load balancers, so that they close first.
keepalive = 75
# Ends slow memory growth; the jitter keeps the workers from restarting together.
max_requests = 50_000
max_requests_jitter = 5_000
# Our longest address has 40 characters; Zendesk and its proxies send about 20 headers.
limit_request_line = 2048
limit_request_fields = 60
# A sidebar request carries a signed token of Zendesk's in a header.
limit_request_field_size = 8190
# Headers with an underscore are dropped: they would pose as the ones that Zendesk signs.
header_map = "drop"
# A second way into the process that nobody here uses.
control_socket_disable = True
# Our own log has one JSON line per handled event; the access log would repeat it.
accesslog = None
logger_class = "bot.web.quiet.QuietLogger"
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "bot.log.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False}},
}
# The heartbeat file of a worker must not wait for a slow disk.
worker_tmp_dir = str(_in_memory) if _in_memory.is_dir() else None
# The `Server:` header: which software answers is nobody's business.
gunicorn.SERVER = "licensing-bot"


def child_exit(server: Any, worker: Any) -> None:  # noqa: ARG001  gunicorn calls it so
    """Take the numbers that only count in a living worker out of the sums."""
    # Loaded at the top, it would not have found the folder, and the workers inherit what is loaded.
    from prometheus_client import multiprocess  # noqa: PLC0415

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # it has no types


def on_exit(server: Any) -> None:  # noqa: ARG001  gunicorn calls it so
    """Leave nothing behind in memory."""
    close_metrics_folder()
