"""`doctor` without a network: each line in its failing case."""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.cli.checks import own_settings
from bot.cli.checks.finding import Finding
from bot.config import Settings
from tests.zendesk.app_folder import app_files, write_app

Check = Callable[[Settings], Iterable[Finding]]
OAUTH = {"zendesk_client_id": "id", "zendesk_client_secret": "secret"}
SECRET = "x" * 43


def verdicts(check: Check, **values: Any) -> list[tuple[str, str]]:
    found = list(check(Settings(**values)))
    assert all(item.remedy for item in found if item.verdict != "ok"), "a remedy is missing"
    return [(item.verdict, item.what) for item in found]


def said(check: Check, **values: Any) -> str:
    return "\n".join(f"{item.says} {item.remedy}" for item in check(Settings(**values)))


def test_missing_settings_fail_one_by_one() -> None:
    assert verdicts(own_settings.check_settings) == [("fail", "settings")] * 3
    assert "ZENDESK_URL is not set" in said(own_settings.check_settings)


def test_complete_settings_are_fine() -> None:
    given = {"zendesk_url": "https://a.zendesk.com", "zendesk_webhook_secrets": ("w",)}

    assert (
        verdicts(own_settings.check_settings, **given, public_url="https://b.example.com")
        == [("ok", "settings")] * 3
    )
    assert ("fail", "settings") in verdicts(
        own_settings.check_settings, **given, public_url="http://b.example.com"
    )
    assert ("fail", "settings") not in verdicts(
        own_settings.check_settings, **given, public_url="http://127.0.0.1:8001"
    )


def test_a_half_set_client_and_no_credentials_fail() -> None:
    assert verdicts(own_settings.check_sign_in, **OAUTH) == [("ok", "sign-in")]
    assert verdicts(own_settings.check_sign_in, zendesk_client_id="id") == [("fail", "sign-in")]
    assert verdicts(own_settings.check_sign_in) == [("fail", "sign-in")]


def test_the_api_token_has_a_date_after_which_it_fails() -> None:
    found = Settings(zendesk_email="a@b", zendesk_api_token="t")

    (before,) = own_settings.check_sign_in(found, date(2027, 4, 29))
    (after,) = own_settings.check_sign_in(found, date(2027, 4, 30))

    assert before.verdict == "warn"
    assert "2027-04-30, in 1 days" in before.says
    assert after.verdict == "fail"


@pytest.mark.parametrize(
    ("secrets", "verdict"),
    [
        ((), "warn"),
        (("short",), "fail"),
        ((SECRET, "y" * 31), "fail"),
        ((SECRET,), "ok"),
        ((SECRET, "y" * 43), "ok"),
        ((SECRET, "y" * 40), "warn"),
    ],
)
def test_sidebar_secrets_must_be_long_and_alike(secrets: tuple[str, ...], verdict: str) -> None:
    found = verdicts(own_settings.check_sidebar_secrets, sidebar_secrets=secrets)

    assert found == [(verdict, "sidebar secret")]


def test_one_secret_for_two_purposes_fails() -> None:
    found = verdicts(
        own_settings.check_sidebar_secrets,
        sidebar_secrets=(SECRET,),
        zendesk_webhook_secrets=(SECRET,),
    )

    assert found == [("fail", "sidebar secret")]


def test_secrets_are_never_shown() -> None:
    words = said(own_settings.check_sidebar_secrets, sidebar_secrets=("abcdefgh",))

    assert "abcdefgh" not in words


def test_broken_manifests_fail_with_file_and_key(tmp_path: Path) -> None:
    (tmp_path / "runbook").mkdir()
    (tmp_path / "runbook/runbook.toml").write_text("portall = 'x'")

    assert verdicts(own_settings.check_manifests) == [("ok", "manifests")]
    assert "runbook.toml" in said(own_settings.check_manifests, manifests_dir=tmp_path)
    assert verdicts(own_settings.check_manifests, manifests_dir=tmp_path)[0][0] == "fail"


def test_an_app_that_zendesk_would_refuse_fails(tmp_path: Path) -> None:
    write_app(tmp_path / "app", app_files(frameworkVersion="2.1"))
    given = {"manifests_dir": tmp_path, "public_url": "https://b.example.com"}

    assert verdicts(own_settings.check_app_files, **given) == [("fail", "app files")]
    assert "frameworkVersion" in said(own_settings.check_app_files, **given)
    assert verdicts(own_settings.check_app_files, public_url="https://b.example.com") == [
        ("ok", "app files")
    ]


def test_an_embedded_store_on_a_throw_away_disk_fails(tmp_path: Path) -> None:
    given = {"state_dir": tmp_path}

    assert ("fail", "store") in verdicts(own_settings.check_room, **given, platform="DYNO")
    assert ("fail", "store") not in verdicts(own_settings.check_room, **given)
    assert verdicts(own_settings.check_room, database_url="postgres://x", platform="DYNO") == [
        ("ok", "store")
    ]
