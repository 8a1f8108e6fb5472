"""A network of three namespaces: the probing host, a router with name servers, the portal."""

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab.lab_fault import (
    CAPTIVE,
    DEAD,
    PROXY,
    RESOLVERS,
    V4,
    V4B,
    V6,
    V6B,
    Fault,
)  # fmt: skip
from tests.lab.lab_pki import HOST

_NUMBERS = itertools.count(1)
_ROOT = Path(__file__).parents[2]
_LAN, _LAN6 = "192.168.77", "2a02:8071:77:"
_PATIENCE = 60.0


@dataclass(frozen=True)
class Answer:
    """What a command in the probing host's namespace printed, and how long it took."""

    output: str
    """Standard output."""
    errors: str
    """Standard error."""
    seconds: float

    @property
    def both(self) -> str:
        """As a person at a terminal would copy it."""
        return f"{self.errors}\n{self.output}"


@contextlib.contextmanager
def network(fault: Fault, folder: Path) -> Iterator["Host"]:
    """Set the fault up; everything is gone afterwards."""
    tag = f"lb{os.getpid()}n{next(_NUMBERS)}"
    host, router, portal = (f"{tag}{side}" for side in "hrp")
    with contextlib.ExitStack() as running:
        for namespace in (host, router, portal):
            run("ip", "netns", "add", namespace)
            running.callback(_remove, namespace)
        _connect(host, router, portal)
        _add_addresses(router, portal, fault.addresses)
        servers = "".join(f"nameserver {server}\n" for server in RESOLVERS[: len(fault.zones)])
        _write_files(host, fault.hosts, fault.resolv_conf or servers)
        # The proxy has name servers of its own, and knows the portal.
        _write_files(router, f"{V4} {HOST}", "")
        for namespace, side in ((router, "router"), (portal, "portal")):
            running.enter_context(_servers(namespace, fault, side, folder))
        _warm_up(host)
        _batch(host, *fault.host_lines)
        _batch(router, *fault.router_lines)
        run("ip", "netns", "exec", router, "nft", "-f", "-", given=_rules(fault))
        if fault.host_rules:
            rules = (
                "table inet lab {\n" + _chain("out", "filter", "output", fault.host_rules) + "}\n"
            )
            run("ip", "netns", "exec", host, "nft", "-f", "-", given=rules)
        yield Host(host, fault, folder)


@dataclass(frozen=True)
class Host:
    """The probing host."""

    namespace: str
    fault: Fault
    folder: Path

    def run(self, command: Sequence[str], *, user: str = "") -> Answer:
        """Run a command there; it sees an ordinary machine."""
        drop = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"] if user else []
        start = time.monotonic()
        done = subprocess.run(
            ["ip", "netns", "exec", self.namespace, *drop, *command],
            capture_output=True, text=True, timeout=_PATIENCE, check=False, cwd=_ROOT,
            env=self._environ(),
        )  # fmt: skip
        return Answer(done.stdout, done.stderr, round(time.monotonic() - start, 2))

    def _environ(self) -> Mapping[str, str]:
        kept = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
        trust = str(self.folder / f"trust-{self.fault.trust}.pem")
        nowhere = str(self.folder / "no-such-folder")
        ours = {"SSL_CERT_FILE": trust, "SSL_CERT_DIR": nowhere, "CURL_CA_BUNDLE": trust}
        return {**kept, **ours, **self.fault.environ}


