"""Secrets that are long runs of letters and digits: tokens, codes, digests, base64."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from bot.evidence.drawn import is_drawn
from bot.evidence.redact_standins import (
    STAND_IN,
    StandIns,
    decoded_base64,
    encoded_base64,
)
from bot.evidence.secret_values import looks_random, restlessness
from bot.evidence.secrets import Kind

#: A run with what may hang on it by dots: JWTs and routable tokens have parts.
_TAIL: Final = r"(?:\.[A-Za-z0-9_-]{2,})*={0,2}"
_RUN: Final = re.compile(r"[A-Za-z0-9_+/-]{16,}" + _TAIL)
_CODED: Final = r"(?:[A-Za-z0-9_+/-]|%2[BbFf]|%3[Dd]|\\{1,4}/)"
_CODED_RUN: Final = re.compile(_CODED + "{16,}" + _TAIL)
_CODE_MARK: Final = re.compile(r"%2[BbFf]|%3[Dd]|\\{1,4}/")
_OTHER_MARK: Final = re.compile(r"%(?!2[BbFf]|3[Dd])[0-9A-Fa-f]{2}")
_REACH: Final = 400

_PREFIXES: Final[tuple[tuple[Kind, str], ...]] = (
    ("private_token", r"(?:gl|exc)(?:pat|cbt|ptt)-"),
    ("deploy_token", r"(?:gl|exc)dt-"),
    ("runner_token", r"(?:gl|exc)rtr?-|GR1348941"),
    ("feed_token", r"(?:gl|exc)(?:ft|imt)-"),
    ("token", r"(?:gl|exc)(?:agent|oas|soat|ffct|wt|scim)-"),
    ("token", r"gh[pousr]_|github_pat_|xox[abeprs]-|npm_|dop_v1_|pypi-|sk_live_|sk_test_|sk-"),
    ("token", r"(?:gl|exc)[a-z]{2,8}-(?=[\w-]{20})|[rs]k_(?:live|test)_|sk-ant-|whsec_|shp[ac]t_"),
    ("token", r"hvs\.|SG\.|ya29\.|ATATT3x|NRAK-|lin_api_|figd_|dckr_pat_|hf_|tfp_|xapp-"),
    ("token", r"AKIA(?=[A-Z0-9]{12})|ASIA(?=[A-Z0-9]{12})|AIza"),
)
_PREFIXED: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    + "|".join(f"(?P<p{n}>{prefix})" for n, (_, prefix) in enumerate(_PREFIXES))
    + r")[\w-]{12,}(?:\.[\w-]+)*"
)
#: Header, payload and signature of a JSON Web Token.
JWT: Final = re.compile(r"eyJ[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*){0,3}")
_B64: Final = r"[A-Za-z0-9+/]"
_LINE: Final = _B64 + r"{40,80}={0,2}"
_BREAK: Final = r"[ \t]*(?:\r?\n|(?:\\{1,4}r)?\\{1,4}n)[ \t>|]*"
_LICENSE: Final = re.compile(
    rf"{_LINE}(?:{_BREAK}{_LINE}){{2,}}"
    rf"(?:{_BREAK}(?=[^\s]{{0,80}}[0-9=]){_B64}{{1,80}}={{0,2}}(?!\w))?"
)
#: Text in base64 as mail wraps it, too short for a license.
_WRAPPED: Final = re.compile(
    rf"{_LINE}(?:{_BREAK}{_LINE}){{0,3}}{_BREAK}{_B64}{{1,80}}={{0,2}}(?![A-Za-z0-9+/])"
)
_LINE_BREAK: Final = re.compile(_BREAK)
_LINE_LENGTHS: Final = range(40, 83)
_SIGNED: Final = re.compile(r".{16,}--(?:[0-9a-f]{40,64}|[\w%+/=-]{20,})\Z", re.DOTALL)
_CODE: Final = re.compile(r"\w{24}\Z")
_DIGEST: Final = re.compile(r"(?i)sha(?:1|256|384|512)[-:/]\Z")
_DIGEST_REACH: Final = 8
_SHORTEST: Final = 20
_DIGIT: Final = re.compile(r"[0-9]")
#: Below that a run without digits is a name in CamelCase or words with hyphens.
_NO_NAME: Final = 0.28
_DEPTH: Final = 3

Inner = Callable[[str, int], str]


class RunRedactor:
    """Replaces secret runs in text after text."""

    def __init__(self, standins: StandIns, inner: Inner) -> None:
        """`inner` redacts what stood inside base64."""
        self._standins = standins
        self._inner = inner

    def replace(self, text: str, depth: int) -> str:
        """Return the text with stand-ins for every run that is a secret."""
        if "%2" in text or "%3" in text or "\\/" in text:
            text = self._replaced(text, _coded_runs(text), depth)
        return self._replaced(text, _RUN.finditer(text), depth)

    def _replaced(self, text: str, runs: Iterator[re.Match[str]], depth: int) -> str:
        pieces: list[str] = []
        done = 0
        for match in runs:
            start, end = match.span()
            if start and text[start - 1] == "%":
                start += 2  # the rest of a percent code such as %22
            if start < done:
                continue
            if end - start in _LINE_LENGTHS and text[end : end + 1] in "\r\n\\ ":
                block = _LICENSE.match(text, start)
                if block:
                    pieces += [text[done:start], self._standins.token("license", block[0])]
                    done = block.end()
                    continue
                block = _WRAPPED.match(text, start)
                clean = self._wrapped(block[0], depth) if block else None
                if block and clean is not None:
                    pieces += [text[done:start], clean]
                    done = block.end()
                    continue
            run = text[start:end]
            clean = self._run(run, text[max(0, start - _DIGEST_REACH) : start], depth)
            if clean is not run:
                pieces += [text[done:start], clean]
                done = end
        return "".join([*pieces, text[done:]]) if pieces else text

    def _wrapped(self, block: str, depth: int) -> str | None:
        """Return text in base64 that was wrapped, on one line; None when it is no secret."""
        run = _LINE_BREAK.sub("", block)
        inside = decoded_base64(run) if depth < _DEPTH else None
        clean = None if inside is None else self._inner(inside, depth + 1)
        return None if clean is None or clean == inside else encoded_base64(clean, run)

    def _run(self, run: str, before: str, depth: int) -> str:
        known = self._standins.lookup(run)
        if known is not None:
            return known
        restless = restlessness(run) >= _NO_NAME
        if not restless and not _DIGIT.search(run) and not _is_code(run):
            return _PREFIXED.sub(self._prefixed, run) if "-" in run else run
        if "REDACTED_" in run and STAND_IN.search(run):
            return self._around_stand_ins(run, depth)
        token = self._token(run)
        if token is not None:
            return token
        if restless:
            inside = decoded_base64(run) if depth < _DEPTH else None
            if inside is not None:
                clean = self._inner(inside, depth + 1)
                return run if clean == inside else encoded_base64(clean, run)
            if _DIGEST.search(before):
                return run
        return self._standins.replace_in_run(self._random(run, depth))

    def _around_stand_ins(self, run: str, depth: int) -> str:
        """Look at what is left of a run that was redacted in part."""
        rest, done, pieces = STAND_IN.finditer(run), 0, []
        for stand_in in rest:
            pieces += [self.replace(run[done : stand_in.start()], depth), stand_in[0]]
            done = stand_in.end()
        clean = "".join([*pieces, self.replace(run[done:], depth)])
        return run if clean == run else clean

    def _token(self, run: str) -> str | None:
        """Return the run with stand-ins for tokens that begin with a known prefix."""
        if "eyJ" in run and "." in run:
            clean = JWT.sub(lambda match: self._standins.token("jwt", match[0]), run)
            if clean != run:
                return clean
        if _PREFIXED.search(run):
            return _PREFIXED.sub(self._prefixed, run)
        return None

    def _prefixed(self, match: re.Match[str]) -> str:
        group = match.lastgroup or "p0"
        kind = _PREFIXES[int(group[1:])][0]
        body = match[0][match.end(group) - match.start() :]
        if kind == "token" and not _is_drawn_body(body):
            return match[0]
        return self._standins.token(kind, match[0])

    def _random(self, run: str, depth: int) -> str:
        if "/" not in run or _SIGNED.match(run):
            clean = self._words(run)
        else:
            clean = "/".join(
                group if plain else self._group(group, depth) for group, plain in _path_groups(run)
            )
        return run if clean == run else clean

    def _group(self, group: str, depth: int) -> str:
        """Return a part of a path, which may be text in base64 as a whole."""
        inside = decoded_base64(group) if len(group) >= _SHORTEST and depth < _DEPTH else None
        if inside is None:
            return self._words(group)
        clean = self._inner(inside, depth + 1)
        return group if clean == inside else encoded_base64(clean, group)

    def _words(self, run: str) -> str:
        if "." not in run:
            return self._word(run)
        return ".".join(self._word(part) for part in run.split("."))

    def _word(self, run: str) -> str:
        if len(run) < _SHORTEST:
            return run
        known = self._standins.lookup(run)
        if known is not None:
            return known
        if _SIGNED.match(run):
            return self._standins.token("session", run)
        if not (looks_random(run) and _is_mixed(run)) and not _is_code(run):
            return run
        return self._standins.token("activation_code" if _CODE.match(run) else "token", run)


def _is_drawn_body(body: str) -> bool:
    """Say whether what follows a token's prefix is no word: `glagent-configuration` is none."""
    if body.lower() == body and _DIGIT.search(body):
        return not all(_PLAIN.match(part) for part in _PARTS.split(body))
    return body.lower() != body != body.upper() or _DIGIT.search(body) is not None


