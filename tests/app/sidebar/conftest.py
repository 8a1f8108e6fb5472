"""Fixtures for the app alone: a stage, and the app opened on it with Zendesk's own SDK."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.app.sdk_bundle import CDN
from tests.app.sidebar.bot_stand_in import Bot
from tests.app.sidebar.stage import Shown, Stage

expect.set_options(timeout=30_000)
#: The answer is painted first, and all that follows it in the frame after.
WHOLE = "document.getElementById('screen').childElementCount > 3"
Opener = Callable[..., Shown]


@pytest.fixture
def stage() -> Iterator[Stage]:
    """The host, the assets and the bot."""
    with Stage() as one:
        yield one


@pytest.fixture
def bot(stage: Stage) -> Bot:
    """The bot behind the host's proxy."""
    return stage.bot


@pytest.fixture
def open_app(stage: Stage, chromium: Browser, real_sdk: str) -> Iterator[Opener]:
    """Opens the app: `open_app(width=320, prepare=…, ready="#verdict", **given)`."""
    with ExitStack() as stack:

        def open_one(
            *, width: int = 320, prepare: Any = None, ready: str = "#verdict", **given: Any
        ) -> Shown:
            context = chromium.new_context(viewport={"width": width, "height": 900})
            stack.callback(context.close)
            context.set_default_timeout(30_000)
            kind = "text/javascript"
            context.route(CDN, lambda route: route.fulfill(body=real_sdk, content_type=kind))
            page = context.new_page()
            problems: list[str] = []
            fetched: list[str] = []
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("console", lambda line: problems.extend([line.text] * (line.type == "error")))
            page.on("request", lambda request: fetched.append(request.url))
            if prepare:
                prepare(page)
            page.goto(stage.address(**given), wait_until="domcontentloaded")
            element = page.wait_for_selector("iframe")
            frame = element.content_frame() if element else None
            assert frame is not None
            if ready:
                frame.wait_for_selector(ready)
            if ready in ("#verdict", "#trouble"):
                frame.wait_for_function(WHOLE)
            return Shown(page, frame, problems, fetched)

        yield open_one
