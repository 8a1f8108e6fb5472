"""The zip as it is uploaded: what Zendesk's validator refuses or warns of, looked for in it."""

import io
import json
import re
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bot.zendesk.app_package import pack, read_app

APP = Path(__file__).parents[3] / "manifests" / "app"
#: A word, then what a value is set by: the validator takes what follows for the value.
ASSIGNED = re.compile(r"(?i)(?:token|password|(?:app|api|master|consumer|private)[-_]key) ?[:\"=-]")


@pytest.fixture(scope="module")
def package() -> zipfile.ZipFile:
    packed = pack(read_app(APP), "https://bot.acme.example")
    return zipfile.ZipFile(io.BytesIO(packed.data))


def manifest_of(package: zipfile.ZipFile) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(package.read("manifest.json"))
    return found


def test_the_zip_holds_plain_files_at_their_places_and_nothing_else(
    package: zipfile.ZipFile,
) -> None:
    names = package.namelist()

    assert "manifest.json" in names
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"manifest\.json|(assets|translations)/[\w/.-]+", it) for it in names)
    assert not any(part.startswith(".") for name in names for part in name.split("/"))
    assert all(stat.S_ISREG(one.external_attr >> 16) for one in package.infolist())
    assert not {"requirements.json", "app.js", "app.css"} & set(names)
    assert not any(name.endswith((".svg", ".hdbs", ".sh")) for name in names)


def test_no_file_looks_as_if_it_gave_a_token_or_password_away(package: zipfile.ZipFile) -> None:
    texts = [name for name in package.namelist() if not name.endswith(".png")]
    found = {name: ASSIGNED.findall(package.read(name).decode()) for name in texts}

    assert {name: hits for name, hits in found.items() if hits} == {}


def test_the_packaged_manifest_names_its_own_page_host_and_language(
    package: zipfile.ZipFile,
) -> None:
    manifest = manifest_of(package)

    assert manifest["domainWhitelist"] == ["bot.acme.example"]
    assert manifest["location"]["support"]["ticket_sidebar"]["url"] in package.namelist()
    assert f"translations/{manifest['defaultLocale']}.json" in package.namelist()
    assert not {"noTemplate", "oauth", "experiments", "requirementsOnly"} & manifest.keys()


def test_every_setting_the_app_asks_the_proxy_for_is_a_parameter(package: zipfile.ZipFile) -> None:
    script = package.read("assets/app.js").decode()
    known = {one["name"] for one in manifest_of(package)["parameters"]}

    assert set(re.findall(r"\{\{setting\.(\w+)\}\}", script)) == {"shared_secret"}
    assert known == {"backend", "shared_secret"}
