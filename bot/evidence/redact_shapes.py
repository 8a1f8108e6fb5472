"""Secrets that are recognised by their shape or by the words directly before them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.evidence.redact_standins import STAND_IN, StandIns
from bot.evidence.secrets import Kind, is_placeholder, looks_random

Accepts = Callable[[str], bool]


def _anything(_: str) -> bool:
    return True


def _credential(value: str) -> bool:
    return looks_random(value) or any(map(str.isdigit, value)) or value.endswith("=")


def _not_an_account(value: str) -> bool:
    return value != "git" and not re.fullmatch(r"\d+:\d+", value)


@dataclass(frozen=True, slots=True)
class Shape:
    """One pattern; its group `v` is the secret."""

    kind: Kind
    pattern: re.Pattern[str]
    gates: tuple[str, ...]
    """The pattern is tried only when the text in lower case holds one of these."""
    accepts: Accepts = _anything

    def replace(self, text: str, lower: str, standins: StandIns) -> str:
        """Return the text with stand-ins for every secret of this shape."""
        if not any(gate in lower for gate in self.gates):
            return text
        return self.pattern.sub(lambda match: self._stand_in(match, standins), text)

    def _stand_in(self, match: re.Match[str], standins: StandIns) -> str:
        value = match["v"]
        if STAND_IN.search(value) or is_placeholder(value) or not self.accepts(value):
            return match[0]
        token = standins.token(self.kind, value)
        if self.kind == "credentials":
            standins.alias("password", value.partition(":")[2], token)
        start, end = match.start("v") - match.start(), match.end("v") - match.start()
        return match[0][:start] + token + match[0][end:]


_B64: Final = r"[A-Za-z0-9+/]"
_LINE: Final = _B64 + r"{40,80}={0,2}"
_BREAK: Final = r"[ \t]*(?:\r?\n|(?:\\{1,4}r)?\\{1,4}n)[ \t>|]*"

#: Blocks with whole lines of their own; they go first because other rules would cut into them.
BLOCKS: Final = (
    Shape(
        "private_key",
        re.compile(
            r"(?P<v>-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----"
            r"(?:(?!-----END)[^\x00]){0,20000}(?:-----END [A-Z0-9 ]{1,60}-----)?)"
        ),
        ("private key",),
    ),
    Shape(
        "license",
        re.compile(
            r"(?P<v>-----BEGIN (?:[A-Za-z0-9_]+ ){0,4}LICEN[SC]E(?: KEY| FILE| DATA)?-----"
            r"(?:(?!-----END)[^\x00]){0,200000}(?:-----END [A-Za-z0-9_ ]{1,60}-----)?)"
        ),
        ("-----begin",),
    ),
)

_PREFIX: Final = r"(?<![A-Za-z0-9])(?P<v>(?:{})[\w-]{{{},}}(?:\.[\w-]+)*)"


def _prefixed(prefixes: str, least: int) -> re.Pattern[str]:
    return re.compile(_PREFIX.format(prefixes, least))


SHAPES: Final = (
    Shape(
        "authorization",
        re.compile(
            r"(?i)(?<![\w])(?:proxy-|x-)?authorization(?:\\*[\"'])?\s*[:=]\s*(?:\\*[\"'])?"
            r"(?:(?:digest|aws4-hmac-sha256)\s+(?P<long>)|(?:bearer|basic|negotiate|ntlm|token"
            r"|apikey|ssws)\s+)?(?P<v>(?(long)[^\r\n']+|[^\s\"'\\,;<>&]+))"
        ),
        ("authorization",),
        lambda value: value.lower() not in {"bearer", "basic", "negotiate", "digest", "ntlm"},
    ),
    Shape(
        "authorization",
        re.compile(
            r"(?i)(?<![\w-])(?:bearer|basic|negotiate|ntlm)\s+(?P<v>[A-Za-z0-9+/._~-]{8,}={0,2})"
        ),
        ("bearer", "basic", "negotiate", "ntlm"),
        _credential,
    ),
    Shape(
        "credentials",
        re.compile(r":(?:\\{0,4}/){2}(?P<v>[^\s/@\"'<>?#\\\[\]]{1,256})@(?=[\w\[])"),
        ("/",),
        _not_an_account,
    ),
    Shape(
        "credentials",
        re.compile(
            r"(?<![\w-])(?:-[uU]|--(?:proxy-)?user)[ =]?[\"']?(?P<v>[^\s\"':/\[]+:[^\s\"'\[]+)"
        ),
        ("-u", "-user"),
        _not_an_account,
    ),
    Shape(
        "jwt",
        re.compile(
            r"(?:(?<![\w-])|(?<=%[0-9A-F]{2}))"
            r"(?P<v>eyJ[\w-]{6,}(?:\.|%2E)[\w-]{4,}(?:(?:\.|%2E)[\w-]*){1,3})"
        ),
        ("eyj",),
    ),
    Shape("private_token", _prefixed(r"(?:gl|exc)(?:pat|cbt|ptt)-", 12), ("pat-", "cbt-", "ptt-")),
    Shape("deploy_token", _prefixed(r"(?:gl|exc)dt-", 12), ("dt-",)),
    Shape(
        "runner_token",
        _prefixed(r"(?:gl|exc)rtr?-|GR1348941", 12),
        ("rt-", "rtr-", "gr1348941"),
    ),
    Shape("feed_token", _prefixed(r"(?:gl|exc)(?:ft|imt)-", 12), ("ft-", "imt-")),
    Shape(
        "token",
        _prefixed(r"(?:gl|exc)(?:agent|oas|soat|ffct|wt|scim)-", 12),
        ("gl", "exc"),
    ),
    Shape("token", _prefixed(r"(?:gl|exc)[a-z]{1,8}-", 16), ("gl", "exc"), looks_random),
    Shape(
        "token",
        _prefixed(
            r"gh[pousr]_|github_pat_|xox[abeprs]-|AKIA|ASIA|AIza|ya29\.|sk-|sk_live_|sk_test_"
            r"|npm_|SG\.|dop_v1_|hvs\.|pypi-",
            12,
        ),
        ("gh", "xox", "akia", "asia", "aiza", "ya29", "sk", "npm_", "sg.", "dop_", "hvs.", "pypi-"),
        lambda value: any(map(str.isdigit, value)),
    ),
    Shape(
        "license",
        re.compile(
            rf"(?<!{_B64})(?P<v>{_LINE}(?:{_BREAK}{_LINE}){{2,}}"
            rf"(?:{_BREAK}(?=[^\s]{{0,80}}[0-9=]){_B64}{{1,80}}={{0,2}}(?!\w))?)"
        ),
        ("\n", "\\n"),
    ),
)

#: Public or our own: its base64 lines are no secrets and its checksum must stay true.
_KEPT: Final = re.compile(
    r"-----BEGIN (?P<what>CERTIFICATE(?: REQUEST)?|PUBLIC KEY|DH PARAMETERS|X509 CRL"
    r"|CLOUD LICENSE CHECK)-----(?:(?!-----(?:END|BEGIN))[^\x00]){0,100000}-----END (?P=what)-----"
)


def outside_kept_blocks(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the text in pieces, with True for those that shape rules may change."""
    if "-----BEGIN " not in text:
        yield text, True
        return
    done = 0
    for match in _KEPT.finditer(text):
        yield text[done : match.start()], True
        yield match[0], False
        done = match.end()
    yield text[done:], True
