"""What a browser and an instance say to each other around an activation, exporter left out."""

import base64
import json
import random
import string
from dataclasses import dataclass, field, replace
from typing import Any

Json = dict[str, Any]

HOST = "https://git.globex.example"
GRAPHQL = HOST + "/api/graphql"
MUTATION = (
    "mutation activateSubscription($gitlabSubscriptionActivateInput:"
    " GitlabSubscriptionActivateInput!) {\n  gitlabSubscriptionActivate(input:"
    " $gitlabSubscriptionActivateInput) {\n    errors\n    license {\n      id\n      plan\n"
    "    }\n  }\n}"
)
LICENSE = {
    "id": "gid://example_company/License/31", "plan": "ultimate", "type": "online_cloud",
    "startsAt": "2026-11-20", "expiresAt": "2027-11-20", "__typename": "CurrentLicense",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """One request and its answer; ``status`` 0 is an answer that never came."""

    method: str = "GET"
    url: str = HOST + "/admin/subscription"
    sent: str | None = None
    sent_type: str = "application/json"
    status: int = 200
    got: str | bytes | None = ""
    got_type: str = "application/json; charset=utf-8"
    error: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    answered: tuple[tuple[str, str], ...] = ()
    frames: tuple[tuple[str, str], ...] = ()
    at: float = 0.0
    """Seconds after the recording began; the builders number what is left at 0."""
    more: Json = field(default_factory=dict)
    """Vendor fields of this entry."""


class Session:
    """The secrets of one recording; everything in `planted` must be gone from the safe copy."""

    def __init__(self, name: str) -> None:
        """Draw the secrets from the case's name, so that they are the same in every run."""
        rng = random.Random(name)
        self.cookie = f"{rng.getrandbits(128):032x}"
        self.remember = f"{_drawn(rng, 60)}--{rng.getrandbits(160):040x}"
        self.csrf = _drawn(rng, 86) + "=="
        self.code = _drawn(rng, 24)
        self.feed = "glft-" + _drawn(rng, 20)
        self.mail = (
            f"{rng.choice(['mara', 'otto', 'ines'])}.{_drawn(rng, 6).lower()}@globex.example"
        )
        self.planted = [self.cookie, self.remember, self.csrf, self.code, self.feed, self.mail]

    def page(self, title: str = "Subscription") -> str:
        """The admin page: a CSRF meta tag and gon's feed token in its script."""
        return (
            f'<!DOCTYPE html><html><head><title>{title} · Admin · GitLab</title><meta name="csrf-'
            f'param" content="authenticity_token" />\n<meta name="csrf-token" content="{self.csrf}'
            f'" /></head><body><script>\nwindow.gon={{}};gon.version="17.5.2-ee";gon.feed_token='
            f'"{self.feed}";gon.current_username="root";</script><a href="mailto:{self.mail}">me'
            '</a><div id="js-show-subscription-page"></div></body></html>'
        )

    @property
    def jar(self) -> dict[str, str]:
        """The cookies that every request carries."""
        return {"_gitlab_session": self.cookie, "remember_user_token": self.remember}


def _drawn(rng: random.Random, length: int) -> str:
    return "".join(rng.choices(string.ascii_letters + string.digits, k=length))


def answer(*errors: str, batched: bool = False) -> str:
    """The instance's answer to the mutation."""
    body = {"errors": list(errors), "license": None if errors else LICENSE}
    data = {"data": {"gitlabSubscriptionActivate": body}}
    return json.dumps([data] if batched else data)


def variables(session: Session) -> Json:
    """The mutation's variables as the page sends them."""
    return {"gitlabSubscriptionActivateInput": {"activationCode": session.code}}


def mutation(session: Session) -> Json:
    """The GraphQL call as the page sends it."""
    return {
        "operationName": "activateSubscription", "variables": variables(session),
        "query": MUTATION,
    }  # fmt: skip


def activation(session: Session, *errors: str, **changed: Any) -> Call:
    """The activation itself; keyword arguments change the call."""
    call = Call(
        "POST", GRAPHQL, json.dumps(mutation(session)), got=answer(*errors),
        headers=(("X-CSRF-Token", session.csrf), ("Referer", HOST + "/admin/subscription")),
    )  # fmt: skip
    return replace(call, **changed)


def before(session: Session) -> list[Call]:
    """Sign-in, the page, an asset, and a query of another kind that has errors of its own."""
    cookie = ("Set-Cookie", f"_gitlab_session={session.cookie}; path=/; secure; HttpOnly")
    return [
        Call(url=HOST + "/users/sign_in", status=302, answered=(cookie, ("Location", HOST + "/"))),
        Call(got=session.page(), got_type="text/html; charset=utf-8"),
        Call(
            url=HOST + "/assets/webpack/pages.admin.js", got_type="application/javascript",
            got="const m='mutation gitlabSubscriptionActivate($i){errors}';",
        ),
        Call(
            "POST", GRAPHQL, json.dumps({"operationName": "getCurrentLicense", "query":
            "query getCurrentLicense { currentLicense { id } }", "variables": {}}),
            got=json.dumps({"data": {"currentLicense": None}, "errors": [
            {"message": "aiAddOn is not available"}]}),
            headers=(("X-CSRF-Token", session.csrf),),
        ),
    ]  # fmt: skip


def after(session: Session) -> list[Call]:
    """What follows by itself: a poll of todos, with an error that is not the activation's."""
    query = {"operationName": "todos", "query": "query todos { me }", "variables": {}}
    return [
        Call(
            "POST", GRAPHQL, json.dumps(query), headers=(("X-CSRF-Token", session.csrf),),
            got='{"errors":[{"message":"Timeout on validation of query"}],"data":null}',
        ),
    ]  # fmt: skip


def flow(session: Session, *middle: Call) -> list[Call]:
    """A whole recording around these calls, two seconds between one and the next."""
    calls = [*before(session), *middle, *after(session)]
    return [call if call.at else replace(call, at=2.0 * n) for n, call in enumerate(calls)]


def packed(data: bytes) -> str:
    """Base64, as exporters keep what is not text."""
    return base64.b64encode(data).decode("ascii")
