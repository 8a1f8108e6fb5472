"""The tasks of the probe queues: look from here, beat slowly, end a run that takes too long."""

from typing import Final

import procrastinate

from bot.jobs.threads import Threads
from bot.jobs.tries import Tries
from bot.pipeline.ports import LookJob, Prober
from bot.queue import CLOSE_PROBE_RUN, LOOK_AT_PORTAL, MAINTENANCE, JobValue, probes_queue

#: A suite ends by itself after 10 s, Globalping after 38 s.
_LOOK_SECONDS: Final = 55.0
_CLOSE_SECONDS: Final = 30.0
#: Every ten minutes, a little beside the full hour when everybody else's clock strikes.
_PULSE: Final = "3-59/10 * * * *"


def add_probe_tasks(app: procrastinate.App, prober: Prober, vantage: str, tries: Tries) -> None:
    """Let the app run probe jobs; with a vantage of its own it beats slowly under that name."""
    # Apart from the events' threads: a look that hangs must never end the worker.
    threads = Threads()

    @app.task(name=LOOK_AT_PORTAL, retry=tries)
    async def look_at_portal(**arguments: JobValue) -> None:
        job = look_job(arguments)
        await threads.run(lambda: prober.look(job), _LOOK_SECONDS, f"look {job.vantage}")

    @app.task(name=CLOSE_PROBE_RUN, queue=MAINTENANCE, retry=tries)
    async def close_probe_run(run_id: int) -> None:
        await threads.run(lambda: prober.close(run_id), _CLOSE_SECONDS, f"run {run_id}")

    if not vantage:
        return

    @app.periodic(cron=_PULSE, periodic_id=f"pulse {vantage}")
    @app.task(name=f"pulse_{vantage}", queue=probes_queue(vantage), retry=tries)
    async def pulse(timestamp: int) -> None:  # noqa: ARG001  Procrastinate passes its tick
        await threads.run(lambda: prober.look(LookJob(vantage)), _LOOK_SECONDS, "pulse")


def look_job(arguments: dict[str, JobValue]) -> LookJob:
    """Turn a job's arguments, as `bot.queue.defer_look` wrote them, into the look."""
    run_id = arguments["run_id"]
    return LookJob(
        vantage=str(arguments["vantage"]),
        run_id=None if run_id is None else int(run_id),
        place=str(arguments.get("place") or ""),
    )
