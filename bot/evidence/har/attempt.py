"""How did one attempt to activate end?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from bot.evidence.har.body import (
    answered_text,
    is_html,
    path_of,
    posted_pairs,
    posted_text,
    titles,
)
from bot.evidence.har.causes import cause_of_page, cause_of_status, cause_of_words, is_sign_in
from bot.evidence.har.graphql import (
    Answer,
    Operation,
    activates,
    answered_activation,
    is_graphql,
    operations,
    portal_call,
    read_answer,
)
from bot.evidence.har.node import Object, header, number_at, object_at, text_at
from bot.evidence.har.stream import LEFT_OUT
from bot.evidence.har.websocket import conversations

Outcome = Literal[
    "activated", "failed", "http_error", "no_response", "no_activation_attempt", "unknown",
    "unparseable",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, judged."""

    outcome: Outcome
    cause: str
    errors: tuple[str, ...] = ()
    """The product's own words."""
    status: int | None = None
    when: str = ""
    """When it was sent, in the exporter's spelling."""
    by_instance: bool = False
    """The instance's own call to the portal, seen by a recording proxy."""
    preliminary: bool = False
    """The server asked for the full text of a persisted query, or led to https."""
    through_worker: bool = False
    """A service worker took it and sent it on; its own request is another entry."""
    asked: int = 0
    """A digest of what was sent; the same for the same request."""


_HINTS: Final = re.compile(r"activat", re.IGNORECASE)


def attempts_in(entry: Object) -> Iterator[Attempt]:
    """Yield the attempts that an entry holds; a batch may hold several."""
    request = object_at(entry, "request")
    if text_at(request, "method").upper() == "OPTIONS":
        return
    if "_webSocketMessages" in entry:
        yield from _over_websocket(entry)
    if not _may_activate(request):
        return
    asked = False
    for operation in operations(request):
        asked = True
        if activates(operation):
            yield _judged(operation, entry)
    if not asked and is_graphql(request):
        yield from _told_only(entry)


def _told_only(entry: Object) -> Iterator[Attempt]:
    """Yield the attempt of which the exporter left out the question but kept the answer."""
    operation = answered_activation(answered_text(object_at(entry, "response")))
    if operation is not None:
        yield _judged(operation, entry)


def leaves_out_bodies(entry: Object) -> bool:
    """Say whether this is a GraphQL call that may have been anything: both bodies are missing."""
    request, response = object_at(entry, "request"), object_at(entry, "response")
    if text_at(request, "method").upper() != "POST" or not is_graphql(request):
        return False
    return not (posted_text(request) or posted_pairs(request) or answered_text(response))


def _may_activate(request: Object) -> bool:
    """Say whether a closer look is worth its time."""
    post = object_at(request, "postData")
    if not post and not is_graphql(request):
        return False
    if text_at(post, "encoding") or is_graphql(request):
        return True
    return any(
        _HINTS.search(str(place)[:1_000_000])
        for place in (text_at(post, "text"), post.get("params"), text_at(request, "url"))
        if place
    )


def _over_websocket(entry: Object) -> Iterator[Attempt]:
    status = number_at(entry, "response", "status")
    for operation, answer, when in conversations(entry):
        if not activates(operation):
            continue
        if answer is None:
            yield Attempt("no_response", "app_no_response", (), status, when)
        else:
            yield _by_words(answer, status, when)


def _judged(operation: Operation, entry: Object) -> Attempt:
    response = object_at(entry, "response")
    status = number_at(response, "status") or 0
    body = answered_text(response).strip()
    answer = read_answer(operation, body[:1_000_000])
    when = text_at(entry, "startedDateTime")
    attempt = _ended(answer, status, "" if body == LEFT_OUT else body, response)
    again = any("PersistedQueryNot" in error for error in attempt.errors) or _leads_back(entry)
    return replace(
        attempt, status=max(status, 0), when=when, by_instance=portal_call(operation),
        preliminary=again, asked=hash(operation),
        through_worker=response.get("_fetchedViaServiceWorker") is True,
    )  # fmt: skip


def _leads_back(entry: Object) -> bool:
    """Say whether the answer is a redirect to the same path, as from http to https."""
    request, response = object_at(entry, "request"), object_at(entry, "response")
    if not _REDIRECT.match(str(number_at(response, "status"))):
        return False
    target = text_at(response, "redirectURL") or header(response, "location")
    return path_of({"url": target}) == path_of(request)


def _ended(answer: Answer, status: int, body: str, response: Object) -> Attempt:
    if answer.readable and (answer.succeeded or answer.errors):
        if _is_success(status) or status <= 0:
            return _by_words(answer, status, "")
        return Attempt("http_error", _refusal(answer.errors, status), answer.errors)
    if status <= 0:
        return Attempt("no_response", "app_no_response")
    if _REDIRECT.match(str(status)):
        return Attempt("http_error", _redirected(response))
    if is_html(body):
        return _by_page(body, status)
    if _is_success(status):
        return _without_words(answer, body, text_at(response, "_error"))
    return Attempt("http_error", cause_of_status(status), _plain_words(body))


def _without_words(answer: Answer, body: str, broken: str) -> Attempt:
    """Judge a success by its status that brought neither errors nor a license."""
    if body:
        return Attempt("failed" if answer.readable else "unknown", "unclear")
    if broken:
        return Attempt("no_response", "app_no_response")
    return Attempt("unknown", "har_bodies_omitted")


_REDIRECT: Final = re.compile(r"30[1-378]\Z")
_OK: Final = range(200, 300)


def _is_success(status: int) -> bool:
    return status in _OK


def _by_words(answer: Answer, status: int | None, when: str) -> Attempt:
    if answer.succeeded:
        return Attempt("activated", "app_graphql_ok", (), status, when)
    return Attempt("failed", cause_of_words(answer.errors), answer.errors, status, when)


_BAD_REQUEST: Final = 400
_FORBIDDEN: Final = 403


def _refusal(errors: tuple[str, ...], status: int) -> str:
    cause = cause_of_words(errors)
    if status == _BAD_REQUEST and cause in {"app_graphql_schema", "unclear"}:
        return "app_bad_request"
    if status == _FORBIDDEN and cause == "unclear":
        return "app_unauthorized"
    return cause_of_status(status) if cause == "unclear" else cause


def _redirected(response: Object) -> str:
    target = text_at(response, "redirectURL") or header(response, "location")
    return "app_unauthorized" if is_sign_in(target) else "http_unexpected_status"


def _by_page(page: str, status: int) -> Attempt:
    title, heading = titles(page)
    cause = cause_of_page(page, title, status)
    words = title or heading
    if cause == "app_unauthorized" and is_sign_in(words):
        words = ""
    return Attempt("http_error", cause, (words,) if words else ())


_WORDY: Final = 200


def _plain_words(body: str) -> tuple[str, ...]:
    """Return the first line of a short plain answer such as `upstream connect error`."""
    line = body.split("\n", 1)[0].strip()
    return (line,) if line and len(line) <= _WORDY and not line.startswith(("<", "{", "[")) else ()
