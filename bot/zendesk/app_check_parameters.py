"""The settings that an app asks for at its installation: kinds, secrets, scopes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

_KINDS: Final = frozenset({"text", "checkbox", "url", "number", "multiline", "hidden", "oauth"})
_KEYS: Final = frozenset(
    {"name", "type", "required", "secure", "default", "scopes", "allowed_domain"}
)
_SCOPES: Final = frozenset(
    {"header", "body", "url", "jwt_secret_key", "jwt_claim"}
    | {"basic_auth_username", "basic_auth_password"}
)
#: Zendesk's validator warns of a text whose name holds one of these.
_SECRETIVE: Final = ("token", "key", "pwd", "password")
_OAUTH: Final = ("client_id", "client_secret", "authorize_uri", "access_token_uri")


def parameter_problems(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Say what is wrong with `parameters` and `oauth`."""
    given = manifest.get("parameters", [])
    if not isinstance(given, list):
        yield "parameters: must be an array"
        return
    for place, item in enumerate(given):
        if not isinstance(item, dict):
            yield f"parameters[{place}]: must be an object with name and type"
            continue
        where = f"parameters.{item.get('name') or place}"
        yield from (f"{where}{problem}" for problem in _problems_of(item))
    names = Counter(str(item.get("name")) for item in given if isinstance(item, dict))
    yield from (f"parameters.{name}: is there twice" for name, n in names.items() if n > 1)
    yield from _oauth_problems(manifest, given)


def secure_names(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the secure parameters."""
    return tuple(
        str(item.get("name")) for item in parameters(manifest) if item.get("secure") is True
    )


def parameters(manifest: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The parameters that can be read at all."""
    given = manifest.get("parameters")
    return (
        tuple(item for item in given if isinstance(item, dict)) if isinstance(given, list) else ()
    )


def _problems_of(item: Mapping[str, Any]) -> Iterator[str]:
    name, kind = item.get("name"), item.get("type", "text")
    if not isinstance(name, str) or not name:
        yield ".name: is missing"
    elif name == "name":
        yield ": may not be called `name`, which Zendesk keeps for the app's own: rename it"
    if kind not in _KINDS:
        yield f".type: {kind!r} is refused by Zendesk: one of {', '.join(sorted(_KINDS))}"
    for key in sorted(set(item) - _KEYS):
        yield f".{key}: is not a key of a parameter: correct the spelling, or remove it"
    yield from _clashes(item, kind)
    yield from _secrecy_problems(item, kind)


def _clashes(item: Mapping[str, Any], kind: object) -> Iterator[str]:
    for key in ("required", "secure"):
        if not isinstance(item.get(key, False), bool):
            yield f".{key}: must be true or false"
    if kind == "hidden" and item.get("required"):
        yield ".required: a hidden parameter cannot be required: remove it"
    if "default" in item and (item.get("secure") or kind == "hidden"):
        yield ".default: would stand in the package for everybody to read: remove it"
    if item.get("secure") and kind == "oauth":
        yield ".secure: an oauth parameter is never secure: remove it"


def _secrecy_problems(item: Mapping[str, Any], kind: object) -> Iterator[str]:
    scopes = item.get("scopes")
    if not item.get("secure"):
        if scopes is not None:
            yield ".scopes: only a secure parameter has scopes: add `secure`, or remove them"
        name = str(item.get("name")).lower()
        if kind == "text" and any(word in name for word in _SECRETIVE):
            yield ".secure: a parameter of this name must be secure: agents could read it"
        return
    if not isinstance(scopes, list) or not scopes:
        yield (
            ".scopes: are missing: without them the secret may be sent anywhere. "
            'For our token: ["jwt_secret_key"]'
        )
        return
    unknown = [str(scope) for scope in scopes if scope not in _SCOPES]
    if unknown:
        yield f".scopes: {', '.join(unknown)} is unknown: one of {', '.join(sorted(_SCOPES))}"


def _oauth_problems(manifest: Mapping[str, Any], given: list[Any]) -> Iterator[str]:
    asked = [item for item in given if isinstance(item, dict) and item.get("type") == "oauth"]
    if len(asked) > 1:
        yield "parameters: only one oauth parameter is possible"
    oauth = manifest.get("oauth")
    if oauth is None:
        return
    if not isinstance(oauth, dict):
        yield "oauth: must be an object"
        return
    yield from (f"oauth.{key}: is missing" for key in _OAUTH if not oauth.get(key))
    if not asked:
        yield "oauth: needs a parameter of type oauth"
