"""Folders into the base: receipts, unchanged files, refusals, retirement, supersession, one release."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingest import readers
from ingest.meta import Meta
from ingest.model import RawDocument, Receipt, Status
from ingest.sync import Tally, fingerprint, sync
from ingest.walk import walk
from kb.errors import HomeError, UsageError
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, PUBLIC, DocumentDraft, Kind, Principal, Validity
from tests.fakes import HashEmbedder

TARIFF = "# 畅行资费\n\n第一条 畅行99每月九十九元。\n\n第九条 移机费八十元一次。\n"


@dataclass(frozen=True)
class Put:
    status: str
    passages: int


@dataclass
class FakeRelease:
    """Keeps drafts by source, as the base does; becomes visible when its block ends well."""

    held: dict[str, DocumentDraft]

    @property
    def sources(self) -> frozenset[str]:
        return frozenset(self.held)

    def unchanged(self, source: str, fingerprint: str) -> bool:
        return source in self.held and self.held[source].fingerprint == fingerprint

    def put(self, draft: DocumentDraft) -> Put:
        if draft.title == "磁盘已满":
            raise HomeError("disk full", hint="磁盘已满。")
        status = "changed" if draft.source in self.held else "added"
        self.held[draft.source] = draft
        return Put(status, len(draft.passages))

    def retire(self, source: str) -> bool:
        return self.held.pop(source, None) is not None


@dataclass
class FakeBase:
    documents: dict[str, DocumentDraft] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def release(self, principal: Principal, note: str = "", *, progress: object = None) -> Iterator[FakeRelease]:
        assert principal == OPERATOR
        release = FakeRelease(dict(self.documents))
        yield release
        self.documents = release.held
        self.notes.append(note)


@dataclass
class Pool:
    """Reads in this process and remembers what was read."""

    read_names: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, path: Path) -> RawDocument:
        with self.lock:
            self.read_names.append(path.name)
        if path.name == "崩溃.md":
            raise RuntimeError("reader died")
        return readers.read(path, ocr=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "资费"
    write(root / "畅行.md", TARIFF)
    write(root / "宽带" / "规则.md", "# 宽带规则\n\n光猫须归还。\n")
    return root


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def run(base: FakeBase, *paths: Path, pool: Pool | None = None, retire_missing: bool = False) -> dict[str, Receipt]:
    receipts = sync(list(paths), kb=base, pool=pool or Pool(), retire_missing=retire_missing)
    return {receipt.source: receipt for receipt in receipts}


def statuses(receipts: dict[str, Receipt]) -> dict[str, Status]:
    return {source: receipt.status for source, receipt in receipts.items()}


def test_sources_keep_the_named_folder(folder: Path) -> None:
    receipts = run(FakeBase(), folder)
    assert statuses(receipts) == {"资费/宽带/规则.md": Status.ADDED, "资费/畅行.md": Status.ADDED}
    assert receipts["资费/畅行.md"].passages == 2


def test_unchanged_files_are_not_even_read(folder: Path) -> None:
    base, pool = FakeBase(), Pool()
    run(base, folder)
    write(folder / "畅行.md", TARIFF + "\n第十条 新增。\n")
    receipts = run(base, folder, pool=pool)
    assert statuses(receipts) == {"资费/宽带/规则.md": Status.UNCHANGED, "资费/畅行.md": Status.CHANGED}
    assert pool.read_names == ["畅行.md"]


def test_a_change_of_the_manifest_changes_the_document(folder: Path) -> None:
    base = FakeBase()
    write(folder / "manifest.yaml", "files:\n  - {path: 畅行.md, audience: internal}\n")
    run(base, folder)
    write(folder / "manifest.yaml", "files:\n  - {path: 畅行.md, audience: public}\n")
    assert statuses(run(base, folder)) == {"资费/宽带/规则.md": Status.UNCHANGED, "资费/畅行.md": Status.CHANGED}
    assert base.documents["资费/畅行.md"].audience == PUBLIC


def test_a_fingerprint_goes_by_bytes_and_by_what_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.md", "一")
    first = fingerprint(path, Meta())
    assert fingerprint(write(tmp_path / "b.md", "一"), Meta()) == first
    assert fingerprint(path, Meta(products=("畅行99",))) != first
    assert fingerprint(path, Meta(effective_from=date(2026, 1, 1))) != fingerprint(
        path, Meta(effective_to=date(2026, 1, 1))
    )
    assert fingerprint(write(path, "二"), Meta()) != first


def test_what_is_said_nearer_the_text_counts_more(folder: Path) -> None:
    base = FakeBase()
    write(
        folder / "manifest.yaml",
        "defaults: {department: 市场部, kind: policy}\nfiles:\n  - {path: 畅行.md, title: 清单标题, product: 畅行99}\n",
    )
    write(folder / "畅行.md", "---\ntitle: 文首标题\neffective_from: 2026-07-01\n---\n" + TARIFF)
    run(base, folder)
    draft = base.documents["资费/畅行.md"]
    assert (draft.title, draft.department, draft.products) == ("文首标题", "市场部", ("畅行99",))
    assert draft.validity == Validity(date(2026, 7, 1), None)
    assert base.documents["资费/宽带/规则.md"].title == "宽带规则"


def test_clauses_have_their_own_days_and_audience(folder: Path) -> None:
    clause = (
        "clauses: [{clause: 第九条, effective_from: 2026-09-01, audience: public, supersedes: '宽带/规则.md#第三条'}]"
    )
    write(folder / "manifest.yaml", f"files:\n  - {{path: 畅行.md, effective_to: 2026-12-31, {clause}}}\n")
    base = FakeBase()
    run(base, folder)
    first, ninth = base.documents["资费/畅行.md"].passages
    assert (first.validity, first.audience) == (None, None)
    assert ninth.validity == Validity(date(2026, 9, 1), date(2026, 12, 31))
    assert ninth.audience == PUBLIC
    assert ninth.supersedes == ("资费/宽带/规则.md#第三条",)


def test_ignored_files_get_no_receipt_and_are_retired_like_missing_ones(folder: Path) -> None:
    base = FakeBase()
    run(base, folder)
    write(folder / "manifest.yaml", "ignore: [宽带/**]\n")
    assert statuses(run(base, folder)) == {"资费/畅行.md": Status.UNCHANGED}
    assert run(base, folder, retire_missing=True)["资费/宽带/规则.md"].status is Status.RETIRED


def test_a_clause_that_is_not_there_refuses_the_file(folder: Path) -> None:
    write(folder / "manifest.yaml", "files:\n  - {path: 畅行.md, clauses: [{clause: 第九十条, audience: public}]}\n")
    receipts = run(FakeBase(), folder)
    assert "没有“第九十条”" in receipts["资费/畅行.md"].reason
    assert receipts["资费/宽带/规则.md"].status is Status.ADDED


def test_a_wrong_manifest_refuses_its_folder_and_no_other(folder: Path, tmp_path: Path) -> None:
    base = FakeBase()
    run(base, folder)
    write(folder / "宽带" / "manifest.yaml", "files:\n  - {path: 规则.md, audience: 大家}\n")
    write(folder / "畅行.md", TARIFF + "\n第十条 新增。\n")
    receipts = run(base, folder)
    assert receipts["资费/畅行.md"].status is Status.CHANGED
    refused = receipts["资费/宽带/规则.md"]
    assert refused.status is Status.REFUSED
    assert "宽带/manifest.yaml 第 2 行" in refused.reason
    assert refused.reason.endswith("（库里原有版本继续有效）")
    assert "资费/宽带/规则.md" in base.documents


def test_one_bad_file_stops_no_other(folder: Path) -> None:
    write(folder / "空.md", "")
    write(folder / "崩溃.md", "# 标题\n\n正文\n")
    (folder / "假.pdf").write_bytes(b"not a pdf")
    (folder / "图.png").write_bytes(b"\x89PNG\r\n")
    receipts = run(FakeBase(), folder)
    counts = statuses(receipts)
    assert [source for source, status in counts.items() if status is Status.REFUSED] == [
        "资费/假.pdf",
        "资费/图.png",
        "资费/崩溃.md",
        "资费/空.md",
    ]
    assert all(receipts[source].reason for source, status in counts.items() if status is Status.REFUSED)
    assert counts["资费/畅行.md"] is Status.ADDED


def test_a_file_that_became_unreadable_keeps_its_old_version(folder: Path) -> None:
    base = FakeBase()
    run(base, folder)
    write(folder / "畅行.md", "")
    assert run(base, folder)["资费/畅行.md"].status is Status.REFUSED
    assert len(base.documents["资费/畅行.md"].passages) == 2


def test_missing_files_are_retired_only_when_asked(folder: Path, tmp_path: Path) -> None:
    base = FakeBase()
    run(base, folder)
    run(base, write(tmp_path / "别处" / "说明.md", "# 说明\n\n在别处。\n"))
    (folder / "畅行.md").unlink()
    assert "资费/畅行.md" not in run(base, folder)
    receipts = run(base, folder, retire_missing=True)
    assert receipts["资费/畅行.md"].status is Status.RETIRED
    assert sorted(base.documents) == ["别处/说明.md", "资费/宽带/规则.md"]


def test_an_empty_folder_retires_nothing(folder: Path, tmp_path: Path) -> None:
    base = FakeBase()
    run(base, folder)
    empty = tmp_path / "空" / "资费"
    empty.mkdir(parents=True)
    with pytest.raises(UsageError) as refused:
        run(base, empty, retire_missing=True)
    assert "是空的" in refused.value.hint
    assert len(base.documents) == 2


def test_two_files_with_one_source_are_both_refused(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "另一处" / "资费" / "畅行.md", TARIFF)
    receipts = run(FakeBase(), folder, tmp_path / "另一处" / "资费")
    assert receipts["资费/畅行.md"].status is Status.REFUSED
    assert "两个不同的文件" in receipts["资费/畅行.md"].reason
    assert receipts["资费/宽带/规则.md"].status is Status.ADDED


def test_a_file_reached_twice_counts_once(folder: Path) -> None:
    assert list(run(FakeBase(), folder / "宽带", folder)) == ["资费/宽带/规则.md", "资费/畅行.md"]


def test_a_file_named_alone_has_the_source_it_is_known_by(folder: Path) -> None:
    base = FakeBase()
    assert list(run(base, folder / "宽带" / "规则.md")) == ["宽带/规则.md"]
    base = FakeBase()
    run(base, folder)
    assert statuses(run(base, folder / "宽带" / "规则.md")) == {"资费/宽带/规则.md": Status.UNCHANGED}


def test_a_file_named_alone_obeys_the_manifest_of_its_folder(folder: Path) -> None:
    write(folder / "manifest.yaml", "files:\n  - {path: 畅行.md, audience: public}\n  - {path: 宽带/规则.md}\n")
    base = FakeBase()
    run(base, folder / "畅行.md")
    assert base.documents["资费/畅行.md"].audience == PUBLIC


def test_a_manifest_above_the_named_folder_governs_it_too(folder: Path) -> None:
    entries = "{path: 宽带/新.md, audience: public, supersedes: 宽带/规则.md, effective_from: 2026-01-01}"
    write(folder / "manifest.yaml", f"files:\n  - {entries}\n")
    write(folder / "宽带" / "新.md", "# 宽带规则\n\n光猫赠送。\n")
    base = FakeBase()
    run(base, folder / "宽带")
    assert base.documents["宽带/新.md"].audience == PUBLIC
    assert base.documents["宽带/新.md"].supersedes == ("宽带/规则.md",)


def test_another_programs_manifest_above_is_let_be(folder: Path) -> None:
    write(folder / "manifest.yaml", "apiVersion: v1\nkind: Pod\n")
    assert run(FakeBase(), folder / "宽带")["宽带/规则.md"].status is Status.ADDED
    assert run(FakeBase(), folder)["资费/畅行.md"].status is Status.REFUSED


def test_hidden_and_temporary_files_are_passed_over(folder: Path) -> None:
    for name in (".隐藏.md", "~$锁.xlsx", "Thumbs.db", ".git/config.md"):
        write(folder / name, "x")
    assert len(walk([folder]).files) == 2


def test_a_path_that_is_not_there_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        run(FakeBase(), tmp_path / "没有")
    assert "找不到" in refused.value.hint


def test_supersedes_finds_the_file_beside_it(folder: Path) -> None:
    base = FakeBase()
    write(folder / "manifest.yaml", "files:\n  - {path: 畅行.md, supersedes: 旧/畅行.md, effective_from: 2026-07-01}\n")
    write(folder / "旧" / "畅行.md", TARIFF)
    write(
        folder / "宽带" / "新规则.md",
        "---\nsupersedes: 规则.md\neffective_from: 2027-01-01\n---\n# 宽带规则\n\n光猫赠送。\n",
    )
    receipts = run(base, folder)
    assert base.documents["资费/畅行.md"].supersedes == ("资费/旧/畅行.md",)
    assert base.documents["资费/宽带/新规则.md"].supersedes == ("资费/宽带/规则.md",)
    assert not any(receipt.warnings for receipt in receipts.values())


def test_superseding_what_is_not_there_is_pointed_out(folder: Path) -> None:
    write(folder / "畅行.md", "---\nsupersedes: 旧资费.md\neffective_from: 2026-07-01\n---\n" + TARIFF)
    receipts = run(FakeBase(), folder)
    assert "旧资费.md" in receipts["资费/畅行.md"].warnings[0]


def test_front_matters_that_supersede_each_other_are_refused(tmp_path: Path) -> None:
    for one, other in (("甲", "乙"), ("乙", "甲")):
        write(
            tmp_path / "库" / f"{one}.md",
            f"---\nsupersedes: {other}.md\neffective_from: 2026-01-01\n---\n# {one}\n\n正文。\n",
        )
    receipts = run(FakeBase(), tmp_path / "库")
    assert sorted(statuses(receipts).values()) == [Status.ADDED, Status.REFUSED]
    assert any("绕成了圈" in receipt.reason for receipt in receipts.values())


def test_sheets_become_typed_documents(folder: Path) -> None:
    base = FakeBase()
    write(folder / "问答.csv", "问题,答案,可见范围\n移机收费吗？,八十元。,公开\n怎么退订？,,公开\n")
    write(folder / "术语.csv", "标准词,同义词\n携号转网,携转；转网\n")
    receipts = run(base, folder)
    faq, terms = base.documents["资费/问答.csv"], base.documents["资费/术语.csv"]
    assert (faq.kind, len(faq.passages), faq.passages[0].audience) == (Kind.FAQ, 1, PUBLIC)
    assert "第 3 行未收" in receipts["资费/问答.csv"].warnings[1]
    assert (terms.kind, terms.passages, len(terms.terms)) == (Kind.TERMS, (), 1)


def test_a_base_that_fails_stops_everything_and_shows_nothing(folder: Path) -> None:
    base = FakeBase()
    write(folder / "宽带" / "规则.md", "# 磁盘已满\n\n正文。\n")
    with pytest.raises(HomeError):
        run(base, folder)
    assert base.documents == {}


def test_one_run_is_one_release_named_after_its_folders(folder: Path) -> None:
    base = FakeBase()
    run(base, folder)
    assert base.notes == ["入库：资费"]


def test_progress_counts_files(folder: Path) -> None:
    told: list[tuple[str, int, int]] = []
    list(sync([folder], kb=FakeBase(), pool=Pool(), progress=lambda *step: told.append(step)))
    assert told == [("read", 1, 2), ("read", 2, 2)]


def test_the_tally_names_what_happened(folder: Path) -> None:
    tally = Tally()
    for receipt in (
        Receipt("a", Status.ADDED, passages=3),
        Receipt("b", Status.REFUSED, "空"),
        Receipt("c", Status.ADDED, passages=4),
    ):
        tally.add(receipt)
    assert str(tally) == "新增 2、拒收 1，写入 7 个段落"
    assert tally.exit_status == 1
    assert str(Tally()) == "没有文件"


class StillClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)


def test_the_real_base_holds_what_the_folder_holds(folder: Path, tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path / "home", embedder=HashEmbedder(), clock=StillClock()) as kb:
        first = list(sync([folder], kb=kb, pool=Pool()))
        again = list(sync([folder], kb=kb, pool=Pool()))
        (folder / "畅行.md").unlink()
        last = list(sync([folder], kb=kb, pool=Pool(), retire_missing=True))
        assert [receipt.status for receipt in first] == [Status.ADDED, Status.ADDED]
        assert [receipt.status for receipt in again] == [Status.UNCHANGED, Status.UNCHANGED]
        assert [receipt.status for receipt in last] == [Status.UNCHANGED, Status.RETIRED]
        assert [each.source for each in kb.documents(OPERATOR)] == ["资费/宽带/规则.md"]
