"""Hostile files given to the one upload of the site: each is refused or read in part, the site goes on."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from tests.assist.whole_site import Whole
from tests.ingest.hostile import Bait, hostile_files

STRIDE = 1 if os.environ.get("ZHIYING_FULL") else 7
"""The suite takes every so-manieth file of the list, the full proof all."""
SECRET = "青石板值班口令七七四九"
LARGEST = 10_000_000


def test_no_hostile_file_gets_in_by_upload(whole: Whole, tmp_path: Path) -> None:
    secret = tmp_path / "秘密.txt"
    secret.write_text(SECRET, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listening, whole.client("trainer") as trainer:
        listening.setblocking(False)
        bait = Bait(str(secret), listening.getsockname()[1], str(tmp_path / "做成了.txt"))
        files = [each for each in hostile_files(bait) if len(each.data) < LARGEST]
        assert len(files) >= 200
        books = [each for each in files if each.name.endswith(".xlsx")]
        sent = [*books, *(each for each in files if each not in books)][::STRIDE]
        wrong: list[object] = []
        for each in sent:
            reply = trainer.post("/api/v1/quiz/import", content=each.data)
            if reply.status_code not in {200, 413, 422} or SECRET in reply.text or "Traceback" in reply.text:
                wrong.append((each.name, reply.status_code, reply.text[:200]))
            if reply.status_code == 200 and not each.name.endswith((".xlsx", ".pptx", ".docx")):
                wrong.append((each.name, "taken for a workbook", reply.text[:200]))
        assert wrong == []
        try:
            listening.accept()
        except BlockingIOError:
            pass
        else:
            raise AssertionError("a file called out")
        bomb = next(each for each in books if each.name.startswith("炸弹"))
        assert "压缩炸弹" in trainer.post("/api/v1/quiz/import", content=bomb.data).text or len(bomb.data) > LARGEST
    assert not (tmp_path / "做成了.txt").exists()


def test_the_upload_is_for_trainers_and_of_bounded_size(whole: Whole) -> None:
    with whole.client("agent") as agent, whole.client("trainer") as trainer, whole.client("anonymous") as nobody:
        assert agent.post("/api/v1/quiz/import", content=b"x").status_code == 403
        assert nobody.post("/api/v1/quiz/import", content=b"x").status_code == 401
        assert trainer.post("/api/v1/quiz/import", content=b"x" * 10_000_001).status_code in {413, 422}
        crossed = trainer.post("/api/v1/quiz/import", content=b"x", headers={"Origin": "http://evil.example"})
        assert crossed.status_code == 403
