"""How well does the runbook recognise? Labels against verdicts, as plain figures."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.evidence.observation import Confidence


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled ticket and what the runbook said about it."""

    id: str
    expected: str
    also_ok: frozenset[str]
    said: str
    confidence: Confidence
    expected_branch: str | None = None
    said_branch: str | None = None

    @property
    def is_right(self) -> bool:
        """Is it the label, or one that a second expert would accept?"""
        return self.said == self.expected or self.said in self.also_ok


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label: how many tickets it has, and how they were met."""

    label: str
    tickets: int
    precision: float | None
    """Share of the verdicts with this label that were right; None without any."""
    recall: float | None
    """Share of the tickets of this label that were recognised; None without any."""
    taken_for: Mapping[str, int]
    """The wrong verdicts on its tickets."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures over a set of labelled tickets."""

    tickets: int
    strict: int
    """Exactly the label."""
    lenient: int
    """The label or an accepted alternative."""
    branches: int
    branches_right: int
    labels: tuple[LabelScore, ...]
    calibration: Mapping[Confidence, tuple[int, int]]
    """Confidence → verdicts, right ones."""
    wrong: tuple[Judged, ...]


def evaluate(judged: Sequence[Judged]) -> Evaluation:
    """Count. An accepted alternative counts as the label itself in the table of labels."""
    pairs = Counter((one.expected, one.expected if one.is_right else one.said) for one in judged)
    branched = [one for one in judged if one.expected_branch is not None]
    confidences: tuple[Confidence, ...] = ("certain", "likely", "unclear")
    return Evaluation(
        tickets=len(judged),
        strict=sum(one.said == one.expected for one in judged),
        lenient=sum(one.is_right for one in judged),
        branches=len(branched),
        branches_right=sum(one.said_branch == one.expected_branch for one in branched),
        labels=tuple(_score(label, pairs) for label in sorted({a for pair in pairs for a in pair})),
        calibration={
            level: (
                sum(one.confidence == level for one in judged),
                sum(one.confidence == level and one.is_right for one in judged),
            )
            for level in confidences
        },
        wrong=tuple(one for one in judged if not one.is_right),
    )


def _score(label: str, pairs: Mapping[tuple[str, str], int]) -> LabelScore:
    right = pairs.get((label, label), 0)
    tickets = sum(number for (expected, _), number in pairs.items() if expected == label)
    verdicts = sum(number for (_, said), number in pairs.items() if said == label)
    return LabelScore(
        label=label,
        tickets=tickets,
        precision=right / verdicts if verdicts else None,
        recall=right / tickets if tickets else None,
        taken_for={
            said: number
            for (expected, said), number in pairs.items()
            if expected == label and said != label
        },
    )
