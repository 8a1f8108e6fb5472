"""The worker: runs what the queue holds, rescues what a dead worker left, and keeps house."""

from bot.jobs.chores import chores_of
from bot.jobs.tasks import Probes
from bot.jobs.worker import run_worker

__all__ = ["Probes", "chores_of", "run_worker"]
