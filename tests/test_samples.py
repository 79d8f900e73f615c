"""The sample knowledge and its evaluation cases keep what is promised of them, read as an import reads them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook

from evals.cases import Case, case_files, read_cases
from evals.measures import MAX_HIT_CHARS, fold, same_source
from ingest import readers
from ingest.model import RawDocument, Receipt, Status
from ingest.sync import sync
from kb.model import PUBLIC, Audience, DocumentDraft, Kind, Principal, Role, Validity

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
TODAY = date(2026, 11, 21)
AGENT, CUSTOMER = Principal("1001", Role.AGENT), Principal("", Role.CUSTOMER)
BUSINESS_TYPES = {"业务咨询", "话费/账单查询", "业务受理", "故障申告", "投诉与建议"}
FILES = case_files([ROOT / "evals" / "cases"])
ROWS = {"scripts": 80, "yingzhi": 120, "faq": 80, "offers": 25, "terms": 100}


@dataclass(frozen=True)
class Put:
    status: str
    passages: int


@dataclass
class Shelf:
    """Keeps the drafts an import makes."""

    drafts: dict[str, DocumentDraft] = field(default_factory=dict)
    sources: frozenset[str] = frozenset()

    def unchanged(self, source: str, fingerprint: str) -> bool:
        return False

    def put(self, draft: DocumentDraft) -> Put:
        self.drafts[draft.source] = draft
        return Put("added", len(draft.passages))

    def retire(self, source: str) -> bool:
        raise AssertionError(source)

    @contextmanager
    def release(self, principal: Principal, note: str = "", *, progress: object = None) -> Iterator[Shelf]:
        yield self


class Reader:
    """Reads in this process, one file at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def read(self, path: Path) -> RawDocument:
        with self.lock:
            return readers.read(path, ocr=False)


@dataclass(frozen=True)
class Piece:
    """A passage with its own or inherited days and audience; `folded` as case strings are compared."""

    text: str
    folded: str
    validity: Validity
    audience: Audience


@cache
def imported() -> tuple[dict[str, DocumentDraft], list[Receipt]]:
    shelf = Shelf()
    receipts = list(sync([SAMPLES], kb=shelf, pool=Reader()))
    return shelf.drafts, receipts


@cache
def pieces(source: str) -> tuple[Piece, ...]:
    draft = next(draft for name, draft in imported()[0].items() if same_source(name, source))
    return tuple(
        Piece(each.text, fold(each.text), each.validity or draft.validity, each.audience or draft.audience)
        for each in draft.passages
    )


def document(name: str) -> DocumentDraft:
    return next(draft for source, draft in imported()[0].items() if name in source)


def rows(name: str) -> list[dict[str, object]]:
    head, *lines = load_workbook(SAMPLES / f"{name}.xlsx").worksheets[0].iter_rows(values_only=True)
    return [dict(zip(map(str, head), line, strict=True)) for line in lines]


def manifest() -> list[dict[str, object]]:
    return list(yaml.safe_load((SAMPLES / "manifest.yaml").read_text("utf-8"))["files"])


def test_the_whole_folder_is_taken_without_refusal_or_remark() -> None:
    _, receipts = imported()
    assert {receipt.status for receipt in receipts} == {Status.ADDED}
    assert [receipt.source for receipt in receipts if receipt.warnings] == []


def test_every_file_is_described_and_every_description_has_its_file() -> None:
    described = {str(entry["path"]) for entry in manifest()}
    present = {path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*") if path.is_file()}
    assert described <= present
    assert {path for path in present - described if not path.endswith(".md")} == {"manifest.yaml"}
    markdown = [SAMPLES / path for path in present if path.endswith(".md")]
    assert all(path.read_text("utf-8").startswith("---\ntitle:") for path in markdown)
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < 4_000_000


def test_policies_come_in_every_format_and_state_their_first_day() -> None:
    policies = [draft for draft in imported()[0].values() if draft.kind is Kind.POLICY]
    assert len(policies) >= 10
    formats = {Path(draft.source).suffix for draft in policies}
    assert formats == {".pdf", ".docx", ".html", ".md", ".pptx"}
    assert all(draft.validity.effective_from for draft in policies)
    assert all(draft.department and draft.version_label for draft in policies)
    begins = [draft.validity.effective_from for draft in policies]
    assert any(day > TODAY for day in begins if day)


def test_what_is_superseded_ends_the_day_before_its_successor_begins() -> None:
    drafts, _ = imported()
    pairs = [(drafts[old], draft) for draft in drafts.values() for old in draft.supersedes]
    assert len(pairs) >= 4
    ended = [old for old, _ in pairs if not old.validity.covers(TODAY)]
    assert len(ended) >= 2
    for old, new in pairs:
        assert new.validity.effective_from is not None
        assert old.validity.effective_to == new.validity.effective_from - timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "figures", "others"),
    [
        ("畅行系列资费-2025版", ("畅行59；月费：59元；国内流量：15GB", "0.29元/MB"), ("5元/GB",)),
        ("畅行系列资费-2026版", ("畅行59；月费：59元；国内流量：20GB", "5元/GB"), ("0.29元/MB",)),
        ("停复机与保号规则-2024版", ("停机保号10元/月", "最长3个月"), ("最长12个月",)),
        ("停复机与保号规则-2026版", ("停机保号5元/月", "最长12个月"), ()),
        ("家庭宽带业务规则-2026版", ("移机费80元/次", "一次最长6个月"), ("50元/次",)),
        ("家庭宽带业务规则-2027版", ("50元/次", "最长12个月"), ()),
        ("漫游资费-2026版", ("A区；计费方式：日包；价格：28元/天",), ("39元/天",)),
        ("漫游资费-2027版", ("A区日包由28元/天调整为25元/天",), ()),
    ],
)
def test_versions_differ_in_their_figures(name: str, figures: tuple[str, ...], others: tuple[str, ...]) -> None:
    text = fold("".join(passage.text for passage in document(name).passages))
    assert [figure for figure in figures if fold(figure) not in text] == []
    assert [figure for figure in others if fold(figure) in text] == []


