"""Which kinds of secret there are, and which kind a field of a given name holds."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal

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
    r"|name|selector|prefix|algorithm|version)$"
)
_ASKING: Final = re.compile(r"(?:is|has|show|hide|can|use|forgot|wrong|invalid)(?:[_-]|(?=[A-Z]))")

#: Read top down over the name in lower case without separators; the first hit decides.
_PATTERNS: Final[Mapping[Kind, str]] = {
    "activation_code": r"activation(?:code|key|token)|^code24$",
    "license": r"licen[sc]e[a-z]{0,12}(?:key|file|data|blob|text|content)s?$|^licen[sc]e$",
    "one_time_password": (
        r"otp(?:attempt|code|token|value)?$|^[mt]?otp(?!secret|seed)|mfacode|mfatoken|2facode"
        r"|twofactorcode|onetime(?:code|password)|verificationcode|backupcodes?$|recoverycodes?$"
    ),
    "saml": r"saml(?:response|request|assertion|art)|^relaystate$|^assertion$|^wresult$",
    "password": (
        r"passw(?:or)?d|passphrase|passwort|contrasena|motdepasse|pwd$|^pwd|^pass$"
        r"|(?:smtp|db|user|proxy|ldap|redis|bind|ssh|login)pass$"
    ),
    "csrf_token": r"csrf|xsrf|authenticitytoken|requestverificationtoken",
    "runner_token": r"runners?(?:registration)?token|registrationtoken",
    "deploy_token": r"deploy(?:token|key)",
    "feed_token": r"(?:feed|rss|calendar|incomingemail|incomingmail|staticobject)token",
    "private_token": (
        r"(?:private|personalaccess|jobs?|cijob|trigger|impersonation|projectaccess|groupaccess"
        r"|gitlab|examplecompany)token$|^pat$"
    ),
    "session": (
        r"remember(?:user|me)?token|sess(?:ion)?(?:id|key|token|cookie)?$|^sid$|knownsignin"
        r"|session(?:id|key|token|cookie|secret|data)"
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
        r"|dbkeybase|masterkey|clientkey|sshkey|webhookkey|signature$|^sig$|hmac"
    ),
    "token": (
        r"tokens?$|tokenvalue|token\d$|tickets?$|nonce$|bearer$|^(?:oauth|auth)?code$|^state$"
    ),
    "email": r"e?mail(?:address)?\d?$|^mailto$",
}
_NAMES: Final = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS.items())

#: Names that also occur in prose or hold harmless words: their value must look like a secret.
_WEAK: Final = re.compile(
    r"^(?:licen[sc]e|x?auth|session|sess|pass|credentials?|relaystate|tickets?|token|nonce|assertion"
    r"|secret|cookie|sig|signature|authorization|deploykey)$"
)
#: Names with many meanings: only a long value is an OAuth code or state.
_VAGUE: Final = re.compile(r"^(?:code|state|key)$")
_SEPARATORS: Final = str.maketrans("", "", "-_. []:$\"'")


def _compact(name: str) -> str:
    """Return the name in lower case without separators: `X-CSRF-Token` → `xcsrftoken`."""
    return name.lower().translate(_SEPARATORS)


#: `sid` of `window.sid` and of `params[sid]`.
_LAST: Final = re.compile(r"(?<=[.\[])\w{1,60}(?=\]?\Z)")


#: A name that was itself a secret, after its redaction: the words in it are ours and tell nothing.
_GIVEN: Final = re.compile(
    r"REDACTED_(?:" + "|".join(LABELS) + r")_\d+"
    r"|\[(?:" + "|".join(map(re.escape, LABELS.values())) + r") \d+\]"
)


#: A whole text where a name should stand; words in it name nothing.
_A_TEXT: Final = re.compile(r"[{}\n]|\"[^\"]*\"[^\"]*\"")


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
    last = _LAST.search(name)
    names = (compact, _compact(last[0])) if last else (compact,)
    return next((kind for kind, pattern in _NAMES for one in names if pattern.search(one)), None)


@lru_cache(maxsize=4096)
def is_weak_name(name: str) -> bool:
    """Say whether such a name also introduces harmless words, as in `session: expired`."""
    return _WEAK.search(_compact(name[-80:])) is not None


_CLASSES: Final = re.compile(r"[a-z]+|[A-Z]+|[0-9]+|[^a-zA-Z0-9]+")
_DIGIT: Final = re.compile(r"[0-9]")
_HEX: Final = re.compile(r"[0-9a-f]+\Z|[0-9A-F]+\Z")
_MEASURED: Final = 200
_WITH_DIGITS: Final = 0.34
_LETTERS_ONLY: Final = 0.42


def restlessness(run: str) -> float:
    """Return at which share of its places a run changes between small, capital, digit and sign.

    Random base62 does at about 62 %, base64 of text at 50 %, CamelCase at 25 %.
    """
    run = run[:_MEASURED]
    return len(_CLASSES.findall(run)) / max(len(run), 1)


def looks_random(run: str) -> bool:
    """Say whether letters and digits alternate as only chance, not a name, makes them.

    Hexadecimal is never called random here: commits, digests and request ids are no secrets.
    """
    run = run[:_MEASURED]
    if _HEX.match(run) or run.lower() == run or run.upper() == run:
        return False
    least = _WITH_DIGITS if _DIGIT.search(run) else _LETTERS_ONLY
    return restlessness(run) >= least


_WORDS: Final = re.compile(
    r"(?i)(?:is|was|not|none|nil|null|true|false|undefined|empty|missing|invalid|wrong|expired|"
    r"required|incorrect|must|please|authentication|authorization|for|from|and|or|the|a|an|of|to"
    r"|in|on|with|can|cannot|has|have|may|will|should|string|boolean|integer|optional|unset|set"
    r"|yes|no|ok|failed|denied|rejected|mismatch|error|filtered|redacted|removed|hidden|masked"
    r"|xxx+|[*•.x]{3,}|\W*)\Z"
)


def is_placeholder(value: str) -> bool:
    """Say whether the value is a plain word, a mask or a hole rather than a secret."""
    bare = value.strip().strip("[](){}<>\"'`")
    if bare != value.strip() and _WORDS.match(bare):
        return True
    return bool(_WORDS.match(bare)) or value.startswith(("<", "${", "$(", "%{", "{{", "#{", "ENV["))


_MIN_UNTOLD: Final = 8
_MIN_VAGUE: Final = 16


def holds_secret(name: str, value: str) -> bool:
    """Say whether this value under this name is one; weak names need a value that looks like it."""
    if is_placeholder(value):
        return False
    if kind_of_name(name) == "email":
        return "@" in value
    if _VAGUE.match(_compact(name[-80:])):
        return len(value) >= _MIN_VAGUE and any(map(str.isdigit, value)) and value.isascii()
    if not is_weak_name(name):
        return True
    return len(value) >= _MIN_UNTOLD and (
        any(map(str.isdigit, value)) or (value.lower() != value and looks_random(value))
    )
