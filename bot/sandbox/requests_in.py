"""What a request says: its JSON body, the host it came to, what it wants beside."""

from collections.abc import Mapping
from typing import Any

from flask import request

from bot.sandbox.replies import bad_request
from bot.sandbox.shapes import check_shapes
from bot.sandbox.state import Record


def host() -> str:
    """The address that the caller used, for links in the answer."""
    return request.host_url.rstrip("/")


def body(key: str) -> Record:
    """The object under this key of the JSON body, or 400."""
    whole = request.get_json(force=True, silent=True)
    if not isinstance(whole, Mapping):
        raise bad_request("The body is not a JSON object")
    found = whole.get(key)
    if not isinstance(found, Mapping):
        raise bad_request(f"Parameter {key} is required")
    check_shapes(key, found)
    return dict(found)


def whole_body() -> Record:
    """The JSON object in the body; empty when there is none."""
    found = request.get_json(force=True, silent=True)
    return dict(found) if isinstance(found, Mapping) else {}


def include() -> frozenset[str]:
    """The names in `?include=`."""
    return frozenset(request.args.get("include", "").split(",")) - {""}


def warn_of_unknown(given: Mapping[str, Any], known: frozenset[str]) -> dict[str, str]:
    """The header that reports silently ignored keys."""
    ignored = sorted(set(given) - known)
    if not ignored:
        return {}
    names = ", ".join(f'"{name}"' for name in ignored)
    return {"x-zendesk-api-warn": f"Removed restricted keys [{names}] from parameters"}
