"""Hostile files through ingestion: none reads, writes, runs or calls anything, none stops the others."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.model import Receipt, Status
from ingest.readers import DEFAULT
from ingest.sync import sync
from ingest.worker import ReaderPool
from kb.errors import InputRefused
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR
from tests.fakes import HashEmbedder
from tests.ingest.hostile import Bait, Hostile, hostile_files
from tests.ingest.reading import read_all

SECRET = "青石板值班口令七七四九"
LIMITS = replace(DEFAULT, total_seconds=60.0, stall_seconds=30.0, memory_bytes=2048 * 1024 * 1024)
FULL = bool(os.environ.get("ZHIYING_FULL"))
STRIDE = 1 if FULL else 10
"""The suite takes every so-manieth file of the list, the full proof all."""
BULKY = 60_000
"""Bytes of a file beyond which it is only read: thousands of passages would prove nothing more."""


class NoonClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture
def bait(tmp_path: Path) -> Iterator[tuple[Bait, socket.socket]]:
    secret = tmp_path / "外面" / "秘密.txt"
    secret.parent.mkdir()
    secret.write_text(SECRET, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield Bait(str(secret), listening.getsockname()[1], str(tmp_path / "外面" / "做成了.txt")), listening


def laid_out(folder: Path, files: tuple[Hostile, ...]) -> Path:
    folder.mkdir()
    for each in files:
        (folder / each.name).write_bytes(each.data)
    return folder


def everything_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def taken(home: Path, folder: Path) -> list[Receipt]:
    """The receipts of one ingestion into a base that is whole afterwards."""
    with (
        ReaderPool(limits=LIMITS) as pool,
        KnowledgeBase.open(home, embedder=HashEmbedder(), clock=NoonClock()) as kb,
    ):
        receipts = list(sync([folder], kb=kb, pool=pool))
        found = kb.verify()
        assert (found.vectors_missing, found.lexical_missing, found.missing_embeddings) == (0, 0, 0)
        assert kb.catalogue.check() == []
        texts = [f"{each.title}{each.source}" for each in kb.documents(OPERATOR)]
        assert not any(SECRET in text for text in texts)
        return receipts


def test_there_are_at_least_two_hundred_of_them_each_under_its_own_name(bait: tuple[Bait, socket.socket]) -> None:
    files = hostile_files(bait[0])
    assert len(files) >= 200
    assert len({each.name for each in files}) == len(files)
    assert all(len(each.name.encode()) <= 255 for each in files)


def test_no_hostile_file_gets_anything_and_none_breaks_anything(
    tmp_path: Path, bait: tuple[Bait, socket.socket]
) -> None:
    reaches, listening = bait
    files = tuple(each for each in hostile_files(reaches) if len(each.data) <= BULKY)[::STRIDE]
    folder = laid_out(tmp_path / "来件", files)
    (folder / "规矩.txt").write_text("移机费八十元一次，当天上门。", encoding="utf-8")
    before, outside = everything_below(folder), everything_below(tmp_path / "外面")

    receipts = taken(tmp_path / "家", folder)

    assert len(receipts) == len(files) + 1
    assert next(each.status for each in receipts if each.source.endswith("规矩.txt")) is Status.ADDED
    wrong = [each for each in receipts if each.status is Status.REFUSED and not sound(each.reason)]
    assert wrong == []
    assert everything_below(folder) == before
    assert everything_below(tmp_path / "外面") == outside
    with pytest.raises(BlockingIOError):
        listening.accept()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "家").rglob("*") if path.is_file())
    assert SECRET.encode() not in kept


def test_a_bulky_hostile_file_is_read_or_refused_and_the_next_one_is_read(
    tmp_path: Path, bait: tuple[Bait, socket.socket]
) -> None:
    files = [each for each in hostile_files(bait[0]) if len(each.data) > BULKY]
    quick = [each for each in files if FULL or each.name in QUICK]
    assert len(quick) >= len(QUICK)
    laid_out(tmp_path / "来件", tuple(quick))
    (tmp_path / "规矩.txt").write_text("移机费八十元一次。", encoding="utf-8")
    with ReaderPool(limits=LIMITS) as pool:
        outcomes = read_all(pool, [tmp_path / "来件" / each.name for each in quick])
        assert pool.read(tmp_path / "规矩.txt").blocks[0].text == "移机费八十元一次。"
    refused = [each.hint for each in outcomes if isinstance(each, InputRefused)]
    assert refused
    assert all(map(sound, refused))
    assert not any(SECRET in str(each) for each in outcomes)


def sound(reason: str) -> bool:
    """A refusal says in Chinese what to do, and shows nothing of the program or the machine."""
    inside = ("Traceback", "意外错误", "/usr/", "site-packages", "object at 0x")
    return reason.endswith(("。", "）")) and not any(word in reason for word in inside)


QUICK = ("深网页.html", "深强调.html", "百万逗号.csv", "引用海.md", "很多部件.docx")


def test_what_is_no_ordinary_file_is_not_even_opened(tmp_path: Path, bait: tuple[Bait, socket.socket]) -> None:
    folder = tmp_path / "来件"
    folder.mkdir()
    os.mkfifo(folder / "管道.txt")
    (folder / "设备.txt").symlink_to("/dev/zero")
    (folder / "外面.txt").symlink_to(bait[0].secret)
    (folder / "绕圈.txt").symlink_to("绕圈.txt")
    (folder / "上级").symlink_to(tmp_path, target_is_directory=True)
    (folder / "真的.txt").write_text("移机费八十元一次。", encoding="utf-8")
    (folder / "同伴.txt").symlink_to("真的.txt")
    (folder / "方向\u202etxt.exe.txt").write_text("移机费八十元一次。", encoding="utf-8")
    with (folder / "巨大.txt").open("wb") as file:
        file.truncate(4 * 1024**3)
    reasons = {each.source.rpartition("/")[2]: each for each in taken(tmp_path / "家", folder)}
    assert {name for name, each in reasons.items() if each.status is Status.ADDED} == {"同伴.txt"}
    assert "管道或设备" in reasons["管道.txt"].reason
    for name in ("设备.txt", "外面.txt"):
        assert "文件夹之外" in reasons[name].reason
    assert "不存在" in reasons["绕圈.txt"].reason
    assert "控制字符" in next(each.reason for name, each in reasons.items() if name.startswith("方向"))
    assert "大小超过上限" in reasons["巨大.txt"].reason
    assert SECRET not in str(reasons)


@pytest.mark.parametrize(
    "manifest",
    [
        "a: &a [x,x,x]\n" + "".join(f"{c}: &{c} [{','.join(['*' + chr(ord(c) - 1)] * 9)}]\n" for c in "bcdefghi"),
        "files: !!python/object/apply:os.system ['touch ../外面/做成了.txt']\n",
        "files:\n  ../../外面/秘密.txt: {title: 出去了}\n",
        "defaults: {audience: [root]}\nfiles: {}\n",
    ],
)
def test_a_hostile_manifest_is_refused_and_does_nothing(
    tmp_path: Path, bait: tuple[Bait, socket.socket], manifest: str
) -> None:
    from ingest.manifest import NAMES

    folder = tmp_path / "来件"
    folder.mkdir()
    (folder / sorted(NAMES)[0]).write_text(manifest, encoding="utf-8")
    (folder / "规矩.txt").write_text("移机费八十元一次。", encoding="utf-8")
    outside = everything_below(tmp_path / "外面")
    receipts = taken(tmp_path / "家", folder)
    assert [each.status for each in receipts] == [Status.REFUSED]
    assert "清单" in receipts[0].reason
    assert everything_below(tmp_path / "外面") == outside
