"""Looks as our own suite reports them, for tests of what they mean together."""

from bot.evidence.assess import assess
from bot.evidence.observation import CAUSES, Assessment, Fact, Observation, Verdict

V4, V4B, V6 = "104.18.20.224", "104.18.21.224", "2606:4700::6812:14e0"


def saw(probe: str, cause: str, verdict: Verdict = "ok", **facts: Fact) -> Observation:
    return Observation(probe, "portal", "bot:test", CAUSES[cause], cause, verdict, facts=facts)


def asked(rank: int, kind: str, *answers: str, cause: str = "", ms: float = 3) -> Observation:
    found = cause or "dns_ok"
    verdict: Verdict = "ok" if answers else "fail"
    return saw("dns", found, verdict, rank=rank, qtype=kind, answers=answers, ms=ms)


def system(*answers: str, ms: float = 3) -> Observation:
    if not answers:
        return saw("getaddrinfo", "dns_resolution_failed", "fail", ms=ms)
    return saw("getaddrinfo", "dns_ok", answers=answers, ms=ms)


def tcp(ip: str, cause: str = "tcp_ok", ms: float = 5, **facts: Fact) -> Observation:
    verdict: Verdict = "ok" if cause == "tcp_ok" else "fail"
    return saw("tcp", cause, verdict, ip=ip, ms=ms, **facts)


def tls(
    ip: str, cause: str = "tls_ok", verdict: Verdict | None = None, **facts: Fact
) -> Observation:
    found: Verdict = "ok" if cause == "tls_ok" else "fail"
    return saw("tls", cause, verdict or found, ip=ip, **{"path": "direct", **facts})


def answers(ip: str, *, path: str = "direct", **causes: str) -> list[Observation]:
    requests = {"HEAD": "HEAD /", "GET": "GET /customers/sign_in", "POST": "POST /graphql"}
    good = "http_ok_redirect_signin"
    return [
        saw(
            "https", causes.get(method, good), "fail" if method in causes else "ok",
            ip=ip, path=path, request=request,
        )
        for method, request in requests.items()
    ]  # fmt: skip


def works(ip: str) -> list[Observation]:
    return [tcp(ip), tls(ip), *answers(ip)]


def ping(ip: str, received: int = 12, sent: int = 12) -> Observation:
    cause = "icmp_ok" if received == sent else "packet_loss" if received else "icmp_no_reply"
    return saw(
        "icmp", cause, "ok" if received == sent else "warn", ip=ip, sent=sent, received=received
    )


def names(*addresses: str) -> list[Observation]:
    four = [address for address in addresses if ":" not in address]
    six = [address for address in addresses if ":" in address]
    return [
        asked(0, "A", *four, cause="" if four else "dns_no_address"),
        asked(0, "AAAA", *six, cause="" if six else "dns_no_aaaa"),
        system(*addresses),
    ]


def judged(*looks: Observation | list[Observation]) -> Assessment:
    flat: list[Observation] = []
    for look in looks:
        flat += look if isinstance(look, list) else [look]
    return assess(flat)