@pytest.mark.parametrize(
    ("name", "quote", "first"),
    [
        ("合约与违约金规则", "申请分3期按月缴纳", date(2026, 12, 1)),
        ("账单发票与缴费说明", "设置“按月自动开票”", date(2026, 12, 1)),
        ("销户过户补卡实名", "线上销户自2026年9月1日起支持", date(2026, 9, 1)),
    ],
)
def test_a_clause_that_begins_later_is_shown_from_its_own_day(name: str, quote: str, first: date) -> None:
    draft = document(name)
    dated = [each for each in draft.passages if fold(quote) in fold(each.text)]
    assert [each.validity.effective_from for each in dated if each.validity] == [first]
    assert draft.validity.covers(first - timedelta(days=1))
    own = [each for each in draft.passages if each.validity and each.validity != draft.validity]
    assert own == dated


@pytest.mark.parametrize(("name", "least"), ROWS.items())
def test_there_are_enough_rows_and_each_has_its_own_key(name: str, least: int) -> None:
    table = rows(name)
    assert len(table) >= least
    keys = [next(iter(row.values())) for row in table]
    assert len(set(keys)) == len(keys)
    if name != "terms":
        assert all(row["可见范围"] and row["生效日期"] for row in table)
        assert len(document(f"{name}.xlsx").passages) == len(table)


def test_scripts_cover_the_scenarios_and_business_types() -> None:
    scenarios = Counter(row["场景"] for row in rows("scripts"))
    wanted = "开场 回应问候 称呼客户 无声电话 通话障碍 等待 转接 回拨 结束 投诉安抚 服务补救 客户挽留 VIP 服务"
    assert [name for name in wanted.replace("VIP 服务", "").split() if name not in scenarios] == []
    assert "VIP 服务" in scenarios
    assert {row["业务类型"] for row in rows("scripts")} == BUSINESS_TYPES
    assert {row["业务类型"] for row in rows("faq")} <= BUSINESS_TYPES


def test_every_product_is_a_standard_word_of_the_glossary() -> None:
    words = {str(row["标准词"]) for row in rows("terms")}
    named = {str(product) for entry in manifest() for product in _listed(entry.get("product"))}
    named |= {product for row in rows("offers") for product in str(row["产品"]).split("；")}
    assert named - words == set()


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def test_customers_see_nothing_of_authority_and_limits() -> None:
    secret = ("≤20元", "单户挽留资源", "补偿权限", "单笔退费上限", "原因码", "挽留成功率")
    seen = [piece for source in imported()[0] for piece in pieces(source) if piece.audience == PUBLIC]
    assert len(seen) > 200
    assert [piece.text for piece in seen if any(word in piece.text for word in secret)] == []


def test_there_are_enough_cases_of_every_sort() -> None:
    cases = [case for path in FILES for case in read_cases([path])]
    assert len(cases) >= 250
    assert len({case.id for case in cases}) == len(cases)
    assert sum(case.unanswerable for case in cases) >= 60
    assert [case.id for case in cases if case.as_of is None] == []
    tags = Counter(tag for case in cases for tag in case.tags)
    assert {tag: tags[tag] for tag in ("dates", "public", "followup", "spoken") if tags[tag] < 30} == {}
    assert [case.id for case in cases if "followup" in case.tags and not case.history] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_gold_can_be_found_by_the_one_who_asks_on_that_day(path: Path) -> None:
    faults = [f"{case.id}: {fault}" for case in read_cases([path]) for fault in _faults(case)]
    assert faults == []


def _faults(case: Case) -> Iterator[str]:
    """What is wrong with a case against the samples as they are read; never shows the question."""
    if case.unanswerable:
        if case.gold or case.facts:
            yield "无答案的用例不应有出处或事实"
        return
    if not case.gold:
        yield "缺少出处"
    asker = CUSTOMER if case.audience == "public" else AGENT
    found = []
    for gold in case.gold:
        quoted = [piece for piece in pieces(gold.source) if fold(gold.quote) in piece.folded]
        in_force = [piece for piece in quoted if case.as_of and piece.validity.covers(case.as_of)]
        visible = [piece for piece in in_force if piece.audience.admits(asker) and len(piece.text) <= MAX_HIT_CHARS]
        if not visible:
            yield f"{gold.source}：引文不在原文、当日无效或不可见"
        found += visible
    facts = [fold(fact) for fact in case.facts]
    if not any(all(fact in piece.folded for fact in facts) for piece in found):
        yield "没有一段同时写着全部事实"
    if any(fold(word) in fact for word in case.forbid for fact in facts):
        yield "禁止出现的正是答案"
