"""What our Zendesk must contain, as the files in manifests/zendesk say it; checked completely."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

#: The keys of a trigger's body (DESIGN 4.8); ids and enumerations only, because Zendesk promises
#: no JSON escaping of placeholders.
BODY_KEYS: Final = (
    "ticket_id", "event", "attachments", "updated_at", "actor_id", "ticket_url",
)  # fmt: skip
SAFE_PLACEHOLDERS: Final = frozenset(
    {"ticket.id", "ticket.link", "ticket.updated_at_with_timestamp", "current_user.id"}
)
#: A reference to another object, by name: `@bot`, `@commands`, `field:scenario`.
BOT: Final = "@bot"
COMMANDS: Final = "@commands"
_PLACEHOLDER: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]*")
_TAG: Final = re.compile(r"[a-z0-9_-]+")


class ManifestError(Exception):
    """A file of manifests/zendesk is wrong; the message names the file and the key."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of a file: a key that is not known is an error, not a silence."""


class Category(Entry, frozen=True):
    """The trigger category that holds our triggers; it has no description, its name is its mark."""

    name: str


class Webhook(Entry, frozen=True):
    """Where Zendesk sends what our triggers say."""

    name: str
    path: str
    """Appended to PUBLIC_URL."""
    purpose: str


class Condition(Entry, frozen=True):
    """One condition of a trigger, in Zendesk's words."""

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


class Macro(Entry, frozen=True):
    """What an agent picks to ask something of the bot: it adds a tag."""

    title: str
    """`A::B` puts it into the folder A."""
    purpose: str
    tag: str
    command: bool = True
    """Does the tag fire the command trigger?"""


class File(Entry, frozen=True):
    """One file; every table in it is optional."""

    body: str = ""
    category: Category | None = None
    webhook: dict[str, Webhook] = {}
    trigger: dict[str, Trigger] = {}
    field: dict[str, Field] = {}
    macro: dict[str, Macro] = {}


class ZendeskObjects(Entry, frozen=True):
    """Everything that the files want, by our own keys, in the order of the files."""

    body: str
    """The triggers' body; `[[event]]` and `[[attachments]]` are ours, `{{…}}` is Zendesk's."""
    category: Category
    webhooks: dict[str, Webhook]
    triggers: dict[str, Trigger]
    fields: dict[str, Field]
    macros: dict[str, Macro]

    @property
    def command_tags(self) -> tuple[str, ...]:
        """The tags whose arrival is a command."""
        return tuple(macro.tag for macro in self.macros.values() if macro.command)

    def body_of(self, trigger: Trigger) -> str:
        """The body that this trigger sends."""
        return self.body.replace("[[event]]", trigger.event).replace(
            "[[attachments]]", trigger.attachments
        )


def read_objects(folders: Sequence[Path]) -> ZendeskObjects:
    """Read every `*.toml` of the folders; a later folder replaces objects by key.

    Raises `ManifestError` with one line for everything that is wrong.
    """
    problems: list[str] = []
    merged = _Merged()
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            try:
                merged.add(path.name, msgspec.convert(tomllib.loads(path.read_text("utf-8")), File))
            except (msgspec.ValidationError, ValueError) as error:
                problems.append(f"{path.name}: {error}")
    if not problems:
        problems += merged.problems()
    if problems:
        raise ManifestError("\n".join(problems))
    return merged.objects()


class _Merged:
    """The tables of all files, and which file each came from."""

    def __init__(self) -> None:
        self.body = ""
        self.category: Category | None = None
        self.tables: dict[str, dict[str, Any]] = {
            "webhook": {}, "trigger": {}, "field": {}, "macro": {},
        }  # fmt: skip
        self.places: dict[tuple[str, str], str] = {}

    def add(self, name: str, file: File) -> None:
        self.body = file.body or self.body
        self.category = file.category or self.category
        for kind, table in self.tables.items():
            found: Mapping[str, Any] = getattr(file, kind)
            table.update(found)
            self.places.update({(kind, key): name for key in found})

    def objects(self) -> ZendeskObjects:
        assert self.category is not None  # noqa: S101  problems() was empty
        return ZendeskObjects(
            body=self.body,
            category=self.category,
            webhooks=self.tables["webhook"],
            triggers=self.tables["trigger"],
            fields=self.tables["field"],
            macros=self.tables["macro"],
        )

    def problems(self) -> list[str]:
        """Say everything that is wrong between the tables."""
        found = _body_problems(self.body)
        if self.category is None:
            found.append("triggers.toml: [category] is missing")
        if len(self.tables["webhook"]) != 1:
            found.append("webhook.toml: exactly one [webhook.<key>] is wanted")
        for (kind, key), place in self.places.items():
            where = f"{place}: {kind}.{key}"
            if not _KEY.fullmatch(key):
                found.append(f"{where}: a key is lower-case letters, digits and _")
            found += [f"{where}: {words}" for words in self._wrong(kind, self.tables[kind][key])]
        return found + self._twice()

    def _wrong(self, kind: str, item: Any) -> list[str]:
        match kind:
            case "trigger":
                return self._wrong_trigger(item)
            case "field":
                return _wrong_field(item)
            case "macro":
                return [] if _TAG.fullmatch(item.tag) else [f"tag {item.tag!r} is not a tag"]
            case _:
                return [] if item.path.startswith("/") else ["path must begin with /"]

    def _wrong_trigger(self, trigger: Trigger) -> list[str]:
        wanted = ("role", "is_not", BOT)
        ours = [(item.field, item.operator, item.value) for item in trigger.all]
        found = [] if wanted in ours else [f"all must hold {wanted}: our own writes never fire"]
        for condition in (*trigger.all, *trigger.any):
            name = condition.field.removeprefix("field:")
            if condition.field.startswith("field:") and name not in self.tables["field"]:
                found.append(f"field:{name} is not a [field.{name}]")
        return found

    def _twice(self) -> list[str]:
        titles = [item.title for kind in ("trigger", "field", "macro")
                  for item in self.tables[kind].values()]  # fmt: skip
        tags = [macro.tag for macro in self.tables["macro"].values()]
        return [
            f"{text!r} is used twice"
            for text in sorted({text for text in titles + tags if (titles + tags).count(text) > 1})
        ]


def _wrong_field(field: Field) -> list[str]:
    chosen = bool(field.options) or bool(field.options_from)
    if (field.type == "tagger") != chosen:
        return ["a tagger, and only a tagger, needs options or options_from"]
    return []


def _body_problems(body: str) -> list[str]:
    rendered = body.replace("[[event]]", "created").replace("[[attachments]]", "no")
    try:
        found = json.loads(_PLACEHOLDER.sub("1", rendered))
    except ValueError as error:
        return [f"triggers.toml: body is not JSON: {error}"]
    if not isinstance(found, dict) or tuple(found) != BODY_KEYS:
        return [f"triggers.toml: body must have the keys {', '.join(BODY_KEYS)}"]
    unsafe = sorted(set(_PLACEHOLDER.findall(rendered)) - SAFE_PLACEHOLDERS)
    return [f"triggers.toml: body: {{{{{name}}}}} may hold free text" for name in unsafe]
