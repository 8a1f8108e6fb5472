"""Runs the check script in the fault lab and reads its block back.

`python -m tests.checkscript.check_in_lab [-j N] [--shell S] [ID…]` uses the faults of tests/lab
(`--all`: every one of them; `--tools FOLDER`: the host has only what lies in that folder).
`… --results FILE OUT` rewrites the results of another lab: each run's output becomes the JSON
object that `read --json` makes of it, so that the lab's own judge can score it.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from bot.evidence.headline import headline
from bot.evidence.pasted import read_pasted
from tests.lab.lab_fault import Fault
from tests.lab.lab_faults import ALL, BY_ID, FAULTS
from tests.lab.lab_network import network
from tests.lab.lab_pki import make_pki
from tests.lab.lab_run import Score

SCRIPT = Path(__file__).parents[2] / "manifests" / "customer_check.sh"


def told(output: str) -> dict[str, str]:
    """Layer, cause and whether activation works, as the block says it."""
    head = headline(read_pasted(output))
    if head is None:
        return {"layer": "unknown", "cause": "unclear", "activates": "unknown"}
    activates = str(head.facts.get("activates", "unknown"))
    return {"layer": head.layer, "cause": head.cause, "activates": activates}


def check(fault: Fault, folder: Path, shell: Sequence[str], keep: Path | None, user: str) -> Score:
    """Set the fault up, run the script, take it down."""
    with network(fault, folder) as host:
        answer = host.run([*shell, str(SCRIPT)], user=user)
    if keep:
        (keep / f"{fault.id}.txt").write_text(answer.output, "utf-8")
    said = told(answer.output)
    return Score(fault, said["layer"], said["cause"], said["activates"], answer.seconds)


def rewrite(results: Path, out: Path) -> None:
    """Put our reading in the place of each run's output."""
    document = json.loads(results.read_text("utf-8"))
    for run in document["results"]:
        run["stdout"] = json.dumps(told(run["stdout"]))
    out.write_text(json.dumps(document), "utf-8")


def main() -> int:
    """Check all faults, or those that are named; 1 when a fault is missed or invented."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", nargs="*", help="ids; none means the first ones")
    parser.add_argument("--all", action="store_true", help="every fault")
    parser.add_argument("--tools", help="the only folder in PATH")
    parser.add_argument("--user", default="", help="number of the user that checks")
    parser.add_argument("-j", type=int, default=2, help="side by side")
    parser.add_argument("--shell", default="sh", help="such as `busybox ash`")
    parser.add_argument("--keep", type=Path, help="folder for what the script prints")
    parser.add_argument("--results", nargs=2, type=Path, metavar=("FILE", "OUT"))
    given = parser.parse_args()
    if given.results:
        rewrite(*given.results)
        return 0
    chosen = [BY_ID[name] for name in given.faults] or list(ALL if given.all else FAULTS)
    shell = given.shell.split()
    if given.tools:
        shell = ["env", f"PATH={given.tools}", *shell]
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(given.j) as pool:
        folder = Path(name)
        folder.chmod(0o755)
        make_pki(folder)
        work = partial(check, folder=folder, shell=shell, keep=given.keep, user=given.user)
        scores = list(pool.map(work, chosen))
    return tell(scores)


def tell(scores: Sequence[Score]) -> int:
    """Print a line for each fault and the sum."""
    for score in scores:
        sys.stdout.write(f"{score.fault.id:<44} {score.seconds:6.2f} {score.in_words}\n")
    layers = sum(score.layer_right for score in scores)
    causes = sum(score.cause_right for score in scores)
    wrong = [score.fault.id for score in scores if score.missed or score.false_alarm]
    slowest = max(score.seconds for score in scores)
    sys.stdout.write(
        f"{len(scores)} faults: layer {layers}, cause {causes}, missed or invented "
        f"{wrong or 'none'}; slowest {slowest:.1f} s\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
