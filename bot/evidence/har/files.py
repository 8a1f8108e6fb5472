"""All that was sent: one HAR, or those of a zip archive with the bodies beside them."""

import base64
from collections.abc import Iterator
from typing import IO, Final

from bot.evidence.har.node import Object, object_at, text_at
from bot.evidence.har.source import attached_body, har_names, text_pieces
from bot.evidence.har.stream import Entry, Field, HarStream, State

#: Playwright's recordHar keeps bodies as files of a zip, and their names here.
_ATTACHED: Final = "_file"


class HarFiles:
    """The fields of the first HAR and the entries of all; `state` is final after the last."""

    def __init__(self, file: IO[bytes]) -> None:
        """Take a seekable file; nothing is read before the iteration."""
        self._file = file
        self.state: State = "complete"

    def __iter__(self) -> Iterator[Field | Entry]:
        """Yield fields and entries in the order of the files, the largest first."""
        names = har_names(self._file)
        for number, name in enumerate(names or ("",)):
            stream = HarStream(text_pieces(self._file, member=name))
            yield from self._of(stream, fields=number == 0, alone=len(names) <= 1)
            if self.state == "complete":
                self.state = stream.state

    def _of(self, stream: HarStream, *, fields: bool, alone: bool) -> Iterator[Field | Entry]:
        """Of several files, fields after the entries would part the entries from each other."""
        for item in stream:
            if isinstance(item, Entry):
                self._put_bodies_in(item.value)
                fields = fields and alone
                yield item
            elif fields or item.key == "_salvaged":
                yield item

    def _put_bodies_in(self, entry: Object) -> None:
        for place in (
            object_at(entry, "request", "postData"),
            object_at(entry, "response", "content"),
        ):
            name = text_at(place, _ATTACHED)
            if name and not text_at(place, "text"):
                _put_in(place, attached_body(self._file, name))


def _put_in(place: Object, body: bytes | None) -> None:
    if body is None:
        return
    del place[_ATTACHED]
    try:
        place["text"] = body.decode("utf-8")
    except UnicodeDecodeError:
        place["text"], place["encoding"] = base64.b64encode(body).decode(), "base64"
