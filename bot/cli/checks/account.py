"""What stands in the account: our webhook, our triggers, the rules of others, the app."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.cli.app_deploy import app_package
from bot.cli.checks.finding import Finding, fail, ok, warn
from bot.config import Settings
from bot.zendesk.app_package import AppError
from bot.zendesk.app_plan import find_app
from bot.zendesk.apps import App, AppShelf, Installation
from bot.zendesk.calls import Call
from bot.zendesk.desk import Me
from bot.zendesk.errors import AuthFailed, NotFound, ScopeMissing, ZendeskError
from bot.zendesk.foreign import foreign_rules
from bot.zendesk.listing import Object, listed
from bot.zendesk.reading import objects, text
from bot.zendesk.session import ZendeskSession

_APPLY: Final = "`licensing-bot provision apply` puts it right"
_AS_ADMIN: Final = (
    "Only an admin may see it: set ZENDESK_PROVISION_CLIENT_ID and its secret for this command"
)
_SIGN_IN: Final = (
    "Is the provisioning client disabled? Enable it for this command, or unset "
    "ZENDESK_PROVISION_CLIENT_ID and ZENDESK_PROVISION_CLIENT_SECRET"
)
_MOST_SHOWN: Final = 10
_EVERYBODY: Final = frozenset({"agent", "admin"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What the store remembers of provisioning: Zendesk's ids by our keys."""

    webhooks: Mapping[str, str]
    triggers: Mapping[str, str]
    categories: Mapping[str, str]
    fields: Mapping[str, str]
    bot_id: str = ""
    app_id: str = ""


def check_bot_user(me: Me, standing: Standing) -> Iterator[Finding]:
    """Are we the user that our triggers leave out? Otherwise every note would fire them."""
    if standing.bot_id and standing.bot_id != str(me.id):
        yield fail(
            "loops",
            f"we sign in as user {me.id}, and the triggers leave out user {standing.bot_id}",
            "Run `licensing-bot provision apply` with the run-time client set, so that the "
            "triggers leave out the user who writes the notes",
        )


def check_webhook(
    session: ZendeskSession, standing: Standing, found: Settings
) -> Iterator[Finding]:
    """Is the webhook there, active, pointing at us, and signing with a secret of ours?"""
    for webhook_id in standing.webhooks.values():
        path = f"/api/v2/webhooks/{webhook_id}"
        try:
            there = session.ask(Call("GET", path, "webhooks.show")).get("webhook")
        except NotFound:
            yield fail("webhook", f"{webhook_id} is gone: no event reaches us", _APPLY)
            continue
        except ScopeMissing:
            yield warn("webhook", "its state is not shown to us", _AS_ADMIN)
            continue
        except ZendeskError as error:
            yield warn("webhook", str(error), _remedy(error))
            continue
        if isinstance(there, dict):
            yield from _state_of(there, found)
        yield from _secret_of(session, path, found)


def _remedy(error: ZendeskError) -> str:
    """The way out of not being told."""
    match error:
        case AuthFailed():
            return _SIGN_IN
        case ScopeMissing() | NotFound():
            return _AS_ADMIN
    return "Run `doctor` again"


def _state_of(there: Object, found: Settings) -> Iterator[Finding]:
    name, endpoint = text(there.get("name")), text(there.get("endpoint"))
    if there.get("status") != "active":
        yield fail(
            "webhook", f"{name!r} is {there.get('status')}: Zendesk sends nothing",
            "Activate it in Admin Center > Webhooks, or `provision apply --reactivate`",
        )  # fmt: skip
    elif found.public_url and not endpoint.startswith(f"{found.public_url}/"):
        yield fail("webhook", f"{name!r} points at {endpoint}, not below PUBLIC_URL", _APPLY)
    else:
        yield ok("webhook", f"{name!r} is active and points at {endpoint}")


def _secret_of(session: ZendeskSession, path: str, found: Settings) -> Iterator[Finding]:
    try:
        answer = session.ask(Call("GET", f"{path}/signing_secret", "webhooks.secret"))
    except ZendeskError:
        return  # said above, or not for us to see
    held = answer.get("signing_secret")
    secret = text(held.get("secret")) if isinstance(held, dict) else ""
    if secret and secret not in found.zendesk_webhook_secrets:
        yield fail(
            "webhook secret", "Zendesk signs with a secret that ZENDESK_WEBHOOK_SECRETS lacks",
            "`licensing-bot provision apply --env-file .env` writes it; then restart the web",
        )  # fmt: skip
    elif secret and secret != found.zendesk_webhook_secrets[0]:
        yield warn(
            "webhook secret", "Zendesk signs with an older one of ZENDESK_WEBHOOK_SECRETS",
            "Finish the rotation: `licensing-bot provision rotate-secret`",
        )  # fmt: skip
    elif secret:
        yield ok("webhook secret", "the newest of ZENDESK_WEBHOOK_SECRETS")


