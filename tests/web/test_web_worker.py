"""How long the web's threads wait for a client that sends slowly."""

import pytest

from bot.web.worker import HURRIED_SECONDS, REQUEST_SECONDS, patience_for


@pytest.mark.parametrize("busy", [1, 15])
def test_a_slow_client_has_ten_seconds_while_threads_are_free(busy: int) -> None:
    assert patience_for(busy, threads=16) == REQUEST_SECONDS == 10.0


def test_a_crowd_of_slow_clients_keeps_a_delivery_waiting_for_a_second_only() -> None:
    assert patience_for(16, threads=16) == HURRIED_SECONDS == 1.0
    assert patience_for(16, threads=16, seconds=0.5) == 0.5
