"""An unanswered question becomes a gap somebody owns; asking it again adds to that gap; nothing personal is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from kb.gaps import GapLedger, ThrowAwayLedger, Unanswered, gap_key
from kb.model import PUBLIC, Hit, Kind, Passage, Principal, Role, Validity
from kb.store import Catalogue, GapState

AGENT = Principal("坐席07", Role.AGENT, "热线一组")
DAY = date(2026, 11, 21)


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with Catalogue.open(f"sqlite:///{tmp_path / 'catalogue.db'}", clock=FixedClock()) as opened:
        yield opened


def ask(catalogue: Catalogue, question: str, nearest: tuple[Hit, ...] = ()) -> int:
    ledger = GapLedger(catalogue.gaps)
    gap = ledger.record(Unanswered(question, AGENT, "voice", DAY, nearest=nearest, business_type="业务咨询"))
    assert gap is not None
    return int(gap)


def test_opens_a_gap_with_what_was_asked_by_whom_and_what_was_nearly_found(catalogue: Catalogue) -> None:
    passage = Passage(
        7, 1, "policies/资费.md", "资费", Kind.POLICY, "副卡10元", (), None, None, (), None, PUBLIC, Validity()
    )
    gap = catalogue.gaps.get(ask(catalogue, "副卡能不能送人", (Hit(1, passage, 0.5, 0.31),)))
    assert gap is not None
    assert (gap.question, gap.state, gap.count, gap.business_type) == ("副卡能不能送人", GapState.NEW, 1, "业务咨询")
    (asked,) = catalogue.gaps.questions(gap.id)
    assert (asked.principal, asked.channel, asked.as_of) == (AGENT, "voice", DAY)
    assert [(hit.title, hit.confidence) for hit in asked.nearest] == [("资费", 0.31)]


def test_hides_personal_numbers_before_writing(catalogue: Catalogue) -> None:
    gap = catalogue.gaps.get(ask(catalogue, "13800138000这个号能转赠积分吗"))
    assert gap is not None
    assert gap.question == "138****8000这个号能转赠积分吗"


@pytest.mark.parametrize(
    "again", ["积分可以转赠给家人吗", "请问积分可以转赠给家人吗？", "積分可以轉贈給家人嗎", "积分可不可以转赠给家人"]
)
def test_the_same_question_joins_the_open_gap(catalogue: Catalogue, again: str) -> None:
    first = ask(catalogue, "积分可以转赠给家人吗？")
    assert ask(catalogue, again) == first
    gap = catalogue.gaps.get(first)
    assert gap is not None
    assert gap.count == 2


def test_another_tariff_is_another_gap(catalogue: Catalogue) -> None:
    first = ask(catalogue, "畅行199套餐可以分期付款购机吗")
    assert ask(catalogue, "畅行299套餐可以分期付款购机吗") != first


def test_a_closed_gap_is_not_joined(catalogue: Catalogue) -> None:
    first = ask(catalogue, "积分可以转赠吗")
    catalogue.gaps.change(first, AGENT, state=GapState.REJECTED)
    assert ask(catalogue, "积分可以转赠吗") != first


def test_evaluation_keeps_nothing() -> None:
    ledger = ThrowAwayLedger()
    assert ledger.record(Unanswered("副卡能不能送人", AGENT, "chat", DAY)) is None
    assert ledger.recorded == ["副卡能不能送人"]


def test_the_key_ignores_politeness_and_punctuation() -> None:
    assert gap_key("请问，积分 可以转赠吗？") == gap_key("积分可以转赠吗")
