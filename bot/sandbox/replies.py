"""Zendesk's error answers, in its words and shapes."""

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """An answer other than success; the app turns it into JSON."""

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = dict(body)
        self.headers = dict(headers or {})


def not_found() -> ApiError:
    """The record does not exist."""
    return ApiError(404, {"error": "RecordNotFound", "description": "Not found"})


def unauthenticated() -> ApiError:
    """No, wrong or expired credentials."""
    headers = {"WWW-Authenticate": 'Basic realm="Web Password"'}
    return ApiError(401, {"error": "Couldn't authenticate you"}, headers)


def forbidden(message: str) -> ApiError:
    """The credentials are good, the scope or the role is not enough."""
    return ApiError(403, {"error": {"title": "Forbidden", "message": message}})


def invalid(field: str, description: str, error: str = "InvalidValue") -> ApiError:
    """A value that the record refuses."""
    details = {field: [{"description": description, "error": error}]}
    body = {
        "error": "RecordInvalid",
        "description": "Record validation errors",
        "details": details,
    }
    return ApiError(422, body)


def bad_request(message: str) -> ApiError:
    """A request that cannot be read."""
    return ApiError(400, {"error": {"title": "Invalid attribute", "message": message}})


def conflict() -> ApiError:
    """`safe_update` found that the ticket changed since the stamp."""
    text = (
        "Safe Update prevented the update due to outdated ticket data. "
        "Please fetch the latest ticket data and try again."
    )
    return ApiError(409, {"error": "UpdateConflict", "description": text})


def too_many(description: str, retry_after: int) -> ApiError:
    """A rate limit is used up."""
    body = {"error": "APIRateLimitExceeded", "description": description}
    return ApiError(429, body, {"Retry-After": str(retry_after)})
