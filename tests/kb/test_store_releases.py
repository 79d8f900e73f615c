"""Releases: sets of versions of which exactly one answers, and the roster that says who may see what when."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from kb.errors import UsageError
from kb.model import INTERNAL, OPERATOR, PUBLIC, DocumentDraft, Kind, PassageDraft, Principal, Role, Validity
from kb.store import Catalogue, ReleaseKind, ReleaseState
from kb.store.values import OPEN_END, OPEN_START
from tests.kb.catalogues import SetClock, since, tariff

MANAGER = Principal("李强", Role.DUTY_MANAGER)


def publish(catalogue: Catalogue, *drafts: DocumentDraft) -> int:
    release = catalogue.releases.start(ReleaseKind.INGEST, OPERATOR)
    for draft in drafts:
        catalogue.releases.place(release.id, catalogue.documents.put(draft))
    return catalogue.releases.activate(release.id).id


def days(catalogue: Catalogue, release: int) -> dict[str, Validity]:
    roster = catalogue.releases.roster(release)
    texts = catalogue.documents.passages(roster.ids.tolist())
    return {texts[each].text: roster.validity(at) for at, each in enumerate(roster.ids.tolist())}


def test_nothing_answers_before_the_first_release(catalogue: Catalogue) -> None:
    assert catalogue.releases.active() is None
    assert catalogue.releases.history() == []
    assert len(catalogue.releases.roster(1)) == 0


def test_a_release_answers_only_once_it_is_activated(catalogue: Catalogue, clock: SetClock) -> None:
    release = catalogue.releases.start("ingest", OPERATOR, "首次导入")
    assert (release.state, release.note, release.author) == (ReleaseState.BUILDING, "首次导入", "operator")
    assert release.created_at == clock.now()
    assert catalogue.releases.active() is None
    clock.forward(minutes=5)
    active = catalogue.releases.activate(release.id, approver=MANAGER, override_reason="停电演练")
    assert catalogue.releases.active() == active
    assert (active.approver, active.override_reason, active.activated_at) == ("李强", "停电演练", clock.now())


def test_the_next_release_starts_from_what_answers_and_supersedes_it(catalogue: Catalogue) -> None:
    first = publish(catalogue, tariff("甲.md"), tariff("乙.md"))
    changed = tariff("乙.md", "月费改为189元。", fingerprint="二版")
    second = publish(catalogue, changed, tariff("丙.md"))
    assert {source: ref.fingerprint for source, ref in catalogue.releases.versions(second).items()} == {
        "丙.md": "一版", "乙.md": "二版", "甲.md": "一版",
    }  # fmt: skip
    assert catalogue.releases.versions(first).keys() == {"甲.md", "乙.md"}
    assert [(each.id, each.state) for each in catalogue.releases.history()] == [
        (second, ReleaseState.ACTIVE),
        (first, ReleaseState.SUPERSEDED),
    ]


def test_a_retired_source_is_gone_from_the_next_release_only(catalogue: Catalogue) -> None:
    first = publish(catalogue, tariff("甲.md"), tariff("乙.md"))
    release = catalogue.releases.start("ingest", OPERATOR)
    assert catalogue.releases.retire(release.id, "甲.md")
    assert not catalogue.releases.retire(release.id, "甲.md")
    assert not catalogue.releases.retire(release.id, "从未有过.md")
    catalogue.releases.activate(release.id)
    assert catalogue.releases.versions(release.id).keys() == {"乙.md"}
    assert catalogue.releases.versions(first).keys() == {"甲.md", "乙.md"}


def test_what_a_dead_process_left_building_is_abandoned_by_the_next(catalogue: Catalogue) -> None:
    left = catalogue.releases.start("ingest", OPERATOR)
    draft = catalogue.releases.start("draft", MANAGER)
    catalogue.releases.start("ingest", OPERATOR)
    states = {each.id: each.state for each in catalogue.releases.history()}
    assert states[left.id] is ReleaseState.ABANDONED
    assert states[draft.id] is ReleaseState.BUILDING


def test_a_release_may_be_given_up_more_than_once(catalogue: Catalogue) -> None:
    release = catalogue.releases.start("ingest", OPERATOR)
    catalogue.releases.abandon(release.id)
    catalogue.releases.abandon(release.id)
    abandoned = catalogue.releases.get(release.id)
    assert abandoned is not None
    assert abandoned.state is ReleaseState.ABANDONED


def test_a_closed_release_cannot_be_changed_or_activated_again(catalogue: Catalogue) -> None:
    release = publish(catalogue, tariff())
    version = catalogue.documents.put(tariff("乙.md"))
    for attempt in (
        lambda: catalogue.releases.place(release, version),
        lambda: catalogue.releases.retire(release, "资费/畅行套餐.md"),
        lambda: catalogue.releases.activate(release),
        lambda: catalogue.releases.abandon(release),
        lambda: catalogue.releases.activate(release + 100),
    ):
        with pytest.raises(UsageError):
            attempt()
    active = catalogue.releases.active()
    assert active is not None
    assert active.id == release


def test_an_unknown_version_cannot_be_placed(catalogue: Catalogue) -> None:
    release = catalogue.releases.start("ingest", OPERATOR)
    known = catalogue.documents.put(tariff())
    with pytest.raises(UsageError):
        catalogue.releases.place_all(release.id, [known, 99])
    assert catalogue.releases.versions(release.id) == {}


def test_a_draft_begun_before_another_release_cannot_undo_it(catalogue: Catalogue) -> None:
    draft = catalogue.releases.start("draft", MANAGER)
    assert catalogue.releases.propose(draft.id).state is ReleaseState.CANDIDATE
    active = publish(catalogue, tariff())
    with pytest.raises(UsageError) as refused:
        catalogue.releases.activate(draft.id)
    assert "重新发布" in refused.value.hint
    answering = catalogue.releases.active()
    assert answering is not None
    assert answering.id == active


def test_a_rollback_brings_back_the_versions_of_an_older_release(catalogue: Catalogue) -> None:
    first = publish(catalogue, tariff("甲.md"))
    publish(catalogue, tariff("甲.md", "改错了的内容。", fingerprint="二版"))
    back = catalogue.releases.start(ReleaseKind.ROLLBACK, MANAGER, "改错了", copy_of=first)
    catalogue.releases.activate(back.id, approver=MANAGER)
    assert catalogue.releases.versions(back.id) == catalogue.releases.versions(first)


def test_the_roster_knows_days_audience_kind_and_source_of_every_passage(catalogue: Catalogue) -> None:
    mixed = DocumentDraft(
        source="乙.md", title="乙", kind=Kind.FAQ, fingerprint="甲", audience=PUBLIC, validity=since("2026-01-01"),
        passages=(
            PassageDraft(ordinal=0, text="公开"),
            PassageDraft(ordinal=1, text="内部", audience=INTERNAL, validity=Validity(None, date(2026, 6, 30))),
        ),
    )  # fmt: skip
    release = publish(catalogue, mixed, tariff("甲.md"))
    roster = catalogue.releases.roster(release)
    assert roster.ids.tolist() == sorted(roster.ids.tolist())
    assert [roster.sources[code] for code in roster.source] == ["乙.md", "乙.md", "甲.md", "甲.md"]
    assert [roster.kinds[code] for code in roster.kind] == [Kind.FAQ, Kind.FAQ, Kind.POLICY, Kind.POLICY]
    assert [roster.audiences[code] for code in roster.audience] == [PUBLIC, INTERNAL, INTERNAL, INTERNAL]
    assert roster.first_day.tolist() == [date(2026, 1, 1).toordinal(), OPEN_START, OPEN_START, OPEN_START]
    assert roster.last_day.tolist() == [OPEN_END, date(2026, 6, 30).toordinal(), OPEN_END, OPEN_END]
    assert dict(zip(roster.sources, roster.versions, strict=True)) == {
        source: ref.id for source, ref in catalogue.releases.versions(release).items()
    }
    asked = np.asarray([roster.ids[3], 99_999, 0, roster.ids[0]])
    assert roster.positions(asked).tolist() == [3, -1, -1, 0]


def test_a_superseded_document_ends_the_day_before_its_successor_begins(catalogue: Catalogue) -> None:
    release = publish(
        catalogue,
        tariff("资费/2025.md", "旧月费199元。", validity=since("2025-01-01")),
        tariff("资费/2026.md", "新月费189元。", validity=since("2026-07-01"), supersedes=("资费/2025.md",)),
    )
    assert days(catalogue, release) == {
        "旧月费199元。": Validity(date(2025, 1, 1), date(2026, 6, 30)),
        "新月费189元。": since("2026-07-01"),
    }


def test_one_clause_may_be_superseded_while_the_rest_stays(catalogue: Catalogue) -> None:
    amended = DocumentDraft(
        source="修改决定.md", title="修改决定", kind=Kind.POLICY, fingerprint="甲",
        passages=(
            PassageDraft(
                ordinal=0, text="违约金改为百分之十。", validity=since("2026-05-01"), supersedes=("办法.md#第二条",)
            ),
        ),
    )  # fmt: skip
    release = publish(catalogue, tariff("办法.md", "总则。", "违约金为百分之二十。"), amended)
    assert days(catalogue, release) == {
        "总则。": Validity(),
        "违约金为百分之二十。": Validity(None, date(2026, 4, 30)),
        "违约金改为百分之十。": since("2026-05-01"),
    }


def test_supersession_holds_only_within_the_release(catalogue: Catalogue) -> None:
    first = publish(catalogue, tariff("旧.md", "旧内容。"))
    second = publish(catalogue, tariff("新.md", "新内容。", validity=since("2026-07-01"), supersedes=("旧.md",)))
    assert days(catalogue, first)["旧内容。"] == Validity()
    assert days(catalogue, second)["旧内容。"] == Validity(None, date(2026, 6, 30))


def test_the_roster_names_what_supersedes_nothing_known(catalogue: Catalogue) -> None:
    release = publish(catalogue, tariff("新.md", supersedes=("没有这个.md", "新.md#第九条")))
    assert catalogue.releases.roster(release).unresolved == ("没有这个.md", "新.md#第九条")


def test_activation_is_in_the_audit_trail(catalogue: Catalogue) -> None:
    publish(catalogue, tariff())
    actions = [entry.action for entry in catalogue.audit.entries()]
    assert actions == ["release.start", "document.put", "release.activate"]
