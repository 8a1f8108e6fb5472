"""A support ticket as the runbook sees it: values only, whatever it was read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

Author = Literal["customer", "agent", "bot"]

#: The fields of a ticket that the runbook knows (DESIGN 4.9); `scenario` is the agents' drop-down.
FIELD_KEYS: Final = (
    "plan", "version", "instance_url", "license_id", "customer_id", "subscription_name",
    "customersdot_url", "should_be_on_cloud_licensing", "scenario", "sub_type",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a comment, as Zendesk describes it; name and type are claims, never trusted."""

    id: int
    file_name: str
    content_url: str
    content_type: str = ""
    size: int = 0
    """Bytes."""
    malware: bool = False
    """Zendesk's scan found malware in it, and nobody allowed it all the same."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One message of the conversation."""

    author: Author
    body: str
    id: int | None = None
    public: bool = True
    created_at: datetime | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket. `comments` are oldest first and leave out the description."""

    id: str
    subject: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    """By our own keys (`FIELD_KEYS`), never by Zendesk's ids; empty values are left out."""
    comments: tuple[Comment, ...] = ()
    status: str = "new"
    """``new open pending hold solved closed``, lower case."""
    created_at: datetime | None = None
    updated_stamp: str = ""
    """`updated_at` exactly as Zendesk wrote it: the stamp for `safe_update`."""
    description_id: int | None = None
    """Comment id of the description, when it was read."""
    description_author: Author = "customer"
    description_attachments: tuple[Attachment, ...] = ()
    """Files that came with the first message, when comments were read."""
    comment_count: int | None = None
    """Comments in all, the description included; None when it was not said."""
    group_id: int | None = None
    form_id: int | None = None
    brand_id: int | None = None
    requester_id: int | None = None
    requester_locale: str = ""
    shared: bool = False
    """Shared with another Zendesk account: internal notes would leave the house."""
    raw_fields: Mapping[int, str] = field(default_factory=dict)
    """Every custom field by Zendesk's id, for writing tags without losing option tags."""

    @property
    def newest_comment_id(self) -> int | None:
        """Id of the newest comment that was read; the description's when there is no other."""
        ids = [comment.id for comment in self.comments if comment.id is not None]
        return max(ids, default=self.description_id)


def storable(text: str) -> str:
    r"""Return the text without NUL and without half a surrogate pair, which nothing can hold.

    JSON may bring both: `\u0000`, and the `\ud83d` of an emoji that was cut.
    """
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
