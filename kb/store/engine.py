"""Connections to the catalogue's database: short reads, one writer, errors in Chinese; for `kb.store` only."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy import exc as sa_exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from kb.clock import Clock
from kb.errors import HomeError, UsageError

CHUNK = 1000
"""Ids in one IN list: far below SQLite's limit on variables, and a short time to hold a read lock."""

BUSY_MS = 5000
_WRITE = "zhiying_write"
_PG_WRITER = 7_401_951

_Item = TypeVar("_Item")

_HINTS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("database is locked", "database table is locked", "lock timeout"),
        "the catalogue is locked by another program",
        "知识库目录正被其他程序占用（如备份或数据库工具），请关闭它后重试；本次操作已整体撤销，原有内容不受影响。",
    ),
    (
        ("database or disk is full", "disk i/o error", "no space left", "could not extend file", "disk full"),
        "the disk is full or failing: the catalogue cannot be written",
        "磁盘已满或读写出错，请清理磁盘空间（或更换磁盘）后重试；本次操作已整体撤销，原有内容不受影响。",
    ),
    (
        ("file is not a database", "disk image is malformed", "malformed database schema", "file is encrypted"),
        "the catalogue file is damaged",
        "知识库目录文件已损坏。请先停止使用并保留原文件，再用最近的备份恢复；没有备份时，移走损坏的文件后重新导入文档。",
    ),
    (
        ("readonly database", "unable to open database file", "read-only"),
        "the catalogue file cannot be opened for writing",
        "知识库目录无法写入，请检查所在文件夹是否存在、当前用户是否有读写权限。",
    ),
    (
        ("connection refused", "could not connect", "connection failed", "connection to server", "server closed"),
        "the database server cannot be reached",
        "连不上数据库服务器，请检查数据库地址、账号和网络后重试。",
    ),
)


class Database:
    """One catalogue's database. Reads run side by side; writes wait for one another, in this process and beyond it."""

    def __init__(self, url: str | Path, *, clock: Clock) -> None:
        """`url` is an SQLAlchemy URL, or the path of a SQLite file that is never written again and opened so."""
        self.clock = clock
        self._engine = _sealed_engine(url) if isinstance(url, Path) else _make_engine(_parse(url))
        self._writing = threading.Lock()

    @property
    def dialect(self) -> str:
        """Either "sqlite" or "postgresql"."""
        return self._engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A short transaction over one consistent state. Never hand control to a caller while it is open."""
        with domain_errors(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The one write transaction: committed at the end, undone whole by any exception."""
        with domain_errors(), self._writing, self._engine.connect() as connection:
            marked = connection.execution_options(**{_WRITE: True})
            with marked.begin():
                if self.dialect == "postgresql":
                    marked.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PG_WRITER})
                yield marked

    def compact(self) -> None:
        """Rewrites an SQLite file without what was deleted from it; a server's database looks after itself."""
        if self.dialect != "sqlite":
            return
        with domain_errors(), self._writing:
            raw = self._engine.raw_connection()
            try:
                raw.cursor().execute("VACUUM")
            finally:
                raw.close()

    def insert_new(self, table: Table) -> Any:
        """An INSERT for `table` that leaves out rows already there."""
        dialect = postgresql if self.dialect == "postgresql" else sqlite
        return dialect.insert(table).on_conflict_do_nothing()

    def copy_to(self, path: Path) -> None:
        """Writes the database as it is at one moment to a new SQLite file; raises UsageError for PostgreSQL."""
        if self.dialect != "sqlite":
            raise UsageError(
                "only a SQLite catalogue is copied",
                hint="目录库在 PostgreSQL 里，请用 pg_dump 备份数据库，知识库目录按文件备份即可。",
            )
        _create_private(path)
        with self.read() as connection, contextlib.closing(sqlite3.connect(path)) as target:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            source.backup(target)

    def close(self) -> None:
        """Closes every idle connection."""
        self._engine.dispose()


