"""The runbook as typed values: what manifests/runbook holds after it was read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from bot.evidence.observation import Layer
from bot.evidence.product import ProductString
from bot.runbook.clash import Clash
from bot.runbook.guarded import GuardedRules
from bot.runbook.reply import Reply, Told
from bot.runbook.speak import SpeakRules

Where = Literal["subject", "text", "quoted"]
Who = Literal["portal admin", "customer console", "customer network"]
Effect = Literal["safe", "downtime", "irreversible"]
Install = Literal["package", "docker", "helm"]
HoleKind = Literal[
    "digits", "subscription", "version", "host", "host_port", "url", "email", "ip", "text"
]
LANGUAGES = ("en", "de", "fr", "es", "ja", "pt")


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a manifest: frozen, and an unknown key is an error."""


class Words(Entry, frozen=True, kw_only=True):
    """Patterns for one idea, per language; `any` holds what no language changes."""

    any: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    de: tuple[str, ...] = ()
    fr: tuple[str, ...] = ()
    es: tuple[str, ...] = ()
    ja: tuple[str, ...] = ()
    pt: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    """A sentence that also matches one of these does not count."""


class Signal(Words, frozen=True, kw_only=True):
    """Something that speaks for a scenario, or with a negative weight against it."""

    id: str
    weight: float
    where: tuple[Where, ...] = ("subject", "text", "quoted")
    near: tuple[str, ...] = ()
    """Must match in the same sentence as well; each entry is one condition."""
    also: tuple[str, ...] = ()
    """Must match somewhere in the ticket as well; each entry is one condition."""
    without: tuple[str, ...] = ()
    """Must match nowhere in the ticket."""
    fields: Mapping[str, str] = {}
    """Field key to pattern; one match is enough."""
    tags: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    """Causes of observations; `dns_*` stands for all that begin with it."""
    values: tuple[str, ...] = ()
    """Keys of `extracted`, or `key=value`."""
    at_most: float = 0.0
    """Above 0 every pattern that matches counts once, up to this many points in all."""
    proves: bool = False
    """True when this shows the scenario and is no mere symptom."""


class Step(Entry, frozen=True, kw_only=True):
    """One thing to do, who can do it, and what it does to the running instance."""

    id: str
    text: str
    who: Who
    effect: Effect = "safe"
    snippets: tuple[str, ...] = ()
    versions: str = ""
    """Only for these versions, such as `>=16.0`; also kept, and marked, when none is known."""
    needs: tuple[str, ...] = ()
    """Only when these values were found in the ticket."""
    lacks: tuple[str, ...] = ()
    """Only when these values were not found."""
    causes: tuple[str, ...] = ()
    """Only when one of these causes was seen, or one of the signals fired."""
    signals: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()
    """Only when the product said one of these: ids of product_strings.toml."""
    unless_strings: tuple[str, ...] = ()
    unless_told: bool = False
    """Not when the product's answer is known; see `Told`."""
    full_only: bool = False
    """Left to the full runbook."""


class Question(Entry, frozen=True, kw_only=True):
    """What to ask when something is missing; the first whose condition holds is asked."""

    id: str
    text: str
    unless_values: tuple[str, ...] = ()
    """Not asked when one of these values is known."""
    unless_causes: tuple[str, ...] = ()
    """Not asked when one of these causes was seen."""
    unless_signals: tuple[str, ...] = ()
    """Not asked when one of these signals fired."""
    blocks: bool = False
    """True when nothing may be advised before it is answered."""


class Branch(Entry, frozen=True, kw_only=True):
    """One way through a scenario, with what it overrides."""

    id: str
    headline: str
    next: str
    wish: Literal["yes", "no", "unknown"]
    steps: tuple[Step, ...] = ()
    questions: tuple[Question, ...] = ()
    reply: Mapping[str, Reply] = {}
    refute: str = ""


class Scenario(Entry, frozen=True, kw_only=True):
    """Everything the bot knows about one kind of ticket."""

    id: str
    name: str
    """For people: the option of the drop-down in Zendesk."""
    headline: str
    """The verdict in words, at most 70 characters."""
    next: str
    """The next step in words, at most 100 characters."""
    layer: Layer | None = None
    silent: bool = False
    probe: bool = False
    """Our own look at the portal helps here."""
    likely: float = 3.0
    certain: float = 8.0
    signals: tuple[Signal, ...]
    vetoes: tuple[Signal, ...] = ()
    """When one fires the scenario is out; its weight is of no account."""
    branches: tuple[Branch, ...] = ()
    told: Told | None = None
    steps: tuple[Step, ...] = ()
    questions: tuple[Question, ...] = ()
    reply: Mapping[str, Reply] = {}
    confirm: str
    """What would confirm it, said where it is only an alternative."""
    refute: str
    """The cheapest check that would show it wrong."""
    wait: str
    """Can it wait until morning, or what to ask to know."""


