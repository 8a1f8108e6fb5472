"""The files of manifests/zendesk are checked completely, and errors name file and key."""

import shutil
from pathlib import Path

import pytest

from bot.zendesk.object_files import read_objects
from bot.zendesk.objects import ManifestError

FOLDER = Path(__file__).parents[2] / "manifests" / "zendesk"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "zendesk"))


def test_the_files_of_this_project_are_right() -> None:
    files = read_objects([FOLDER])

    assert list(files.webhooks) == ["events"]
    assert list(files.triggers)[:2] == ["new_ticket_with_files", "new_ticket"]
    assert files.command_tags == (
        "cl_run_probes", "cl_reevaluate", "cl_full_runbook", "cl_send_check_script",
        "cl_probe_customer", "cl_safe_har",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("macros.toml", "[macro.run_probes]", "[macro.run_probes", "macros.toml: "),
        ("macros.toml", "purpose =", "porpose =", "unknown field `porpose`"),
        ("macros.toml", 'tag = "cl_run_probes"', 'tag = "cl run"', "is not a tag"),
        ("macros.toml", "cl_full_runbook", "cl_run_probes", "'cl_run_probes' is used twice"),
        ("fields.toml", 'type = "text"', 'type = "date"', "Invalid enum value 'date'"),
        ("fields.toml", 'options_from = "scenarios"', "", "needs options"),
        ("fields.toml", "[field.version]", "[field.Version]", "a key is lower-case"),
        ("triggers.toml", 'event = "replied"', 'event = "answered"', "Invalid enum value"),
        ("triggers.toml", 'is_not", value = "@bot"', 'is", value = "agent"', "our own writes"),
        ("triggers.toml", "field:version", "field:verison", "field:verison is not a"),
        ("triggers.toml", "{{ticket.link}}", "{{ticket.title}}", "may hold free text"),
        ("triggers.toml", '"actor_id":', '"actor":', "body must have the keys"),
        ("triggers.toml", '"{{ticket.link}}"}', '"{{ticket.link}}"', "body is not JSON"),
        ("triggers.toml", "[category]", "[catgory]", "unknown field `catgory`"),
        ("webhook.toml", 'path = "/zen', 'path = "zen', "path must begin with /"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(
    folder: Path, file: str, old: str, new: str, words: str
) -> None:
    path = folder / file
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")

    with pytest.raises(ManifestError) as caught:
        read_objects([folder])

    assert words in str(caught.value)
    assert file in str(caught.value) or "twice" in words


def test_a_later_folder_replaces_objects_by_key(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(
        '[macro.run_probes]\ntitle = "Portal prüfen"\npurpose = "x"\ntag = "cl_run_probes"\n'
        '[macro.more]\ntitle = "More"\npurpose = "x"\ntag = "cl_more"\n',
        "utf-8",
    )

    files = read_objects([FOLDER, tmp_path])

    assert files.macros["run_probes"].title == "Portal prüfen"
    assert list(files.macros)[-1] == "more"
    assert len(files.macros) == len(read_objects([FOLDER]).macros) + 1
