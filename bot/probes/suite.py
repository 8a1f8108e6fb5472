"""Runs every probe that can run now, side by side, under one deadline; reports as results come."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from ssl import SSLContext
from typing import Final

from bot.evidence.observation import Observation
from bot.probes import dns, https, icmp, port80, proxy, tcp, tls
from bot.probes.crew import Crew
from bot.probes.guard import Guard, Refused, Target
from bot.probes.https import Portal, Visit
from bot.probes.patience import Deadline
from bot.probes.port80 import Attempt
from bot.probes.proxy import Proxy
from bot.probes.recorder import Recorder, family
from bot.probes.route import Route, straight_to
from bot.probes.surroundings import Surroundings

OnResult = Callable[[Observation], None]

_MOST_ADDRESSES: Final = 4
"""Of each family, and one more for each that refuses at once."""
_QUICK_MS: Final = 2000.0
_MARGIN: Final = 0.8
"""Probes report by themselves this long before the suite is cut."""
_SYSTEM_PATIENCE: Final = 9.0
"""The product gives up on a name after 10 s."""
_SLOWEST_ANSWER: Final = 4.8
"""Later than this, glibc has nearly given up on the name server."""
_GRACE: Final = 1.5
"""How much longer the direct path is watched when the proxy's is judged."""
_LONG_WAY_MS: Final = 600.0
_WORKS: Final = frozenset({"ok", "warn"})


def run_suite(
    target: str,
    *,
    guard: Guard,
    surroundings: Surroundings,
    deadline: float = 10.0,
    on_result: OnResult | None = None,
    portal: Portal | None = None,
    vantage: str = "bot:local",
) -> tuple[Observation, ...]:
    """Look at the target from this machine; return what was seen when the deadline cuts.

    Raises `Refused` when the guard does not let the target through. Never hangs: what does not
    come back is left behind in its thread.
    """
    run = Run(
        target=guard.check_url(target),
        guard=guard,
        surroundings=surroundings,
        portal=portal or Portal(),
        recorder=Recorder(vantage),
        deadline=Deadline.after(deadline),
        on_result=on_result or (lambda _: None),
        context=surroundings.context(),
    )
    run.start()
    run.collect()
    return tuple(run.seen)


@dataclass(frozen=True, slots=True)
class Step:
    """What one look brought, and the route that it opened for the next ones."""

    observations: tuple[Observation, ...]
    route: Route | None = None