class Hole(Entry, frozen=True, kw_only=True):
    """A place in a snippet that a value of the ticket fills."""

    kind: HoleKind
    ask: str
    """Stands visibly in the snippet while the value is unknown."""


class SnippetHead(Entry, frozen=True, kw_only=True):
    """The front matter of a snippet file."""

    title: str
    language: Literal["sh", "ruby", "graphql", "text", "powershell"] = "text"
    holes: Mapping[str, Hole] = {}
    versions: str = ""
    """Only for these product versions, such as `<16.0`."""


class Snippet(msgspec.Struct, frozen=True, kw_only=True):
    """Text to copy: the head, and a Jinja2 body with `[[ ]]`."""

    id: str
    head: SnippetHead
    body: str


class Finding(Entry, frozen=True, kw_only=True):
    """A cause, or a trap of the product, in words: what was seen, and what to do about it."""

    says: str
    do: str = ""
    match: tuple[str, ...] = ()
    """For traps: all of these patterns must occur in the ticket."""
    without: tuple[str, ...] = ()
    """For traps: none of these may occur."""
    causes: tuple[str, ...] = ()
    """For traps: one of these causes must have been seen."""
    scenarios: tuple[str, ...] = ()
    """For traps: only in these scenarios; none named means in all."""
    instead_of: tuple[str, ...] = ()
    """For traps: what these product strings would say is said here."""
    since: str = ""
    """For product strings: the first version that means this by its words."""
    until: str = ""
    """For product strings: the first version that does so no more."""


class Commands(Entry, frozen=True, kw_only=True):
    """How product commands are called with one install type."""

    rails: str
    runner: str
    rake: str
    reconfigure: str
    restart: str
    openssl: str
    certificates: str
    environment: str
    logs: str


class Tie(Entry, frozen=True, kw_only=True):
    """Two scenarios both fit: which one wins, and when."""

    prefer: str
    over: str
    signals: tuple[str, ...] = ()
    """One of these signals of the preferred scenario must have fired."""
    margin: float = 99.0
    """How many points the other may be ahead."""


class Policy(Entry, frozen=True, kw_only=True):
    """Should this customer be on cloud licensing? Facts of the policy, as sentences."""

    default_since: str
    default: str
    exemption: str
    by_version: str
    no_tick: str
    missing: tuple[str, ...]


class Place(Entry, frozen=True, kw_only=True):
    """A link, with `[[ ]]` holes for the portal and the ids."""

    title: str
    url: str


class RunbookFile(Entry, frozen=True, kw_only=True):
    """runbook.toml."""

    portal: str
    company: str
    product: str
    vendor_names: tuple[str, ...]
    paths: Mapping[str, str]
    links: Mapping[str, Place]
    installs: Mapping[Install, Commands]
    commands: Mapping[str, str]
    speak: SpeakRules
    scenarios: tuple[str, ...]
    ties: tuple[Tie, ...] = ()
    clashes: tuple[Clash, ...] = ()
    policy: Policy
    sub_types: Mapping[str, str] = {}
    note: Mapping[str, str]
    """The fixed words of a note."""
    fallback: str = "needs_info"
    quoted_weight: float = 0.5
    forwarded_weight: float = 0.9
    agent_weight: float = 0.4
    older_weight: float = 0.6
    corroborate: float = 2.5
    """Points ahead of the second scenario that `certain` asks for."""
    clear_of_others: float = 0.5
    """Share of its own points by which `certain` must be ahead of the second scenario."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Runbook:
    """The whole runbook, checked. Compared by identity: one is loaded, then used for long."""

    head: RunbookFile
    scenarios: Mapping[str, Scenario]
    snippets: Mapping[str, Snippet]
    findings: Mapping[str, Finding]
    words: Mapping[str, Words]
    traps: Mapping[str, Finding] = field(default_factory=dict)
    product_strings: tuple[ProductString, ...] = ()
    meanings: Mapping[str, Finding] = field(default_factory=dict)
    """What stands behind a product string, by its id."""
    guarded: GuardedRules = field(default_factory=GuardedRules)
    orders: Mapping[str, str] = field(default_factory=dict)
    """The words of what agents order by macro apart from the verdict."""

    @property
    def speak(self) -> SpeakRules:
        """The numbers of DESIGN 4.6."""
        return self.head.speak

    @property
    def commands(self) -> Mapping[str, str]:
        """Command tag to command name."""
        return self.head.commands
