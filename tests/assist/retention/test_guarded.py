"""Whatever a model makes of a retention script passes the compliance check before an agent sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from assist.compliance.check import Checker
from assist.compliance.guard import DraftGuard
from assist.compliance.model import Finding
from assist.leaving.model import LeavingReason
from assist.pages.retention_render import draft_card
from assist.retention.desk import Asked
from assist.retention.model import Draft
from assist.retention.reword import Rewriter
from assist.retention.room import open_retention
from assist.retention.terminal import lines as printed
from assist.retention.views import draft_json
from kb.knowledge import KnowledgeBase
from tests.assist.retention.test_draft import LOYAL, said
from tests.retention_samples import AGENT, MANAGER, TODAY, NoonClock


@pytest.fixture(scope="module")
def guard(samples: KnowledgeBase) -> DraftGuard:
    return DraftGuard(Checker(samples))


def drafted(samples: KnowledgeBase, guard: DraftGuard, rewriter: Rewriter | None, **more: Any) -> Draft:
    room = open_retention(samples, NoonClock(), rewriter, faults=guard.faults)
    return room.quiet.draft(more.pop("who", AGENT), Asked(facts=LOYAL, reason=more.pop("reason", "竞品优惠")), TODAY)


def rude(lines: Sequence[str], *, reason: str) -> list[str]:
    return [line.replace("货比三家很正常", "有事快说，货比三家很正常") for line in lines]


def test_a_rewording_at_fault_gives_way_to_the_approved_line_and_says_so(
    samples: KnowledgeBase, guard: DraftGuard
) -> None:
    unguarded = open_retention(samples, NoonClock(), rude).quiet.draft(
        AGENT, Asked(facts=LOYAL, reason="竞品优惠"), TODAY
    )
    assert "有事快说" in said(unguarded)
    found = drafted(samples, guard, rude)
    assert found.parts == drafted(samples, guard, None).parts
    assert not found.reworded
    assert len(found.remarks) == 1
    assert "没有通过合规检查（禁用语：催促客户），已换回审核过的原话" in found.remarks[0]


def test_the_remark_is_shown_wherever_the_draft_is(samples: KnowledgeBase, guard: DraftGuard) -> None:
    found = drafted(samples, guard, rude)
    for shown in (draft_card(found), "\n".join(printed(draft_json(found)))):
        assert "已换回审核过的原话" in shown
        assert "有事快说" not in shown


def test_one_line_at_fault_does_not_cost_the_others_their_new_wording(
    samples: KnowledgeBase, guard: DraftGuard
) -> None:
    def mixed(lines: Sequence[str], *, reason: str) -> list[str]:
        first, *rest = lines
        return [f"{first}赶紧说！", *(line.replace("我帮您", "我来帮您") for line in rest)]

    found = drafted(samples, guard, mixed)
    assert found.reworded
    assert "赶紧说" not in said(found)
    assert "我来帮您" in said(found)


def test_words_put_into_a_customers_mouth_are_the_agents_all_the_same(
    samples: KnowledgeBase, guard: DraftGuard
) -> None:
    def posing(lines: Sequence[str], *, reason: str) -> list[str]:
        return [f"客户：{line}别磨蹭" for line in lines]

    assert "别磨蹭" not in said(drafted(samples, guard, posing))


@pytest.mark.parametrize("who", [AGENT, MANAGER])
@pytest.mark.parametrize("reason", ["", *(each.label for each in LeavingReason)])
def test_what_is_composed_from_approved_pieces_passes_as_it_is(
    samples: KnowledgeBase, guard: DraftGuard, who: Any, reason: str
) -> None:
    assert drafted(samples, guard, None, who=who, reason=reason).remarks == ()


def test_an_approved_line_at_fault_stands_with_a_warning(samples: KnowledgeBase, guard: DraftGuard) -> None:
    (finding,) = guard.faults("有事快说。", TODAY)

    def strict(text: str, _day: date, _level: int) -> list[Finding]:
        start = text.find("货比三家")
        placed = type(finding)(
            finding.category,
            finding.dimension,
            finding.points,
            finding.basis,
            start,
            start + 4,
            text[start : start + 4],
            "exact",
            0,
        )
        return [placed] if start >= 0 else []

    found = open_retention(samples, NoonClock(), faults=strict).quiet.draft(
        AGENT, Asked(facts=LOYAL, reason="竞品优惠"), TODAY
    )
    assert "货比三家很正常" in said(found)
    assert found.remarks == ("合规提示：话术里的“货比三家”涉及禁用语（催促客户），不可照读给客户。",)
