"""Blocking work beside the event loop."""

import asyncio
import threading

import pytest

from bot.jobs.threads import DeadlineError, Threads


def raises(error: BaseException) -> None:
    raise error


def test_work_is_done_beside_the_loop() -> None:
    names: list[str] = []

    asyncio.run(Threads().run(lambda: names.append(threading.current_thread().name), 60, "t7"))

    assert names == ["t7"]


@pytest.mark.parametrize("error", [OSError("no"), TimeoutError("of a socket")])
def test_what_it_raises_comes_back(error: Exception) -> None:
    with pytest.raises(type(error)):
        asyncio.run(Threads().run(lambda: raises(error), 60, "t"))


@pytest.mark.parametrize("error", [SystemExit(3), StopIteration()])
def test_an_exit_in_a_thread_is_an_error_of_its_job(error: BaseException) -> None:
    with pytest.raises(RuntimeError, match=type(error).__name__):
        asyncio.run(Threads().run(lambda: raises(error), 60, "t"))


def test_what_hangs_is_counted_until_it_ends() -> None:
    release = threading.Event()
    threads = Threads()

    async def hang() -> None:
        with pytest.raises(DeadlineError, match=r"not done after 0\.05 s"):
            await threads.run(lambda: raises_nothing(release.wait(60)), 0.05, "t")
        assert threads.overdue == 1
        release.set()
        for _ in range(6000):
            await asyncio.sleep(0.01)
            if not threads.overdue:
                return
        pytest.fail("it never ended")

    asyncio.run(hang())


def raises_nothing(_: object) -> None:
    """Take a value and be done."""
