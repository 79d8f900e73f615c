"""Releases: named sets of document versions, of which one answers; the base builds and activates them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, Row, delete, insert, literal, select, update

from kb.errors import UsageError
from kb.model import OPERATOR, Principal
from kb.store import audit
from kb.store.engine import Database
from kb.store.roster import build_roster
from kb.store.tables import documents, release_versions, releases, versions
from kb.store.values import Release, ReleaseKind, ReleaseState, Roster, VersionRef

_OPEN = (ReleaseState.BUILDING, ReleaseState.CANDIDATE)


class Releases:
    """Which version of which source answers, has answered or may answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def active(self) -> Release | None:
        """The release that answers, None before the first."""
        with self._database.read() as connection:
            return _active(connection)

    def get(self, release_id: int) -> Release | None:
        """A release by id, None when unknown."""
        with self._database.read() as connection:
            row = connection.execute(select(releases).where(releases.c.id == release_id)).first()
        return None if row is None else _release(row)

    def history(self, limit: int = 100) -> list[Release]:
        """Releases of every state, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(releases).order_by(releases.c.id.desc()).limit(limit)).all()
        return [_release(row) for row in rows]

    def start(
        self, kind: ReleaseKind | str, principal: Principal, note: str = "", *, copy_of: int | None = None
    ) -> Release:
        """A new release in state building with the versions of the active one, or of `copy_of` (a rollback).

        What an ingestion or rollback left building is abandoned: only one process builds at a time. Drafts, on which
        people work for days, stay.
        """
        with self._database.write() as connection:
            at = self._database.clock.now()
            connection.execute(
                update(releases)
                .where(releases.c.state == ReleaseState.BUILDING, releases.c.kind != ReleaseKind.DRAFT)
                .values(state=ReleaseState.ABANDONED)
            )
            active = _active(connection)
            base = active.id if active else None
            row = {
                "kind": ReleaseKind(kind).value,
                "state": ReleaseState.BUILDING.value,
                "base_id": base,
                "author": principal.id,
                "note": note,
                "created_at": at,
            }
            new = int(connection.execute(insert(releases).values(row).returning(releases.c.id)).scalar_one())
            _copy(connection, copy_of if copy_of is not None else base, new)
            audit.record(connection, at, principal.id, "release.start", str(new), {"kind": row["kind"], "base": base})
            return _require(connection, new)

    def place(self, release_id: int, version_id: int) -> None:
        """Puts a version into an open release, in place of any other of the same source."""
        self.place_all(release_id, [version_id])

    def place_all(self, release_id: int, version_ids: Collection[int]) -> None:
        """Places many versions in one transaction: a commit waits for the disk, and an ingestion has many files."""
        with self._database.write() as connection:
            _require_open(connection, release_id)
            for version_id in version_ids:
                _place(connection, release_id, version_id)

    def retire(self, release_id: int, source: str) -> bool:
        """Takes a source out of an open release; False when it was not in it."""
        with self._database.write() as connection:
            _require_open(connection, release_id)
            document = connection.execute(select(documents.c.id).where(documents.c.source == source)).scalar()
            return document is not None and _drop(connection, release_id, document)

    def propose(self, release_id: int) -> Release:
        """Closes a building release to automatic abandoning: it waits as a candidate for gates and approval."""
        with self._database.write() as connection:
            _require_open(connection, release_id)
            connection.execute(update(releases).where(releases.c.id == release_id).values(state=ReleaseState.CANDIDATE))
            return _require(connection, release_id)

    def activate(
        self, release_id: int, *, approver: Principal = OPERATOR, override_reason: str | None = None
    ) -> Release:
        """Makes an open release the one that answers, in one transaction; the one before becomes superseded.

        Raises UsageError when another release was activated since this one started: it would silently undo that one.
        """
        with self._database.write() as connection:
            at = self._database.clock.now()
            release = _require_open(connection, release_id)
            active = _active(connection)
            if (active.id if active else None) != release.base_id:
                raise UsageError(
                    f"release {release_id} was started before another release was activated",
                    hint="在此期间已有别的发布生效，请基于最新内容重新发布。",
                )
            connection.execute(
                update(releases).where(releases.c.id == release.base_id).values(state=ReleaseState.SUPERSEDED)
            )
            connection.execute(
                update(releases)
                .where(releases.c.id == release_id)
                .values(
                    state=ReleaseState.ACTIVE,
                    activated_at=at,
                    approver=approver.id,
                    override_reason=override_reason,
                )
            )
            detail = {"kind": release.kind.value, "base": release.base_id, "override": override_reason}
            audit.record(connection, at, approver.id, "release.activate", str(release_id), detail)
            return _require(connection, release_id)

    def abandon(self, release_id: int, *, principal: Principal = OPERATOR) -> None:
        """Gives up an open release; one that is already abandoned stays so."""
        with self._database.write() as connection:
            release = _require(connection, release_id)
            if release.state is ReleaseState.ABANDONED:
                return
            _require_open(connection, release_id)
            connection.execute(update(releases).where(releases.c.id == release_id).values(state=ReleaseState.ABANDONED))
            at = self._database.clock.now()
            audit.record(connection, at, principal.id, "release.abandon", str(release_id))

    def versions(self, release_id: int) -> dict[str, VersionRef]:
        """The versions of a release by source."""
        query = (
            select(documents.c.source, versions.c.id, versions.c.fingerprint)
            .join_from(release_versions, versions, versions.c.id == release_versions.c.version_id)
            .join(documents, documents.c.id == versions.c.document_id)
            .where(release_versions.c.release_id == release_id)
            .order_by(documents.c.source)
        )
        with self._database.read() as connection:
            return {source: VersionRef(each, fingerprint) for source, each, fingerprint in connection.execute(query)}

    def roster(self, release_id: int) -> Roster:
        """All passages of a release as arrays, with supersession resolved among the documents of that release."""
        with self._database.read() as connection:
            return build_roster(connection, release_id)


def _active(connection: Connection) -> Release | None:
    row = connection.execute(select(releases).where(releases.c.state == ReleaseState.ACTIVE)).first()
    return None if row is None else _release(row)


def _require(connection: Connection, release_id: int) -> Release:
    row = connection.execute(select(releases).where(releases.c.id == release_id)).first()
    if row is None:
        raise UsageError(f"no release {release_id}", hint="这个发布不存在，请刷新后重试。")
    return _release(row)


def _require_open(connection: Connection, release_id: int) -> Release:
    release = _require(connection, release_id)
    if release.state not in _OPEN:
        raise UsageError(
            f"release {release_id} is {release.state.value}", hint="这个发布已经生效或作废，不能再修改，请新建发布。"
        )
    return release


def _copy(connection: Connection, base: int | None, new: int) -> None:
    if base is None:
        return
    _require(connection, base)
    columns = ["release_id", "document_id", "version_id"]
    old = select(literal(new), release_versions.c.document_id, release_versions.c.version_id)
    held = old.where(release_versions.c.release_id == base)
    connection.execute(insert(release_versions).from_select(columns, held))


def _place(connection: Connection, release_id: int, version_id: int) -> None:
    document = connection.execute(select(versions.c.document_id).where(versions.c.id == version_id)).scalar()
    if document is None:
        raise UsageError(f"no version {version_id}", hint="这个文档版本不存在，请刷新后重试。")
    _drop(connection, release_id, document)
    row = {"release_id": release_id, "document_id": document, "version_id": version_id}
    connection.execute(insert(release_versions).values(row))


def _drop(connection: Connection, release_id: int, document: int) -> bool:
    held = (release_versions.c.release_id == release_id) & (release_versions.c.document_id == document)
    return connection.execute(delete(release_versions).where(held)).rowcount > 0


def _release(row: Row[tuple[object, ...]]) -> Release:
    values = dict(row._mapping)
    return Release(**values | {"kind": ReleaseKind(values["kind"]), "state": ReleaseState(values["state"])})
