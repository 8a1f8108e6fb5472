"""What the fuzzer starts from: the samples that the tests already have."""

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Final

from scripts.fuzz_intake import AT, STAMP
from tests.evidence.har_scenarios import SCENARIOS, made, wrapped
from tests.web.web_factories import raw, subscription_body, trigger_body

_TESTS: Final = Path(__file__).parents[1] / "tests"
#: libFuzzer is quick on short inputs; of each kind of sample a few dozen are enough.
_MOST: Final = 120
_LONGEST: Final = 30_000


def seeds_of(target: str) -> Iterator[bytes]:
    """Yield the seeds of a target."""
    for number, seed in enumerate(_SEEDS[target]()):
        if number < _MOST and len(seed) <= _LONGEST:
            yield seed


def _triggers() -> Iterator[bytes]:
    for kind in ("created", "replied", "field_changed", "command", "solved"):
        yield raw(trigger_body(event=kind))
    yield json.dumps(trigger_body(ticket_id=4712, actor_id=-1)).encode()
    yield raw(subscription_body())
    yield raw(subscription_body("ticket.comment_added", {"comment": {"author": {"id": "5"}}}))
    yield raw(subscription_body("ticket.tags_changed", {"tags_added": ["cl_run_probes"]}))
    yield raw(subscription_body(detail={"id": "4712", "tags": None}))


def _deliveries() -> Iterator[bytes]:
    lines = ["Sign: 1", "Content-Type: application/json", "X-Zendesk-Account-Id: 22129848",
             "X-Zendesk-Webhook-Invocation-Id: 01HANA2B3C4D5E6F7G8H9J0K1M"]  # fmt: skip
    more = ["", "Content-Encoding: gzip", "Content-Length: 999999", "Content-Length: 5",
            f"X-Zendesk-Webhook-Signature-Timestamp: {STAMP}", "Transfer-Encoding: chunked",
            "X-Zendesk-Webhook-Signature: x"]  # fmt: skip
    for body in _triggers():
        yield "\n".join(lines).encode() + b"\n\n" + body
    for extra in more:
        yield "\n".join([*lines, extra]).strip().encode() + b"\n\n" + raw(trigger_body())


def _tokens() -> Iterator[bytes]:
    now = int(AT.timestamp())
    claims = {"iss": "acme", "aud": "cl-bot", "sub": 77, "ticket_id": 4711, "iat": now,
              "exp": now + 60}  # fmt: skip
    for head in ({"typ": "JWT", "alg": "HS256"}, {"alg": "none"}, {"alg": "HS256", "crit": []}):
        yield json.dumps(head).encode() + b"\n" + json.dumps(claims).encode()
    yield (
        json.dumps({"alg": "HS256"}).encode()
        + b"\n"
        + json.dumps(
            claims | {"aud": ["cl-bot"], "nbf": now, "sub": "77", "ticket_id": "4711"}
        ).encode()
    )
    yield b"eyJhbGciOiJub25lIn0.eyJpc3MiOiJhY21lIn0."


def _pastes() -> Iterator[bytes]:
    for name in ("pastes_captured", "pastes_written"):
        rows = _rows(_TESTS / "evidence" / "samples" / f"{name}.jsonl")
        yield from (str(row["text"]).encode() for row in rows[: _MOST // 2])


def _secrets() -> Iterator[bytes]:
    for number, scenario in enumerate(SCENARIOS):
        text = made(scenario, "chrome", number).text()
        middle = len(text) // 2
        yield text[middle : middle + 1_500].encode()
    yield from islice(_pastes(), 0, None, 6)


def _blocks() -> Iterator[bytes]:
    for row in _rows(_TESTS / "checkscript" / "blocks.jsonl"):
        yield "\n".join(str(row["text"]).splitlines()[1:-1]).encode()


def _hars() -> Iterator[bytes]:
    yield b'{"log":{"version":"1.2","creator":{"name":"x"},"entries":[]}}'
    for number, scenario in enumerate(SCENARIOS):
        sample = made(scenario, "sanitized", number, hiding=False).text()
        log = json.loads(sample)["log"]
        for some in (log["entries"][-2:], log["entries"]):
            yield json.dumps({"log": log | {"entries": some}}).encode()
    for how in ("gz", "zip", "zhar", "utf-16", "bom"):
        yield wrapped('{"log":{"entries":[{"request":{"url":"https://h/api/graphql"}}]}}', how)


def _tickets() -> Iterator[bytes]:
    for path in sorted(_TESTS.glob("golden/*/ticket.json")):
        yield path.read_bytes()
    for row in _rows(_TESTS / "corpus" / "a_seen.jsonl")[: _MOST // 2]:
        yield json.dumps({key: row[key] for key in row if key != "expected"}).encode()
        yield f"{row['subject']}\n{row['description']}".encode()


def _rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


_SEEDS: Final[Mapping[str, Callable[[], Iterator[bytes]]]] = MappingProxyType(
    {
        "intake": _deliveries,
        "trigger": _triggers,
        "jwt": _tokens,
        "readers": _pastes,
        "redact": _secrets,
        "checkscript": _blocks,
        "har": _hars,
        "ticket": _tickets,
    }
)
