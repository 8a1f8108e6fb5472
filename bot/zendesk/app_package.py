"""The sidebar app as the zip that Zendesk takes: no secrets in it, the same bytes every time."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from bot.zendesk.app_check import MANIFEST, app_problems
from bot.zendesk.app_check_parameters import secure_names

#: What goes into the package; everything else stays outside, whatever somebody put there.
_TOP: Final = frozenset({MANIFEST, "requirements.json"})
_FOLDERS: Final = ("assets", "translations")
#: zcli keeps the secure settings in the first of these, and packs it.
_NEVER: Final = frozenset({"zcli.apps.config.json", "tests", "test", "node_modules", "__pycache__"})
_NEVER_ENDS: Final = (".md", ".map", ".orig", ".bak", ".swp", "~")
_LARGEST_FILE: Final = 5 * 1024 * 1024
#: The oldest moment that a zip can name: what is the same has the same bytes.
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o100644 << 16


class AppError(Exception):
    """The app cannot be packed or installed; every line names a file and the way out."""


@dataclass(frozen=True, slots=True)
class AppFiles:
    """The files of an app folder that belong into its package."""

    files: Mapping[str, bytes] = field(repr=False)
    left_out: tuple[str, ...] = ()
    """Names of what lies in the folder and stays there."""


@dataclass(frozen=True, slots=True)
class AppPackage:
    """A package that is ready to be uploaded."""

    name: str
    version: str
    """The manifest's, and behind the plus sign what it holds: the account shows it."""
    digest: str
    data: bytes = field(repr=False)
    files: tuple[str, ...]
    parameters: tuple[str, ...]
    secure: tuple[str, ...]
    """Names of the parameters that Zendesk never shows again."""
    required: tuple[str, ...]


def read_app(folder: Path) -> AppFiles:
    """Read the files that belong into the package.

    Raises `AppError` for a folder that is none, a link, or a file beyond all reason.
    """
    if not (folder / MANIFEST).is_file():
        raise AppError(f"{folder}: holds no {MANIFEST}: an app folder is wanted")
    files: dict[str, bytes] = {}
    left_out: list[str] = []
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        name = path.relative_to(folder).as_posix()
        if not _belongs(name):
            left_out.append(name)
            continue
        if path.is_symlink() or not path.is_file():
            raise AppError(f"{name}: is a link or no plain file: put the file itself there")
        if path.stat().st_size > _LARGEST_FILE:
            raise AppError(f"{name}: is larger than {_LARGEST_FILE // 2**20} MB: make it smaller")
        files[name] = path.read_bytes()
    return AppFiles(files, tuple(left_out))


def pack(app: AppFiles, public_url: str, secrets: Sequence[str] = ()) -> AppPackage:
    """Check the files, write the host of `public_url` into the manifest, and zip them.

    The same files and host give the same bytes. Raises `AppError` with every problem.
    """
    host = urlsplit(public_url).hostname
    if not host:
        raise AppError("PUBLIC_URL is not set: the app may only talk to the host that it names")
    files = dict(app.files)
    manifest = _manifest_of(files)
    if manifest is not None:
        # `{{setting.…}}` is not proved to work here, so the host stands there in letters.
        manifest["domainWhitelist"] = [host]
        files[MANIFEST] = _as_json(manifest)
    problems = app_problems(files, secrets)
    if problems or manifest is None:
        raise AppError("\n".join(problems or (f"{MANIFEST}: is not a JSON object",)))
    digest = _digest_of(files)
    version = f"{str(manifest['version']).partition('+')[0]}+{digest[:12]}"
    files[MANIFEST] = _as_json({**manifest, "version": version})
    return AppPackage(
        name=str(manifest["name"]),
        version=version,
        digest=digest,
        data=_zip(files),
        files=tuple(sorted(files)),
        parameters=tuple(str(item["name"]) for item in manifest.get("parameters", [])),
        secure=secure_names(manifest),
        required=tuple(
            str(item["name"]) for item in manifest.get("parameters", []) if item.get("required")
        ),
    )


def _belongs(name: str) -> bool:
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") or part.lower() in _NEVER for part in parts)
    if hidden or name.lower().endswith(_NEVER_ENDS):
        return False
    return name in _TOP or (len(parts) > 1 and parts[0] in _FOLDERS)


def _manifest_of(files: Mapping[str, bytes]) -> dict[str, Any] | None:
    try:
        found = json.loads(files.get(MANIFEST, b""))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _as_json(manifest: Mapping[str, Any]) -> bytes:
    return (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()


def _digest_of(files: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name, data in sorted(files.items()):
        whole.update(f"{name}\0{len(data)}\0".encode())
        whole.update(data)
    return whole.hexdigest()


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.external_attr = _MODE
            entry.create_system = 3
            # Stored, not squeezed: another zlib would make other bytes of the same files.
            entry.compress_type = zipfile.ZIP_STORED
            packed.writestr(entry, data)
    return out.getvalue()
