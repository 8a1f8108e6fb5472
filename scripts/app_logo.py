"""Draws the sidebar app's logo: a cloud with a check mark, from circles and lines alone."""

import struct
import zlib
from collections.abc import Iterator
from math import hypot

GROUND = (3, 97, 112)
PAPER = (255, 255, 255)
LEVELS = 3
#: The cloud, in parts of the picture: a pill (middle, half of its size), and a puff on it.
PILL = ((0.5, 0.575), (0.32, 0.14))
PUFF = (0.47, 0.455, 0.2)
CHECK = ((0.39, 0.56), (0.465, 0.635), (0.6, 0.465))
STROKE = 0.032
CORNER = 0.18


def logo(size: int) -> bytes:
    """Return the logo as PNG, `size` pixels square."""
    rows = b"".join(b"\0" + bytes(_row(size, y)) for y in range(size))
    head = struct.pack(">IIBBBBB", size, size, 8, 3, 0, 0, 0)
    colours = [GROUND] * LEVELS + [_mixed(level / (LEVELS - 1)) for level in range(LEVELS)]
    alphas = bytes(round(255 * level / (LEVELS - 1)) for level in range(LEVELS))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", head),
            (b"PLTE", b"".join(bytes(colour) for colour in colours)),
            (b"tRNS", alphas),
            (b"IDAT", zlib.compress(rows, 9)),
            (b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _mixed(part: float) -> tuple[int, ...]:
    return tuple(
        round(ground + (paper - ground) * part) for ground, paper in zip(GROUND, PAPER, strict=True)
    )


def _row(size: int, y: int) -> Iterator[int]:
    for x in range(size):
        across, down = (x + 0.5) / size, (y + 0.5) / size
        ground = _cover(_box(across, down, (0.5, 0.5), (0.5, 0.5), CORNER), size)
        if ground < 1:
            yield round(ground * (LEVELS - 1))
            continue
        paper = _cover(_cloud(across, down), size) * (1 - _cover(_check(across, down), size))
        yield LEVELS + round(paper * (LEVELS - 1))


def _cover(distance: float, size: int) -> float:
    """How much of a pixel lies inside, from its distance to the edge."""
    return min(1.0, max(0.0, 0.5 - distance * size))


def _box(
    x: float, y: float, centre: tuple[float, float], half: tuple[float, float], corner: float
) -> float:
    across = abs(x - centre[0]) - half[0] + corner
    down = abs(y - centre[1]) - half[1] + corner
    outside = hypot(max(across, 0), max(down, 0))
    return outside + min(max(across, down), 0) - corner


def _cloud(x: float, y: float) -> float:
    across, down, radius = PUFF
    middle, half = PILL
    return min(hypot(x - across, y - down) - radius, _box(x, y, middle, half, half[1]))


def _check(x: float, y: float) -> float:
    (first, middle, last) = CHECK
    return min(_line(x, y, first, middle), _line(x, y, middle, last)) - STROKE


def _line(x: float, y: float, start: tuple[float, float], end: tuple[float, float]) -> float:
    across, down = end[0] - start[0], end[1] - start[1]
    part = ((x - start[0]) * across + (y - start[1]) * down) / (across**2 + down**2)
    part = min(1.0, max(0.0, part))
    return hypot(x - start[0] - part * across, y - start[1] - part * down)
