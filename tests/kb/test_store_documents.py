"""Documents in the catalogue: put whole, once, and given back as they were."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

from kb.errors import UsageError
from kb.model import (
    INTERNAL,
    PUBLIC,
    Audience,
    DocumentDraft,
    Kind,
    PassageDraft,
    Principal,
    Role,
    SectionDraft,
    Term,
    Validity,
)
from kb.passages import embedding_texts, text_hash
from kb.rows import ROW, FaqRow
from kb.store import Catalogue
from tests.kb.catalogues import SetClock, since, tariff

MAINTAINER = Principal("王芳", Role.MAINTAINER, "资费组")


def placed(catalogue: Catalogue, *drafts: DocumentDraft) -> int:
    release = catalogue.releases.start("ingest", MAINTAINER)
    for draft in drafts:
        catalogue.releases.place(release.id, catalogue.documents.put(draft))
    return release.id


def test_a_passage_comes_back_as_it_was_put(catalogue: Catalogue) -> None:
    row = ROW.dump_python(FaqRow(question="怎么退订", answer="发送TD到10086", similar=("不想用了",)), mode="json")
    draft = DocumentDraft(
        source="问答/常见问题.xlsx",
        title="常见问题",
        kind=Kind.FAQ,
        fingerprint="甲",
        audience=PUBLIC,
        products=("畅行199",),
        department="客服部",
        validity=since("2026-01-01"),
        sections=(SectionDraft(ordinal=3, heading=("退订",), text="退订的办法", page=2),),
        passages=(
            PassageDraft(
                ordinal=0, text="发送TD到10086退订。", heading=("退订", "短信"), page=2, section=3,
                questions=("怎么退订", "不想用了"), row=row,
            ),
            PassageDraft(
                ordinal=1, text="携号转网须先结清话费。", validity=Validity(date(2026, 3, 1), date(2026, 6, 30)),
                audience=Audience(roles=frozenset({Role.AGENT}), departments=frozenset({"质检部"})),
            ),
        ),
    )  # fmt: skip
    version = catalogue.documents.put(draft, principal=MAINTAINER)
    first, second = catalogue.documents.passages(catalogue.documents.passage_ids([version]).tolist()).values()
    assert (first.source, first.title, first.kind, first.text) == (
        "问答/常见问题.xlsx", "常见问题", Kind.FAQ, "发送TD到10086退订。",
    )  # fmt: skip
    assert (first.heading, first.page, first.questions) == (("退订", "短信"), 2, ("怎么退订", "不想用了"))
    assert first.row is not None
    assert isinstance(ROW.validate_python(first.row), FaqRow)
    assert (first.audience, first.validity) == (PUBLIC, since("2026-01-01"))
    assert (first.products, first.department, first.version_id) == (("畅行199",), "客服部", version)
    assert second.row is None
    assert second.section_id is None
    assert second.validity == Validity(date(2026, 3, 1), date(2026, 6, 30))
    assert second.audience == Audience(roles=frozenset({Role.AGENT}), departments=frozenset({"质检部"}))


def test_the_same_source_and_fingerprint_is_put_once(catalogue: Catalogue) -> None:
    version = catalogue.documents.put(tariff())
    assert catalogue.documents.put(tariff()) == version
    assert catalogue.documents.find("资费/畅行套餐.md", "一版") == version
    assert len(catalogue.documents.passage_ids([version])) == 2


def test_another_fingerprint_is_another_version_and_the_old_one_stays(catalogue: Catalogue) -> None:
    old = catalogue.documents.put(tariff())
    new = catalogue.documents.put(tariff("资费/畅行套餐.md", "畅行套餐月费189元。", fingerprint="二版"))
    assert new != old
    assert catalogue.documents.find("资费/畅行套餐.md", "三版") is None
    texts = {passage.text for passage in catalogue.documents.passages(catalogue.documents.passage_ids([old])).values()}
    assert "畅行套餐月费199元，含国内流量60GB。" in texts


def test_ids_of_passages_are_never_given_twice(catalogue: Catalogue) -> None:
    ids = [
        each
        for source in ("甲.md", "乙.md", "丙.md")
        for each in catalogue.documents.passage_ids([catalogue.documents.put(tariff(source))]).tolist()
    ]
    assert len(set(ids)) == 6


def test_unknown_passages_are_left_out(catalogue: Catalogue) -> None:
    assert catalogue.documents.passages([1, 99_999_999]) == {}
    assert catalogue.documents.passages([]) == {}


def test_more_passages_than_one_query_may_name_are_found(catalogue: Catalogue) -> None:
    version = catalogue.documents.put(
        DocumentDraft(
            source="法规/长文.md",
            title="长文",
            kind=Kind.POLICY,
            fingerprint="甲",
            passages=tuple(PassageDraft(ordinal=at, text=f"第{at}款内容") for at in range(2500)),
        )
    )
    ids = catalogue.documents.passage_ids([version])
    found = catalogue.documents.passages(ids.tolist())
    assert len(found) == 2500
    assert found[int(ids[1234])].text == "第1234款内容"
    assert [len(batch) for batch in catalogue.documents.lexical_rows([version])] == [1000, 1000, 500]


def test_a_passage_of_a_section_that_is_not_there_is_refused_whole(catalogue: Catalogue) -> None:
    bad = DocumentDraft(
        source="坏.md", title="坏", kind=Kind.POLICY, fingerprint="甲",
        passages=(PassageDraft(ordinal=0, text="好的"), PassageDraft(ordinal=1, text="坏的", section=7)),
    )  # fmt: skip
    with pytest.raises(UsageError):
        catalogue.documents.put(bad)
    assert catalogue.documents.find("坏.md", "甲") is None
    assert catalogue.audit.head() is None


def test_a_section_tells_every_audience_of_what_is_in_it(catalogue: Catalogue) -> None:
    draft = DocumentDraft(
        source="政策.md", title="政策", kind=Kind.POLICY, fingerprint="甲", audience=INTERNAL,
        sections=(SectionDraft(ordinal=0, heading=("总则",), text="对外内容。对内内容。", page=4),),
        passages=(
            PassageDraft(ordinal=0, text="对外内容。", section=0, audience=PUBLIC),
            PassageDraft(ordinal=1, text="对内内容。", section=0),
        ),
    )  # fmt: skip
    version = catalogue.documents.put(draft)
    passage = next(iter(catalogue.documents.passages(catalogue.documents.passage_ids([version])).values()))
    assert passage.section_id is not None
    section = catalogue.documents.section(passage.section_id)
    assert section is not None
    assert (section.source, section.heading, section.text, section.page) == (
        "政策.md", ("总则",), "对外内容。对内内容。", 4,
    )  # fmt: skip
    assert section.audiences == {PUBLIC, INTERNAL}
    assert catalogue.documents.section(99_999_999) is None


def test_summaries_say_what_a_release_holds_and_by_what_it_is_superseded(catalogue: Catalogue, clock: SetClock) -> None:
    release = placed(
        catalogue,
        tariff("资费/2025.md", validity=since("2025-01-01"), version_label="V1", products=("畅行",)),
        tariff("资费/2026.md", validity=since("2026-07-01"), supersedes=("资费/2025.md",)),
    )
    old, new = catalogue.documents.summaries(release)
    assert (old.source, old.version_label, old.products, old.passages) == ("资费/2025.md", "V1", ("畅行",), 2)
    assert old.validity == Validity(date(2025, 1, 1), date(2026, 6, 30))
    assert old.superseded_by == ("资费/2026.md",)
    assert old.created_at == clock.now()
    assert (new.supersedes, new.superseded_by, new.validity) == (("资费/2025.md",), (), since("2026-07-01"))


def test_terms_of_a_release_come_once_and_in_order(catalogue: Catalogue) -> None:
    flow = Term("流量", ("数据", "上网流量"), "业务", "")
    number = Term("携号转网", ("转网",), "业务", "不说换号")
    release = placed(
        catalogue,
        tariff("术语/甲.csv", terms=(flow, number), kind=Kind.TERMS),
        tariff("术语/乙.csv", terms=(flow,), kind=Kind.TERMS),
    )
    assert catalogue.documents.terms(release) == (flow, number)
    assert catalogue.documents.terms(release + 1) == ()


def test_identical_texts_are_embedded_once_for_all_documents(catalogue: Catalogue) -> None:
    versions = [catalogue.documents.put(tariff(source)) for source in ("甲.md", "乙.md")]
    missing = list(catalogue.documents.missing_embeddings(versions, "模型"))
    expected = [
        embedding_texts(title=draft.title, heading=passage.heading, text=passage.text, questions=())[0]
        for draft in (tariff(),)
        for passage in draft.passages
    ]
    assert missing == [(text_hash(text), text) for text in expected]
    assert catalogue.documents.count_missing(versions, "模型") == 2


def test_vectors_come_by_passage_and_slot_for_every_document(catalogue: Catalogue) -> None:
    draft = DocumentDraft(
        source="问答.md", title="问答", kind=Kind.FAQ, fingerprint="甲",
        passages=(PassageDraft(ordinal=0, text="拨打10086。", questions=("怎么找人工", "转人工")),),
    )  # fmt: skip
    versions = [catalogue.documents.put(draft), catalogue.documents.put(tariff())]
    hashes = [hashed for hashed, _ in catalogue.documents.missing_embeddings(versions, "模型")]
    vectors = np.random.default_rng(0).standard_normal((len(hashes), 8)).astype(np.float32)
    catalogue.embeddings.put("模型", hashes, vectors)
    ids = catalogue.documents.passage_ids(versions)
    ((found, rows),) = catalogue.documents.vector_rows(versions, "模型")
    first = int(ids[0])
    assert found.tolist() == [first * 64, first * 64 + 1, first * 64 + 2, int(ids[1]) * 64, int(ids[2]) * 64]
    np.testing.assert_array_equal(rows, vectors)
    assert catalogue.documents.vector_ids(model="模型", passage_ids=ids.tolist()).tolist() == found.tolist()
    assert [len(part) for part, _ in catalogue.documents.vector_rows(versions, "模型", batch=2)] == [2, 2, 1]
    assert list(catalogue.documents.vector_rows(versions, "别的模型")) == []
    ((found, _),) = catalogue.documents.vector_rows(model="模型", passage_ids=[int(ids[2])])
    assert found.tolist() == [int(ids[2]) * 64]


def test_embeddings_may_be_written_while_the_missing_ones_are_read(catalogue: Catalogue) -> None:
    versions = [catalogue.documents.put(tariff(f"{at}.md", f"第{at}种套餐的说明")) for at in range(5)]
    count = 0
    for hashed, _ in catalogue.documents.missing_embeddings(versions, "模型"):
        catalogue.embeddings.put("模型", [hashed], np.ones((1, 4), dtype=np.float32))
        count += 1
    assert count == 5
    assert catalogue.documents.count_missing(versions, "模型") == 0


def test_a_put_is_in_the_audit_trail_with_its_author(catalogue: Catalogue) -> None:
    version = catalogue.documents.put(tariff(), principal=MAINTAINER)
    entry = catalogue.audit.head()
    assert entry is not None
    assert (entry.principal, entry.action, entry.object) == ("王芳", "document.put", "资费/畅行套餐.md")
    assert entry.detail == {"version": version, "fingerprint": "一版", "passages": 2}
    assert "199" not in json.dumps(entry.detail)
