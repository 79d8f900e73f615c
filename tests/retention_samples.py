"""The operator's offers, scripts and retention rules as the program ingests them, in a base with a hashing embedder."""

from __future__ import annotations

import shutil
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import yaml

from assist.retention.offers import Sheet, read_sheet
from ingest import readers
from ingest.model import RawDocument
from ingest.sync import sync
from kb.knowledge import KnowledgeBase
from kb.model import INTERNAL, Kind, Passage, Principal, Role, Validity
from kb.rows import ROW, OfferRow
from tests.fakes import HashEmbedder

SAMPLES = Path(__file__).parents[1] / "samples"
FILES = ("offers.xlsx", "scripts.xlsx", "policies/携号转网客户维系操作细则.docx")
TODAY = date(2026, 11, 21)
AGENT = Principal("坐席07", Role.AGENT, "热线一组")
MANAGER = Principal("经理01", Role.DUTY_MANAGER)
CUSTOMER = Principal("客户", Role.CUSTOMER)


class NoonClock:
    """Stands at 2026-11-21, 15:00 in China."""

    def now(self) -> datetime:
        return datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


class Reader:
    """Reads in this process, one file at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def read(self, path: Path) -> RawDocument:
        with self._lock:
            return readers.read(path, ocr=False)


def open_copy(home: Path, folder: Path) -> KnowledgeBase:
    """A base of its own in `folder`, as the one in `home` is now."""
    shutil.copytree(home, folder, ignore=shutil.ignore_patterns("lock"))
    return KnowledgeBase.open(folder, embedder=HashEmbedder(), clock=NoonClock())


def open_samples(folder: Path) -> KnowledgeBase:
    """A base of FILES, ingested with their own manifest entries."""
    samples = folder / "samples"
    for name in FILES:
        target = samples / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLES / name, target)
    manifest = yaml.safe_load((SAMPLES / "manifest.yaml").read_text(encoding="utf-8"))
    manifest["files"] = [entry for entry in manifest["files"] if entry["path"] in FILES]
    (samples / "manifest.yaml").write_text(yaml.safe_dump(manifest, allow_unicode=True), encoding="utf-8")
    base = KnowledgeBase.open(folder / "home", embedder=HashEmbedder(), clock=NoonClock())
    receipts = list(sync([samples], kb=base, pool=Reader()))
    assert [each.reason for each in receipts if each.reason] == []
    return base


def offer(code: str, **fields: object) -> OfferRow:
    """A row of an offer sheet that is whole, with `fields` put in its place."""
    whole: dict[str, object] = {
        "name": f"优惠{code}",
        "content": "月费立减20元×12个月",
        "conditions": "在网满24个月",
        "rule": "tenure_months>=24",
        "authority": "坐席",
        "disclosures": ("到期恢复标准月费",),
        "channels": ("全渠道",),
    }
    return OfferRow.model_validate({"code": code, **whole, **fields})


def sheet(*rows: OfferRow, validity: Validity | None = None) -> Sheet:
    """The sheet of these rows, all in force in the autumn of 2026 unless `validity` says otherwise."""
    days = validity or Validity(date(2026, 10, 1), date(2026, 12, 31))
    return read_sheet([_passage(at, row, days) for at, row in enumerate(rows, start=1)])


def _passage(at: int, row: OfferRow, days: Validity) -> Passage:
    return Passage(
        id=at,
        version_id=1,
        source="样例/offers.xlsx",
        title="优惠清单",
        kind=Kind.OFFER,
        text=f"{row.name}\n优惠内容：{row.content}",
        heading=(),
        page=None,
        section_id=None,
        questions=(row.name,),
        row=ROW.dump_python(row, mode="json"),
        audience=INTERNAL,
        validity=days,
    )
