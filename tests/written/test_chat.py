"""The adapter and its gatekeeper over a real socket: every misbehaviour ends in a named fault, and in time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import pytest

from assist.chat import ChatFault, Endpoint, Fault, LangChainChat, Message
from assist.gatekeeper import Bounds, Gatekeeper
from tests.written.model_server import Script, serving, unreachable

ASK: Sequence[Message] = (("system", "照资料回答"), ("user", "移机费多少"))
PATIENCE = 60.0
SHORT = 0.6
"""Deadline for servers that never come to an end."""


def say(endpoint: Endpoint, within: float = PATIENCE) -> str:
    chat = LangChainChat(endpoint)
    chat.warm()
    try:
        return "".join(chat.stream(ASK, until=time.monotonic() + within))
    finally:
        chat.close()


def fault_of(endpoint: Endpoint, within: float = PATIENCE) -> ChatFault:
    with pytest.raises(ChatFault) as caught:
        say(endpoint, within)
    return caught.value


def test_gives_the_reply_piece_by_piece_and_sends_what_any_server_knows() -> None:
    script = Script(says=lambda _system, user: f"问的是：{user}。")
    with serving(script) as endpoint:
        chat = LangChainChat(endpoint)
        chat.warm()
        pieces = list(chat.stream(ASK, until=time.monotonic() + PATIENCE, max_tokens=77))
        chat.close()
    assert "".join(pieces) == "问的是：移机费多少。"
    assert len(pieces) > 1
    (asked,) = script.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == "Bearer sk-not-for-others"
    assert (asked.body["model"], asked.body["max_tokens"], asked.body["temperature"]) == ("脚本模型", 77, 0.0)
    assert asked.body["stream"] is True
    assert "max_completion_tokens" not in asked.body


@pytest.mark.parametrize(
    ("how", "fault", "within"),
    [
        ("key", Fault.KEY, PATIENCE),
        ("limited", Fault.LIMITED, PATIENCE),
        ("server_error", Fault.SERVER, PATIENCE),
        ("html", Fault.NOT_A_REPLY, PATIENCE),
        ("broken_json", Fault.NOT_A_REPLY, PATIENCE),
        ("empty", Fault.EMPTY, PATIENCE),
        ("nothing", Fault.NOT_A_REPLY, PATIENCE),
        ("cut", Fault.CUT, PATIENCE),
        ("cut_chunk", Fault.CUT, PATIENCE),
        ("endless", Fault.ENDLESS, PATIENCE),
        ("stalled_headers", Fault.TIMEOUT, SHORT),
        ("dripped_headers", Fault.TIMEOUT, SHORT),
        ("drip", Fault.TIMEOUT, SHORT),
        ("slow_text", Fault.TIMEOUT, SHORT),
    ],
)
def test_every_misbehaviour_is_told_by_its_name(how: str, fault: Fault, within: float) -> None:
    script = Script(says=lambda _system, _user: "移机费80元/次，同一小区内40元/次。[1]", fault=how)
    with serving(script) as endpoint:
        caught = fault_of(endpoint, within)
    assert caught.fault is fault
    assert len(script.asked) == 1
    assert "秘密" not in str(caught)


@pytest.mark.parametrize(
    ("how", "fault", "within"),
    [
        ("refused", Fault.UNREACHABLE, PATIENCE),
        ("no_host", Fault.UNKNOWN_HOST, PATIENCE),
        ("no_accept", Fault.TIMEOUT, SHORT),
    ],
)
def test_a_server_that_cannot_be_reached_is_told_by_its_name(how: str, fault: Fault, within: float) -> None:
    with unreachable(how) as endpoint:
        assert fault_of(endpoint, within).fault is fault


def test_says_how_long_a_server_wants_to_be_left_alone() -> None:
    with serving(Script(fault="limited")) as endpoint:
        assert fault_of(endpoint).retry_after == 7.0


def test_a_reply_no_longer_read_is_stopped_and_the_model_goes_on_serving() -> None:
    with serving(Script(says=lambda _system, _user: "好的。" * 200)) as endpoint:
        chat = LangChainChat(endpoint)
        chat.warm()
        reading = chat.stream(ASK, until=time.monotonic() + PATIENCE)
        next(reading)
        reading.close()  # type: ignore[attr-defined]
        assert "".join(chat.stream(ASK, until=time.monotonic() + PATIENCE)).startswith("好的")
        chat.close()


class Moody:
    """A model that fails as often as it is told to, and waits within a reply."""

    name = "喜怒无常"

    def __init__(self, *faults: ChatFault | None) -> None:
        self.faults = list(faults)
        self.calls = 0

    def stream(
        self, messages: Sequence[Message], *, until: float, temperature: float = 0.0, max_tokens: int = 400
    ) -> Iterator[str]:
        self.calls += 1
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        yield "好"
        yield "的"


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def ask(keeper: Gatekeeper) -> str | Fault:
    try:
        return "".join(keeper.stream(ASK, until=time.monotonic() + PATIENCE))
    except ChatFault as fault:
        return fault.fault


def test_a_model_that_fails_again_and_again_is_left_alone_then_tried_once() -> None:
    hands, down = Hands(), ChatFault(Fault.SERVER)
    model = Moody(down, down, down, down)
    keeper = Gatekeeper(model, Bounds(failures=3, rest=30), now=hands)
    assert [ask(keeper) for _ in range(5)] == [Fault.SERVER] * 3 + [Fault.RESTING] * 2
    hands.at += 31
    assert (ask(keeper), ask(keeper), model.calls) == (Fault.SERVER, Fault.RESTING, 4)
    hands.at += 31
    assert [ask(keeper), ask(keeper)] == ["好的", "好的"]


def test_one_failure_among_successes_begins_no_rest() -> None:
    down = ChatFault(Fault.TIMEOUT)
    keeper = Gatekeeper(Moody(down, down, None, down, down), Bounds(failures=3), now=Hands())
    assert [ask(keeper) for _ in range(6)] == [Fault.TIMEOUT] * 2 + ["好的"] + [Fault.TIMEOUT] * 2 + ["好的"]


def test_a_server_is_given_the_time_it_asks_for() -> None:
    hands = Hands()
    keeper = Gatekeeper(Moody(ChatFault(Fault.LIMITED, retry_after=12)), Bounds(failures=3), now=hands)
    assert [ask(keeper), ask(keeper)] == [Fault.LIMITED, Fault.RESTING]
    assert keeper.resting() == pytest.approx(12)
    hands.at += 12
    assert ask(keeper) == "好的"


def test_while_one_tries_after_a_rest_the_others_do_not() -> None:
    hands = Hands()
    keeper = Gatekeeper(Moody(ChatFault(Fault.SERVER)), Bounds(failures=1, rest=30), now=hands)
    ask(keeper)
    hands.at += 31
    trying = keeper.stream(ASK, until=time.monotonic() + PATIENCE)
    next(trying)
    assert ask(keeper) is Fault.RESTING
    assert list(trying) == ["的"]
    assert ask(keeper) == "好的"


def test_more_requests_than_the_queue_holds_are_turned_away_at_once() -> None:
    keeper = Gatekeeper(Moody(), Bounds(running=1, waiting=0), now=Hands())
    first = keeper.stream(ASK, until=time.monotonic() + PATIENCE)
    next(first)
    assert ask(keeper) is Fault.BUSY
    list(first)
    assert ask(keeper) == "好的"


def test_whoever_waits_in_line_gives_up_at_the_deadline() -> None:
    keeper = Gatekeeper(Moody(), Bounds(running=1, waiting=1), now=Hands())
    first = keeper.stream(ASK, until=time.monotonic() + PATIENCE)
    next(first)
    with pytest.raises(ChatFault) as caught:
        list(keeper.stream(ASK, until=time.monotonic()))
    assert caught.value.fault is Fault.BUSY
    list(first)


def test_a_reader_who_has_enough_counts_as_no_failure() -> None:
    keeper = Gatekeeper(Moody(), Bounds(failures=1), now=Hands())
    reading = keeper.stream(ASK, until=time.monotonic() + PATIENCE)
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    assert ask(keeper) == "好的"
