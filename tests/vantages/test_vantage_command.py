"""`licensing-bot probe --vantage globalping`: off until a place is named, the portal only."""

import pytest
from click.testing import CliRunner

from bot.cli.probe import probe


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--vantage", "globalping"], "Globalping is off: name a place, as in globalping:DE"),
        (["https://gitlab.acme.com/", "--vantage", "globalping:DE"], "the portal only"),
    ],
)
def test_a_look_from_elsewhere_that_is_not_made_says_why(
    words: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GLOBALPING_FROM", raising=False)
    done = CliRunner().invoke(probe, words)

    assert done.exit_code == 2
    assert said in done.output