def check_triggers(
    session: ZendeskSession, standing: Standing, order: Sequence[str], bot_id: int
) -> Iterator[Finding]:
    """Are our triggers there, active, silent for ourselves, in their category and order?"""
    try:
        every = {str(item.get("id")): item for item in listed(session, "triggers")}
    except ZendeskError as error:
        yield warn("triggers", f"could not be listed: {error}", _remedy(error))
        return
    problems: list[Finding] = []
    for key, trigger_id in standing.triggers.items():
        problems += _trigger_problems(key, every.get(trigger_id), standing, bot_id)
    places = [
        (_place(every[standing.triggers[key]]), key)
        for key in order
        if standing.triggers.get(key) in every
    ]
    if places != sorted(places, key=lambda one: one[0]):
        as_is = ", ".join(key for _, key in sorted(places))
        problems.append(warn("triggers", f"they run in another order than ours: {as_is}", _APPLY))
    yield from problems
    if standing.triggers and not problems:
        yield ok("triggers", f"{len(standing.triggers)} active, in order, silent for the bot")


def _trigger_problems(
    key: str, there: Object | None, standing: Standing, bot_id: int
) -> Iterator[Finding]:
    if there is None:
        yield fail("triggers", f"{key} is gone", _APPLY)
        return
    title = text(there.get("title"))
    if there.get("active") is not True:
        yield fail(
            "triggers", f"{title!r} is switched off",
            "`licensing-bot provision apply --reactivate`, if nobody meant it",
        )  # fmt: skip
    conditions = there.get("conditions")
    every = objects(conditions.get("all")) if isinstance(conditions, dict) else []
    if not any(_leaves_out(item, bot_id) for item in every):
        yield fail("loops", f"{title!r} fires on the bot's own notes: a loop", _APPLY)
    category = str(there.get("category_id") or "")
    if standing.categories and category not in standing.categories.values():
        yield warn("triggers", f"{title!r} was moved to another category", _APPLY)


def _leaves_out(condition: Object, bot_id: int) -> bool:
    value = str(condition.get("value"))
    return (condition.get("field"), condition.get("operator"), value) == (
        "role", "is_not", str(bot_id),
    )  # fmt: skip


def _place(trigger: Object) -> int:
    position = trigger.get("position")
    return position if isinstance(position, int) else 0


def check_foreign_rules(session: ZendeskSession, me: Me, standing: Standing) -> Iterator[Finding]:
    """Which triggers and automations of others would fire on our notes?"""
    try:
        found = foreign_rules(session, me.id, me.name, tuple(standing.fields.values()))
    except ZendeskError as error:
        yield warn("foreign rules", f"could not be listed: {error}", _remedy(error))
        return
    rules = found.rules
    for hidden in found.unseen:
        yield warn("foreign rules", hidden.says, hidden.remedy)
    for rule in rules[:_MOST_SHOWN]:
        yield warn(f"foreign {rule.kind}", f"{rule.title!r} (id {rule.object_id}): {rule.why}",
                   f"Its owner should add, under {rule.where}")  # fmt: skip
    if len(rules) > _MOST_SHOWN:
        yield warn("foreign rules", f"and {len(rules) - _MOST_SHOWN} more",
                   "`licensing-bot provision plan` lists them all")  # fmt: skip
    if not rules and not found.unseen:
        yield ok("foreign rules", "none would fire on our notes")


def check_app(session: ZendeskSession, found: Settings, standing: Standing) -> Iterator[Finding]:
    """Is the sidebar app installed, switched on, and the version of this bot?"""
    if not found.public_url:
        return
    try:
        package = app_package(found)
    except AppError:
        return  # told with the files
    shelf = AppShelf(session)
    try:
        app, problem = find_app(shelf, package.name, standing.app_id)
        installed = shelf.installations() if app else ()
    except ScopeMissing:
        yield warn("app", "apps are not shown to us", _AS_ADMIN)
        return
    except ZendeskError as error:
        yield warn("app", f"could not be looked at: {error}", _remedy(error))
        return
    if app is None:
        yield warn("app", problem or "the sidebar app is not in the account", _APPLY)
        return
    yield _app_finding(app, [item for item in installed if item.app_id == app.id], package.version)


def _app_finding(app: App, installed: Sequence[Installation], version: str) -> Finding:
    if not installed:
        return fail("app", f"{app.name} is uploaded and not installed", _APPLY)
    if not any(item.enabled for item in installed):
        return warn("app", f"{app.name} is switched off", "Switch it on in Admin Center > Apps")
    if app.version not in (None, version):
        return warn("app", f"version {app.version} is installed, ours is {version}", _APPLY)
    return ok("app", f"{app.name} {app.version or ''} is installed".replace("  ", " "))
