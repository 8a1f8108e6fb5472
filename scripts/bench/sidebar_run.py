"""The sidebar app's figures: bytes, time to skeleton and to the answer, axe, console."""

import argparse
import io
import statistics
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Browser, Frame, Page, sync_playwright

from scripts.browser import launch
from tests.app.sdk_bundle import CDN, sdk_script
from tests.app.sidebar.stage import Stage

APP = Path(__file__).parents[2] / "manifests" / "app"
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
#: Runs in every frame before its scripts: remembers when the verdict stood there.
WATCH = """new MutationObserver((_, self) => {
  if (!document.getElementById("verdict")) return;
  self.disconnect();
  requestAnimationFrame(() => { window.answered = performance.timeOrigin + performance.now(); });
}).observe(document, { childList: true, subtree: true });"""
TIMES = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const first = performance.getEntriesByType("paint")[0] ?? paint;
  return [performance.timeOrigin + (first?.startTime ?? NaN), window.answered];
}"""


@dataclass(slots=True)
class Seen:
    """What was measured, over all openings."""

    skeleton: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


def main() -> None:
    """Open the app again and again, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="how often to open it")
    parser.add_argument("--answer-ms", type=int, default=0, help="what the bot takes to answer")
    parser.add_argument(
        "--whole",
        action="store_true",
        help="the whole Chromium, without windows, as agents have it; default: the lighter"
        " headless shell where it is installed, whose first paint comes sooner",
    )
    asked = parser.parse_args()
    seen = Seen()
    with Stage() as stage, sync_playwright() as playwright:
        stage.bot.wait = asked.answer_ms / 1000
        browser = launch(playwright, whole=asked.whole)
        for turn in range(asked.times):
            look(browser, stage, "dark" if turn % 2 else "light", seen)
        browser.close()
    report(seen)


def look(browser: Browser, stage: Stage, scheme: str, seen: Seen) -> None:
    """Open the app in a fresh context, as an agent's first ticket of the day would."""
    context = browser.new_context(viewport={"width": 320, "height": 900})
    sdk = sdk_script()
    context.route(CDN, lambda route: route.fulfill(body=sdk, content_type="text/javascript"))
    context.add_init_script(WATCH)
    page = context.new_page()
    page.on("pageerror", lambda error: seen.problems.append(str(error)))
    page.on("console", lambda line: seen.problems.extend([line.text] * (line.type == "error")))
    page.goto(stage.address(scheme=scheme, values={"colorScheme": scheme}))
    frame = framed(page)
    frame.wait_for_function("window.answered")
    began = page.evaluate(
        "performance.timeOrigin + performance.getEntriesByName('frame')[0].startTime"
    )
    skeleton, answer = frame.evaluate(TIMES)
    seen.skeleton.append(skeleton - began)
    seen.answer.append(answer - began)
    if len(seen.answer) <= len(("light", "dark")):
        seen.violations += judged(frame)
    context.close()


def framed(page: Page) -> Frame:
    """The app's frame."""
    element = page.wait_for_selector("iframe")
    frame = element.content_frame() if element else None
    if frame is None:
        raise SystemExit("the host page shows no app: see tests/app/sidebar/page")
    return frame


def judged(frame: Frame) -> list[str]:
    """What axe finds with everything unfolded."""
    folded = frame.locator('[aria-expanded="false"]:visible')
    while folded.count():
        folded.first.click()
    frame.evaluate(AXE.read_text("utf-8"))
    found = frame.evaluate("axe.run(document)")
    return [str(one["id"]) for one in found["violations"]]


def report(seen: Seen) -> None:
    """Print the figures, one a line."""
    files = [path for path in APP.rglob("*") if path.is_file()]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for path in files:
            package.write(path, path.relative_to(APP))
    print(f"scripts          {weight(APP.glob('assets/*.js')):7.1f} kB")
    print(f"style            {weight(APP.glob('assets/*.css')):7.1f} kB")
    print(f"assets, all      {weight(p for p in files if 'assets' in p.parts):7.1f} kB")
    print(f"package (zip)    {len(packed.getvalue()) / 1000:7.1f} kB")
    print(f"skeleton painted {spread(seen.skeleton)}")
    print(f"answer painted   {spread(seen.answer)}")
    print(f"axe violations   {len(seen.violations):5d}  {' '.join(sorted(set(seen.violations)))}")
    print(f"console errors   {len(seen.problems):5d}  {' '.join(sorted(set(seen.problems)))}")


def weight(paths: Iterable[Path]) -> float:
    """Bytes in thousands."""
    return sum(path.stat().st_size for path in paths) / 1000


def spread(times: list[float]) -> str:
    """Fastest, median and slowest of the openings; on a busy machine the first tells most."""
    return (
        f"{min(times):5.0f} ms fastest, {statistics.median(times):.0f} median, "
        f"{max(times):.0f} slowest of {len(times)}"
    )


if __name__ == "__main__":
    main()
