"""What a check of `doctor` found."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `doctor`."""

    verdict: Verdict
    what: str
    says: str
    remedy: str = ""


def ok(what: str, says: str) -> Finding:
    """All is well."""
    return Finding("ok", what, says)


def warn(what: str, says: str, remedy: str) -> Finding:
    """It works, and something should be done."""
    return Finding("warn", what, says, remedy)


def fail(what: str, says: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding("fail", what, says, remedy)
