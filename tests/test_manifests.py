"""The manifests are checked completely at start: every mistake names its file and key."""

from pathlib import Path

import pytest

from bot.manifest_file import ManifestError, manifests_folder
from bot.manifests import load_manifests

SNIPPETS = manifests_folder() / "runbook" / "snippets"
SCENARIOS = manifests_folder() / "runbook" / "scenarios"


def _overlay(folder: Path, name: str, text: str) -> Path:
    path = folder / "runbook" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return folder


def _problems(folder: Path) -> str:
    with pytest.raises(ManifestError) as caught:
        load_manifests(folder)
    return str(caught.value)


def _edited(folder: Path, name: str, old: str, new: str) -> str:
    text = (manifests_folder() / "runbook" / name).read_text("utf-8")
    assert old in text
    return _problems(_overlay(folder, name, text.replace(old, new, 1)))


def test_the_built_in_manifests_hold_together() -> None:
    found = load_manifests()

    assert len(found.runbook.scenarios) == 14
    assert len(found.revision) == 8


def test_the_revision_is_the_same_for_the_same_contents_and_another_for_others(
    tmp_path: Path,
) -> None:
    text = (SNIPPETS / "ping_addresses.md").read_text("utf-8")
    same = _overlay(tmp_path / "same", "snippets/ping_addresses.md", text)
    other = _overlay(tmp_path / "other", "snippets/ping_addresses.md", text + "# more\n")

    assert load_manifests(same).revision == load_manifests().revision
    assert load_manifests(other).revision != load_manifests().revision


def test_an_overlay_replaces_a_snippet_by_its_id(tmp_path: Path) -> None:
    text = (SNIPPETS / "ping_addresses.md").read_text("utf-8")
    folder = _overlay(tmp_path, "snippets/ping_addresses.md", text + "# ours\n")

    assert load_manifests(folder).runbook.snippets["ping_addresses"].body.endswith("# ours")


def test_broken_toml_is_named_with_its_line(tmp_path: Path) -> None:
    text = _problems(_overlay(tmp_path, "scenarios/proxy.toml", "id = \n"))

    assert "scenarios/proxy.toml" in text
    assert "line 1" in text


def test_an_unknown_key_says_what_is_allowed_and_which_was_meant(tmp_path: Path) -> None:
    text = _edited(tmp_path, "scenarios/proxy.toml", "headline =", "headlin =")

    assert "scenarios/proxy.toml: headlin is not a known key (did you mean headline?)" in text
    assert "allowed: id, name, headline, next" in text


def test_an_unknown_key_in_a_signal_names_the_signal(tmp_path: Path) -> None:
    text = _edited(
        tmp_path, "scenarios/proxy.toml", 'id = "proxy_error"\nweight', 'id = "proxy_error"\nwieght'
    )

    assert "signals[proxy_error].wieght is not a known key (did you mean weight?)" in text


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    _overlay(tmp_path, "scenarios/proxy.toml", "id = \n")
    text = _problems(_overlay(tmp_path, "snippets/no_proxy.md", "no head\n"))

    assert "scenarios/proxy.toml" in text
    assert "snippets/no_proxy.md: begins with +++" in text


def test_a_missing_snippet_is_named(tmp_path: Path) -> None:
    text = _edited(tmp_path, "scenarios/proxy.toml", '["proxy_check"]', '["proxy_chek"]')

    assert "step see_environment: snippets: there is no snippets/proxy_chek.md" in text
    assert "snippets/proxy_check.md: no step offers it" in text


def test_a_hole_without_a_value_is_named(tmp_path: Path) -> None:
    text = _edited(tmp_path, "snippets/curl_head.md", "[[ portal_url ]]", "[[ portl_url ]]")

    assert "snippets/curl_head.md: [[ portl_url ]] has no value; allowed:" in text


def test_two_scenarios_with_one_id_are_refused(tmp_path: Path) -> None:
    text = (SCENARIOS / "proxy.toml").read_text("utf-8")
    problems = _problems(_overlay(tmp_path, "scenarios/proxy_again.toml", text))

    assert "scenarios/proxy_again.toml: id 'proxy' is already that of" in problems


def test_a_bad_pattern_is_named(tmp_path: Path) -> None:
    text = _edited(tmp_path, "scenarios/proxy.toml", "'\\b407\\b', 'proxy auth'", "'(407'")

    assert "signal proxy_error: any[0]: '(407'" in text


def test_an_idea_that_is_not_in_words_toml_is_named(tmp_path: Path) -> None:
    text = _edited(tmp_path, "scenarios/proxy.toml", "'@no_proxy_here'", "'@no_proxy_her'")

    assert "@no_proxy_her is not in words.toml" in text


def test_a_scenario_without_sentences_is_refused(tmp_path: Path) -> None:
    text = _edited(tmp_path, "scenarios/proxy.toml", "wait = ", 'wait = ""\n#')

    assert "scenarios/proxy.toml: wait is empty" in text


def test_a_headline_that_pushes_the_next_step_out_of_sight_is_refused(tmp_path: Path) -> None:
    text = _edited(tmp_path, "scenarios/proxy.toml", 'headline = "', 'headline = "' + "very " * 20)

    assert "proxy: headline and next take more than 120 characters" in text


def test_a_snippet_that_switches_verification_off_is_refused(tmp_path: Path) -> None:
    text = _edited(tmp_path, "snippets/curl_head.md", "curl -sSI -m 20", "curl -k -sSI -m 20")

    assert "snippets/curl_head.md: 'curl -k' is never offered" in text


def test_the_switch_steps_never_lose_their_warning(tmp_path: Path) -> None:
    text = _edited(tmp_path, "snippets/switch_subscription.md", "DO NOT tick", "Tick")

    assert "*DO NOT tick the `Cloud Licensing` checkbox* is lost" in text


def test_a_removal_without_its_guard_is_refused(tmp_path: Path) -> None:
    text = _edited(
        tmp_path, "snippets/license_destroy.md", "elsif !rows.first.cloud_license?", "elsif false"
    )

    assert "snippets/license_destroy.md: removes a license without looking at its kind" in text


def test_the_readmes_scenario_can_be_added_as_it_stands(tmp_path: Path) -> None:
    text = (manifests_folder() / "runbook" / "README.md").read_text("utf-8")
    example = text.split("```toml\n", 1)[1].split("```", 1)[0]
    frame = (manifests_folder() / "runbook" / "runbook.toml").read_text("utf-8")
    _overlay(tmp_path, "scenarios/license_clock.toml", example)
    _overlay(
        tmp_path,
        "runbook.toml",
        frame.replace('"needs_info",\n]', '"needs_info", "license_clock",\n]'),
    )

    found = load_manifests(tmp_path).runbook.scenarios["license_clock"]

    assert found.steps[0].snippets == ("clock_check",)


def test_an_overlay_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    assert "is not a folder" in _problems(tmp_path / "nowhere")
