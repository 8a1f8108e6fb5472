"""One HAR with what has to be read from it, what must not survive in it, and what must."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.evidence.har_calls import Call, Json, Session, flow
from tests.evidence.har_dialects import chrome, text

Writer = Callable[[list[Call], Session], Json]


@dataclass(frozen=True, slots=True)
class Case:
    """A file and its truth; words are separated by blanks where several are right."""

    name: str
    data: bytes
    session: Session
    outcome: str
    cause: str
    said: tuple[str, ...] = ()
    """Parts of the error strings that must be told, in their order; none: nothing may be told."""
    attempts: str = "1"
    status: int | None = 200
    keep: tuple[str, ...] = ("git.globex.example",)
    """What the safe copy still has to say."""


def case(
    name: str, writer: Writer, make: Callable[[Session], list[Call]], outcome: str, cause: str,
    *said: str, pack: Callable[[str], bytes] = str.encode, whole: bool = False, **more: object,
) -> Case:  # fmt: skip
    """Write the calls that `make` returns; `whole` says that it returns all of the recording."""
    session = Session(name)
    calls = make(session) if whole else flow(session, *make(session))
    data = pack(text(writer(calls, session)))
    return Case(name, data, session, outcome, cause, said, **more)  # type: ignore[arg-type]  # the keywords are Case's own fields


def chrome_case(
    name: str, make: Callable[[Session], list[Call]], outcome: str, cause: str, *said: str,
    **more: object,
) -> Case:  # fmt: skip
    """A case whose point is what was said, not who wrote it down: recorded by Chrome."""
    return case(name, chrome, make, outcome, cause, *said, **more)  # type: ignore[arg-type]  # as above
