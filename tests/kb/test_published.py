"""The published copy: what is in it, what can never be, how it is switched, and that it is found out when altered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kb.errors import HomeError
from kb.knowledge import KnowledgeBase
from kb.model import (
    INTERNAL,
    OPERATOR,
    PUBLIC,
    Audience,
    DocumentDraft,
    Kind,
    PassageDraft,
    Role,
    SearchQuery,
    SectionDraft,
    Term,
    Validity,
)
from kb.publish import Published, public_source, publish
from kb.published import COPIES, VISITOR, Copies, PublishedBase, current_name, examine
from kb.rows import ROW, FaqRow
from kb.store import ReleaseKind
from tests.fakes import HashEmbedder

TODAY = date(2026, 11, 21)
TARIFF = "畅行129套餐每月129元，含60GB国内流量。"
SECRETS = {
    "内部": "金雀零一号口令：坐席补偿上限为二十元。",
    "内训": "金雀零二号口令：内训师专用题库答案。",
    "过期": "金雀零三号口令：旧版月费是九十九元。",
    "未来": "金雀零四号口令：明年起月费调整。",
    "草稿": "金雀零五号口令：尚未审批的资费。",
    "条款": "金雀零六号口令：公开文件里的内部条款。",
}


class DayClock:
    def __init__(self, day: date = TODAY) -> None:
        self.day = day

    def now(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, 4, 0, tzinfo=UTC)


def document(name: str, text: str, audience: Audience = PUBLIC, validity: Validity | None = None) -> DocumentDraft:
    return DocumentDraft(
        source=f"资料/{name}.md",
        title=f"{name}说明",
        kind=Kind.POLICY,
        fingerprint=name,
        audience=audience,
        department="市场部",
        validity=validity or Validity(),
        passages=(PassageDraft(0, text, ("第一条",)),),
    )


MIXED = DocumentDraft(
    source="资料/混合.md",
    title="混合办法",
    kind=Kind.POLICY,
    fingerprint="混合",
    audience=PUBLIC,
    sections=(
        SectionDraft(0, ("第二条",), f"客户可在营业厅补卡。{SECRETS['条款']}"),
        SectionDraft(1, ("第三条",), "补卡收取工本费十元。"),
    ),
    passages=(
        PassageDraft(0, "客户可在营业厅补卡。", ("第二条",), section=0),
        PassageDraft(1, SECRETS["条款"], ("第二条",), section=0, audience=INTERNAL),
        PassageDraft(2, "补卡收取工本费十元。", ("第三条",), section=1),
    ),
)
FAQ = DocumentDraft(
    source="资料/faq.xlsx",
    title="常见问题",
    kind=Kind.FAQ,
    fingerprint="faq",
    passages=(
        PassageDraft(
            0,
            "问：副卡怎么收费？\n答：副卡每张每月10元。",
            audience=PUBLIC,
            questions=("副卡怎么收费？",),
            row=ROW.dump_python(
                FaqRow(question="副卡怎么收费？", answer="副卡每张每月10元。", basis="金雀零七号内部依据"), mode="json"
            ),
        ),
    ),
)
TERMS = DocumentDraft(
    source="资料/terms.xlsx",
    title="术语",
    kind=Kind.TERMS,
    fingerprint="t",
    audience=PUBLIC,
    terms=(Term("副卡", ("附卡",), "产品", "金雀零八号内部备注"),),
)


@pytest.fixture
def clock() -> DayClock:
    return DayClock()


@pytest.fixture
def kb(tmp_path: Path, clock: DayClock) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(tmp_path / "home", embedder=HashEmbedder(), clock=clock) as opened:
        with opened.release(OPERATOR) as release:
            for draft in (
                document("资费", TARIFF, validity=Validity(date(2026, 1, 1), date(2026, 12, 31))),
                document("内部", SECRETS["内部"], INTERNAL),
                document("内训", SECRETS["内训"], Audience(roles=frozenset({Role.TRAINER}))),
                document("过期", SECRETS["过期"], validity=Validity(None, date(2026, 11, 20))),
                document("未来", SECRETS["未来"], validity=Validity(date(2027, 1, 1))),
                MIXED,
                FAQ,
                TERMS,
            ):
                release.put(draft)
        version = opened.catalogue.documents.put(document("草稿", SECRETS["草稿"]))
        pending = opened.catalogue.releases.start(ReleaseKind.DRAFT, OPERATOR)
        opened.catalogue.releases.place(pending.id, version)
        yield opened


def published(kb: KnowledgeBase, root: Path, clock: DayClock) -> Published:
    found = publish(kb, root, day=clock.day, clock=clock, setting="hash")
    assert found is not None
    return found


def opened(root: Path, clock: DayClock) -> PublishedBase:
    return PublishedBase(root / COPIES / current_name(root), load=lambda _setting: HashEmbedder(), clock=clock)


def found(base: PublishedBase, question: str, as_of: date = TODAY) -> list[str]:
    return [hit.passage.text for hit in base.search(SearchQuery(question, VISITOR, as_of)).hits]


def test_the_copy_holds_what_is_public_and_in_force_and_no_byte_of_anything_else(
    kb: KnowledgeBase, tmp_path: Path, clock: DayClock
) -> None:
    done = published(kb, tmp_path / "public", clock)
    assert (done.documents, done.passages, done.changed) == (4, 4, True)
    written = b"".join(path.read_bytes() for path in (tmp_path / "public").rglob("*") if path.is_file())
    for name in (b"\xe9\x87\x91\xe9\x9b\x80", "市场部".encode(), "资料/".encode(), "金雀".encode("utf-16-le")):
        assert name not in written
    assert TARIFF.encode() in written


def test_the_copy_finds_what_the_staff_side_finds_for_a_customer(
    kb: KnowledgeBase, tmp_path: Path, clock: DayClock
) -> None:
    published(kb, tmp_path, clock)
    base = opened(tmp_path, clock)
    for question in ("畅行129套餐多少钱", "副卡怎么收费", "补卡工本费", "附卡多少钱一张"):
        here = base.search(SearchQuery(question, VISITOR, TODAY)).hits
        there = kb.search(SearchQuery(question, VISITOR, TODAY)).hits
        assert here[0].passage.text == there[0].passage.text
        assert here[0].passage.source == public_source(there[0].passage.source)
    base.close()


def test_a_section_with_an_internal_clause_is_not_published(kb: KnowledgeBase, tmp_path: Path, clock: DayClock) -> None:
    published(kb, tmp_path, clock)
    base = opened(tmp_path, clock)
    by_text = {each.text: each for each in base.entries()}
    assert by_text["客户可在营业厅补卡。"].section_id is None
    whole = by_text["补卡收取工本费十元。"].section_id
    assert whole is not None
    section = base.section(whole, VISITOR)
    assert section is not None
    assert section.text == "补卡收取工本费十元。"
    base.close()


def test_a_copy_checks_dates_itself_and_knows_no_other_day_than_today(
    kb: KnowledgeBase, tmp_path: Path, clock: DayClock
) -> None:
    published(kb, tmp_path, clock)
    base = opened(tmp_path, clock)
    assert TARIFF in found(base, "畅行129套餐多少钱", date(2027, 5, 1))
    clock.day = date(2027, 1, 1)
    assert TARIFF not in found(base, "畅行129套餐多少钱", TODAY)
    base.close()


def test_the_same_content_is_the_same_copy_and_another_day_with_other_rules_another(
    kb: KnowledgeBase, tmp_path: Path, clock: DayClock
) -> None:
    first = published(kb, tmp_path, clock)
    clock.day += timedelta(days=1)
    again = published(kb, tmp_path, clock)
    assert (again.name, again.changed) == (first.name, False)
    clock.day = date(2027, 1, 1)
    coming = published(kb, tmp_path, clock)
    assert coming.changed
    base = opened(tmp_path, clock)
    assert found(base, "明年起月费调整")[0] == SECRETS["未来"]
    assert {path.name for path in (tmp_path / COPIES).iterdir()} == {first.name, coming.name}
    base.close()


def test_who_reads_a_copy_keeps_it_until_done_and_the_next_reader_gets_the_new_one(
    kb: KnowledgeBase, tmp_path: Path, clock: DayClock
) -> None:
    closed: list[Path] = []
    copies: Copies[Path] = Copies(tmp_path, lambda folder: folder, closed.append)
    with copies.borrow() as nothing:
        assert nothing is None
    published(kb, tmp_path, clock)
    with copies.borrow() as before:
        clock.day = date(2027, 1, 1)
        published(kb, tmp_path, clock)
        with copies.borrow() as after:
            assert after != before
            assert closed == []
    assert closed == [before]


def test_an_altered_copy_is_found_out_and_built_again(kb: KnowledgeBase, tmp_path: Path, clock: DayClock) -> None:
    done = published(kb, tmp_path, clock)
    folder = tmp_path / COPIES / done.name
    assert examine(folder) == []
    vectors = folder / "vectors" / "vectors.npy"
    vectors.chmod(0o644)
    vectors.write_bytes(vectors.read_bytes()[:-4])
    assert len(examine(folder)) == 1
    with pytest.raises(HomeError):
        opened(tmp_path, clock)
    assert published(kb, tmp_path, clock).changed is False
    assert examine(folder) == []


def test_nothing_is_published_before_the_first_release(tmp_path: Path, clock: DayClock) -> None:
    with KnowledgeBase.open(tmp_path / "home", embedder=HashEmbedder(), clock=clock) as empty:
        assert publish(empty, tmp_path / "public", day=TODAY, clock=clock, setting="hash") is None
    assert current_name(tmp_path / "public") == ""