def _is_code(run: str) -> bool:
    """Say whether a run of the length of activation codes is no name."""
    return _CODE.match(run) is not None and is_drawn(run)


def _coded_runs(text: str) -> Iterator[re.Match[str]]:
    """Yield the runs that hold a +, / or = as a percent code."""
    done = 0
    for mark in _CODE_MARK.finditer(text):
        if mark.start() < done:
            continue
        at, least = mark.start(), max(done, mark.start() - _REACH)
        while at > least and (text[at - 1].isalnum() or text[at - 1] in "_+/-%\\"):
            at -= 1
        others = list(_OTHER_MARK.finditer(text, at, mark.start()))
        match = _CODED_RUN.match(text, others[-1].end() if others else at)
        if match is not None:
            done = match.end()
            yield match


_PATH_WORD: Final = re.compile(r"(?:[a-z_.-]{4,}|\d+)\Z")
_END_WORD: Final = re.compile(r"(?:[a-z_.-]*|\d+)\Z")


def _path_groups(run: str) -> Iterator[tuple[str, bool]]:
    """Yield the words of a path, with True, and between them what may be base64 with slashes."""
    parts = run.split("/")
    first, last = 0, len(parts)
    while first < last and _END_WORD.match(parts[first]):
        first += 1
    while last > first and _END_WORD.match(parts[last - 1]):
        last -= 1
    yield from ((part, True) for part in parts[:first])
    group: list[str] = []
    for part in parts[first:last]:
        if not _PATH_WORD.match(part):
            group.append(part)
            continue
        if group:
            yield "/".join(group), False
            group = []
        yield part, True
    if group:
        yield "/".join(group), False
    yield from ((part, True) for part in parts[last:])


_PARTS: Final = re.compile(r"[-_]")
_PLAIN: Final = re.compile(
    r"(?:[0-9a-f]*|[0-9A-F]*|[a-z]*\d{0,4}|[A-Z]*\d{0,4}|[A-Z][a-z]+\d{0,4})\Z"
)


def _is_mixed(run: str) -> bool:
    """Say whether a hyphenated run is more than words, numbers and hexadecimal in a row."""
    return not all(_PLAIN.match(part) for part in _PARTS.split(run))
