"""A name in one field, its secret in the next: `key=SMTP_PASSWORD&value=…`, a YAML pair."""

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import unquote, unquote_plus

from bot.evidence.redact_marks import QUOTE
from bot.evidence.redact_standins import STAND_IN, Edit, StandIns
from bot.evidence.secret_values import is_placeholder
from bot.evidence.secrets import holds_secret, kind_of_name

#: How forms call the field that names a variable, and the field that holds what it is worth.
_NAMING: Final = frozenset(
    {"key", "name", "variable", "var", "variablename", "variablekey", "envname", "setting",
     "settingname", "property", "param", "parameter", "attribute", "option", "field", "id",
     "k", "n"}
)  # fmt: skip
_HOLDING: Final = frozenset(
    {"value", "secretvalue", "val", "v", "content", "data", "variablevalue", "envvalue", "newvalue",
     "plaintext", "rawvalue", "defaultvalue", "default", "text", "settingvalue", "propertyvalue"}
)  # fmt: skip
_LEAF: Final = re.compile(r"(?:\[(?P<inner>[\w-]{1,40})\]|(?:^|[.:])?(?P<bare>[\w-]{1,40}))\Z")
_SEPARATORS: Final = str.maketrans("", "", "-_")
_LONGEST_NAME: Final = 100
_REACH: Final = 2000

Pair = tuple[str, str]


def told_names(pairs: Sequence[Pair]) -> list[str]:
    """Return by which name each value is to be judged: its own, or the one told beside it.

    The fields of one thing share what stands before their last part, as in `vars[][key]` and
    `vars[][value]`; a field that comes again begins the next thing.
    """
    names = [name for name, _ in pairs]
    groups: dict[str, dict[str, int]] = {}
    for at, (name, _) in enumerate(pairs):
        leaf = _LEAF.search(name[-_LONGEST_NAME:])
        if leaf is None:
            continue
        role = (leaf["inner"] or leaf["bare"]).lower().translate(_SEPARATORS)
        if role not in _NAMING and role not in _HOLDING:
            continue
        group = groups.setdefault(name[: -len(leaf[0])], {})
        if role in group:
            group.clear()
        group[role] = at
        _tell(pairs, group, names)
    return names


def told_in_form(pairs: Sequence[str]) -> list[str]:
    """Return the same for the coded pairs of a form or a query."""
    if len(pairs) == 1:
        return [""]
    parts = [pair.partition("=") for pair in pairs]
    return told_names([(unquote(name), unquote_plus(coded)) for name, _, coded in parts])


def _tell(pairs: Sequence[Pair], group: dict[str, int], names: list[str]) -> None:
    """Give the values of a group the secret's name that its other field tells."""
    told = [pairs[at][1] for role, at in group.items() if role in _NAMING]
    secret = next((name for name in told if _names_secret(name)), None)
    if secret is None:
        return
    for role, at in group.items():
        if role in _HOLDING and kind_of_name(names[at]) is None:
            names[at] = secret


def _names_secret(told: str) -> bool:
    short = len(told) <= _LONGEST_NAME and " " not in told.strip() and not STAND_IN.search(told)
    return short and kind_of_name(told) not in {None, "email"}


_CODED: Final = r"[\w.\[\]-]|%5[bBdD]|%2[eE]"
_SIGN: Final = r"(?:&(?:amp;)?|\\{1,4}u0026)"
_GIVEN: Final = r"\[[A-Za-z-]{1,20}(?: [A-Za-z-]{1,20})? \d{1,6}\]"
_VALUE: Final = rf"(?:{_GIVEN}|(?!{_SIGN}|{QUOTE})[^\s<>{{}}]){{0,2000}}"
_FIELD: Final = re.compile(rf"{_SIGN}?(?P<n>(?:{_CODED}){{1,100}})=(?P<v>{_VALUE})")
_HOLDERS: Final = r"(?:value|val|content|data|text|default)"
#: Where a form has the field that holds something; what is around it is looked at only then.
_HELD: Final = re.compile(rf"{_HOLDERS}(?:\]|%5[dD])?=", re.IGNORECASE)
_INSIDE: Final = re.compile(rf"(?:{_GIVEN}|[^\s\"'`<>{{}}()]){{0,2000}}")
#: Fields of curl and HTTPie, one option each.
_OPTION: Final = re.compile(
    r"[ \t](?:-[Fd]|--form(?:-string)?|--data(?:-urlencode|-raw)?)[ =]?[ \t]*(?P<q>[\"'])?"
    r"(?P<n>[\w.\[\]-]{1,100})="
    rf"(?P<v>(?(q)[^\"'\n]{{0,2000}}|(?:{_GIVEN}|[^\s\"'&]){{0,2000}}))"
)
#: YAML, TOML and lists of settings: the name on one line, its value on the next.
_LINES: Final = re.compile(
    r"(?m)^[ \t-]*[\"']?(?P<n>[A-Za-z_-]{1,40})[\"']?[ \t]*[:=][ \t]*(?P<q>[\"']?)"
    r"(?P<told>[\w.-]{2,100})(?P=q),?[ \t]*\r?\n[ \t]*[\"']?(?P<m>[A-Za-z_-]{1,40})[\"']?"
    r"[ \t]*[:=][ \t]*(?P<open>[\"'])?"
    rf"(?P<v>(?(open)[^\"'\n]{{1,2000}}|(?:{_GIVEN}|[^\s\"'#,]){{1,2000}}))"
)
_HELD_BELOW: Final = re.compile(
    rf"\n[ \t]*[\"']?\w{{0,12}}{_HOLDERS}[\"']?[ \t]*[:=]", re.IGNORECASE
)


def replace_told(text: str, standins: StandIns) -> str:
    """Return the text with a stand-in for every value whose name stands in the field beside it."""
    pieces: list[str] = []
    done = 0
    for kind, start, end in sorted(_edits(text), key=lambda edit: edit[1]):
        if start >= done:
            pieces += [text[done:start], standins.token(kind, text[start:end])]
            done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def _edits(text: str) -> Iterator[Edit]:
    if "=" in text and (" -" in text or "&" in text or "u0026" in text):
        held = [match.start() for match in _HELD.finditer(text)]
        for start, end in _forms(text, held):
            yield from _judged(list(_FIELD.finditer(text, start, end)))
        if held and " -" in text:
            yield from _judged(list(_OPTION.finditer(text)))
    if "\n" in text and _HELD_BELOW.search(text):
        for pair in _LINES.finditer(text):
            names = told_names([(pair["n"], pair["told"]), (pair["m"], pair["v"])])
            yield from _judge(names[1], pair["m"], pair)


def _forms(text: str, held: list[int]) -> Iterator[tuple[int, int]]:
    """Yield where the words lie that hold these places."""
    done = 0
    for at in held:
        if at < done:
            continue
        before = _INSIDE.match(text[max(done, at - _REACH) : at][::-1])
        after = _INSIDE.match(text, at)
        start, done = at - (before.end() if before else 0), after.end() if after else at
        yield start, done


def _judged(found: Sequence[re.Match[str]]) -> Iterator[Edit]:
    pairs = [(unquote(field["n"]), unquote_plus(field["v"])) for field in found]
    for field, name, (own, _) in zip(found, told_names(pairs), pairs, strict=True):
        yield from _judge(name, own, field)


def _judge(name: str, own: str, field: re.Match[str]) -> Iterator[Edit]:
    value, kind = field["v"], kind_of_name(name)
    if name == own or kind is None or STAND_IN.search(value) or is_placeholder(value):
        return
    if holds_secret(name, value):
        yield kind, *field.span("v")
