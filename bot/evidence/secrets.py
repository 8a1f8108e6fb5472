"""Which kinds of secret there are, and which kind a field of a given name holds."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, Literal
from unicodedata import combining, normalize

from bot.evidence.secret_values import (
    is_placeholder,
    looks_coded,
    looks_made,
    looks_random,
    looks_spare,
)

Kind = Literal[
    "activation_code", "license", "password", "one_time_password", "saml", "csrf_token",
    "session", "cookie", "authorization", "private_token", "deploy_token", "runner_token",
    "feed_token", "jwt", "private_key", "credentials", "secret", "token", "email",
]  # fmt: skip

#: How a stand-in names the kind: `[activation code 1]`, `[e-mail 2]`.
LABELS: Final[Mapping[Kind, str]] = {
    "activation_code": "activation code",
    "license": "license key",
    "password": "password",
    "one_time_password": "one-time password",
    "saml": "SAML message",
    "csrf_token": "CSRF token",
    "session": "session",
    "cookie": "cookie",
    "authorization": "authorization",
    "private_token": "private token",
    "deploy_token": "deploy token",
    "runner_token": "runner token",
    "feed_token": "feed token",
    "jwt": "JWT",
    "private_key": "private key",
    "credentials": "credentials",
    "secret": "secret",
    "token": "token",
    "email": "e-mail",
}

#: Kinds with which somebody could act as the customer right now.
LIVE: Final[frozenset[Kind]] = frozenset(
    {
        "session", "cookie", "authorization", "private_token", "jwt", "saml", "credentials",
        "csrf_token", "feed_token", "runner_token", "deploy_token",
    }
)  # fmt: skip

#: Names that only talk about a secret: `token_type`, `password_authentication_enabled`.
_ABOUT: Final = re.compile(
    r"(?:type|url|uri|path|endpoint|enabled|disabled|required|allowed|supported|count|length|size"
    r"|expires?(?:at|in|on)?|expiry|expiration|param|parameter|policy|strength|hint|placeholder"
    r"|label|title|scopes?|description|help(?:text)?|limit|timeout|class|lifetime|maxage"
    r"|status|created(?:at)?|updated(?:at)?|changed(?:at)?|error|errors|message|domain|samesite"
    r"|name|selector|prefix|algorithm|version|stdin)$"
)
_ASKING: Final = re.compile(
    r"(?:is|has|no|ask|prompt|show|hide|can|use|forgot|wrong|invalid)(?:[_-]|(?=[A-Z]))"
)

#: Whose code somebody types in or an application hands on.
_CODED: Final = (
    r"(?:[mt]?otp|mfa|2fa|twofactor|sms|login|signin|security|verif(?:y|ication)|confirm(?:ation)?"
    r"|e?mail|phone|auth(?:entication|entifizierung)?|onetime|magic|challenge|pin|scratch"
    r"|recovery|backup|emergency|reset|unlock|invit(?:e|ation)|device|user|pairing|access|grant"
    r"|authorization|oauth|registration|enrollment|redemption|redeem|sicherheits|bestatigungs)"
)
#: Read top down over the name in lower case without separators; the first hit decides.
_PATTERNS: Final[Mapping[Kind, str]] = {
    "activation_code": r"activation(?:code|key|token)|^code24$",
    "license": r"licen[sc]e[a-z]{0,12}(?:key|file|data|blob|text|content)s?$|^licen[sc]e$",
    "one_time_password": (
        r"otp(?:attempt|code|token|value)?$|^[mt]?otp(?!secret|seed|auth)|mfacode|mfatoken|2facode"
        r"|twofactorcode|onetime(?:code|password)|verificationcode|backupcodes?$|recoverycodes?$"
        rf"|{_CODED}codes?(?:value)?$|^codes$"
    ),
    "saml": r"saml(?:response|request|assertion|art)|^relaystate$|^assertion$|^wresult$",
    "password": (
        r"passw(?:or)?d|passphrase|passwort|contrasena|motdepasse|pwd$|^pwd|^pass$"
        r"|(?:smtp|db|user|proxy|ldap|redis|bind|ssh|login|mail|admin|root|ftp|sql|vpn)pass$"
        r"|passcode|pw\d?$|psk$|presharedkey|kennwort|wachtwoord|senha$|heslo|losenord|salasana"
        r"|^mdp|mdp$|^clave$|^parola|^pin$|(?:user|card|sim|device|door|login|new|old|current)pin$"
        r"|пароль|密码|密碼|パスワード|비밀번호"
    ),
    "csrf_token": r"csrf|xsrf|authenticitytoken|requestverificationtoken|crumb$|antiforgery",
    "runner_token": r"runners?(?:registration)?token|registrationtoken",
    "deploy_token": r"deploy(?:token|key)",
    "feed_token": r"(?:feed|rss|calendar|incomingemail|incomingmail|staticobject)token",
    "private_token": (
        r"(?:private|personalaccess|jobs?|cijob|trigger|impersonation|projectaccess|groupaccess"
        r"|gitlab|examplecompany)token$|^pat$"
    ),
    "session": (
        r"remember(?:user|me)?token|sess(?:ion)?(?:id|key|token|cookie)?$|^sid$|knownsignin"
        r"|session(?:id|key|token|cookie|secret|data)|^rememberme$|^connectsid$"
    ),
    "cookie": r"cookie",
    "authorization": (
        r"^(?:x|proxy)?authorization$|^x(?:auth|access)token$|authheader|^x?auth$"
        r"|auth(?:key|id|data)$"
    ),
    "jwt": r"jwt|idtoken$",
    "credentials": r"^credentials?$|^basicauth|userinfo|userpwd",
    "secret": (
        r"secret|otpseed|apikey|accesskey|privatekey|signingkey|encryptionkey|sharedkey|authkey"
        r"|dbkeybase|masterkey|clientkey|sshkey|webhookkey|signature(?:256)?$|^sig$|hmac"
        r"|^(?:secure|auth|access|share|view|login|url)hash$|keybase$|^signed$"
    ),
    "token": (
        r"tokens?$|token(?:value|id|header|string|raw)|token\d$|tickets?$|nonce$|bearer$|^state$"
        r"|^(?:oauth|auth)?code$|tok$|verifier$|clientassertion$"
    ),
    "email": r"e?mail(?:address)?\d?$|^mailto$",
}
_NAMES: Final = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS.items())

#: The word before `key` when the key only finds or orders something, or is public.
_FINDS: Final = """
cache sort foreign partition public pub host idempotency websocket socket object storage file row
i18n intl translation locale lang language text message label issue project board index range item
surrogate query react site publishable order group param config setting settings option column map
field json dict event feature flag experiment metric test node type tab menu panel hot hash arrow
enter escape modifier meta ctrl shift alt search list template component turn on by for no each any
has get is next prev unique data id version entity resource tree path dedupe dedup deduplication
correlation trace request lock space lookup filter state error user name short parent child section
page view route action press widget theme color icon category stage step period date time day month
"""
_NO_SECRET: Final = frozenset(_FINDS.split())
#: Any other `…key`: who has it may call the service. Behind it may stand how it is written.
_ANY_KEY: Final = re.compile(r"key(?:\d|hex|b64|base64|primary|secondary|value)?\Z")
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def _is_secret_key(name: str) -> bool:
    """Say whether a compound such as `Ocp-Apim-Subscription-Key` is no way to find something."""
    words = [word.lower() for word in _WORD.findall(name)]
    at = next((at for at in range(len(words) - 1, -1, -1) if words[at].endswith("key")), -1)
    if at < 0 or not _ANY_KEY.search("".join(words[at:])):
        return False
    before = words[at].removesuffix("key") or (words[at - 1] if at else "")
    return before not in _NO_SECRET and len(before) > 1


#: Addresses hand these on; what they hold may also be a plain word.
_HANDED: Final = re.compile(r"(?:invite|grant|verify)\Z")

Look = Literal["any", "weak", "vague", "made", "coded", "spare"]
#: Names that also occur in prose or hold harmless words: their value must look like a secret.
_LOOKS: Final[tuple[tuple[Look, re.Pattern[str]], ...]] = (
    ("spare", re.compile(r"^codes$")),
    ("made", re.compile(r"[a-z]tok$")),
    ("vague", re.compile(r"^(?:code|state|key)$")),
    ("coded", re.compile(rf"^pin$|pin$|{_CODED}codes?(?:value)?$")),
    (
        "weak",
        re.compile(
            r"^(?:licen[sc]e|x?auth|session|sess|pass|credentials?|relaystate|tickets?|token|nonce"
            r"|assertion|secret|cookie|sig|signature|authorization|deploykey|rememberme|clave|parola"
            r"|signed|verifier|tok)$|crumb$"
        ),
    ),
)
_SEPARATORS: Final = str.maketrans("", "", "-_. []:$\"'")


def _compact(name: str) -> str:
    """Return the name in lower case without separators: `X-CSRF-Token` → `xcsrftoken`."""
    if not name.isascii():  # contraseña and contrasena are one word
        bare = (c for c in normalize("NFD", name) if not combining(c) or c in _KANA)
        name = normalize("NFC", "".join(bare))
    return name.lower().translate(_SEPARATORS)


#: The marks of Japanese sounds are no accents; taken apart, the word would not be found.
_KANA: Final = "\u3099\u309a"
#: `sid` of `window.sid` and of `params[sid]`.
_LAST: Final = re.compile(r"(?<=[.\[])\w{1,60}(?=\]?\Z)")


#: A name that was itself a secret, after its redaction: the words in it are ours and tell nothing.
_GIVEN: Final = re.compile(
    r"REDACTED_(?:" + "|".join(LABELS) + r")_\d+"
    r"|\[(?:" + "|".join(map(re.escape, LABELS.values())) + r") \d+\]"
)


#: A whole text where a name should stand; words in it name nothing.
_A_TEXT: Final = re.compile(r"[{}\n]|\"[^\"]*\"[^\"]*\"")


def _spellings(name: str) -> tuple[str, ...]:
    """Return the compact name and the compact last part of it."""
    last = _LAST.search(name)
    compact = _compact(name[-80:])
    return (compact, _compact(last[0])) if last else (compact,)


@lru_cache(maxsize=4096)
def kind_of_name(name: str) -> Kind | None:
    """Return which kind of secret a field, header, parameter or variable of this name holds."""
    name = _GIVEN.sub("", name) if "REDACTED_" in name or "[" in name else name
    if _A_TEXT.search(name):
        return None
    name = name.removeprefix("data-")
    compact = _compact(name[-80:])
    if not compact or _ABOUT.search(compact) or _ASKING.match(name):
        return None
    names = _spellings(name)
    known = next((kind for kind, pattern in _NAMES for one in names if pattern.search(one)), None)
    if known is None and "key" in compact and _is_secret_key(name):
        return "secret"
    return known or ("token" if _HANDED.match(compact) else None)


@lru_cache(maxsize=4096)
def _look_of(name: str) -> Look:
    """Return how a value under this name must look to be taken for a secret."""
    names = _spellings(name[-80:].removeprefix("data-"))
    for look, pattern in _LOOKS:
        if any(pattern.search(one) for one in names):
            return look
    known = any(pattern.search(one) for _, pattern in _NAMES for one in names)
    return "any" if known else "made"


_MIN_UNTOLD: Final = 8
_MIN_VAGUE: Final = 16


def holds_secret(name: str, value: str) -> bool:
    """Say whether this value under this name is one; weak names need a value that looks like it."""
    if is_placeholder(value):
        return False
    if kind_of_name(name) == "email":
        return "@" in value
    return _LOOKERS[_look_of(name)](value)


def _looks_long(value: str) -> bool:
    return len(value) >= _MIN_VAGUE and any(map(str.isdigit, value)) and value.isascii()


def _looks_untold(value: str) -> bool:
    return len(value) >= _MIN_UNTOLD and (
        any(map(str.isdigit, value)) or (value.lower() != value and looks_random(value))
    )


_LOOKERS: Final[Mapping[Look, Callable[[str], bool]]] = {
    "any": bool,
    "weak": _looks_untold,
    "vague": _looks_long,
    "made": looks_made,
    "coded": looks_coded,
    "spare": looks_spare,
}
