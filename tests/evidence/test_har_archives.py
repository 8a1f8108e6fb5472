"""Archives that were damaged on their way are refused in words, or read as far as they go."""

import io
import zipfile
from pathlib import Path

import pytest

from bot.evidence.har.analysis import analyse
from bot.evidence.har.source import UnreadableError, text_pieces
from tests.evidence.har_scenarios import wrapped

HAR = '{"log":{"version":"1.2","entries":[' + ",".join(['{"request":{"url":"https://h"}}'] * 40)


def packed(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("a.har", HAR + "]}}")
    return out.getvalue()


def zip_that_lost_its_beginning() -> bytes:
    """Its table says that members begin further back than the file goes; scripts/fuzz found it."""
    whole = wrapped(HAR, "zip")
    return whole[:4] + whole[60:]


def test_a_zip_that_lost_bytes_in_the_middle_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(zip_that_lost_its_beginning())

    with pytest.raises(UnreadableError, match="damaged"):
        analyse(io.BytesIO(file.read_bytes()))
    with file.open("rb") as opened, pytest.raises(UnreadableError, match="damaged"):
        analyse(opened)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_byte_that_changed_in_an_archive_never_raises_anything_else(method: int) -> None:
    whole = packed(method)

    for place in range(4, len(whole)):
        damaged = whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
        try:
            read = "".join(text_pieces(io.BytesIO(damaged)))
        except UnreadableError:
            continue
        assert len(read) < 1_000_000
