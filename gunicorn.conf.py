"""How gunicorn runs the webhook. `licensing-bot serve` uses this file; so may you."""

import os

# One place for the address: PaaS platforms say PORT.
bind = f"{os.environ.get('HOST', '0.0.0.0')}:{os.environ.get('PORT', '8000')}"  # noqa: S104  a platform's router must reach us
# An event costs one short transaction, so a few threads per process are plenty.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 8
# Forked workers must not share a connection: the pool opens after the fork (bot/web/app.py).
preload_app = False
# Zendesk gives up after 10 to 12 s; a request that hangs longer is ours to end.
timeout = 30
# A platform kills after 30 s; what was accepted is committed, so leaving early loses nothing.
graceful_timeout = 20
# Longer than the keep-alive of usual load balancers, so that they close first.
keepalive = 75
# Ends slow memory growth; the jitter keeps the workers from restarting together.
max_requests = 50_000
max_requests_jitter = 5_000
# Our own log has one JSON line per handled event; the access log would repeat it.
accesslog = None
# The heartbeat file of a worker must not wait for a slow disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108  gunicorn wants a string
