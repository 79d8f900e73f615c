"""Backup and restore: one consistent archive of a running home, proved before it is put in place."""

from __future__ import annotations

import io
import os
import tarfile
import threading
from pathlib import Path

import pytest

from kb.backup import backup, restore
from kb.errors import HomeError, UsageError
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, PUBLIC, DocumentDraft, Kind, PassageDraft, Principal, Role, SearchQuery
from tests.fakes import HashEmbedder
from tests.kb.test_published import TODAY, DayClock

ROUNDS = 20 if os.environ.get("ZHIYING_FULL") else 2
AGENT = Principal("坐席", Role.AGENT)


def document(number: int) -> DocumentDraft:
    text = f"智慧家庭{number}号套餐每月{number}元，另赠{number}张副卡。"
    return DocumentDraft(
        f"资料/{number}.md", f"资费{number}", Kind.POLICY, "1", audience=PUBLIC, passages=(PassageDraft(0, text),)
    )


def opened(home: Path) -> KnowledgeBase:
    return KnowledgeBase.open(home, embedder=HashEmbedder(), clock=DayClock())


def answers(kb: KnowledgeBase, numbers: range) -> list[list[str]]:
    found = [kb.search(SearchQuery(f"智慧家庭{n}号套餐每月多少元", AGENT, TODAY, k=3)).hits for n in numbers]
    return [[hit.passage.text for hit in hits] for hits in found]


def grow(kb: KnowledgeBase, numbers: range) -> None:
    for number in numbers:
        with kb.release(OPERATOR) as release:
            release.put(document(number))


def test_a_restored_home_answers_as_the_one_it_came_from(tmp_path: Path) -> None:
    with opened(tmp_path / "home") as kb:
        grow(kb, range(1, 6))
        (tmp_path / "home" / "settings.toml").write_text("", encoding="utf-8")
        done = backup(kb.catalogue, kb.home.root, tmp_path / "a.tar.gz", clock=DayClock())
        expected = answers(kb, range(1, 6))
    assert done.files == 2
    restore(tmp_path / "a.tar.gz", tmp_path / "again")
    with opened(tmp_path / "again") as kb:
        assert answers(kb, range(1, 6)) == expected
        assert kb.verify().ok
        assert kb.catalogue.check() == []


def test_backups_under_load_hold_whole_releases_and_answer_as_they_did(tmp_path: Path) -> None:
    stop = threading.Event()
    with opened(tmp_path / "home") as kb:
        grow(kb, range(1, 4))
        expected = answers(kb, range(1, 4))
        faults: list[Exception] = []

        def load() -> None:
            number = 100
            try:
                while not stop.is_set():
                    grow(kb, range(number, number + 1))
                    answers(kb, range(1, 4))
                    number += 1
            except Exception as error:
                faults.append(error)

        worker = threading.Thread(target=load)
        worker.start()
        try:
            for n in range(ROUNDS):
                backup(kb.catalogue, kb.home.root, tmp_path / f"{n}.tar.gz", clock=DayClock())
        finally:
            stop.set()
            worker.join()
    assert faults == []
    for n in range(ROUNDS):
        restore(tmp_path / f"{n}.tar.gz", tmp_path / f"home{n}")
        with opened(tmp_path / f"home{n}") as kb:
            assert kb.catalogue.check() == []
            assert kb.verify().ok
            again = answers(kb, range(1, 4))
            assert [found[0] for found in again] == [found[0] for found in expected]
        with opened(tmp_path / f"home{n}") as kb:
            assert answers(kb, range(1, 4)) == again


def test_an_altered_archive_restores_nothing(tmp_path: Path) -> None:
    with opened(tmp_path / "home") as kb:
        grow(kb, range(1, 2))
        backup(kb.catalogue, kb.home.root, tmp_path / "a.tar.gz", clock=DayClock())
    whole = (tmp_path / "a.tar.gz").read_bytes()
    for n, broken in enumerate((whole[: len(whole) // 2], whole[:-200], b"", whole[:400] + b"\0" * 40 + whole[440:])):
        archive = tmp_path / f"broken{n}.tar.gz"
        archive.write_bytes(broken)
        with pytest.raises(HomeError):
            restore(archive, tmp_path / "again")
        assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "a/../../outside"])
def test_an_archive_cannot_write_outside_its_folder(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo(name)
        info.size = 4
        tar.addfile(info, io.BytesIO(b"evil"))
    with pytest.raises(HomeError):
        restore(tmp_path / "evil.tar.gz", tmp_path / "again")
    assert not list(tmp_path.rglob("outside"))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    with opened(tmp_path / "home") as kb:
        grow(kb, range(1, 2))
        backup(kb.catalogue, kb.home.root, tmp_path / "a.tar.gz", clock=DayClock())
        for taken in (tmp_path / "a.tar.gz", tmp_path / "home" / "b.tar.gz", tmp_path / "none" / "c.tar.gz"):
            with pytest.raises(UsageError):
                backup(kb.catalogue, kb.home.root, taken, clock=DayClock())
    with pytest.raises(UsageError):
        restore(tmp_path / "a.tar.gz", tmp_path / "home")
