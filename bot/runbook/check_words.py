"""Can every pattern be compiled, and does every hole have a value?"""

from collections.abc import Iterator, Sequence

from jinja2 import TemplateError, meta

from bot.runbook.book import LANGUAGES, Runbook, Words
from bot.runbook.snippet import FRAME, TICKET_HOLES, template
from bot.runbook.versions import RangeError, in_range
from bot.runbook.words import PatternError, compile_words


def check_patterns(book: Runbook, where: str, words: Words) -> Iterator[str]:
    """Yield every pattern that cannot be used."""
    for key in ("any", *LANGUAGES, "unless"):
        for place, pattern in enumerate(getattr(words, key)):
            try:
                compile_words(Words(any=(pattern,)), book.words)
            except PatternError as error:
                yield f"{where}: {key}[{place}]: {error}"


def check_holes(where: str, text: str, own: Sequence[str] = ()) -> Iterator[str]:
    """Yield every hole that nothing fills."""
    try:
        source = template(text).environment.parse(text)
    except TemplateError as error:
        yield f"{where}: {error}"
        return
    allowed = {*FRAME, *TICKET_HOLES, *own}
    for name in sorted(meta.find_undeclared_variables(source) - allowed):
        yield f"{where}: [[ {name} ]] has no value; allowed: {', '.join(sorted(allowed))}"


def check_range(where: str, versions: str) -> Iterator[str]:
    """Yield a range of versions that cannot be read."""
    try:
        in_range(versions, ())
    except RangeError as error:
        yield f"{where}: versions: {error}"
