"""Reads manifests/zendesk, completely and first of all; errors name file and key."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from bot.zendesk.macro_text import macro_text_problems
from bot.zendesk.objects import (
    BOT,
    Category,
    Field,
    File,
    Form,
    Macro,
    ManifestError,
    Trigger,
    View,
    ZendeskObjects,
)

#: The keys of a trigger's body (DESIGN 4.8); ids and enumerations only, because Zendesk promises
#: no JSON escaping of placeholders.
BODY_KEYS: Final = (
    "ticket_id", "event", "attachments", "updated_at", "actor_id", "ticket_url",
)  # fmt: skip
SAFE_PLACEHOLDERS: Final = frozenset(
    {"ticket.id", "ticket.link", "ticket.updated_at_with_timestamp", "current_user.id"}
)
#: Zendesk shows no more in a view.
MOST_COLUMNS: Final = 10
#: A view without one of these is refused by Zendesk.
_VIEW_NEEDS: Final = frozenset({"status", "type", "group_id", "assignee_id", "requester_id"})
_PLACEHOLDER: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]*")
_TAG: Final = re.compile(r"[a-z0-9_-]+")
#: Read by `bot.zendesk.app_wanted`: an app is no object of these tables.
_APP_FILE: Final = "app.toml"
_TABLES: Final = ("client", "webhook", "trigger", "field", "form", "macro", "view")


def read_objects(folders: Sequence[Path]) -> ZendeskObjects:
    """Read every `*.toml` of the folders; a later folder replaces objects by key.

    Raises `ManifestError` with one line for everything that is wrong.
    """
    problems: list[str] = []
    merged = _Merged()
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            if path.name == _APP_FILE:
                continue
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
        self.tables: dict[str, dict[str, Any]] = {name: {} for name in _TABLES}
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
            **{f"{kind}s": table for kind, table in self.tables.items()},
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
            case "form":
                return self._wrong_form(item)
            case "macro":
                return _wrong_macro(item)
            case "view":
                return self._wrong_view(item)
            case "webhook":
                return [] if item.path.startswith("/") else ["path must begin with /"]
            case _:
                return []

    def _wrong_trigger(self, trigger: Trigger) -> list[str]:
        wanted = ("role", "is_not", BOT)
        ours = [(item.field, item.operator, item.value) for item in trigger.all]
        found = [] if wanted in ours else [f"all must hold {wanted}: our own writes never fire"]
        return found + self._strange([item.field for item in (*trigger.all, *trigger.any)])

    def _wrong_view(self, view: View) -> list[str]:
        found = self._strange([item.field for item in (*view.all, *view.any)] + [*view.columns])
        if not _VIEW_NEEDS & {item.field for item in view.all}:
            found.append(f"Zendesk wants one of {', '.join(sorted(_VIEW_NEEDS))} in `all`")
        if not 0 < len(view.columns) <= MOST_COLUMNS:
            found.append(f"a view shows 1 to {MOST_COLUMNS} columns")
        return found

    def _wrong_form(self, form: Form) -> list[str]:
        return self._strange([f"field:{key}" for key in form.fields])

    def _strange(self, names: Sequence[str]) -> list[str]:
        fields = [name.removeprefix("field:") for name in names if name.startswith("field:")]
        return [
            f"field:{name} is not a [field.{name}]"
            for name in fields
            if name not in self.tables["field"]
        ]

    def _twice(self) -> list[str]:
        titles = [item.title for kind in ("trigger", "field", "macro", "view")
                  for item in self.tables[kind].values()]  # fmt: skip
        tags = [macro.tag for macro in self.tables["macro"].values() if macro.tag]
        return [
            f"{text!r} is used twice"
            for text in sorted({text for text in titles + tags if (titles + tags).count(text) > 1})
        ]


def _wrong_macro(macro: Macro) -> list[str]:
    found = macro_text_problems(macro.comment)
    if macro.tag and not _TAG.fullmatch(macro.tag):
        found.append(f"tag {macro.tag!r} is not a tag")
    if not macro.tag and not macro.comment:
        found.append("a macro needs a tag or a comment")
    if macro.command and not macro.tag:
        found.append("a macro without a tag needs `command = false`")
    if macro.public and not macro.comment:
        found.append("`public` is said of a comment, and there is none")
    return found


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
