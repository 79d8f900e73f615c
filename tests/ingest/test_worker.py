"""Reading in a child process: same values, bad files stopped, the pool goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.model import RawDocument
from ingest.readers import DEFAULT, Limits, read
from ingest.worker import ReaderPool
from kb.errors import InputRefused
from tests.ingest.make_files import docx, pdf, scanned_page, write_lines, xlsx
from tests.ingest.reading import read_all

MB = 1024 * 1024


@pytest.fixture
def pool() -> Iterator[ReaderPool]:
    with ReaderPool() as opened:
        yield opened


def text_file(folder: Path, name: str, text: str = "停机保号每月五元。") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_child_gives_the_same_values_as_reading_here(tmp_path: Path, pool: ReaderPool) -> None:
    paths = [
        text_file(tmp_path, "规则.md", "---\nkind: policy\n---\n# 标题\n\n| 甲 | 乙 |\n| - | - |\n| 1 | 2 |\n"),
        docx(tmp_path / "规范.docx", lambda document: document.add_heading("第一章", level=1)),
        xlsx(
            tmp_path / "表.xlsx",
            lambda book: [book.active.append(row) for row in (["问题", "答案"], ["何时？", "明天"])],
        ),
        pdf(tmp_path / "页.pdf", lambda canvas, _: write_lines(canvas, ["内容在此。"]), pages=2),
    ]
    for path in paths:
        assert pool.read(path) == read(path)


def test_a_refusal_comes_through_with_its_hint(tmp_path: Path, pool: ReaderPool) -> None:
    with pytest.raises(InputRefused) as refusal:
        pool.read(text_file(tmp_path, "空.txt", " "))
    assert "没有可读的文字" in refusal.value.hint


def test_many_files_are_read_at_once_bad_ones_among_them(tmp_path: Path, pool: ReaderPool) -> None:
    paths = [
        text_file(tmp_path, f"{number}.txt", "" if number % 3 == 0 else f"第{number}号文件。") for number in range(12)
    ]
    outcomes = read_all(pool, paths)
    for number, outcome in enumerate(outcomes):
        if number % 3 == 0:
            assert isinstance(outcome, InputRefused)
        else:
            assert isinstance(outcome, RawDocument)
            assert outcome.blocks[0].text == f"第{number}号文件。"


def test_two_children_read_the_same_files(tmp_path: Path) -> None:
    paths = [text_file(tmp_path, f"{number}.txt", f"第{number}号文件。") for number in range(6)]
    with ReaderPool(processes=2) as pool:
        outcomes = read_all(pool, paths)
    assert [outcome.blocks[0].text for outcome in outcomes if isinstance(outcome, RawDocument)] == [
        f"第{number}号文件。" for number in range(6)
    ]


@pytest.mark.kill
def test_a_killed_child_is_replaced(tmp_path: Path, pool: ReaderPool) -> None:
    path = text_file(tmp_path, "规则.txt")
    pool.read(path)
    for child in children_of(os.getpid()):
        os.kill(child, signal.SIGKILL)
    assert pool.read(path).blocks


@pytest.mark.kill
def test_a_file_that_takes_too_much_memory_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    hungry = text_file(tmp_path, "大.txt", "字" * (15 * MB))
    limits = replace(DEFAULT, memory_bytes=180 * MB)
    with ReaderPool(limits=limits) as pool:
        with pytest.raises(InputRefused) as refusal:
            pool.read(hungry)
        assert "内存" in refusal.value.hint
        assert pool.read(text_file(tmp_path, "小.txt")).blocks


@pytest.mark.kill
def test_a_file_that_takes_too_long_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    limits = replace(DEFAULT, total_seconds=0.2)
    slow = pdf(tmp_path / "慢.pdf", lambda canvas, _: scanned_page(canvas, ["HOTLINE 10070"]), pages=2)
    with ReaderPool(limits=limits) as pool, pytest.raises(InputRefused) as refusal:
        pool.read(slow)
    assert "超时" in refusal.value.hint


def test_nothing_a_reader_does_can_write_to_the_disk(tmp_path: Path) -> None:
    assert Limits().memory_bytes < 8 * 1024 * MB
    with ReaderPool() as pool:
        before = sorted(tmp_path.rglob("*"))
        pool.read(pdf(tmp_path / "页.pdf", lambda canvas, _: write_lines(canvas, ["内容在此。"])))
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "页.pdf"])


def test_pages_are_told_while_they_are_read(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    path = pdf(tmp_path / "三页.pdf", lambda canvas, _: write_lines(canvas, ["内容。"], y=600), pages=3)
    with ReaderPool(progress=lambda file, done, total: seen.append((file.name, done, total))) as pool:
        pool.read(path)
    assert seen == [("三页.pdf", 1, 3), ("三页.pdf", 2, 3), ("三页.pdf", 3, 3)]


def test_a_closed_pool_refuses(tmp_path: Path) -> None:
    pool = ReaderPool()
    pool.close()
    with pytest.raises(InputRefused):
        pool.read(text_file(tmp_path, "规则.txt"))


def children_of(parent: int) -> list[int]:
    """Process ids of the direct children running the worker."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text().rsplit(")", 1)[1].split()
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if int(stat[1]) == parent and b"ingest.worker" in command:
                found.append(int(folder.name))
    return found