@dataclass(slots=True)
class Run:
    """One run of the suite: what was started, what came back. One thread owns it."""

    target: Target
    guard: Guard
    surroundings: Surroundings
    portal: Portal
    recorder: Recorder
    deadline: Deadline
    on_result: OnResult
    context: SSLContext
    seen: list[Observation] = field(default_factory=list)
    crew: Crew[Step] = field(default_factory=Crew)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    """Addresses that are probed, and how TCP to the target's port went."""
    spare: list[str] = field(default_factory=list)
    """Addresses beyond those, for clients that are sent on to them."""
    through: Proxy | None = None
    """The proxy that the product would use."""
    system_end: Deadline = field(default_factory=lambda: Deadline.after(_SYSTEM_PATIENCE))
    slow_end: Deadline = field(default_factory=lambda: Deadline.after(_SLOWEST_ANSWER))
    grace: Deadline | None = None
    visited: set[str] = field(default_factory=set)
    """Routes whose requests were started."""

    @property
    def own_end(self) -> Deadline:
        """When a probe has to report by itself."""
        return Deadline(self.deadline.until - _MARGIN)

    def start(self) -> None:
        """Start what depends on nothing: names, and the proxy."""
        self.through = proxy.choose(self.surroundings.environ, self.target)
        if self.through is None:
            environ = self.surroundings.environ
            self._take(Step((proxy.report_choice(self.recorder, environ, self.target),)))
        else:
            self.crew.start("proxy", partial(self._reach_proxy, self.through))
        try:
            self._probe_address(str(ip_address(self.target.host)))
        except ValueError:
            self._ask_names()

    def collect(self) -> None:
        """Take results until nothing is under way or waiting longer is of no use."""
        while self.crew.busy:
            arrived = self.crew.next(self._patience())
            if arrived is None:
                break
            self._take(arrived[1])
        self._report_left_behind()

    def _ask_names(self) -> None:
        host, end = self.target.host, self.own_end
        override = self.surroundings.hosts.get(host)
        if override:
            self._take(Step((dns.read_override(self.recorder, host, override),)))
        for rank, server in enumerate(self.surroundings.resolvers):
            for kind in ("A", "AAAA"):
                question = dns.Question(
                    host, server, kind, rank=rank, port=self.surroundings.dns_port
                )
                self._start("dns", f"{rank} {kind}", dns.ask, question, self._why_refused, end)
        self._start(
            "getaddrinfo", "", dns.ask_system,
            host, self.target.port, self.surroundings.resolve, self._why_refused,
        )  # fmt: skip

    def _start(
        self, probe: str, what: str, look: Callable[..., Observation], *arguments: object
    ) -> None:
        self.crew.start(f"{probe} {what}".strip(), lambda: Step((look(self.recorder, *arguments),)))

    def _take(self, step: Step) -> None:
        for observation in step.observations:
            self.seen.append(observation)
            self.on_result(observation)
            self._go_on(observation, step.route)

    def _go_on(self, seen: Observation, route: Route | None) -> None:
        """Start what this result makes possible."""
        if seen.probe in ("dns", "getaddrinfo", "hosts"):
            answers = seen.facts.get("answers", ())
            for address in answers if isinstance(answers, tuple) else ():
                self._probe_address(address)
        elif seen.probe == "tcp":
            self.attempts[str(seen.facts["ip"])].end(connected=seen.verdict == "ok")
            self._replace(seen)
            if seen.verdict == "ok" and route:
                self._shake_hands(route)
                self._hurry(seen, route)
        elif seen.probe == "proxy" and route:
            self._shake_hands(route)
        elif seen.probe == "tls" and route and seen.verdict in _WORKS:
            self._visit(route)

    def _replace(self, seen: Observation) -> None:
        """Try one address more for one that refuses at once: a client is sent on to it as well."""
        took = seen.facts.get("ms", 0)
        quick = isinstance(took, float | int) and took < _QUICK_MS
        ours = family(str(seen.facts["ip"]))
        spare = next((address for address in self.spare if family(address) == ours), None)
        if seen.verdict == "fail" and quick and spare:
            self.spare.remove(spare)
            self._probe_address(spare, most=len(self.attempts) + 1)

    def _probe_address(self, address: str, most: int = _MOST_ADDRESSES) -> None:
        alike = [known for known in self.attempts if family(known) == family(address)]
        if address in self.attempts or address in self.spare or self._why_refused(address):
            return
        if len(alike) >= most:
            self.spare.append(address)
            return
        attempt = self.attempts[address] = Attempt()
        route = straight_to(address, self.target.port)
        self.crew.start(f"tcp {address}", lambda: self._reach(route))
        self._start("icmp", address, icmp.look, address, self.own_end)
        if self.target.port != port80.PORT:
            self.crew.start(f"port80 {address}", lambda: self._try_port80(address, attempt))

    def _try_port80(self, address: str, attempt: Attempt) -> Step:
        if attempt.connects_within(port80.WAIT):
            return Step(())
        return Step((port80.look(self.recorder, self.target, address, self.own_end),))

    def _reach(self, route: Route) -> Step:
        # The address was checked above and is connected to as it is: no second resolution.
        end = self.own_end.within(tcp.PATIENCE)
        return Step((tcp.look(self.recorder, route.address, route.port, end),), route)

    def _reach_proxy(self, chosen: Proxy) -> Step:
        environ, resolve = self.surroundings.environ, self.surroundings.resolve
        if proxy.is_excepted_by_address(environ, self.target, resolve, self.own_end):
            return Step((proxy.report_choice(self.recorder, environ, self.target),))
        seen, route = proxy.look(self.recorder, chosen, self.target, resolve, self.own_end)
        return Step((seen,), route)

    def _shake_hands(self, route: Route) -> None:
        if self.target.scheme == "http":
            self._visit(route)
            return
        handshakes = tls.Handshakes(route, self.target.host, self.context, self.portal.issuers)
        self.crew.start(
            f"tls {route.target}",
            lambda: Step((tls.look(self.recorder, handshakes, self.own_end),), route),
        )

    def _hurry(self, seen: Observation, route: Route) -> None:
        """On a long way there is no time to wait for the handshake's verdict."""
        took = seen.facts.get("rtt_ms", 0)
        if isinstance(took, float | int) and took > _LONG_WAY_MS:
            self._visit(route)

    def _visit(self, route: Route) -> None:
        """Start the requests of a route, once."""
        if route.target in self.visited:
            return
        self.visited.add(route.target)
        visit = Visit(route, self.target, self.context, self.portal)
        self._start("https", f"front {route.target}", https.look_at_front, visit, self.own_end)
        if self.portal.sign_in:
            name = f"sign-in {route.target}"
            self._start("https", name, https.look_at_sign_in, visit, self.own_end)
        if self.portal.graphql:
            name = f"graphql {route.target}"
            self._start("https", name, https.look_at_graphql, visit, self.own_end)

    def _why_refused(self, address: str) -> str:
        try:
            self.guard.check_address(address)
        except Refused as reason:
            return str(reason)
        return ""

    def _patience(self) -> Deadline:
        """How long to wait for the next result."""
        if self.crew.busy == {"getaddrinfo"}:
            # What will come of it is known, unless all were silent: then one may just be slow.
            known = any(seen.probe == "dns" and seen.facts.get("answers") for seen in self.seen)
            explained = any(seen.cause == "dns_timeout" for seen in self.seen)
            if explained or self.through:
                return Deadline(0.0) if known else self.slow_end
            return self.system_end
        if self.through and self._proxy_path_is_done() and not self._names_are_open():
            self.grace = self.grace or self.deadline.within(_GRACE)
            return self.grace
        return self.deadline

    def _names_are_open(self) -> bool:
        """Is a name server silent so far? The product waits for it, proxy or not."""
        return any(name.startswith("dns ") for name in self.crew.busy)

    def _proxy_path_is_done(self) -> bool:
        """Is all known about the way through the proxy?"""
        looks = [seen for seen in self.seen if seen.facts.get("path") == "proxy"]
        wanted = 1 + bool(self.portal.sign_in) + bool(self.portal.graphql)
        if sum(seen.probe == "https" for seen in looks) == wanted:
            return True
        # Denied by the proxy: only the direct path tells whether an exception would help.
        return any(seen.verdict == "fail" and seen.cause != "proxy_forbidden"
                   for seen in looks if seen.probe in ("proxy", "tls"))  # fmt: skip

    def _report_left_behind(self) -> None:
        """Say what was cut; a system resolver that does not answer is a finding of its own."""
        for name in sorted(self.crew.busy):
            silent = name == "getaddrinfo" and self.system_end.passed
            seen = self.recorder.saw(
                name.partition(" ")[0],
                name,
                "dns_timeout" if silent else "truncated",
                "fail" if silent else "unknown",
                "did not come back in time",
            )
            self.seen.append(seen)
            self.on_result(seen)