def sqlite_url(path: Path) -> str:
    """The URL of a catalogue file, whatever characters its path holds."""
    return URL.create("sqlite", database=str(path)).render_as_string()


@contextmanager
def domain_errors() -> Iterator[None]:
    """Turns whatever the database raises into a HomeError that says in Chinese what to do."""
    try:
        yield
    except sa_exc.IntegrityError as error:
        raise UsageError(
            f"the catalogue refused inconsistent data: {_first_line(error.orig)}",
            hint="引用的内容不存在或与已有内容冲突，请刷新后重试。",
        ) from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise translated(str(error.orig if isinstance(error, sa_exc.DBAPIError) else error)) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise translated("no space left") from error
        raise


def translated(message: str) -> HomeError:
    """The HomeError for what a database said; `message` may hold anything, only known parts of it are repeated."""
    lowered = message.lower()
    for needles, what, hint in _HINTS:
        if any(needle in lowered for needle in needles):
            return HomeError(what, hint=hint)
    return HomeError(
        f"the catalogue failed: {_first_line(message)}",
        hint="知识库目录出错，本次操作已整体撤销；请重试，仍然出错时请联系管理员查看日志。",
    )


def chunks(items: Collection[_Item], size: int = CHUNK) -> Iterator[Sequence[_Item]]:
    """`items` in pieces of at most `size`, in order."""
    listed = list(items)
    for start in range(0, len(listed), size):
        yield listed[start : start + size]


def _first_line(message: object) -> str:
    lines = str(message).strip().splitlines()
    return lines[0][:200] if lines else "no message"


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except sa_exc.ArgumentError as error:
        raise UsageError(
            "not a database URL", hint="数据库地址写法不对，例如 postgresql+psycopg://用户:密码@主机/库名。"
        ) from error
    backend = parsed.get_backend_name()
    if backend not in {"sqlite", "postgresql"}:
        raise UsageError(
            f"database {backend!r} is not supported", hint="只支持 SQLite 和 PostgreSQL 数据库，请修改数据库地址。"
        )
    if backend == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise UsageError("the catalogue needs a file", hint="知识库目录需要保存在文件中，请给出文件路径。")
    return parsed


def _make_engine(url: URL) -> Engine:
    options: dict[str, Any] = {
        "pool_size": 8,
        "max_overflow": 56,
        "pool_timeout": 30,
        "json_serializer": _to_json,
        "json_deserializer": _from_json,
    }
    try:
        if url.get_backend_name() == "sqlite":
            _create_private(Path(url.database or ""))
            engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000}, **options)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        return create_engine(url, pool_pre_ping=True, **options)
    except ModuleNotFoundError as error:
        raise HomeError(
            f"the database driver {error.name} is not installed",
            hint="缺少 PostgreSQL 驱动，请安装：pip install 'psycopg[binary]'。",
        ) from error


def _sealed_engine(path: Path) -> Engine:
    """Reads a finished SQLite file: without locks, journals or any possibility of writing."""
    if not path.is_file():
        raise translated("unable to open database file")
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    return create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(address, uri=True, check_same_thread=False),
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=56,
        json_serializer=_to_json,
        json_deserializer=_from_json,
    )


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _from_json(written: str) -> Any:
    # Most lists of a passage are empty, and a search reads hundreds.
    return [] if written == "[]" else json.loads(written)


def _create_private(path: Path) -> None:
    """Makes a new database file readable by its owner only; an existing one is left as it is."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise translated("no space left") from error
        raise translated("unable to open database file") from error


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # SQLAlchemy's documented way to have BEGIN sent by us, so that reads see one state and DDL can be undone.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        # Not WAL: SQLite 3.7.0 to 3.51.2 can corrupt a WAL database when it resets the log.
        "journal_mode=DELETE",
        "synchronous=FULL",
        "foreign_keys=ON",
        # A big document stays in memory until its commit, so that readers wait for the commit only.
        "cache_spill=OFF",
        "temp_store=MEMORY",
        # What is erased is overwritten, not only forgotten.
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
