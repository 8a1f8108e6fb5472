"""What Zendesk refused, of which object, and the way out."""

from typing import Final

from bot.zendesk.catalog import Kind
from bot.zendesk.errors import (
    AuthFailed,
    Conflict,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    ScopeMissing,
    ZendeskError,
)
from bot.zendesk.provision.steps import ProvisionError

_AGAIN: Final = "Run the same command again: it goes on where it stopped"
_SIGN_IN: Final = (
    "The OAuth client is unknown, expired or disabled, or its secret is wrong: Admin Center > "
    "Apps and integrations > APIs > OAuth clients, then set ZENDESK_PROVISION_CLIENT_ID and "
    "ZENDESK_PROVISION_CLIENT_SECRET (without them ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET "
    "sign in). With an API token: Zendesk switches off those that rested for 30 days, and all of "
    "them on 2027-04-30; make an OAuth client in its place"
)
_NOT_ALLOWED: Final = (
    "The provisioning client needs the scopes `read write` (a wrong scope still gives a token, and "
    "every call is then 403), and its user must be an admin"
)
_NO_WEBHOOKS: Final = (
    "Webhooks need a plan that has them (every Suite plan, Support Team and above) and an admin or "
    "a role with the permission to manage webhooks"
)

_BY_HAND: Final = (
    "Everything else stands. Put them into the order that the plan shows: Admin Center > Objects "
    "and rules > Business rules > Triggers > Edit order"
)
_GONE: Final = "Is ZENDESK_URL the right account? Somebody may have deleted it meanwhile"


class Refusal(ProvisionError):  # noqa: N818  it says what happened, as the errors of the desk do
    """One object, Zendesk's reason, and the way out."""

    def __init__(self, what: str, error: ZendeskError, kind: Kind | None = None) -> None:
        self.error = error
        self.way_out = way_out(error, kind)
        super().__init__(f"{what}: {error.reason}. {self.way_out}.")


def way_out(error: ZendeskError, kind: Kind | None = None) -> str:
    """What a person can do about it."""
    match error:
        case NotFound() | Rejected() if kind == "order":
            return _BY_HAND
        case AuthFailed():
            return _SIGN_IN
        case ScopeMissing():
            return f"{_NO_WEBHOOKS}. {_NOT_ALLOWED}" if kind == "webhook" else _NOT_ALLOWED
        case NotFound():
            return _NO_WEBHOOKS if kind == "webhook" else _GONE
        case Rejected():
            return _rejected(error, kind)
    return f"{_meanwhile(error)}. {_AGAIN}"


def _meanwhile(error: ZendeskError) -> str:
    """Of what time heals: what it means until then."""
    match error:
        case RateLimited():
            return f"A trial allows little. Wait {error.retry_after:.0f} s"
        case OutcomeUnknown():
            return "What stands already is recognised by its mark"
        case Conflict():
            return "Something else was writing just then, or it is still in use"
    return "Nothing was lost"


def _rejected(error: ZendeskError, kind: Kind | None) -> str:
    said = error.reason.lower()
    if "ignored keys" in said:
        return (
            "The object stands, but not as the files mean it: this Zendesk does not know these "
            "keys. Report this, and `provision destroy` takes back what was made"
        )
    full = any(word in said for word in ("limit", "maximum", "too many", "quota"))
    if full and not any(word in said for word in ("character", "too long", "limitone")):
        if kind == "webhook":
            return "A trial may hold ten webhooks: delete one that nobody uses, then run it again"
        return f"The account holds as many as its plan allows: delete unused ones. {_AGAIN}"
    return (
        "Change the file under manifests/zendesk, or lay one over it in MANIFESTS_DIR/zendesk, as "
        f"the reason says. {_AGAIN}"
    )
