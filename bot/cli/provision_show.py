"""How a provisioning plan looks: signs, colours, old → new; plain text when piped."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Final, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from bot.zendesk.provision.account import account_kind
from bot.zendesk.provision.steps import Change, ProvisionPlan, Step, Verb

_SIGNS: Final[dict[Verb, tuple[str, str]]] = {
    "create": ("+", "green"),
    "change": ("~", "yellow"),
    "keep": (" ", "dim"),
    "remove": ("-", "red"),
    "release": ("<", "yellow"),
}
_WIDTH: Final = 160


class Report(Protocol):
    """Is told of every step that was done."""

    def __call__(self, step: Step) -> None:
        """Show it."""


def plan_json(planned: ProvisionPlan, url: str, **more: object) -> str:
    """Return the plan for machines."""
    account = asdict(account_kind(url))
    return json.dumps({"account": account, **asdict(planned), **more}, default=str)


def show_plan(planned: ProvisionPlan, url: str) -> None:
    """Print a plan for people, without the sum."""
    console = _console()
    kind = account_kind(url)
    console.print(Text(f"Account {planned.host}: {kind.kind} ({kind.how})", style="bold"))
    for step in planned.steps:
        _print(console, step)
    for line in planned.left_out:
        console.print(Text(f"  left out: {line}", style="yellow"))
    for line in planned.notices:
        console.print(Text(f"  note: {line}", style="yellow"))
    _show_foreign(console, planned)
    for problem in planned.problems:
        console.print(Text(f"  refused: {problem}", style="red"))


@contextmanager
def progress(total: int, what: str) -> Iterator[Report]:
    """Show each step as it is done: under a bar on a terminal, line by line in a pipe."""
    console = _console()
    bar = Progress(
        TextColumn(what), BarColumn(), MofNCompleteColumn(), console=console, transient=True,
        disable=not console.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task(what, total=total)

        def report(step: Step) -> None:
            if step.verb != "keep":
                _print(bar.console, step, details=False)
                bar.advance(task)

        yield report


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _show_foreign(console: Console, planned: ProvisionPlan) -> None:
    if not planned.foreign:
        return
    console.print(
        Text(
            "These rules of others fire on the bot's updates. They are not touched; add to each:",
            style="yellow",
        )
    )
    for rule in planned.foreign:
        console.print(Text(f"  {rule.kind} {rule.title!r} (id {rule.object_id}): {rule.why}"))
        console.print(Text(f"    {rule.where}", style="dim"))
        console.print(Text(f"    {json.dumps(dict(rule.add))}", style="dim"))


def _print(console: Console, step: Step, *, details: bool = True) -> None:
    sign, style = _SIGNS[step.verb]
    words = f"{sign} {step.kind} {step.name}"
    if step.adopted and step.kind != "form":
        words += " (adopted)"
    console.print(Text(words, style=style))
    for change in step.changes if details else ():
        for line in difference(change):
            console.print(Text(f"    {line}", style="dim"))


def difference(change: Change) -> list[str]:
    """Old → new in one line, or, of a list, only the elements that go and come."""
    old, new = _elements(change.old), _elements(change.new)
    if old is None or new is None:
        return [f"{change.key}: {_short(change.old)} → {_short(change.new)}"]
    gone = Counter(f"{change.key} - {_short(line)}" for line in _without(old, new))
    come = Counter(f"{change.key} + {_short(line)}" for line in _without(new, old))
    if not gone and not come and old != new and "\n" not in "".join(old):
        return [f"{change.key}: {_short(', '.join(old))} → {_short(', '.join(new))}"]
    lines = [*gone.items(), *come.items()]
    return [line + (f" ({times} times)" if times > 1 else "") for line, times in lines] or [
        f"{change.key}: other order or spelling"
    ]


def _without(lines: list[str], others: list[str]) -> list[str]:
    """Those that the others lack; the same words in another order, as of tags, are no other."""
    known = {frozenset(line.split()) for line in others}
    return [line for line in lines if frozenset(line.split()) not in known]


def _elements(value: object) -> list[str] | None:
    """Conditions, actions, options and ids, one line each."""
    if isinstance(value, list):
        return [_line(item) for item in value]
    if isinstance(value, dict) and value and all(isinstance(v, list) for v in value.values()):
        return [f"{key}: {_line(item)}" for key, listed in value.items() for item in listed]
    return None


def _line(item: object) -> str:
    if isinstance(item, dict):
        words = [item.get("field"), item.get("operator"), item.get("value")]
        if item.get("field") is not None:
            return " ".join(str(word) for word in words if word not in (None, ""))
        if item.get("name") is not None:
            return f"{item.get('name')} ({item.get('value')})"
    return item if isinstance(item, str) else json.dumps(item, default=str)


def _short(value: object) -> str:
    if value in (None, ""):
        return "nothing"
    words = value if isinstance(value, str) else json.dumps(value, default=str)
    words = " ".join(words.split())
    return words if len(words) <= _WIDTH else words[: _WIDTH - 1] + "…"
