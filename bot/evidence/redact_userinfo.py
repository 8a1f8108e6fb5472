"""User and password in an address, also in percent codes: who goes, the host stays."""

import re
from typing import Final

from bot.evidence.redact_standins import STAND_IN, StandIns
from bot.evidence.secret_values import is_placeholder

_CHAR: Final = r"[^\s/@\"'<>?#\\\[\]]"
#: To the last @ before the path: whoever types an @ in a password seldom codes it.
_PLAIN: Final = re.compile(
    rf"(?<=[a-z0-9+]):(?:\\{{0,4}}/){{2}}(?P<v>{_CHAR}{{1,256}}(?:@{_CHAR}{{1,256}}){{0,3}})"
    r"@(?=[\w\[])",
    re.IGNORECASE,
)
#: The same in an address that stands in another one, coded as often as it was handed on.
_CODED: Final = re.compile(
    r"%(?P<l>(?:25){0,3})3A(?:%(?P=l)2F){2}"
    r"(?P<v>(?:(?!%(?P=l)(?:2F|3F|26|23))[^\s/@\"'<>?#&=\\]){1,400})%(?P=l)40(?=[\w\[])",
    re.IGNORECASE,
)
_ACCOUNT: Final = re.compile(r"git\Z|\d+:\d+\Z")
_COLON: Final = re.compile(r":|%(?:25){0,3}3A", re.IGNORECASE)


def replace_userinfo(text: str, standins: StandIns) -> str:
    """Return the text with a stand-in for what stands before the host in every address."""

    def replaced(match: re.Match[str]) -> str:
        value = match["v"]
        if STAND_IN.search(value) or is_placeholder(value) or _ACCOUNT.match(value):
            return match[0]
        token = standins.token("credentials", value)
        standins.alias("password", _COLON.split(value, maxsplit=1)[-1], token)
        start = match.start("v") - match.start()
        return match[0][:start] + token + match[0][start + len(value) :]

    if "@" in text and "//" in text.replace("\\", ""):
        text = _PLAIN.sub(replaced, text)
    if "40" in text and "%" in text:
        text = _CODED.sub(replaced, text)
    return text
