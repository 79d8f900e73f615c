"""Ports: a free one is found, a taken one is named, and nobody outside is let in."""

import socket

import pytest

from assist.serve import address, bind
from kb.errors import HomeError, UsageError


def test_the_next_free_port_is_taken_when_none_is_asked_for() -> None:
    with bind("127.0.0.1", None) as first, bind("127.0.0.1", None) as second:
        assert address(first) != address(second)
        assert address(first).startswith("http://127.0.0.1:")


def test_a_taken_port_is_named_in_chinese_with_what_to_do() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(HomeError) as caught:
            bind("127.0.0.1", port)
    assert str(port) in caught.value.hint
    assert "已被占用" in caught.value.hint


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.test"])
def test_an_address_others_could_reach_is_refused_while_there_are_no_accounts(host: str) -> None:
    with pytest.raises(UsageError):
        bind(host, None)
