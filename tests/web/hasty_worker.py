"""A worker that waits less long for slow clients, so that a test need not."""

from bot.web.worker import DeadlineWorker


class HastyWorker(DeadlineWorker):
    request_seconds = 2.0
