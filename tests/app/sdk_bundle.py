"""Zendesk's own SDK from npm, as one script for a browser: its modules are CommonJS."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "sdk"
_PACKAGE: Final = FOLDER / "node_modules" / "zendesk_app_framework_sdk" / "lib"
CDN: Final = "https://static.zdassets.com/zendesk_app_framework_sdk/**"
_RUNTIME: Final = """(() => {
  const sources = {%s};
  const made = {};
  function load(name) {
    if (!(name in made)) {
      const module = (made[name] = { exports: {} });
      const near = (asked) => load(asked.replace(/^\\.\\//, ""));
      sources[name](module, module.exports, near);
    }
    return made[name].exports;
  }
  window.ZAFClient = load("index");
})();
"""


class NoSdk(Exception):  # noqa: N818  a condition of this machine, not an error of the test
    """The SDK is not here and cannot be had; the text says why."""


def sdk_script() -> str:
    """Return the SDK, installed by npm from the lock file when it is missing."""
    if not _PACKAGE.is_dir():
        _install()
    names = {str(path.relative_to(_PACKAGE).with_suffix("")): path for path in _modules()}
    return _RUNTIME % ",\n".join(_function(name, path) for name, path in names.items())


def _function(name: str, path: Path) -> str:
    """A module as a function under its name: `eval` would need a policy that Zendesk lacks."""
    head = f"{json.dumps(name)}: function (module, exports, require) {{"
    return f"{head}\n{path.read_text('utf-8')}\n}}"


def _modules() -> list[Path]:
    return sorted(_PACKAGE.rglob("*.js"))


def _install() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NoSdk("npm is not installed, so Zendesk's SDK cannot be had")
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=FOLDER,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise NoSdk(f"npm could not install Zendesk's SDK: {last[0]}")
