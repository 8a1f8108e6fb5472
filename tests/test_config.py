"""Settings: read once, completely, with a message for everything that is missing or wrong."""

from pathlib import Path

import pytest

from bot.config import TEST_SECRET, Settings, SettingsError, read_settings

GOOD = {
    "ZENDESK_URL": "https://acme.zendesk.com/",
    "ZENDESK_CLIENT_SECRET": "client-secret",
    "ZENDESK_WEBHOOK_SECRETS": "new, old older",
    "DATABASE_URL": "postgresql:///",
    "METRICS_TOKEN": "token",
    "STATE_DIR": "/srv/bot",
    "PORT": "9000",
}


def problem_of(folder: Path, **environment: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(environment, folder)
    return str(caught.value)


def test_settings_are_read_by_their_kind(tmp_path: Path) -> None:
    settings = read_settings(GOOD, tmp_path)

    assert settings.zendesk_url == "https://acme.zendesk.com"
    assert settings.zendesk_host == "acme.zendesk.com"
    assert settings.zendesk_webhook_secrets == ("new", "old", "older")
    assert settings.database_url == "postgresql:///"
    assert settings.state_dir == Path("/srv/bot")
    assert settings.manifests_dir is None
    assert (settings.port, settings.retention_days, settings.log_level) == (9000, 90, "INFO")


def test_an_empty_environment_gives_the_defaults(tmp_path: Path) -> None:
    settings = read_settings({"HOME": "/home/ada"}, tmp_path)

    assert settings.zendesk_webhook_secrets == ()
    assert settings.state_dir.name == "licensing-bot"


def test_a_dotenv_file_lies_beneath_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=1111\nLOG_LEVEL=debug\n", "utf-8")
    settings = read_settings({"PORT": "2222"}, tmp_path)

    assert (settings.port, settings.log_level) == (2222, "DEBUG")


def test_a_dollar_in_a_dotenv_file_is_only_a_dollar(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("METRICS_TOKEN=a${HOME}b\n", "utf-8")

    assert read_settings({}, tmp_path).metrics_token == "a${HOME}b"


def test_a_dotenv_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PORT=\xff\xfe")

    assert problem_of(tmp_path) == f"{tmp_path / '.env'} is not UTF-8 text"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("ZENDESK_URL", "acme.zendesk.com", "ZENDESK_URL must look like https://acme.zendesk.com"),
        ("ZENDESK_URL", "http://acme.zendesk.com", "ZENDESK_URL must look like"),
        ("ZENDESK_URL", "https://[acme", "ZENDESK_URL must look like"),
        ("ZENDESK_URL", "https://acme.zendesk.com/agent", "must be the bare address"),
        ("ZENDESK_URL", "https://me:pw@acme.zendesk.com", "must be the bare address"),
        ("PORT", "0", "PORT must be a whole number above 0, not '0'"),
        ("PORT", "70000", "PORT must be at most 65535"),
        ("PORT", "http", "PORT must be a whole number"),
        ("RETENTION_DAYS", "-1", "RETENTION_DAYS must be a whole number"),
        ("WEB_CONCURRENCY", "²", "WEB_CONCURRENCY must be a whole number"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR"),
        ("ZENDESK_WEBHOOK_SECRETS", f"real {TEST_SECRET}", "Zendesk's public test secret"),
        ("PORTAL_URL", "customers.example.com", "PORTAL_URL must look like https://"),
        ("PORTAL_URL", "https://customers.example.com/x", "PORTAL_URL must look like https://"),
        ("PORTAL_URL", "https://[oops", "PORTAL_URL must look like https://"),
        ("ZENPY_FORCE_NETLOC", "evil.example", "ZENPY_FORCE_NETLOC would send every Zendesk call"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    tmp_path: Path, name: str, value: str, problem: str
) -> None:
    said = problem_of(tmp_path, **{name: value})

    assert problem in said
    assert "me:pw" not in said


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    said = problem_of(tmp_path, PORT="x", RETENTION_DAYS="y", ZENDESK_URL="z")

    assert [line.split()[0] for line in said.splitlines()] == [
        "RETENTION_DAYS",
        "PORT",
        "ZENDESK_URL",
    ]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:1"])
def test_plain_http_is_good_on_this_machine(tmp_path: Path, url: str) -> None:
    assert read_settings({"ZENDESK_URL": url}, tmp_path).zendesk_url == url


def test_a_portal_on_this_machine_is_for_a_pocket_zendesk(tmp_path: Path) -> None:
    local = {"PORTAL_URL": "http://127.0.0.1:9/"}

    assert read_settings(local, tmp_path).portal_url == "http://127.0.0.1:9"
    assert "pocket Zendesk only" in problem_of(
        tmp_path, **local, ZENDESK_URL="https://acme.zendesk.com"
    )


def test_missing_settings_are_listed_with_the_place_to_get_them() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings().require("ZENDESK_URL", "ZENDESK_WEBHOOK_SECRETS", "PORT")
    lines = str(caught.value).splitlines()

    assert lines[0].startswith("ZENDESK_URL is not set: your account's address")
    assert "provision apply" in lines[1]
    assert len(lines) == 2


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    shown = repr(read_settings(GOOD | {"ZENDESK_API_TOKEN": "api-token"}, tmp_path))

    for secret in ("client-secret", "older", "api-token", "postgresql", "token="):
        assert secret not in shown


def test_a_child_process_reads_the_same_settings_back(tmp_path: Path) -> None:
    settings = read_settings(GOOD | {"MANIFESTS_DIR": "/etc/bot", "DYNO": "web.1"}, tmp_path)
    (tmp_path / ".env").write_text("GLOBALPING_TOKEN=another\n", "utf-8")
    again = read_settings(settings.environment() | {"DYNO": "web.1"}, tmp_path)

    assert again == settings


def test_a_platform_with_files_of_its_own_is_recognised(tmp_path: Path) -> None:
    assert read_settings({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, tmp_path).platform == (
        "KUBERNETES_SERVICE_HOST"
    )
