"""Changes JSON as JSON and text line by line, which no change of single bytes does."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any, Final

Mutator = Callable[[bytes, random.Random], bytes]
_ODD: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1.5, 1e308, 10**30, "", " ", "0", "\u0000", "\u200b", "\ud83d",
    "{{ticket.id}}", "{% if 1 %}", "<script>", "[session 1]", "%22%3D", "&quot;", "\\u0022",
    "glpat-" + "aB3" * 7, "activationCode=" + "aB3" * 8, "a@b.example", "2026-11-24T12:00:00Z",
    [], {}, [[]], {"name": "x", "value": "y"}, {"errors": ["x"]}, [None], "https://[::1", "=?",
)  # fmt: skip
_WORDS: Final = (
    b"\r\n", b"\n\n", b"> ", b"&gt; ", b"=3D", b"$ ", b": ", b"10.0.0.1", b"::1", b"443", b"-1",
    b"99999999999999999999", b"\xe2\x80\x8b", b"\x1b[0m", b"`", b"{{", b"|", b";;", b"=", b"%0A",
    b"https://customers.example_company.com/", b"http_proxy=", b"HTTP/1.1 ", b"(28) ", b"'", b'"',
)  # fmt: skip
_DEEPEST: Final = 40
Place = tuple[Any, Any]


def mutate_json(data: bytes, rng: random.Random) -> bytes:
    """Return the JSON with a few of its values changed; what is no JSON is changed as text."""
    try:
        top = [json.loads(data)]
    except (ValueError, RecursionError):
        return mutate_lines(data, rng)
    for _ in range(rng.randint(1, 4)):
        places = list(_places(top))
        _change(*rng.choice(places), rng.choice(places), rng)
    try:
        return json.dumps(top[0], ensure_ascii=rng.random() < 0.5).encode("utf-8", "replace")  # noqa: PLR2004
    except (ValueError, RecursionError):
        return data


def _places(value: Any, depth: int = 0) -> Iterator[Place]:
    """Yield every value's holder and key."""
    if depth > _DEEPEST:
        return
    keys = range(len(value)) if isinstance(value, list) else list(value)
    for key in keys:
        yield value, key
        if isinstance(value[key], list | dict):
            yield from _places(value[key], depth + 1)


def _change(holder: Any, key: Any, other: Place, rng: random.Random) -> None:
    chosen, taken = rng.random(), other[0][other[1]]
    if chosen < 0.3:  # noqa: PLR2004 - shares of the kinds of change
        holder[key] = copy.deepcopy(rng.choice(_ODD))
    elif chosen < 0.5:  # noqa: PLR2004
        holder[key] = json.loads(json.dumps(taken))
    elif chosen < 0.6:  # noqa: PLR2004
        holder[key] = json.dumps(taken)
    elif chosen < 0.8 and isinstance(holder[key], str):  # noqa: PLR2004
        holder[key] = mutate_lines(holder[key].encode("utf-8", "replace"), rng).decode(
            "utf-8", "replace"
        )
    elif isinstance(holder, dict):
        holder[str(rng.choice((other[1], "errors", "text", "__proto__", "")))] = holder.pop(key)
    else:
        holder.insert(key, json.loads(json.dumps(taken)))


def mutate_lines(data: bytes, rng: random.Random) -> bytes:
    """Return the text with lines moved, doubled, taken out or cut, and telling words put in."""
    lines = data.split(b"\n")
    for _ in range(rng.randint(1, 4)):
        here, there = rng.randrange(len(lines)), rng.randrange(len(lines))
        place = rng.randint(0, len(lines[here]))
        match rng.randrange(5):
            case 0:
                lines.insert(here, lines[there])
            case 1:
                lines[here], lines[there] = lines[there], lines[here]
            case 2 if len(lines) > 1:
                del lines[here]
            case 3:
                lines[here] = lines[here][:place]
            case _:
                lines[here] = lines[here][:place] + rng.choice(_WORDS) + lines[here][place:]
    return b"\n".join(lines)


def mutate_second_part(cut: bytes) -> Mutator:
    """Return a mutator for what stands before this cut as text, and behind it as JSON."""

    def mutate(data: bytes, rng: random.Random) -> bytes:
        head, _, body = data.partition(cut)
        if rng.random() < 0.3:  # noqa: PLR2004 - mostly the body
            return mutate_lines(head, rng) + cut + body
        return head + cut + mutate_json(body, rng)

    return mutate


#: By target; the others are text.
MUTATORS: Final[dict[str, Mutator]] = {
    "har": mutate_json,
    "ticket": mutate_json,
    "trigger": mutate_json,
    "intake": mutate_second_part(b"\n\n"),
    "jwt": mutate_second_part(b"\n"),
}
