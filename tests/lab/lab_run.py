"""Runs `probe --json` against the lab's faults and prints how it does: `scripts/lab --help`."""

import argparse
import json
import shutil
import signal
import statistics
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.lab.lab_fault import Fault
from tests.lab.lab_faults import ALL, BY_ID
from tests.lab.lab_network import Host, network
from tests.lab.lab_peers import peers
from tests.lab.lab_pki import make_pki

OURS = "`licensing-bot probe`"
TOOLS = ("ip", "nft", "setpriv", "ping")


@dataclass(frozen=True)
class Score:
    """What was said about one fault, beside what is true."""

    fault: Fault
    layer: str
    cause: str
    activates: str
    seconds: float

    @property
    def layer_right(self) -> bool:
        return self.layer in (self.fault.layer, *self.fault.also_layers)

    @property
    def cause_right(self) -> bool:
        return self.cause in (self.fault.cause, *self.fault.also_causes)

    @property
    def in_words(self) -> str:
        rights = (self.layer_right, self.cause_right, self.activates in self.fault.activates)
        marks = "".join(mark if right else "-" for mark, right in zip("LCA", rights, strict=True))
        if all(rights):
            return marks
        wanted = f"{self.fault.layer}/{self.fault.cause}/{self.fault.activates[0]}"
        return f"{marks}  want {wanted} got {self.layer}/{self.cause}/{self.activates}"

    @property
    def false_alarm(self) -> bool:
        return self.fault.healthy and self.activates == "no"

    @property
    def missed(self) -> bool:
        return self.fault.activates == ("no",) and self.activates == "yes"


def missing_tools() -> list[str]:
    """Programs that the lab needs and this machine lacks."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def probe(fault: Fault, folder: Path, python: str, user: str = "") -> Score:
    """Set the fault up, probe, take it down."""
    with network(fault, folder) as host:
        return _probe(host, python, user)


def compare(fault: Fault, folder: Path, python: str, user: str = "") -> dict[str, Score]:
    """Set the fault up once and ask every tool about it, one after the other."""
    with network(fault, folder) as host:
        scores = {OURS: _probe(host, python, user)}
        for name, ask in peers().items():
            said, seconds = ask(host, user)
            scores[name] = Score(fault, *said, seconds)
    return scores


def _probe(host: Host, python: str, user: str) -> Score:
    answer = host.run([python, "-m", "bot.cli.probe", "--json"], user=user)
    try:
        said = json.loads(answer.output.splitlines()[-1])
    except (ValueError, IndexError):
        said = {"layer": "?", "cause": answer.both[-200:], "activates": "?"}
    return Score(host.fault, said["layer"], said["cause"], said["activates"], answer.seconds)


def main() -> int:
    """Probe all faults, or those that are named; 1 when the bar is missed."""
    parser = argparse.ArgumentParser(prog="scripts/lab", description=__doc__)
    parser.add_argument("faults", nargs="*", help="ids; none means all")
    parser.add_argument("-j", type=int, default=2, help="side by side")
    parser.add_argument("--python", default=sys.executable, help="runs the probe")
    parser.add_argument("--user", default="", help="number of the user that probes")
    parser.add_argument("--beside", action="store_true", help="compare with curl and blackbox")
    given = parser.parse_args()
    # Ends as after a last fault, so that no namespace is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = [BY_ID[name] for name in given.faults] or list(ALL)
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(given.j) as pool:
        folder = Path(name)
        folder.chmod(0o755)
        make_pki(folder)
        more = {"folder": folder, "python": given.python, "user": given.user}
        if given.beside:
            return _tell_table(list(pool.map(partial(compare, **more), chosen)))
        return _tell(list(pool.map(partial(probe, **more), chosen)))


def _tell(scores: Sequence[Score]) -> int:
    for score in scores:
        sys.stdout.write(f"{score.fault.id:<44} {score.seconds:6.2f} {score.in_words}\n")
    total = Total.of(scores)
    sys.stdout.write(
        f"{len(scores)} faults: layer {total.layers}, cause {total.causes}, "
        f"false alarms {total.alarms or 'none'}, missed {total.missed or 'none'}; "
        f"median / p90 / max {total.times} s\n"
    )
    return 0 if total.good else 1


def _tell_table(rows: Sequence[dict[str, Score]]) -> int:
    healthy = sum(row[OURS].fault.healthy for row in rows)
    sys.stdout.write(
        f"| tool | layer right of {len(rows)} | cause right | false alarms of {healthy} | missed |"
        " median / p90 / max s |\n|---|---|---|---|---|---|\n"
    )
    for tool in rows[0]:
        total = Total.of([row[tool] for row in rows])
        sys.stdout.write(
            f"| {tool} | {total.layers} | {total.causes} | {len(total.alarms)} |"
            f" {len(total.missed)} | {total.times} |\n"
        )
    return 0


@dataclass(frozen=True)
class Total:
    """How one tool did on all faults."""

    count: int
    layers: int
    causes: int
    alarms: tuple[str, ...]
    missed: tuple[str, ...]
    times: str

    @classmethod
    def of(cls, scores: Sequence[Score]) -> "Total":
        seconds = sorted(score.seconds for score in scores)
        p90 = seconds[max(0, int(0.9 * len(seconds)) - 1)]
        return cls(
            count=len(scores),
            layers=sum(score.layer_right for score in scores),
            causes=sum(score.cause_right for score in scores),
            alarms=tuple(score.fault.id for score in scores if score.false_alarm),
            missed=tuple(score.fault.id for score in scores if score.missed),
            times=f"{statistics.median(seconds):.1f} / {p90:.1f} / {seconds[-1]:.1f}",
        )

    @property
    def good(self) -> bool:
        enough = self.layers >= 0.96 * self.count and self.causes >= 0.9 * self.count
        return enough and not self.alarms and not self.missed


if __name__ == "__main__":
    sys.exit(main())
