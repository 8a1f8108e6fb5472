"""Plan, then apply; a second run writes nothing."""

from collections.abc import Callable, Sequence

from bot.zendesk.catalog import ORDER, Catalog
from bot.zendesk.errors import AuthFailed, NotFound, ScopeMissing, ZendeskError
from bot.zendesk.foreign import Foreign, foreign_rules
from bot.zendesk.marks import mark_in
from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision.orphans import NEXT
from bot.zendesk.provision.refusals import Refusal
from bot.zendesk.provision.steps import (
    Applied,
    NoRecord,
    ProvisionError,
    ProvisionPlan,
    Recorder,
    Step,
)
from bot.zendesk.provision.survey import Survey
from bot.zendesk.provision.write import LOOKS, Writer
from bot.zendesk.session import ZendeskSession
from bot.zendesk.wanted import ProvisionSettings


def plan(
    session: ZendeskSession, files: ZendeskObjects, settings: ProvisionSettings
) -> ProvisionPlan:
    """Read the account and say what `apply` would do; nothing is written."""
    survey = Survey(Catalog(session), files, settings)
    steps = tuple(step for kind in ORDER for step in survey.look_at(kind))
    steps += tuple(step for kind in reversed(ORDER) for step, _ in survey.orphans(kind))
    own = list(survey.ids.by_kind["field"].values())
    foreign = Foreign()
    try:
        foreign = foreign_rules(session, settings.bot_user_id, settings.bot_name, own)
    except AuthFailed as error:
        raise Refusal("triggers and automations of others cannot be read", error) from error
    except ZendeskError as error:
        # Advice alone hangs on it: what is ours is planned all the same.
        survey.notices.append(f"rules of others could not be looked through: {error.reason}")
    survey.notices += [f"{list_.says}. {list_.remedy}" for list_ in foreign.unseen]
    return ProvisionPlan(
        session.host,
        steps,
        tuple(survey.problems + _half_rotated(survey)),
        tuple(survey.left_out),
        tuple(survey.notices),
        foreign.rules,
    )


def apply(
    session: ZendeskSession,
    files: ZendeskObjects,
    settings: ProvisionSettings,
    report: Callable[[Step], None] = lambda _: None,
    recorder: Recorder | None = None,
    looks: Sequence[float] = LOOKS,
) -> Applied:
    """Make and change what differs, in order; `report` hears of every step that was done.

    Safe to run again after a failure half-way. Nothing is written when the plan has problems.
    """
    planned = plan(session, files, settings)
    if planned.problems:
        raise ProvisionError("\n".join(planned.problems))
    survey = Survey(Catalog(session), files, settings)
    writer = Writer(survey.catalog, recorder or NoRecord(), looks)
    done: list[Step] = []
    for kind in ORDER:
        steps = survey.look_at(kind)
        if survey.problems:
            raise ProvisionError("\n".join(survey.problems))
        for step in steps:
            done.append(survey.do(step, writer))
            report(done[-1])
    for kind in reversed(ORDER):
        for step, there in survey.orphans(kind):
            writer.delete(kind, step.key, step.name, there)
            done.append(step)
            report(step)
    (webhook,) = files.webhooks
    secrets = _shown_secrets(survey.catalog, survey.ids.of("webhook", webhook))
    return Applied(tuple(done), survey.ids.by_kind, secrets, survey.options)


def _shown_secrets(catalog: Catalog, webhook_id: str) -> tuple[str, ...]:
    """None where the client may not see it: everything stands, and a person can copy it."""
    try:
        return (catalog.signing_secret(webhook_id),)
    except (NotFound, ScopeMissing):
        return ()
    except ZendeskError as error:
        raise Refusal("the webhook's signing secret cannot be read", error, "webhook") from error


def secret_of(catalog: Catalog, webhook_id: str) -> str:
    """The signing secret of a webhook; the refusal names what may not be read."""
    try:
        return catalog.signing_secret(webhook_id)
    except ZendeskError as error:
        raise Refusal("the webhook's signing secret cannot be read", error, "webhook") from error


def _half_rotated(survey: Survey) -> list[str]:
    marks = [mark_in(there) for there in survey.standing.get("webhook", [])]
    if any(mark is not None and mark.key.endswith(NEXT) for mark in marks):
        return ["a rotation of the secret is half-way: `provision rotate-secret` ends it"]
    return []
