"""OAuth client_credentials: tokens that run out, with scopes that are obeyed only later."""

import hmac
import secrets
from typing import Final

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.auth import caller
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.requests_in import whole_body
from bot.sandbox.state import Record, stamp

api = Blueprint("oauth", __name__)

_DEFAULT_SECONDS: Final = 1800
_SHORTEST: Final = 300
_LONGEST: Final = 172_800


@api.post("/oauth/tokens")
def create_token() -> tuple[Response, int]:
    """A token for the user tied to the client. A wrong scope is no reason to refuse it."""
    given = {**request.form.to_dict(), **whole_body()}
    if given.get("grant_type") != "client_credentials":
        return _refusal(400, "unsupported_grant_type", "The grant type is not supported")
    box = pocket()
    client = box.store.get("client", given.get("client_id"))
    secret = str(given.get("client_secret") or "")
    if client is None or not hmac.compare_digest(client["secret"].encode(), secret.encode()):
        return _refusal(401, "invalid_client", "Client authentication failed")
    try:
        seconds = _life(box, given)
    except ValueError:
        return _refusal(400, "invalid_request", "expires_in must be between 300 and 172800")
    token = _new_token(box, client, str(given.get("scope") or "read"), seconds)
    return jsonify(
        {
            "access_token": token["id"],
            "token_type": "bearer",
            "scope": token["scope"],
            "expires_in": seconds,
        }
    ), 200


@api.get("/api/v2/oauth/tokens")
def list_tokens() -> Response:
    """The living tokens of the caller; here scopes are an array."""
    box = pocket()
    now = box.clock().timestamp()
    mine = [
        {
            "id": number,
            "token": token["id"][:5],
            "user_id": token["user_id"],
            "scopes": token["scope"].split(),
            "expires_at": stamp(box.clock().fromtimestamp(token["expires_at"], box.clock().tzinfo)),
        }
        for number, token in enumerate(box.store.all("token"), start=1)
        if token["user_id"] == caller().user_id and token["expires_at"] > now
    ]
    return jsonify({"tokens": mine, "count": len(mine), "next_page": None, "previous_page": None})


def _life(box: Pocket, given: Record) -> int:
    if box.token_seconds is not None:
        return box.token_seconds
    seconds = int(given.get("expires_in") or _DEFAULT_SECONDS)
    if not _SHORTEST <= seconds <= _LONGEST:
        raise ValueError("expires_in")
    return seconds


def _new_token(box: Pocket, client: Record, scope: str, seconds: int) -> Record:
    token = {
        "id": secrets.token_hex(32),
        "user_id": client["user_id"],
        "scope": scope,
        "expires_at": box.clock().timestamp() + seconds,
    }
    return box.store.put("token", token)


def _refusal(status: int, error: str, text: str) -> tuple[Response, int]:
    return jsonify({"error": error, "error_description": text}), status
