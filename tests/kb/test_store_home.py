"""The catalogue's file: opened, migrated, shared by threads, and safe when the disk, the file or the process fails."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from kb.errors import HomeError, UsageError
from kb.model import OPERATOR, DocumentDraft, Kind, PassageDraft
from kb.store import Catalogue, sqlite_url
from kb.store.engine import translated
from kb.store.schema import HEAD, MIGRATIONS
from kb.store.tables import metadata
from tests.kb.catalogues import SetClock, tariff

ROOT = Path(__file__).parents[2]


def long_document(source: str, passages: int, fingerprint: str = "甲") -> DocumentDraft:
    texts = (f"第{at}款：客户可以在营业厅、网上营业厅或者热线办理本业务。" * 8 for at in range(passages))
    return DocumentDraft(
        source=source,
        title="长文",
        kind=Kind.POLICY,
        fingerprint=fingerprint,
        passages=tuple(PassageDraft(ordinal=at, text=text) for at, text in enumerate(texts)),
    )


def run(program: str, *arguments: str, expect: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program), *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == expect, done.stderr
    return done.stdout.strip()


def test_what_is_written_is_there_when_it_is_opened_again(url: str, clock: SetClock) -> None:
    with Catalogue.open(url, clock=clock) as catalogue:
        version = catalogue.documents.put(tariff())
    with Catalogue.open(url, clock=clock) as catalogue:
        assert catalogue.documents.find("资费/畅行套餐.md", "一版") == version


def test_only_its_owner_may_read_the_file(url: str, tmp_path: Path, clock: SetClock) -> None:
    Catalogue.open(url, clock=clock).close()
    assert stat.S_IMODE((tmp_path / "catalogue.db").stat().st_mode) == 0o600


def test_every_connection_is_set_for_safety(url: str, clock: SetClock) -> None:
    with Catalogue.open(url, clock=clock) as catalogue, catalogue._database.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "delete", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


def test_the_migrations_make_exactly_the_tables_the_program_uses(catalogue: Catalogue) -> None:
    with catalogue._database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_the_program_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_catalogue_of_a_newer_program_is_left_alone(url: str, tmp_path: Path, clock: SetClock) -> None:
    Catalogue.open(url, clock=clock).close()
    raw = sqlite3.connect(tmp_path / "catalogue.db")
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    with pytest.raises(HomeError) as refused:
        Catalogue.open(url, clock=clock)
    assert "升级程序" in refused.value.hint


def test_a_migration_cut_short_leaves_nothing_behind(url: str, tmp_path: Path, clock: SetClock) -> None:
    raw = sqlite3.connect(tmp_path / "catalogue.db")
    raw.execute("CREATE TABLE settings (mine TEXT)")
    raw.commit()
    with pytest.raises(HomeError):
        Catalogue.open(url, clock=clock)
    assert [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")] == [
        "settings"
    ]
    raw.close()


@pytest.mark.parametrize("url", ["sqlite://", "mysql://host/db", "不是地址"])
def test_an_address_that_is_none_is_refused(url: str, clock: SetClock) -> None:
    with pytest.raises(UsageError) as refused:
        Catalogue.open(url, clock=clock)
    assert "数据库" in refused.value.hint or "文件" in refused.value.hint


def test_a_home_may_have_any_name(tmp_path: Path, clock: SetClock) -> None:
    folder = tmp_path / "知识库 50%25?a=b#c@d"
    folder.mkdir()
    with Catalogue.open(sqlite_url(folder / "catalogue.db"), clock=clock) as catalogue:
        catalogue.documents.put(tariff())
    assert (folder / "catalogue.db").stat().st_size > 0


def test_a_database_server_that_is_not_there_is_told_without_its_password(clock: SetClock) -> None:
    pytest.importorskip("psycopg", reason="PostgreSQL tests need: pip install 'psycopg[binary]'")
    with pytest.raises(HomeError) as refused:
        Catalogue.open("postgresql+psycopg://kb:hunter2@127.0.0.1:1/kb", clock=clock)
    assert "连不上数据库服务器" in refused.value.hint
    assert "hunter2" not in refused.value.message + refused.value.hint


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, clock: SetClock) -> None:
    with pytest.raises(HomeError) as refused:
        Catalogue.open(f"sqlite:///{tmp_path / '没有' / 'catalogue.db'}", clock=clock)
    assert "权限" in refused.value.hint


def test_a_file_that_is_no_database_is_told(url: str, tmp_path: Path, clock: SetClock) -> None:
    (tmp_path / "catalogue.db").write_bytes("这不是数据库。".encode() * 500)
    with pytest.raises(HomeError) as refused:
        Catalogue.open(url, clock=clock)
    assert "损坏" in refused.value.hint
    assert (tmp_path / "catalogue.db").read_bytes() == "这不是数据库。".encode() * 500


def test_a_damaged_page_is_told_and_found_by_the_check(url: str, tmp_path: Path, clock: SetClock) -> None:
    with Catalogue.open(url, clock=clock) as catalogue:
        version = catalogue.documents.put(long_document("长文.md", 400))
        ids = catalogue.documents.passage_ids([version]).tolist()
    file = tmp_path / "catalogue.db"
    content = bytearray(file.read_bytes())
    # The schema and the roots of all tables stand in the first pages; the document comes after them.
    for page in range(80, len(content) // 4096):
        content[page * 4096 : page * 4096 + 200] = os.urandom(200)
    file.write_bytes(content)
    with Catalogue.open(url, clock=clock) as catalogue:
        with pytest.raises(HomeError) as refused:
            catalogue.documents.passages(ids)
        assert "损坏" in refused.value.hint
        assert catalogue.check() != []


def test_another_program_that_holds_the_file_is_told(
    url: str, tmp_path: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.store.engine.BUSY_MS", 50)
    with Catalogue.open(url, clock=clock) as catalogue:
        other = sqlite3.connect(tmp_path / "catalogue.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(HomeError) as refused:
            catalogue.documents.put(tariff())
        other.execute("ROLLBACK")
        other.close()
        assert "占用" in refused.value.hint
        assert catalogue.documents.put(tariff()) > 0


def test_a_full_database_undoes_the_write_and_goes_on_when_there_is_room(url: str, clock: SetClock) -> None:
    with Catalogue.open(url, clock=clock) as catalogue:
        kept = catalogue.documents.put(tariff())
        with catalogue._database.read() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(HomeError) as refused:
            catalogue.documents.put(long_document("长文.md", 500))
        assert "磁盘已满" in refused.value.hint
        assert catalogue.documents.find("长文.md", "甲") is None
        with catalogue._database.read() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1000000")
        assert catalogue.documents.put(long_document("长文.md", 500)) > kept
        assert catalogue.check() == []


def test_a_disk_that_takes_no_more_loses_nothing(url: str, tmp_path: Path, clock: SetClock) -> None:
    with Catalogue.open(url, clock=clock) as catalogue:
        catalogue.documents.put(tariff())
    size = (tmp_path / "catalogue.db").stat().st_size
    told = run(
        """
        import resource, sys
        from kb.clock import SystemClock
        from kb.errors import HomeError
        from kb.store import Catalogue
        from tests.kb.test_store_home import long_document
        catalogue = Catalogue.open(sys.argv[1], clock=SystemClock())
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
        try:
            catalogue.documents.put(long_document("长文.md", 2000))
        except HomeError as error:
            print(error.hint)
        print(len(catalogue.documents.passages([1, 2])))
        """,
        url,
        str(size + 300_000),
    )
    hint, still_readable = told.splitlines()
    assert "磁盘已满" in hint
    assert still_readable == "2"
    with Catalogue.open(url, clock=clock) as catalogue:
        assert catalogue.documents.find("长文.md", "甲") is None
        assert len(catalogue.documents.passages([1, 2])) == 2
        assert catalogue.check() == []


@pytest.mark.kill
def test_a_process_killed_in_the_middle_of_a_put_leaves_no_half_document(url: str, clock: SetClock) -> None:
    with Catalogue.open(url, clock=clock) as catalogue:
        catalogue.documents.put(tariff())
    run(
        """
        import os, signal, sys
        from kb.clock import SystemClock
        from kb.store import Catalogue, documents
        from tests.kb.test_store_home import long_document
        catalogue = Catalogue.open(sys.argv[1], clock=SystemClock())
        # The last thing before the commit: everything of the document has been written.
        documents.audit.record = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        catalogue.documents.put(long_document("长文.md", 3000))
        """,
        url,
        expect=-signal.SIGKILL,
    )
    with Catalogue.open(url, clock=clock) as catalogue:
        assert catalogue.documents.find("长文.md", "甲") is None
        assert catalogue.check() == []
        assert catalogue.documents.put(long_document("长文.md", 30)) > 0


def test_many_threads_read_while_one_writes(url: str, clock: SetClock) -> None:
    with Catalogue.open(url, clock=clock) as catalogue:
        version = catalogue.documents.put(tariff())
        release = catalogue.releases.start("ingest", OPERATOR)
        catalogue.releases.place(release.id, version)
        catalogue.releases.activate(release.id)
        ids = catalogue.documents.passage_ids([version]).tolist()
        finished = threading.Event()

        def read() -> int:
            rounds = 0
            while not finished.is_set():
                assert len(catalogue.documents.passages(ids)) == 2
                active = catalogue.releases.active()
                assert active is not None
                assert len(catalogue.releases.roster(active.id)) >= 2
                rounds += 1
            return rounds

        with ThreadPoolExecutor(6) as pool:
            readers = [pool.submit(read) for _ in range(6)]
            try:
                for number in range(8):
                    following = catalogue.releases.start("ingest", OPERATOR)
                    put = catalogue.documents.put(long_document(f"{number}.md", 200))
                    catalogue.releases.place(following.id, put)
                    hashes = [hashed for hashed, _ in catalogue.documents.missing_embeddings([put], "模型")]
                    catalogue.embeddings.put("模型", hashes, np.ones((len(hashes), 16), dtype=np.float32))
                    catalogue.releases.activate(following.id)
            finally:
                finished.set()
            assert all(reader.result() > 0 for reader in readers)
        active = catalogue.releases.active()
        assert active is not None
        assert len(catalogue.releases.roster(active.id)) == 2 + 8 * 200


def test_what_the_database_says_is_never_shown_beyond_its_first_line() -> None:
    error = translated("duplicate key\nDETAIL: Key (text)=(客户手机号13800138000) already exists.")
    assert "13800138000" not in error.message + error.hint
    assert error.exit_status == 3
