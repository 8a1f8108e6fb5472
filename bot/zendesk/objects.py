"""What our Zendesk must contain, as the tables of manifests/zendesk name it."""

from typing import Final, Literal

import msgspec

#: A reference to another object, by name: `@bot`, `@commands`, `field:scenario`.
BOT: Final = "@bot"
COMMANDS: Final = "@commands"


class ManifestError(Exception):
    """A file of manifests/zendesk is wrong; the message names the file and the key."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of a file: a key that is not known is an error, not a silence."""


class Client(Entry, frozen=True):
    """An OAuth client that a person makes in Admin Center, and what it must be allowed."""

    purpose: str
    user: str
    """Whom it acts as."""
    scopes: tuple[str, ...]
    without: dict[str, str] = {}
    """Scope → what the bot cannot do without it."""


class Category(Entry, frozen=True):
    """The trigger category that holds our triggers; having no description, its name is marked."""

    name: str


class Webhook(Entry, frozen=True):
    """Where Zendesk sends what our triggers say."""

    name: str
    path: str
    """Appended to PUBLIC_URL."""
    purpose: str


class Condition(Entry, frozen=True):
    """One condition of a trigger or a view, in Zendesk's words."""

    field: str
    """A field of Zendesk, or `field:<key>` for one of ours."""
    operator: str = ""
    value: str = ""
    optional: bool = False
    """Left out where this account's trigger definitions do not offer it."""


class Trigger(Entry, frozen=True):
    """When Zendesk tells us about a ticket."""

    title: str
    purpose: str
    event: Literal["created", "replied", "field_changed", "command"]
    attachments: Literal["yes", "no"]
    all: tuple[Condition, ...]
    any: tuple[Condition, ...] = ()
    add_tags: tuple[str, ...] = ()
    """Tags that the trigger sets itself, so that a later one knows."""


class Option(Entry, frozen=True):
    """One choice of a drop-down."""

    value: str
    """Ours; the tag in Zendesk is `cl_<field key>_<value>`."""
    name: str


class Field(Entry, frozen=True):
    """A ticket field. Zendesk fixes its type for ever."""

    title: str
    purpose: str
    """Agents see it beside the field."""
    type: Literal["tagger", "text"]
    options: tuple[Option, ...] = ()
    options_from: Literal["", "scenarios"] = ""
    """`scenarios`: one option for each scenario of manifests/runbook."""


class Form(Entry, frozen=True):
    """A ticket form of the account, not ours, that our fields are added to."""

    name: str = ""
    """As agents see it; empty: the account's default form."""
    fields: tuple[str, ...] = ()
    """Keys of our fields; empty: all of them."""


class Macro(Entry, frozen=True):
    """What an agent picks: it asks something of the bot by a tag, or drafts a comment."""

    title: str
    """`A::B` puts it into the folder A."""
    purpose: str
    tag: str = ""
    command: bool = True
    """Does the tag fire the command trigger?"""
    comment: str = ""
    """Markdown of a draft, which the agent reads and sends; `[[ ]]` is filled by `provision`."""
    public: bool = False
    """Does the draft go to the customer, or is it an internal note?"""


class View(Entry, frozen=True):
    """A list of tickets for agents."""

    title: str
    purpose: str
    all: tuple[Condition, ...]
    columns: tuple[str, ...]
    """Zendesk's names of columns, or `field:<key>`; at most ten."""
    any: tuple[Condition, ...] = ()
    sort_by: str = "created"
    sort_order: Literal["asc", "desc"] = "desc"
    group_by: str = ""
    group_order: Literal["asc", "desc"] = "asc"


class File(Entry, frozen=True):
    """One file; every table in it is optional."""

    body: str = ""
    category: Category | None = None
    client: dict[str, Client] = {}
    webhook: dict[str, Webhook] = {}
    trigger: dict[str, Trigger] = {}
    field: dict[str, Field] = {}
    form: dict[str, Form] = {}
    macro: dict[str, Macro] = {}
    view: dict[str, View] = {}


class ZendeskObjects(Entry, frozen=True):
    """Everything that the files want, by our own keys, in the order of the files."""

    body: str
    """The triggers' body; `[[event]]` and `[[attachments]]` are ours, `{{…}}` is Zendesk's."""
    category: Category
    webhooks: dict[str, Webhook]
    triggers: dict[str, Trigger]
    fields: dict[str, Field]
    macros: dict[str, Macro]
    views: dict[str, View] = {}
    forms: dict[str, Form] = {}
    clients: dict[str, Client] = {}

    @property
    def command_tags(self) -> tuple[str, ...]:
        """The tags whose arrival is a command."""
        return tuple(m.tag for m in self.macros.values() if m.command and m.tag)

    def body_of(self, trigger: Trigger) -> str:
        """The body that this trigger sends."""
        return self.body.replace("[[event]]", trigger.event).replace(
            "[[attachments]]", trigger.attachments
        )
