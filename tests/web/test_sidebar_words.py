"""The sidebar's words in the agent's language: by id, only for what an answer names."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli.manifests import check
from bot.evidence.observation import CAUSES
from bot.manifest_file import ManifestError
from bot.manifests import load_manifests
from bot.runbook.tongues import best_of
from bot.store.database import Database
from bot.tongues import load_tongues
from bot.web.sidebar_words import tongues_of, with_words
from tests.web.sidebar_desk import SidebarDesk

ANSWER: dict[str, object] = {
    "verdict": {"scenario": "tls_failure", "name": "TLS"},
    "posted": {"code": "nothing_new"},
    "evidence": [{"cause": "tls_inspection"}, {"cause": "of_tomorrow"}],
    "probes": {"runs": [{"looks": [{"cause": "ok", "rows": [{"cause": "tcp_ok"}]}]}]},
    "scenarios": [{"id": "proxy", "name": "Proxy"}],
    "corrections": [{"scenario": "proxy", "said": "dns_failure"}],
}


def overlay(folder: Path, text: str, name: str = "de") -> Path:
    path = folder / "runbook" / "languages" / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return folder


def words(answer: Any) -> Any:
    return answer.get("words")


def test_german_has_a_word_for_everything_the_bot_names() -> None:
    found = load_manifests()
    german = found.tongues["de"]

    assert german.causes.keys() == CAUSES.keys()
    assert german.scenarios.keys() == found.runbook.scenarios.keys()


def test_an_answer_brings_the_words_of_its_own_ids_only() -> None:
    found = words(with_words(ANSWER, load_tongues(), "de-AT"))

    assert found["locale"] == "de"
    assert found["cause"].keys() == {"ok", "tcp_ok", "tls_inspection"}
    assert found["cause"]["tls_inspection"] == "TLS-Inspektion"
    assert found["scenario"].keys() == {"dns_failure", "proxy", "tls_failure"}
    assert found["silent"] == {"nothing_new": "die letzte Notiz sagt es schon"}


@pytest.mark.parametrize("locale", ["", "en", "xx", "../de", "d" * 5_000, "de\n", "de;x", "ẞ"])
def test_a_language_that_is_none_of_ours_changes_nothing(locale: str) -> None:
    known = load_tongues()

    assert with_words(ANSWER, {"de": known["de"]}, locale.rstrip("\n") + "\0") is ANSWER
    assert best_of(["pt-BR"], "pt") == ""
    assert best_of(["pt-BR", "de"], "PT_br") == "pt-BR"


def test_an_overlay_changes_single_words_and_brings_languages(tmp_path: Path) -> None:
    overlay(tmp_path, '[causes]\ntls_expired = "abgelaufen!"\n')
    found = load_tongues(overlay(tmp_path, '[causes]\nok = "bon"\n', "fr"))

    assert found["de"].causes["tls_expired"] == "abgelaufen!"
    assert found["de"].causes["tls_inspection"] == "TLS-Inspektion"
    assert found["fr"].causes == {"ok": "bon"}


def test_a_wrong_id_is_named_and_a_missing_one_is_a_warning(tmp_path: Path) -> None:
    wrong = overlay(tmp_path / "a", '[causes]\ntls_inspektion = "x"\n[scenarios]\nproxy = " "\n')
    with pytest.raises(ManifestError) as caught:
        load_manifests(wrong)
    told = CliRunner().invoke(check, [str(overlay(tmp_path / "b", "", "fr"))])

    assert caught.value.problems == (
        "languages/de.toml: scenarios.proxy is empty: leave the line out for English",
        "languages/de.toml: causes.tls_inspektion is no cause (did you mean tls_inspection?)",
    )
    assert told.exit_code == 0
    assert "warning: languages/fr.toml: causes.ok is missing: shown in English" in told.output


def test_a_broken_language_costs_its_words_and_never_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="bot.web.sidebar_words"):
        assert tongues_of(overlay(tmp_path, "[causes\n")) == {}

    assert "manifests check" in caplog.text


def test_a_ticket_is_told_in_the_language_that_is_asked_for(database: Database) -> None:
    desk = SidebarDesk(database)
    desk.decide()
    english, german = desk.call(), desk.call(path="?locale=de")
    again = desk.call(path="?locale=de", headers={"If-None-Match": german.headers["ETag"]})
    polled = desk.call(path="/probes?locale=de")

    assert "words" not in english.get_json()
    assert german.headers["ETag"] != english.headers["ETag"]
    assert again.status_code == 304
    assert german.get_json()["words"]["cause"]["tls_inspection"] == "TLS-Inspektion"
    assert len(json.dumps(german.get_json()["words"])) < 2_000
    assert polled.get_json()["words"]["locale"] == "de"
