"""One write of a run, as the journal gives it back."""

from collections.abc import Mapping
from typing import Protocol


class Kept(Protocol):
    """What `undo` wants to know of it."""

    @property
    def deed(self) -> str:
        """``created``, ``changed`` or ``deleted``."""

    @property
    def kind(self) -> str: ...  # noqa: D102

    @property
    def key(self) -> str: ...  # noqa: D102

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def object_id(self) -> str | None: ...  # noqa: D102

    @property
    def before(self) -> Mapping[str, object] | None: ...  # noqa: D102

    @property
    def after(self) -> Mapping[str, object] | None: ...  # noqa: D102
