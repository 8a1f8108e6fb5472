"""Runs blocking work beside the event loop, with a deadline that a hanging call cannot hold up."""

import asyncio
import contextlib
import threading
from collections.abc import Callable


class DeadlineError(Exception):
    """A job took longer than it may."""


class Threads:
    """A daemon thread per job: one that hangs keeps neither its job nor the process from ending."""

    def __init__(self) -> None:
        self.overdue = 0
        """Threads that run on after their job's deadline."""

    async def run(self, work: Callable[[], None], seconds: float, name: str) -> None:
        """Run it; raises what it raises, or `DeadlineError`."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()

        def body() -> None:
            error = _outcome(work)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._settle, ended, error)

        threading.Thread(target=body, name=name, daemon=True).start()
        try:
            await asyncio.wait({ended}, timeout=seconds)
        finally:
            if not ended.done():
                ended.cancel()
                self.overdue += 1
        if ended.cancelled():
            raise DeadlineError(f"not done after {seconds:g} s")
        ended.result()

    def _settle(self, ended: "asyncio.Future[None]", error: Exception | None) -> None:
        if ended.done():
            self.overdue -= 1
        elif error is None:
            ended.set_result(None)
        else:
            ended.set_exception(error)


def _outcome(work: Callable[[], None]) -> Exception | None:
    """Run it and return what it raised. A future takes neither exits nor StopIteration."""
    try:
        work()
    except BaseException as error:  # noqa: BLE001  handed to the waiting job, whatever it is
        fits = isinstance(error, Exception) and not isinstance(error, StopIteration)
        return error if fits else RuntimeError(type(error).__name__)  # type: ignore[return-value]  # checked the line before
    return None
