"""The customers' site writes with the model that is set: proved, labelled, and without a number of the customer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import app
from assist.chat import LangChainChat
from assist.gatekeeper import Bounds, Gatekeeper
from assist.public.conversation import Conversation
from assist.public.desk import PublicDesk
from assist.public.site import open_public
from assist.write import Writer
from kb.settings import Settings, read_settings
from tests.assist.conftest import FixedClock
from tests.assist.test_public import root, staff
from tests.fakes import HashEmbedder
from tests.written.model_server import Script, serving

__all__ = ["root", "staff"]

MOVE = "移机费多少钱一次，同一小区内呢"


@contextmanager
def written(root: Path, script: Script) -> Iterator[PublicDesk]:
    with serving(script) as endpoint:
        chat = LangChainChat(endpoint)
        chat.warm()
        try:
            gate = Gatekeeper(chat, Bounds())
            with open_public(
                root,
                load=lambda _setting: HashEmbedder(),
                clock=FixedClock(),
                writes=lambda sense: Writer(gate, deadline=30.0, sense=sense),
            ) as desk:
                yield desk
        finally:
            chat.close()


def test_a_customer_gets_a_proved_and_labelled_answer_and_the_model_no_number(root: Path) -> None:
    script = Script(says=lambda _system, _user: "同一小区内移机，移机费40元/次，不同小区80元/次。[1]")
    with written(root, script) as desk:
        reply = desk.reply(Conversation(), f"{MOVE}，我的号13812345678")
    assert reply.generated
    assert "40元/次" in reply.text
    assert script.asked
    assert not any("13812345678" in each.user for each in script.asked)
    assert any("138****5678" in each.user for each in script.asked)


def test_what_must_not_be_said_is_not_said_to_a_customer_either(root: Path) -> None:
    script = Script(says=lambda _system, _user: "您先冷静，随便你，同一小区内移机费40元/次。[1]移机费80元/次。[1]")
    with written(root, script) as desk:
        reply = desk.reply(Conversation(), MOVE)
    assert "随便你" not in reply.text
    assert reply.answer is not None
    assert not any("合规提示" in notice for notice in reply.answer.notices)


def test_a_model_that_lies_to_a_customer_leaves_the_quotation(root: Path) -> None:
    script = Script(says=lambda _system, _user: "移机费36元/次，现在免费。[1]")
    with written(root, script) as desk:
        reply = desk.reply(Conversation(), MOVE)
    assert not reply.generated
    assert "80元/次" in reply.text
    assert "36" not in reply.text


def test_the_customers_process_is_told_which_model_is_set(tmp_path: Path) -> None:
    chosen = Settings(model_url="http://127.0.0.1:9/v1", model_name="小模型", model_key="钥匙", model_deadline=7.5)
    told = read_settings(tmp_path, app.public_environment(chosen))
    assert (told.model_url, told.model_name, told.model_key) == (chosen.model_url, "小模型", "钥匙")
    assert told.model_deadline == 7.5
    assert read_settings(tmp_path, app.public_environment(Settings())).model_url == ""
