"""Documents go in by releases and come out by questions: to whom they are admitted, on the days they are in force."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kb.errors import HomeBusy, HomeError, InputRefused, UsageError
from kb.knowledge import KnowledgeBase
from kb.model import (
    PUBLIC,
    Audience,
    DocumentDraft,
    Kind,
    PassageDraft,
    Principal,
    Role,
    SearchQuery,
    SectionDraft,
    Validity,
)
from kb.release import PutStatus, ReleaseBuilder
from tests.kb.bases import AGENT, CUSTOMER, MAINTAINER, CountingEmbedder, ingest, open_base
from tests.kb.catalogues import since, tariff

TODAY = date(2026, 11, 21)
ROAMING = "出境漫游需提前开通，日租三十元，当日有效。"
PENALTY = "合约期内解约须支付剩余月费百分之三十的违约金。"


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path / "家") as opened:
        yield opened


def asked(question: str, principal: Principal = AGENT, as_of: date = TODAY, **fields: object) -> SearchQuery:
    return SearchQuery(question=question, principal=principal, as_of=as_of, **fields)  # type: ignore[arg-type]


def found(
    kb: KnowledgeBase, question: str, principal: Principal = AGENT, as_of: date = TODAY, **fields: object
) -> list[str]:
    return [hit.passage.text for hit in kb.search(asked(question, principal, as_of, **fields)).hits]


def test_answers_from_what_was_put(kb: KnowledgeBase) -> None:
    ingest(kb, [tariff(), tariff("漫游.md", ROAMING), tariff("解约.md", PENALTY)])
    result = kb.search(asked("出境漫游要提前开通吗", k=2))
    best = result.hits[0]
    assert (best.rank, best.passage.text, best.passage.source) == (1, ROAMING, "漫游.md")
    assert 0 <= best.confidence <= 1
    assert [hit.rank for hit in result.hits] == list(range(1, len(result.hits) + 1))
    assert len(result.hits) <= 2
    assert {"encode", "dense", "lexical", "rank", "fetch", "total"} <= set(result.timings_ms)


def test_passages_are_listed_by_what_they_mention(kb: KnowledgeBase) -> None:
    ingest(kb, [tariff("旧漫游.md", ROAMING), tariff("漫游.md", ROAMING), tariff("解约.md", PENALTY)])
    ingest(kb, [tariff("漫游.md", "出境漫游日租二十五元。", fingerprint="二版")])
    mentioned = kb.passages(AGENT, mentioning=("日租三十元", "百分之三十_"))
    assert [(each.source, each.text) for each in mentioned] == [("旧漫游.md", ROAMING)]
    assert [each.text for each in kb.passages(AGENT, mentioning=("违约金",))] == [PENALTY]
    assert kb.passages(AGENT, mentioning=("卫星",)) == []


def test_an_empty_base_finds_nothing(kb: KnowledgeBase) -> None:
    assert kb.search(asked("漫游怎么开通")).hits == ()
    assert kb.documents(AGENT) == []
    assert kb.verify().ok
    assert kb.stats().release_id is None


def test_nothing_is_visible_before_the_release_ends(kb: KnowledgeBase) -> None:
    with kb.release(MAINTAINER) as release:
        release.put(tariff("漫游.md", ROAMING))
        assert found(kb, "出境漫游") == []
    assert found(kb, "出境漫游") == [ROAMING]


def test_an_exception_abandons_the_whole_release(kb: KnowledgeBase) -> None:
    with pytest.raises(ZeroDivisionError):
        ingest(kb, failing_after(tariff("漫游.md", ROAMING)))
    assert found(kb, "出境漫游") == []
    assert kb.catalogue.releases.history() == []
    ingest(kb, [tariff("解约.md", PENALTY)])
    assert kb.verify().ok


def failing_after(draft: DocumentDraft) -> Iterator[DocumentDraft]:
    yield draft
    raise ZeroDivisionError


def test_says_what_putting_a_document_did(kb: KnowledgeBase) -> None:
    ingest(kb, [tariff("漫游.md", ROAMING), tariff("解约.md", PENALTY)])
    with kb.release(MAINTAINER) as release:
        assert release.unchanged("漫游.md", "一版")
        same = release.put(tariff("漫游.md", ROAMING))
        changed = release.put(tariff("解约.md", PENALTY, "不可抗力除外。", fingerprint="二版"))
        new = release.put(tariff("副卡.md", "副卡月费十元。"))
    assert [each.status for each in (same, changed, new)] == [PutStatus.UNCHANGED, PutStatus.CHANGED, PutStatus.ADDED]
    assert changed.passages == 2


def test_a_release_that_changes_nothing_leaves_no_trace(kb: KnowledgeBase) -> None:
    ingest(kb, [tariff("漫游.md", ROAMING)])
    before = kb.active()
    ingest(kb, [tariff("漫游.md", ROAMING)])
    assert kb.active() == before
    assert len(kb.catalogue.releases.history()) == 1


def test_a_changed_document_replaces_its_old_version(kb: KnowledgeBase) -> None:
    ingest(kb, [tariff("漫游.md", ROAMING)])
    ingest(kb, [tariff("漫游.md", "出境漫游默认开通，日租二十五元。", fingerprint="二版")])
    assert found(kb, "出境漫游") == ["出境漫游默认开通，日租二十五元。"]
    assert kb.stats().passages == 1
    assert kb.verify().ok


def test_a_retired_document_is_gone_and_comes_back_without_being_embedded_again(tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    with open_base(tmp_path / "家", embedder=embedder) as kb:
        ingest(kb, [tariff("漫游.md", ROAMING), tariff("解约.md", PENALTY)])
        ingest(kb, [], retire=["漫游.md"])
        assert ROAMING not in found(kb, "出境漫游")
        assert kb.verify().ok
        ingest(kb, [tariff("漫游.md", ROAMING)])
        assert ROAMING in found(kb, "出境漫游")
        assert embedder.embedded == 2
        assert kb.verify().ok


def test_only_changed_passages_are_embedded_again(tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    with open_base(tmp_path / "家", embedder=embedder) as kb:
        ingest(kb, [tariff("资费.md", ROAMING, PENALTY)])
        ingest(kb, [tariff("资费.md", ROAMING, "合约期满自动续约一年。", fingerprint="二版")])
        assert embedder.embedded == 3


def test_an_identical_text_is_embedded_once_and_found_in_each_document(tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    with open_base(tmp_path / "家", embedder=embedder) as kb:
        ingest(kb, [tariff("甲.md", ROAMING), tariff("乙.md", ROAMING, audience=PUBLIC)])
        assert embedder.embedded == 1
        assert {hit.passage.source for hit in kb.search(asked("出境漫游")).hits} == {"甲.md", "乙.md"}


def test_a_customer_sees_public_knowledge_only(kb: KnowledgeBase) -> None:
    ingest(kb, [tariff("漫游.md", ROAMING, audience=PUBLIC), tariff("解约.md", PENALTY)])
    assert found(kb, "解约违约金", CUSTOMER) == [ROAMING] or found(kb, "解约违约金", CUSTOMER) == []
    assert PENALTY in found(kb, "解约违约金")
    internal = kb.search(asked("解约违约金")).hits[0].passage
    assert kb.passage(internal.id, CUSTOMER) is None
    assert kb.passage(internal.id, AGENT) == internal
    assert internal.section_id is not None
    assert kb.section(internal.section_id, CUSTOMER) is None
    assert [each.source for each in kb.documents(CUSTOMER)] == ["漫游.md"]


def test_a_customers_question_touches_the_public_shelf_alone(kb: KnowledgeBase) -> None:
    ingest(kb, [tariff("漫游.md", ROAMING, audience=PUBLIC), tariff("解约.md", PENALTY)])
    generation = kb._keeper.current.view.generation
    assert generation is not None
    generation.shelves["internal"].vectors.close()
    assert ROAMING in found(kb, "出境漫游", CUSTOMER)


def test_roles_and_departments_see_what_is_meant_for_them(kb: KnowledgeBase) -> None:
    secret = Audience(roles=frozenset({Role.DUTY_MANAGER}), departments=frozenset({"质检部"}))
    ingest(kb, [tariff("判责.md", "判责标准由值班经理掌握。", audience=secret)])
    assert found(kb, "判责标准") == []
    assert found(kb, "判责标准", Principal("经理", Role.DUTY_MANAGER)) == ["判责标准由值班经理掌握。"]
    assert found(kb, "判责标准", Principal("质检", Role.AGENT, "质检部")) == ["判责标准由值班经理掌握。"]
    assert found(kb, "判责标准", Principal("管理", Role.ADMIN)) == ["判责标准由值班经理掌握。"]


def test_a_passage_is_found_on_the_days_it_is_in_force(kb: KnowledgeBase) -> None:
    validity = Validity(date(2026, 1, 1), date(2026, 6, 30))
    ingest(kb, [tariff("促销.md", "春季促销首月免费。", validity=validity)])
    for day, expected in (
        (date(2025, 12, 31), []),
        (date(2026, 1, 1), ["春季促销首月免费。"]),
        (date(2026, 6, 30), ["春季促销首月免费。"]),
        (date(2026, 7, 1), []),
    ):
        assert found(kb, "春季促销", as_of=day) == expected
        hits = kb.search(asked("春季促销", as_of=date(2026, 3, 1))).hits
        assert (kb.passage(hits[0].passage.id, AGENT, day) is None) is (expected == [])


def test_a_superseded_document_answers_until_the_day_before_its_successor(kb: KnowledgeBase) -> None:
    old = tariff("资费2025.md", "副卡月费十元。", validity=since("2025-01-01"))
    new = tariff("资费2027.md", "副卡月费八元。", validity=since("2027-01-01"), supersedes=("资费2025.md",))
    ingest(kb, [old, new])
    assert found(kb, "副卡月费") == ["副卡月费十元。"]
    assert found(kb, "副卡月费", as_of=date(2026, 12, 31)) == ["副卡月费十元。"]
    assert found(kb, "副卡月费", as_of=date(2027, 1, 1)) == ["副卡月费八元。"]
    assert kb.search(asked("副卡月费")).hits[0].passage.validity == Validity(date(2025, 1, 1), date(2026, 12, 31))


def section_of(kb: KnowledgeBase, question: str) -> int:
    section = kb.search(asked(question)).hits[0].passage.section_id
    assert section is not None
    return section


def test_a_section_is_shown_only_to_who_may_see_all_of_it(kb: KnowledgeBase) -> None:
    ingest(kb, [mixed(PassageDraft(1, "成本底线是月费五折。", section=0))])
    assert kb.section(section_of(kb, "月费优惠"), CUSTOMER) is None
    assert (section := kb.section(section_of(kb, "月费优惠"), AGENT)) is not None
    assert "五折" in section.text


def test_a_section_is_shown_only_while_all_of_it_is_in_force(kb: KnowledgeBase) -> None:
    until = Validity(None, date(2026, 12, 31))
    ingest(kb, [mixed(PassageDraft(1, "成本底线是月费五折。", section=0, audience=PUBLIC, validity=until))])
    section = section_of(kb, "月费优惠")
    assert kb.section(section, CUSTOMER, date(2026, 12, 31)) is not None
    assert kb.section(section, CUSTOMER, date(2027, 1, 1)) is None


def test_sections_of_replaced_versions_are_not_shown(kb: KnowledgeBase) -> None:
    ingest(kb, [tariff("漫游.md", ROAMING)])
    section = section_of(kb, "出境漫游")
    ingest(kb, [tariff("漫游.md", "出境漫游默认开通。", fingerprint="二版")])
    assert kb.section(section, AGENT) is None
    assert kb.section(10**9, AGENT) is None


def mixed(other: PassageDraft) -> DocumentDraft:
    return DocumentDraft(
        source="优惠.md",
        title="优惠",
        kind=Kind.POLICY,
        fingerprint="一版",
        sections=(SectionDraft(0, ("月费",), "月费优惠八折。成本底线是月费五折。"),),
        passages=(PassageDraft(0, "月费优惠八折。", section=0, audience=PUBLIC), other),
    )


def test_documents_do_not_name_sources_the_reader_may_not_see(kb: KnowledgeBase) -> None:
    old = tariff("内部资费.md", "副卡成本两元。")
    new = tariff("公开资费.md", "副卡月费八元。", audience=PUBLIC, supersedes=("内部资费.md",))
    ingest(kb, [old, new])
    (shown,) = kb.documents(CUSTOMER)
    assert (shown.source, shown.supersedes, shown.passages) == ("公开资费.md", (), 1)
    assert [each.source for each in kb.documents(AGENT)] == ["公开资费.md", "内部资费.md"]


def test_a_search_can_be_kept_to_some_sources_and_kinds(kb: KnowledgeBase) -> None:
    ingest(kb, [tariff("a/漫游.md", ROAMING), tariff("b/漫游.md", ROAMING + "详见官网。", kind=Kind.FAQ)])
    assert found(kb, "出境漫游", scope=("b/漫游.md",)) == [ROAMING + "详见官网。"]
    assert found(kb, "出境漫游", scope=("知识/a/漫游.md",)) == [ROAMING]
    assert len(found(kb, "出境漫游", scope=("漫游.md",))) == 2
    assert found(kb, "出境漫游", scope=("不存在.md",)) == []
    assert found(kb, "出境漫游", kinds=frozenset({Kind.FAQ})) == [ROAMING + "详见官网。"]


@pytest.mark.parametrize("question", ["", "   ", "\x00\x07", "漫" * 10_000])
def test_refuses_a_question_that_is_none(kb: KnowledgeBase, question: str) -> None:
    with pytest.raises(InputRefused) as refused:
        kb.search(asked(question))
    assert "问题" in refused.value.hint


def test_refuses_to_find_no_hits_or_too_many(kb: KnowledgeBase) -> None:
    for k in (0, 101):
        with pytest.raises(UsageError):
            kb.search(asked("漫游", k=k))


def test_one_release_at_a_time(kb: KnowledgeBase) -> None:
    with kb.release(MAINTAINER) as release:
        release.put(tariff("漫游.md", ROAMING))
        with pytest.raises(HomeBusy) as busy:
            kb.release(MAINTAINER)
        assert "正在进行" in busy.value.hint
    ingest(kb, [tariff("解约.md", PENALTY)])
    assert kb.stats().documents == 2


def test_a_second_release_may_wait_for_the_first(kb: KnowledgeBase) -> None:
    first = kb.release(MAINTAINER)

    def finish() -> None:
        with first as release:
            release.put(tariff("漫游.md", ROAMING))

    thread = threading.Thread(target=finish)
    thread.start()
    with kb.release(MAINTAINER, wait=60) as second:
        assert second.unchanged("漫游.md", "一版")
    thread.join()


def test_closing_stops_a_release_that_is_being_built(tmp_path: Path) -> None:
    kb = open_base(tmp_path / "家")
    release = kb.release(MAINTAINER)
    closing = threading.Thread(target=kb.close)
    release.__enter__()
    closing.start()
    with pytest.raises(HomeError) as stopped:
        put_until_stopped(release)
    release.__exit__(HomeError, stopped.value, None)
    closing.join()
    assert "关闭" in stopped.value.hint
    with open_base(tmp_path / "家") as again:
        assert again.documents(AGENT) == []


def put_until_stopped(release: ReleaseBuilder) -> None:
    for number in range(100_000):
        release.put(tariff(f"{number}.md", ROAMING))


def test_an_index_that_fails_while_serving_says_what_to_do(kb: KnowledgeBase) -> None:
    ingest(kb, [tariff("漫游.md", ROAMING)])
    with kb.view() as view:
        assert view.generation is not None
        view.generation.shelves["internal"].vectors.close()
    with pytest.raises(HomeError) as error:
        found(kb, "出境漫游")
    assert "重新启动" in error.value.hint


def test_keeps_its_catalogue_in_postgresql_where_one_is_configured(tmp_path: Path, postgres: Any) -> None:
    postgres.psql("CREATE DATABASE knowledge_base;")
    address = postgres.get_uri(database="knowledge_base")
    with open_base(tmp_path / "家", database_url=address) as kb:
        ingest(kb, [tariff("漫游.md", ROAMING), tariff("解约.md", PENALTY)])
        ingest(kb, [tariff("漫游.md", "出境漫游默认开通。", fingerprint="二版")])
    with open_base(tmp_path / "家", database_url=address) as kb:
        assert found(kb, "出境漫游")[0] == "出境漫游默认开通。"
        assert kb.verify().ok
    assert not (tmp_path / "家" / "catalogue.db").exists()


def test_one_process_owns_a_home(tmp_path: Path, kb: KnowledgeBase) -> None:
    with pytest.raises(HomeBusy):
        open_base(tmp_path / "家")


def test_keeps_answering_in_full_while_releases_replace_everything(kb: KnowledgeBase) -> None:
    ingest(kb, [tariff("漫游.md", ROAMING + "第0版。", fingerprint="0")])
    stop, wrong = threading.Event(), []

    def keep_asking() -> None:
        while not stop.is_set():
            texts = found(kb, "出境漫游")
            if len(texts) != 1 or not texts[0].startswith(ROAMING):
                wrong.append(texts)

    askers = [threading.Thread(target=keep_asking) for _ in range(4)]
    for asker in askers:
        asker.start()
    for version in range(1, 6):
        ingest(kb, [tariff("漫游.md", f"{ROAMING}第{version}版。", fingerprint=str(version))])
    stop.set()
    for asker in askers:
        asker.join()
    assert wrong == []
    assert found(kb, "出境漫游") == [ROAMING + "第5版。"]
    assert kb.verify().ok
