"""The package of the sidebar app: the same bytes every time, and nothing in it by accident."""

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.app_zip import read_package
from bot.zendesk.app_package import AppError, AppPackage, pack, read_app
from tests.zendesk.app_folder import app_files, write_app

URL = "https://bot.example.com"


def packed(folder: Path, url: str = URL) -> AppPackage:
    return pack(read_app(folder), url)


def inside(package: AppPackage) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package.data)) as found:
        return {name: found.read(name) for name in found.namelist()}


def manifest_in(package: AppPackage) -> dict[str, Any]:
    return dict(json.loads(inside(package)["manifest.json"]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path / "app", app_files())


def test_the_same_files_make_the_same_bytes_in_any_order_and_at_any_time(tmp_path: Path) -> None:
    files = app_files()
    one = write_app(tmp_path / "one", files)
    other = write_app(tmp_path / "other", dict(reversed(files.items())))
    for path in other.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700)

    assert packed(one).data == packed(other).data


def test_names_are_sorted_and_every_date_is_the_same(folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(packed(folder).data)) as found:
        entries = found.infolist()

    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}


def test_what_does_not_belong_into_an_app_stays_outside(folder: Path) -> None:
    extra = {
        "zcli.apps.config.json": b'{"parameters": {"shared_secret": "in clear"}}',
        ".zcliignore": b"x",
        "README.md": b"x",
        "package.json": b"{}",
        "assets/.DS_Store": b"x",
        "assets/README.md": b"x",
        "assets/app.js.map": b"x",
        "tests/test_app.js": b"x",
        "assets/tests/x.js": b"x",
        "tmp/app.zip": b"PK\x03\x04",
    }
    write_app(folder, extra)

    app = read_app(folder)

    assert set(app.left_out) == set(extra)
    assert set(inside(pack(app, URL))) == set(app_files())


def test_the_host_of_public_url_is_written_into_the_manifest(folder: Path) -> None:
    package = packed(folder, "https://licensing.acme.example:8443")

    assert manifest_in(package)["domainWhitelist"] == ["licensing.acme.example"]


def test_the_version_tells_what_the_package_holds(folder: Path) -> None:
    before = packed(folder)
    (folder / "assets/app.js").write_bytes(b"'use strict'; let changed;")
    after = packed(folder)

    assert before.version.startswith("1.2.0+")
    assert manifest_in(before)["version"] == before.version
    assert before.version != after.version
    assert packed(folder, "https://other.example.com").version != after.version


def test_the_parameters_are_told_apart(folder: Path) -> None:
    package = packed(folder)

    assert package.parameters == ("backend", "shared_secret")
    assert package.secure == ("shared_secret",)


def test_zendesks_own_check_as_the_sandbox_knows_it_agrees(folder: Path) -> None:
    manifest, files = read_package(packed(folder).data)

    assert manifest["name"] == "Licensing"
    assert set(files) == set(app_files())


def test_a_bad_app_is_not_packed_and_every_problem_is_told(tmp_path: Path) -> None:
    folder = write_app(tmp_path, app_files({"assets/logo.png": None}, frameworkVersion="2.1"))

    with pytest.raises(AppError) as error:
        packed(folder)

    assert "frameworkVersion" in str(error.value)
    assert "assets/logo.png" in str(error.value)


def test_a_manifest_that_is_no_json_is_told(tmp_path: Path) -> None:
    folder = write_app(tmp_path, app_files({"manifest.json": b"{"}))

    with pytest.raises(AppError, match=r"manifest\.json: is not JSON"):
        packed(folder)


def test_a_secret_in_a_file_is_not_packed(folder: Path) -> None:
    (folder / "assets/app.js").write_bytes(b"const key = 'k7-very-secret-value';")

    with pytest.raises(AppError, match=r"assets/app\.js: holds a secret"):
        pack(read_app(folder), URL, ("k7-very-secret-value",))


def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.js").write_bytes(b"x")
    (folder / "assets/link.js").symlink_to(tmp_path / "outside.js")

    with pytest.raises(AppError, match=r"assets/link\.js: is a link"):
        read_app(folder)


@pytest.mark.parametrize("url", ["", "bot.example.com"])
def test_without_a_public_url_nothing_is_packed(url: str, folder: Path) -> None:
    with pytest.raises(AppError, match="PUBLIC_URL"):
        packed(folder, url)


def test_a_folder_without_a_manifest_is_no_app(tmp_path: Path) -> None:
    with pytest.raises(AppError, match=r"holds no manifest\.json"):
        read_app(tmp_path)


def test_the_package_shows_no_bytes_in_a_log(folder: Path) -> None:
    assert "data" not in repr(packed(folder))
