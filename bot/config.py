"""Settings: the only reader of the environment, once, into one frozen value."""

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dotenv import dotenv_values

#: Zendesk's documented secret for test deliveries: whoever reads the docs can sign with it.
TEST_SECRET: Final = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105  public on purpose
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_LAST_PORT: Final = 65535
_BARE_URLS: Final = ("ZENDESK_URL", "ZENDESK_PROXY", "PUBLIC_URL", "PORTAL_URL")
#: A platform with throw-away or separate file systems sets one of these.
_PLATFORM_MARKS: Final = ("DYNO", "KUBERNETES_SERVICE_HOST", "FLY_APP_NAME", "RENDER", "K_SERVICE")


class SettingsError(Exception):
    """A setting is missing or wrong; the message says which, why, and where to get it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the bot. Secrets never appear in `repr`."""

    zendesk_url: str = ""
    """`https://acme.zendesk.com`; plain http only on loopback."""
    zendesk_client_id: str = ""
    zendesk_client_secret: str = field(default="", repr=False)
    zendesk_email: str = ""
    """Legacy mode, with `zendesk_api_token`: Zendesk ends API tokens on 2027-04-30."""
    zendesk_api_token: str = field(default="", repr=False)
    zendesk_provision_client_id: str = ""
    """Another OAuth client for `provision`, tied to an admin; disabled after use."""
    zendesk_provision_client_secret: str = field(default="", repr=False)
    zendesk_webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    """Newest first; every one is accepted, so that a rotation has no gap."""
    sidebar_secrets: tuple[str, ...] = field(default=(), repr=False)
    zendesk_proxy: str = field(default="", repr=False)
    """`http://proxy.example.com:3128`: the way to Zendesk, and to nothing else. Empty: straight."""
    public_url: str = ""
    """Where Zendesk reaches us, such as `https://bot.example.com`."""
    database_url: str = field(default="", repr=False)
    """Empty: an embedded Postgres in `state_dir`."""
    state_dir: Path = Path()
    manifests_dir: Path | None = None
    """Local manifests, laid over the built-in ones by id."""
    portal_url: str = ""
    """The portal that is probed, instead of the runbook's; on loopback only for a demo."""
    globalping_from: str = ""
    """Place that Globalping looks from, such as `DE`, `AS3320` or `DE+Berlin`; empty: off."""
    globalping_token: str = field(default="", repr=False)
    metrics_token: str = field(default="", repr=False)
    retention_days: int = 90
    quiet_seconds: int = 90
    """A re-evaluation waits until nothing has happened on the ticket for this long."""
    heartbeat_url: str = field(default="", repr=False)
    port: int = 8000
    web_concurrency: int = 2
    log_level: str = "INFO"
    platform: str = ""
    """Name of the platform's mark when files may not be shared between processes."""

    @property
    def zendesk_host(self) -> str:
        """Host of the account, lower case; empty without `ZENDESK_URL`."""
        return (urlsplit(self.zendesk_url).hostname or "").lower()

    def environment(self) -> dict[str, str]:
        """Return these settings as the environment of a child process, which reads them back."""
        return {item.name.upper(): _as_text(getattr(self, item.name)) for item in fields(self)}

    def require(self, *names: str) -> None:
        """Raise one SettingsError that lists every name without a value and where to get it."""
        missing = [name for name in names if not getattr(self, name.lower())]
        if missing:
            raise SettingsError(
                "\n".join(
                    f"{name} is not set: {_WHERE.get(name, 'see README, Settings')}"
                    for name in missing
                )
            )


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    return "" if value is None else str(value)


_WHERE: Final[Mapping[str, str]] = {
    "ZENDESK_URL": "your account's address, such as https://acme.zendesk.com",
    "ZENDESK_CLIENT_ID": "Zendesk Admin Center > Apps and integrations > APIs > OAuth clients: "
    "create a confidential client while signed in as the bot's own user",
    "ZENDESK_CLIENT_SECRET": "shown once by Zendesk when the OAuth client is created",
    "ZENDESK_WEBHOOK_SECRETS": "`licensing-bot provision apply --env-file .env` writes it, or copy "
    "it from Admin Center > Webhooks > your webhook > Reveal secret",
    "PUBLIC_URL": "the https address under which Zendesk reaches this server",
}


