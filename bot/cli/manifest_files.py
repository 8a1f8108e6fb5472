"""The manifests, or the end of the command with every problem in them."""

from pathlib import Path

from bot.cli.session import Refused
from bot.manifest_file import ManifestError
from bot.manifests import Manifests, load_manifests


def checked_manifests(overlay: Path | None) -> Manifests:
    """Return the manifests; a broken file ends the command, so that it stops a deploy."""
    try:
        return load_manifests(overlay)
    except ManifestError as error:
        raise Refused(str(error)) from error
