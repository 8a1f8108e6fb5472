"""Which version of the product does a ticket name?"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bot.runbook.passages import Passage

_VERSION: Final = (
    re.compile(
        r"(?:version|versión|バージョン|release|gitlab(?:[ -]?[ce]e)?"
        r"|example[ _]company(?:[ _-]?[ce]e)?"
        r"|instance|instanz)[\s:=v(]{0,4}(?:is |ist |est |es |は)?v?"
        r"(\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)"
        r"(?:-[ce]e)?(?![\d.]\d|\d)"
    ),
    re.compile(
        r"(?:\bon|running|using|to|from|auf|von|mit|sur|avec|en"
        r"|con)\s+v?(\d{2}\.\d{1,2}(?:\.\d{1,2})?)"
        r"(?:-[ce]e)?(?![\d.]\d|\d)(?!\s*(?:mb|gb|ms|%|eur|usd))"
    ),
    re.compile(r"(?<![\d./:])v?(1[0-9]\.\d{1,2}\.\d{1,2})(?:-[ce]e)(?![\d.]\d|\d)"),
    re.compile(r"(?<![\d./:])v(1[0-9]\.\d{1,2}(?:\.\d{1,2})?)(?![\d.]\d|\d)"),
    # Three parts and no other program's name before them, or an answer that is nothing else;
    # the last part stays below 20, where the years of German dates begin.
    re.compile(
        r"(?<!ubuntu )(?<!macos )(?<!ios )(?<!postgres )(?<!postgresql )(?<!chrome )(?<!firefox )"
        r"(?<!debian )(?<!node )(?<!docker )(?<!safari )(?<!suse )(?<![\w./:@-])"
        r"(1[3-9]\.(?:\d|1[01])\.1?\d)(?:-[ce]e)?(?![\w./-]*[\w/])"
    ),
    re.compile(r"^[ \t]*(1[3-9]\.(?:\d|1[01])(?:\.1?\d)?)(?:-[ce]e)?[ \t]*$", re.MULTILINE),
)
_UPGRADED: Final = (
    re.compile(
        r"(?:upgraded|updated|is now|now (?:on|at|running)|aktualisiert|(?:mise?|passée?) à jour"
        r"|actualiz(?:ad[oa]|amos)|subimos)\b[^.\n]{0,20}? (?:to|on|at|auf|vers|à|a|en)? ?"
        r"v?(1\d\.\d{1,2}(?:\.\d{1,2})?)(?![\d.]\d|\d)"
    ),
    re.compile(
        r"(?:auf|to|を?)\s?v?(1\d\.\d{1,2}(?:\.\d{1,2})?)\s?(?:gehoben|aktualisiert|angehoben"
        r"|hochgezogen|gebracht|にアップ(?:グレード|デート)し|に更新し)"
    ),
)


def find_versions(passage: Passage) -> Iterable[str]:
    """Return the product's versions that a passage names, the last one first."""
    for match in sorted(
        (m for pattern in _VERSION for m in pattern.finditer(passage.plain)),
        key=lambda m: m.start(),
        reverse=True,
    ):
        major = int(match.group(1).split(".")[0])
        if 8 <= major <= 24:  # noqa: PLR2004  majors that exist or soon will; not curl's, not a date's
            yield match.group(1)


def upgraded_to(newest_first: Sequence[Passage]) -> str | None:
    """Return the version that the customer says to run since an upgrade: the field is stale."""
    for passage in newest_first:
        for pattern in _UPGRADED:
            if match := pattern.search(passage.plain):
                return match.group(1)
    return None