def read_settings(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Read the environment, and beneath it a `.env` file in the working folder.

    Raises `SettingsError` with one line for every setting that cannot be used.
    """
    real = dict(os.environ if environ is None else environ)
    env = _dotenv((folder or Path.cwd()) / ".env") | real
    problems: list[str] = []
    values = _from_env(env, problems)
    problems += _check_zendesk_url(str(values["zendesk_url"]))
    problems += _check_portal_url(str(values["portal_url"]), str(values["zendesk_url"]))
    problems += _check_proxy(str(values["zendesk_proxy"]))
    problems += _check_secrets(env)
    problems += [
        f"{name} would send every Zendesk call of this process elsewhere: unset it"
        for name in ("ZENPY_FORCE_NETLOC", "ZENPY_FORCE_SCHEME")
        if env.get(name)
    ]
    if problems:
        raise SettingsError("\n".join(problems))
    return Settings(**values)  # type: ignore[arg-type]  # built from the fields' own names


def _dotenv(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    try:
        # A `$` in a secret is only a `$`.
        found = dotenv_values(file, interpolate=False)
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is not UTF-8 text") from None
    return {key: value or "" for key, value in found.items()}


def _from_env(env: Mapping[str, str], problems: list[str]) -> dict[str, object]:
    values = {item.name: _value(item, env, problems) for item in fields(Settings)}
    values["state_dir"] = values["state_dir"] or default_state_dir(env)
    values["platform"] = next((mark for mark in _PLATFORM_MARKS if env.get(mark)), "")
    values["log_level"] = str(values["log_level"]).upper() or "INFO"
    if values["log_level"] not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        problems.append("LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR")
    if isinstance(values["port"], int) and values["port"] > _LAST_PORT:
        problems.append(f"PORT must be at most {_LAST_PORT}")
    return values


def _value(item: Field[object], env: Mapping[str, str], problems: list[str]) -> object:
    """Read one setting; the kind of its default says how."""
    name = item.name.upper()
    text = env.get(name, "").strip()
    match item.default:
        case int():
            return _whole_number(name, text, item.default, problems)
        case tuple():
            return tuple(text.replace(",", " ").split())
        case None | Path():
            return Path(text) if text else None
        case _:
            return text.rstrip("/") if name in _BARE_URLS else text


def _whole_number(name: str, text: str, default: object, problems: list[str]) -> object:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        problems.append(f"{name} must be a whole number above 0, not {text!r}")
        return default
    return int(text)


def default_state_dir(env: Mapping[str, str]) -> Path:
    """Return the XDG state folder; for root a folder under /var/lib that others may traverse."""
    if os.geteuid() == 0:
        return Path("/var/lib/licensing-bot")
    base = env.get("XDG_STATE_HOME") or str(
        Path(env.get("HOME", "~")).expanduser() / ".local/state"
    )
    return Path(base) / "licensing-bot"


def _check_zendesk_url(url: str) -> list[str]:
    if not url:
        return []
    wanted = "ZENDESK_URL must look like https://acme.zendesk.com"
    try:
        parts = urlsplit(url)
    except ValueError:
        return [wanted]
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return []
    if parts.scheme != "https" or not parts.hostname:
        return [wanted]
    if parts.path or parts.query or parts.username:
        return [f"ZENDESK_URL must be the bare address, https://{parts.hostname}"]
    return []


def _check_portal_url(url: str, zendesk_url: str) -> list[str]:
    if not url:
        return []
    try:
        portal, desk = urlsplit(url), urlsplit(zendesk_url)
    except ValueError:
        portal, desk = urlsplit(""), urlsplit("")
    if portal.scheme not in ("http", "https") or not portal.hostname or portal.path:
        return ["PORTAL_URL must look like https://customers.example.com"]
    if portal.hostname in LOOPBACK and desk.hostname and desk.hostname not in LOOPBACK:
        return ["PORTAL_URL names this machine, which is for a pocket Zendesk only"]
    return []


def _check_proxy(url: str) -> list[str]:
    """The address may hold a password, so it is never repeated."""
    if not url:
        return []
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    return [] if usable else ["ZENDESK_PROXY must look like http://proxy.example.com:3128"]


def _check_secrets(env: Mapping[str, str]) -> list[str]:
    if TEST_SECRET in env.get("ZENDESK_WEBHOOK_SECRETS", ""):
        return [
            (
                "ZENDESK_WEBHOOK_SECRETS holds Zendesk's public test secret: anybody could sign "
                "with it. Use the webhook's own secret"
            )
        ]
    return []
