"""The pocket Zendesk's apps API against facts/zendesk-app.md §1, §2 and §5."""

from typing import Any

import httpx
import pytest

from bot.sandbox.serve import SandboxServer
from tests.sandbox.app_package import zip_of
from tests.sandbox.conftest import NO_TLS, token_for


def build(agent: httpx.Client, upload_id: int, app_id: int | None = None) -> dict[str, Any]:
    if app_id is None:
        reply = agent.post("/api/v2/apps.json", json={"upload_id": upload_id, "name": "Licensing"})
    else:
        reply = agent.put(f"/api/v2/apps/{app_id}.json", json={"upload_id": upload_id})
    assert reply.status_code == 202, reply.text
    for _ in range(5):
        job = agent.get(f"/api/v2/apps/job_statuses/{reply.json()['job_id']}.json").json()
        if job["status"] != "working":
            return dict(job)
    raise AssertionError("the job never ended")


def upload(agent: httpx.Client, data: bytes) -> int:
    files = {"uploaded_data": ("app.zip", data, "application/zip")}
    reply = agent.post("/api/v2/apps/uploads.json", files=files)
    assert reply.status_code == 201, reply.text
    return int(reply.json()["id"])


def make_app(agent: httpx.Client, data: bytes | None = None) -> int:
    return int(build(agent, upload(agent, data or zip_of()))["app_id"])


def install(agent: httpx.Client, app_id: int, **settings: Any) -> httpx.Response:
    wanted = {"name": "Licensing", "bot_url": "https://bot.example.com", "shared_secret": "s3cret"}
    given = {"app_id": app_id, "settings": {**wanted, **settings}}
    return agent.post("/api/v2/apps/installations.json", json=given)


def test_a_good_package_validates(agent: httpx.Client) -> None:
    reply = agent.post("/api/v2/apps/validate", files={"file": ("app.zip", zip_of())})

    assert reply.status_code == 200


@pytest.mark.parametrize(
    ("changes", "files", "says"),
    [
        ({"frameworkVersion": "2.1"}, {}, "framework version"),
        ({"author": None}, {}, "author"),
        ({"author": {"name": "x", "url": ""}}, {}, "url"),
        ({"defaultLocale": "de"}, {}, "translations/de.json"),
        (
            {"location": {"support": {"ticket_sidebar": {"url": "assets/no.html"}}}},
            {},
            "assets/no.html",
        ),
        ({"parameters": [{"name": "x", "type": "select"}]}, {}, "select"),
        ({"parameters": [{"name": "name"}]}, {}, "name"),
        (
            {"parameters": [{"name": "x", "type": "hidden", "required": True}]},
            {},
            "hidden",
        ),
        ({"parameters": [{"name": "x", "scopes": ["header"]}]}, {}, "scopes"),
        ({}, {"translations/zh-Hans.json": b'{"app": {"name": "x"}}'}, "locale"),
        ({}, {"translations/en.json": b"{}"}, "app.name"),
        ({}, {"assets/check.sh": b"#!/bin/sh"}, "not allowed"),
    ],
)
def test_a_bad_package_is_refused_with_a_description(
    changes: dict[str, Any], files: dict[str, bytes], says: str, agent: httpx.Client
) -> None:
    data = zip_of(files, **changes)

    reply = agent.post("/api/v2/apps/validate", files={"file": ("app.zip", data)})

    assert reply.status_code == 400
    assert says in reply.json()["description"]


def test_a_job_is_working_first_and_tells_the_app_at_its_end(agent: httpx.Client) -> None:
    reply = agent.post(
        "/api/v2/apps.json", json={"upload_id": upload(agent, zip_of()), "name": "L"}
    )
    address = f"/api/v2/apps/job_statuses/{reply.json()['job_id']}.json"

    first, second = agent.get(address).json(), agent.get(address).json()

    assert first["status"] == "working"
    assert second["status"] == "completed"
    assert isinstance(second["app_id"], int)


def test_a_broken_package_fails_in_its_job_and_not_at_the_upload(agent: httpx.Client) -> None:
    job = build(agent, upload(agent, b"no zip at all"))

    assert job["status"] == "failed"
    assert "zip" in job["message"]


def test_an_update_keeps_the_app_and_shows_the_new_version(agent: httpx.Client) -> None:
    key = make_app(agent)

    job = build(agent, upload(agent, zip_of(version="1.0.1")), key)
    owned = agent.get("/api/v2/apps/owned.json").json()["apps"]

    assert job["app_id"] == key
    assert [(app["id"], app["version"]) for app in owned] == [(key, "1.0.1")]


def test_a_secure_setting_never_comes_out_again(agent: httpx.Client) -> None:
    installed = install(agent, make_app(agent)).json()

    shown = agent.get(f"/api/v2/apps/installations/{installed['id']}.json")

    assert "s3cret" not in shown.text
    assert shown.json()["settings"]["bot_url"] == "https://bot.example.com"
    assert "shared_secret" not in shown.json()["settings"]


def test_a_partial_change_keeps_the_secure_settings(
    agent: httpx.Client, sandbox: SandboxServer
) -> None:
    key = install(agent, make_app(agent)).json()["id"]

    changed = agent.put(
        f"/api/v2/apps/installations/{key}.json", json={"settings": {"bot_url": "https://b.test"}}
    )

    kept = sandbox.box.store.get("installation", key) or {}
    assert changed.json()["settings"]["bot_url"] == "https://b.test"
    assert kept["settings"]["shared_secret"] == "s3cret"


def test_a_required_setting_must_be_there(agent: httpx.Client) -> None:
    reply = install(agent, make_app(agent), shared_secret="")

    assert reply.status_code == 422
    assert "shared_secret" in reply.text


def test_roles_and_groups_can_be_restricted(agent: httpx.Client) -> None:
    group = agent.get("/api/v2/groups").json()["groups"][0]["id"]
    key = install(agent, make_app(agent)).json()["id"]

    given = {"group_restrictions": [group], "role_restrictions": [4]}
    changed = agent.put(f"/api/v2/apps/installations/{key}.json", json=given).json()
    unknown = agent.put(f"/api/v2/apps/installations/{key}.json", json={"group_restrictions": [1]})

    assert changed["group_restrictions"] == [group]
    assert changed["role_restrictions"] == [4]
    assert unknown.status_code == 422


def test_deleting_an_app_uninstalls_it(agent: httpx.Client) -> None:
    app = make_app(agent)
    install(agent, app)

    gone = agent.delete(f"/api/v2/apps/{app}.json")

    assert gone.status_code == 204
    assert agent.get("/api/v2/apps/installations.json").json()["installations"] == []
    assert agent.get("/api/v2/apps/owned.json").json()["apps"] == []


@pytest.mark.parametrize(
    ("scope", "allowed"), [("apps:read", True), ("read", True), ("tickets:read", False)]
)
def test_apps_have_a_scope_of_their_own(
    scope: str, *, allowed: bool, sandbox: SandboxServer
) -> None:
    token = token_for(
        sandbox,
        scope,
        client_id=sandbox.admin_client_id,
        client_secret=sandbox.admin_client_secret,
    )

    reply = httpx.get(
        f"{sandbox.url}/api/v2/apps/owned.json",
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
        verify=NO_TLS,
    )

    assert (reply.status_code == 200) is allowed