def run(*command: str, given: str = "") -> None:
    """Run a command of the set-up; a failure names it."""
    done = subprocess.run(command, input=given, text=True, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")


def _connect(host: str, router: str, portal: str) -> None:
    for namespace in (host, router, portal):
        settings = ["net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0"]
        if namespace == router:
            settings += ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1",
                         "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0"]  # fmt: skip
        else:
            settings.append("net.ipv4.ping_group_range=0 2147483647")
        run("ip", "netns", "exec", namespace, "sysctl", "-qw", *settings)
    run("ip", "-n", host, "link", "add", "eth0", "type", "veth", "peer", "name", "lan0",
        "netns", router)  # fmt: skip
    run("ip", "-n", router, "link", "add", "wan0", "type", "veth", "peer", "name", "eth0",
        "netns", portal)  # fmt: skip
    near = ("192.168.77.1", *RESOLVERS, PROXY, CAPTIVE)
    _batch(
        router,
        *[f"addr add {address}/24 dev lan0" for address in near],
        f"addr add {_LAN6}:1/64 dev lan0 nodad",
        "addr add 172.30.0.1/30 dev wan0",
        "addr add 2a02:8071:ff::1/64 dev wan0 nodad",
        "link set lo up", "link set lan0 up", "link set wan0 up",
        *[f"route add {address} via 172.30.0.2" for address in (V4, V4B, DEAD)],
        *[f"route add {address} via 2a02:8071:ff::2" for address in (V6, V6B)],
    )  # fmt: skip
    _batch(
        portal,
        "link set lo up",
        "addr add 172.30.0.2/30 dev eth0",
        "addr add 2a02:8071:ff::2/64 dev eth0 nodad",
        *[f"addr add {address}/32 dev lo" for address in (V4, V4B)],
        *[f"addr add {address}/128 dev lo nodad" for address in (V6, V6B)],
        "link set eth0 up",
        "route add default via 172.30.0.1",
        "route add ::/0 via 2a02:8071:ff::1",
        f"route add blackhole {DEAD}",
    )
    _batch(
        host,
        "link set lo up",
        f"addr add {_LAN}.10/24 dev eth0",
        f"addr add {_LAN6}:10/64 dev eth0 nodad",
        "link set eth0 up",
        f"route add default via {_LAN}.1",
        f"route add ::/0 via {_LAN6}:1",
    )


def _add_addresses(router: str, portal: str, addresses: Sequence[str]) -> None:
    for address in addresses:
        six = ":" in address
        way = "2a02:8071:ff::2" if six else "172.30.0.2"
        _batch(portal, f"addr add {address}/{128 if six else 32} dev lo" + " nodad" * six)
        _batch(router, f"route add {address} via {way}")


def _batch(namespace: str, *lines: str) -> None:
    run("ip", "-n", namespace, "-batch", "-", given="\n".join(lines) + "\n")


def _write_files(namespace: str, hosts: str, resolv_conf: str) -> None:
    """`ip netns exec` lays these over /etc, for this namespace only."""
    etc = Path("/etc/netns") / namespace
    etc.mkdir(parents=True)
    (etc / "resolv.conf").write_text(resolv_conf)
    (etc / "hosts").write_text(f"127.0.0.1 localhost\n{hosts}\n")


@contextlib.contextmanager
def _servers(namespace: str, fault: Fault, side: str, folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.lab.lab_serve", fault.id, side, str(folder)]
    with subprocess.Popen(
        ["ip", "netns", "exec", namespace, *command],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"the {side}'s servers of {fault.id} did not start")
        yield
        # The end of standard input ends the servers; Popen waits for them.


def _warm_up(host: str) -> None:
    """Let neighbours find each other before rules are in force."""
    for address in (V4, V6):
        command = ["ip", "netns", "exec", host, "ping", "-q", "-c1", "-W1", address]
        subprocess.run(command, capture_output=True, check=False)


def _chain(name: str, kind: str, hook: str, rules: Sequence[str]) -> str:
    head = f"type {kind} hook {hook} priority {-100 if kind == 'nat' else 0}; policy accept;"
    return f" chain {name} {{ {head}\n" + "".join(f"  {rule}\n" for rule in rules) + " }\n"


def _rules(fault: Fault) -> str:
    chains = _chain("forwarded", "filter", "forward", fault.rules)
    chains += _chain("incoming", "filter", "input", fault.resolver_rules)
    chains += _chain("outgoing", "filter", "output", fault.router_out)
    text = "table inet lab {\n" + chains + "}\n"
    if fault.nat:
        text += "table ip labnat {\n" + _chain("arriving", "nat", "prerouting", fault.nat) + "}\n"
    return text


def _remove(namespace: str) -> None:
    subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)
    shutil.rmtree(Path("/etc/netns") / namespace, ignore_errors=True)
