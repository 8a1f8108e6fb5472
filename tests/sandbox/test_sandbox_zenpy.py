"""zenpy itself, built the safe way, can drive the pocket Zendesk."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry
from zenpy import Zenpy
from zenpy.lib.api_objects import (
    Comment,
    Macro,
    Ticket,
    TicketField,
    Trigger,
    User,
    Webhook,
)
from zenpy.lib.exception import APIException, RecordNotFoundException

from bot.sandbox.serve import SandboxServer


class ToLoopback(HTTPAdapter):
    """Sends `https://acme.zendesk.com/…` to loopback, and restores the address afterwards."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        no_retries = Retry(total=0, connect=2, read=False, status=0, other=0)
        super().__init__(max_retries=no_retries)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002  requests decides the signature
        timeout: Any = None,
        verify: Any = True,  # noqa: FBT002  requests decides the signature
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        asked = request.url or ""
        parts = urlsplit(asked)
        request.url = urlunsplit(parts._replace(scheme="http", netloc=self._target.netloc))
        try:
            response = super().send(request, stream, timeout, verify, cert, proxies)
        finally:
            request.url = asked
        response.url = asked
        return response


@pytest.fixture
def zendesk(sandbox: SandboxServer) -> Iterator[Any]:
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", ToLoopback(sandbox.url))
    session.headers["Authorization"] = f"Bearer {sandbox.token}"
    session.authorized = True  # type: ignore[attr-defined]  # zenpy asks for it
    yield Zenpy(subdomain="acme", session=session, disable_cache=True, timeout=30)
    session.close()


def test_zenpy_makes_changes_and_deletes_triggers(zendesk: Any) -> None:
    tagged = {"field": "current_tags", "operator": "includes", "value": "cloud-licensing"}
    action = {"field": "current_tags", "value": "seen"}
    made = zendesk.triggers.create(
        Trigger(title="t", conditions={"all": [tagged], "any": []}, actions=[action])
    )

    made.title = "renamed"
    changed = zendesk.triggers.update(made)
    listed = [trigger.title for trigger in zendesk.triggers()]
    zendesk.triggers.delete(made)

    assert changed.title == "renamed"
    assert listed == ["renamed"]
    assert list(zendesk.triggers()) == []


def test_zenpy_makes_changes_and_deletes_macros(zendesk: Any) -> None:
    action = {"field": "current_tags", "value": "cl_run_probes"}
    made = zendesk.macros.create(Macro(title="A::B", actions=[action]))

    made.title = "A::C"
    zendesk.macros.update(made)
    listed = [macro.title for macro in zendesk.macros()]
    zendesk.macros.delete(made)

    assert listed == ["A::C"]
    assert list(zendesk.macros()) == []


def test_zenpy_makes_fields_and_their_options(zendesk: Any) -> None:
    # As dictionaries: of its own option objects zenpy sends the changed attributes only.
    options = [{"name": "Proxy", "value": "cl_scenario_proxy"}]
    made = zendesk.ticket_fields.create(
        TicketField(type="tagger", title="Scenario", custom_field_options=options)
    )

    change = TicketField(id=made.id, title="Scenario!", custom_field_options=options)
    zendesk.ticket_fields.update(change)

    fields = {field.title: field for field in zendesk.ticket_fields()}
    assert fields["Scenario!"].custom_field_options[0].value == "cl_scenario_proxy"
    zendesk.ticket_fields.delete(made)
    with pytest.raises(RecordNotFoundException):
        zendesk.ticket_fields(id=made.id)


def test_zenpy_makes_changes_and_deletes_webhooks(zendesk: Any) -> None:
    made = zendesk.webhooks.create(
        Webhook(
            name="events",
            endpoint="https://bot.example.com/zendesk/events",
            http_method="POST",
            request_format="json",
            status="active",
            subscriptions=["conditional_ticket_events"],
        )
    )

    secret = zendesk.webhooks.show_secret(made)
    changed = Webhook(name="renamed", endpoint="https://bot.example.com/x", http_method="POST",
                      request_format="json", status="active")  # fmt: skip
    zendesk.webhooks.update(made.id, changed)
    names = [webhook.name for webhook in zendesk.webhooks.list()]
    zendesk.webhooks.delete(made)

    assert secret.secret
    assert names == ["renamed"]
    assert list(zendesk.webhooks.list()) == []


def test_zenpy_writes_an_internal_note_in_one_put(zendesk: Any, sandbox: SandboxServer) -> None:
    requester = User(name="Nora", email="nora@quay.example")
    audit = zendesk.tickets.create(
        Ticket(subject="s", comment=Comment(body="b"), requester=requester)
    )
    sandbox.forget_calls()

    note = Comment(html_body="<p>note</p>", public=False)
    done = zendesk.tickets.update(Ticket(id=audit.ticket.id, comment=note))

    assert [(call.method, call.path) for call in sandbox.calls()] == [
        ("PUT", f"/api/v2/tickets/{audit.ticket.id}")
    ]
    assert done.audit.events[0]["public"] is False
    assert [comment.public for comment in zendesk.tickets.comments(audit.ticket.id)] == [
        True,
        False,
    ]


def test_zenpy_raises_its_own_exceptions(zendesk: Any, sandbox: SandboxServer) -> None:
    with pytest.raises(RecordNotFoundException):
        zendesk.tickets(id=4711)
    with pytest.raises(APIException):
        zendesk.triggers.create(Trigger(title="t", conditions={}, actions=[]))
    sandbox.set_faults({"match": "GET /api/v2/tickets", "what": "500"})
    with pytest.raises(APIException):
        zendesk.tickets(id=1)


def test_zenpy_knows_who_it_is(zendesk: Any, sandbox: SandboxServer) -> None:
    assert zendesk.users.me().id == sandbox.agent_user_id


def test_zenpy_searches(zendesk: Any) -> None:
    zendesk.tickets.create(Ticket(subject="s", comment=Comment(body="b"), tags=["cl"]))

    found = list(zendesk.search(type="ticket", tags="cl"))

    assert [ticket.subject for ticket in found] == ["s"]
