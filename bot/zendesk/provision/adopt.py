"""Make objects that were there before us ours to use: by title, by key, or by id."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, get_args

from bot.zendesk.catalog import NAMES, Catalog, Kind, plural
from bot.zendesk.definitions import Definitions
from bot.zendesk.errors import ZendeskError
from bot.zendesk.listing import Object
from bot.zendesk.marks import mark_in
from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision.adopted import adoption, why_not
from bot.zendesk.provision.refusals import Refusal
from bot.zendesk.provision.steps import (
    Change,
    NoRecord,
    ProvisionError,
    ProvisionPlan,
    Recorder,
    Step,
)
from bot.zendesk.provision.write import Writer
from bot.zendesk.session import ZendeskSession
from bot.zendesk.wanted import Ids, Maker, ProvisionSettings, Wanted

ADOPTABLE: Final[tuple[Kind, ...]] = ("webhook", "field", "trigger", "macro")


@dataclass(frozen=True, slots=True)
class Claim:
    """Which of ours, and which of theirs."""

    kind: Kind
    key: str
    which: str = ""
    """Their id, title or key; empty: the title that the files give."""


def claim_of(words: str) -> Claim:
    """Read `field:version`, `field:version=360001` or `field:version=Product version`."""
    left, _, which = words.partition("=")
    kind, _, key = left.partition(":")
    for known in get_args(Kind):
        if known == kind and kind in ADOPTABLE and key:
            return Claim(known, key, which)
    raise ProvisionError(
        f"{words!r} is not something to adopt: write KIND:KEY or KIND:KEY=ID, with one of "
        f"{', '.join(ADOPTABLE)} and a key of manifests/zendesk"
    )


def plan_adoption(
    session: ZendeskSession,
    files: ZendeskObjects,
    settings: ProvisionSettings,
    claims: Iterable[Claim] = (),
) -> ProvisionPlan:
    """Say what would be adopted; without claims, every stranger that bears a name of ours."""
    return _look(session, files, settings, claims).plan(session.host)


def adopt(
    session: ZendeskSession,
    files: ZendeskObjects,
    settings: ProvisionSettings,
    claims: Iterable[Claim] = (),
    recorder: Recorder | None = None,
) -> tuple[Step, ...]:
    """Mark them as adopted; `apply` then treats them as ours, and `destroy` gives them back."""
    look = _look(session, files, settings, claims)
    if look.problems:
        raise ProvisionError("\n".join(look.problems))
    writer = Writer(look.catalog, recorder or NoRecord())
    for item, there in look.pairs:
        writer.change(item.kind, item.key, item.name, there, adoption(item, there))
    return look.plan(session.host).steps


class _Look:
    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.pairs: list[tuple[Wanted, Object]] = []
        self.problems: list[str] = []

    def plan(self, host: str) -> ProvisionPlan:
        """The steps of a plan."""
        steps = []
        for item, there in self.pairs:
            changes = [Change(k, there.get(k), v) for k, v in adoption(item, there).items()]
            steps.append(Step("change", item.kind, item.key, _name(item.kind, there),
                              str(there["id"]), tuple(changes), adopted=True))  # fmt: skip
        return ProvisionPlan(host, tuple(steps), tuple(self.problems))

    def claim(self, item: Wanted, claim: Claim, standing: list[Object]) -> None:
        """Find the one object that is meant."""
        what = f"{claim.kind}:{claim.key}"
        if any((mark := mark_in(one)) and mark.key == item.key for one in standing):
            self.problems.append(f"{what} is ours already")
            return
        found = [one for one in standing if _is_meant(item, claim, one)]
        if not found:
            self.problems.append(f"{what}: no {claim.kind} is {claim.which or item.name!r}")
        elif len(found) > 1:
            ids = ", ".join(str(one["id"]) for one in found)
            self.problems.append(
                f"{what}: several {claim.kind}s fit (ids {ids}): say which, {what}=ID"
            )
        else:
            self._take(item, found[0], what)

    def _take(self, item: Wanted, there: Object, what: str) -> None:
        mark = mark_in(there)
        reason = why_not(item, there)
        if mark is not None:
            self.problems.append(f"{what}: id {there['id']} is ours already, as {mark.key!r}")
        elif reason:
            self.problems.append(f"{what}: id {there['id']} cannot be adopted: {reason}")
        else:
            self.pairs.append((item, there))


def _look(
    session: ZendeskSession,
    files: ZendeskObjects,
    settings: ProvisionSettings,
    claims: Iterable[Claim],
) -> _Look:
    catalog = Catalog(session)
    look = _Look(catalog)
    asked = list(claims)
    maker = Maker(files, settings, Ids(), Definitions())
    for kind in ADOPTABLE:
        mine = [claim for claim in asked if claim.kind == kind]
        if asked and not mine:
            continue
        wanted = {item.key: item for item in maker.all(kind)}
        standing = _listed(catalog, kind)
        for claim in mine or _namesakes(kind, wanted, standing):
            if claim.key in wanted:
                look.claim(wanted[claim.key], claim, standing)
            else:
                look.problems.append(
                    f"{kind}:{claim.key}: the files have no such {kind}; they have "
                    f"{', '.join(wanted)}"
                )
    return look


def _namesakes(kind: Kind, wanted: dict[str, Wanted], standing: list[Object]) -> list[Claim]:
    ours = {mark.key for one in standing if (mark := mark_in(one))}
    names = {_name(kind, one) for one in standing if mark_in(one) is None}
    return [
        Claim(kind, key) for key, item in wanted.items() if key not in ours and item.name in names
    ]


def _is_meant(item: Wanted, claim: Claim, there: Object) -> bool:
    if not claim.which:
        return _name(item.kind, there) == item.name and mark_in(there) is None
    return claim.which in (str(there["id"]), _name(item.kind, there), str(there.get("key")))


def _name(kind: Kind, there: Object) -> str:
    return str(there.get(NAMES[kind]) or "")


def _listed(catalog: Catalog, kind: Kind) -> list[Object]:
    try:
        return catalog.shelves[kind].list()
    except ZendeskError as error:
        raise Refusal(f"the list of {plural(kind)} cannot be read", error, kind) from error
