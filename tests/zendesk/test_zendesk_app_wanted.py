"""How the app is to be installed: app.toml, the package's parameters and our settings as one."""

from pathlib import Path

import pytest

from bot.zendesk.app_package import AppError, pack, read_app
from bot.zendesk.app_wanted import AppTable, read_app_table, wanted_app
from tests.zendesk.app_account import SECRET, TABLE, URL
from tests.zendesk.app_folder import app_files, write_app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_app(tmp_path / "app", app_files())


def test_a_secret_must_be_there_and_long_enough(folder: Path) -> None:
    package = pack(read_app(folder), URL)

    with pytest.raises(AppError, match="SIDEBAR_SECRETS is not set"):
        wanted_app(TABLE, package, URL, ())
    with pytest.raises(AppError, match="at least 32"):
        wanted_app(TABLE, package, URL, ("short",))


def test_settings_and_parameters_must_fit(folder: Path) -> None:
    package = pack(read_app(folder), URL)
    table = AppTable(title="L", settings={"backend": "@publik_url", "hue": "blue"})

    with pytest.raises(AppError) as error:
        wanted_app(table, package, URL, (SECRET,))

    assert "app.settings.hue: the app has no such parameter" in str(error.value)
    assert "app.settings.shared_secret: is missing" in str(error.value)
    assert "@publik_url is not known" in str(error.value)


def test_a_secret_in_a_setting_that_everybody_reads_is_refused(folder: Path) -> None:
    package = pack(read_app(folder), URL)
    settings = {"backend": "@sidebar_secret", "shared_secret": "@sidebar_secret"}

    with pytest.raises(AppError, match="backend: the parameter is not secure"):
        wanted_app(AppTable(title="L", settings=settings), package, URL, (SECRET,))


def test_a_later_file_stands_in_for_an_earlier_one(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.toml").write_text(f'[app]\ntitle = "{name}"\n[app.settings]\n')

    assert read_app_table([tmp_path / "a", tmp_path / "b"]).title == "b"
    with pytest.raises(AppError, match="is missing"):
        read_app_table([tmp_path])


def test_a_misspelt_key_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "app.toml").write_text('[app]\ntitel = "x"\n')

    with pytest.raises(AppError, match="titel"):
        read_app_table([tmp_path])
