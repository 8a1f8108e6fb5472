"""Which ticket field is which in the runbook's words, as manifests/zendesk/fields.toml says."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parents[1]
#: In a wheel the manifests travel inside the package; in a clone they stand beside it.
_FOLDERS: Final = (_PACKAGE / "_data" / "manifests", _PACKAGE.parent / "manifests")


@cache
def keys_by_title() -> Mapping[str, str]:
    """The runbook's key by the field's title; empty when there is no manifest."""
    for folder in _FOLDERS:
        path = folder / "zendesk" / "fields.toml"
        if path.is_file():
            with path.open("rb") as file:
                tables = tomllib.load(file).get("field", {})
            return {str(table["title"]): key for key, table in tables.items()}
    return {}
