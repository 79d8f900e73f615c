"""A process that lets a planned release out and may kill itself at a named point; `test_activation_kills` runs it.

    python -m tests.journeys.activation_worker HOME STEP [POINT NTH]

STEP is plan (a home with a gap, its approved draft, and a plan that also retires a document), activate, or tick: the
next start, which finishes what was cut short and then describes the home.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, SearchQuery
from kb.store import DraftState, PlanState, ReleaseKind, ReleaseState
from tests.assist.conftest import DOCUMENTS
from tests.fakes import HashEmbedder
from tests.journeys.kill_worker import killer
from tests.kb.catalogues import SetClock
from tests.loop.conftest import AGENT, MANAGER, Centre, make_centre

ASKED = ("积分能不能转赠给家人", "积分可以转赠给家人吗")
SAID = "积分可以转赠给同一客户名下的家人，每年一次，每次不超过5000分。"
RETIRED = "样例/宽带规则2026.pdf"


def main() -> None:
    """Does the step, killed or not."""
    home, step, *kill = sys.argv[1:]
    checkpoint = killer(kill[0], int(kill[1])) if kill else lambda _point: None
    clock = SetClock()
    with KnowledgeBase.open(Path(home), embedder=HashEmbedder(), clock=clock, checkpoint=checkpoint) as kb:
        if step == "plan":
            with kb.release(OPERATOR, note="样例") as release:
                for draft in DOCUMENTS:
                    release.put(draft)
        centre = make_centre(kb, clock, checkpoint)
        if step == "plan":
            plan(centre)
        elif step == "activate":
            centre.loop.releases.activate(MANAGER, 1, override_reason="旧规则今日下架")
        sys.stdout.write(json.dumps(describe(centre, tick=step == "tick"), ensure_ascii=False))


def plan(centre: Centre) -> None:
    gap = centre.gap(ASKED[0])
    assert centre.gap(ASKED[1]) == gap
    draft = centre.approved(gap, SAID)
    centre.loop.releases.plan(MANAGER, [draft.id], note="积分转赠", retire=[RETIRED])


def describe(centre: Centre, *, tick: bool) -> dict[str, Any]:
    """What answers at the start, and, after the clock was looked at, what is recorded and whether all is in step."""
    before = answers(centre)
    if tick:
        centre.loop.tick()
    catalogue = centre.kb.catalogue
    planned = catalogue.plans.get(1)
    gap = catalogue.gaps.get(1)
    assert planned is not None
    assert gap is not None
    return {
        "before": before,
        "after": answers(centre),
        "documents": sorted(each.source for each in centre.kb.documents(OPERATOR)),
        "ok": centre.kb.verify().ok,
        "plan": planned.state is PlanState.ACTIVE,
        "linked": planned.release_id is not None,
        "drafts": [each.state.value for each in catalogue.drafts.list(list(DraftState))],
        "gap": gap.state.value,
        "building": [
            each.id
            for each in catalogue.releases.history(50)
            if each.state is ReleaseState.BUILDING and each.kind is not ReleaseKind.TRIAL
        ],
        "notices": len(centre.loop.notices.of(AGENT)),
    }


def answers(centre: Centre) -> dict[str, bool]:
    """Which of the old and the new release answers: one retired document, one new text."""
    sources = {each.source for each in centre.kb.documents(OPERATOR)}
    asked = SearchQuery(question=ASKED[0], principal=OPERATOR, as_of=date(2026, 11, 21), k=20)
    return {
        "old": RETIRED in sources,
        "new": any("5000分" in hit.passage.text for hit in centre.kb.search(asked).hits),
    }


if __name__ == "__main__":
    main()
