"""Brings the knowledge base in step with folders: new, changed, unchanged, refused, gone; `app.py ingest` calls it."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Protocol

from ingest.compose import Composed, compose
from ingest.manifest import EMPTY, Manifest, find_cycle, load_manifest
from ingest.meta import Meta
from ingest.model import RawDocument, Receipt, Status
from ingest.readers.limits import DEFAULT
from ingest.readers.refusals import too_much
from ingest.split import VERSION
from ingest.walk import Found, governed, walk
from kb.errors import InputRefused, UsageError
from kb.model import OPERATOR, Audience, DocumentDraft, Principal
from kb.validity import find_source

_log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Told (step, done, total): step "read" from here, the base's own steps from there."""

AHEAD = 3
"""Files being read while the base takes the one before."""


class Put(Protocol):
    """What the base says it did with a document."""

    @property
    def status(self) -> str:
        """The word: added, changed, unchanged."""
        ...

    @property
    def passages(self) -> int:
        """How many passages the document has now."""
        ...


class Release(Protocol):
    """A release being built: everything put in it becomes visible together when its block ends well."""

    @property
    def sources(self) -> Collection[str]:
        """The sources it holds so far."""
        ...

    def unchanged(self, source: str, fingerprint: str) -> bool:
        """True when it holds just this version of the source."""
        ...

    def put(self, draft: DocumentDraft) -> Put:
        """Takes a document in place of any version of the same source."""
        ...

    def retire(self, source: str) -> bool:
        """Takes a source out."""
        ...


class Base(Protocol):
    """The knowledge base as ingestion sees it."""

    def release(
        self, principal: Principal, *, note: str = "", progress: Progress = ...
    ) -> AbstractContextManager[Release]:
        """A block in which documents are put and retired."""
        ...


class Reader(Protocol):
    """Reads files apart from this process; may be called from several threads."""

    def read(self, path: Path) -> RawDocument:
        """What stands in the file; raises InputRefused."""
        ...


@dataclass(slots=True)
class Tally:
    """Counts receipts for the last line and the exit status."""

    counts: Counter[Status] = field(default_factory=Counter)
    passages: int = 0
    warnings: int = 0

    def add(self, receipt: Receipt) -> None:
        """Counts one receipt."""
        self.counts[receipt.status] += 1
        self.passages += receipt.passages
        self.warnings += bool(receipt.warnings)

    @property
    def exit_status(self) -> int:
        """1 when anything was refused, else 0."""
        return int(self.counts[Status.REFUSED] > 0)

    def __str__(self) -> str:
        """ "新增 3、拒收 1，共 120 个段落"."""
        parts = [f"{status.label} {self.counts[status]}" for status in Status if self.counts[status]]
        text = "、".join(parts) or "没有文件"
        text += f"，写入 {self.passages} 个段落" if self.passages else ""
        return text + (f"，{self.warnings} 个文件有提示" if self.warnings else "")


def sync(
    paths: Sequence[Path],
    *,
    kb: Base,
    pool: Reader,
    retire_missing: bool = False,
    principal: Principal = OPERATOR,
    note: str = "",
    progress: Progress | None = None,
) -> Iterator[Receipt]:
    """A receipt for every file below `paths`, as it is dealt with; all of it becomes visible together at the end.

    A file that cannot be taken is refused by its receipt, keeps the version it had, and stops no other. With
    `retire_missing`, sources below the named folders whose files are gone are retired. Raises UsageError before
    anything is done for a path that does not exist, or for an empty folder whose documents would all be retired.
    """
    report = progress or _silent
    with kb.release(principal, note=note or _note(paths), progress=report) as release:
        run = _Run(release, pool, report)
        yield from run.take(paths, retire_missing=retire_missing)


def fingerprint(path: Path, meta: Meta) -> str:
    """Changes with the file's bytes, with what the manifest says of it, and with the splitter's version."""
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    said = json.dumps([VERSION, content, _plain(meta)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


@dataclass(slots=True)
class _Job:
    found: Found
    said: Meta
    defaults: Meta
    mark: str


class _Run:
    """One walk over the named paths, within one release."""

    def __init__(self, release: Release, pool: Reader, progress: Progress) -> None:
        self._release = release
        self._pool = pool
        self._progress = progress
        self._manifests: dict[Path, Manifest | InputRefused] = {}
        self._before = frozenset(release.sources)
        self._known: frozenset[str] = self._before
        self._edges: dict[str, tuple[str, ...]] = {}

    def take(self, paths: Sequence[Path], *, retire_missing: bool) -> Iterator[Receipt]:
        walked = walk(paths, known=self._before)
        files = [each for each in walked.files if not self._ignored(each)]
        here = {each.source for each in files} | {one.source for one, _ in walked.clashes}
        self._known = self._before | here
        gone = self._gone(walked.folders, here) if retire_missing else []
        for one, other in walked.clashes:
            yield self._refused(
                one.source, f"两个不同的文件会用同一个来源名：{one.path} 和 {other.path}。请改名，或分开入库。"
            )
        yield from self._files(files)
        for source in gone:
            if self._release.retire(source):
                yield Receipt(source, Status.RETIRED, "文件已不在文件夹里")

    def _files(self, files: Sequence[Found]) -> Iterator[Receipt]:
        """Reads ahead in threads that wait for the pool, puts in the order of the files."""
        waiting: deque[tuple[_Job, Future[RawDocument]] | Receipt] = deque()
        done = 0
        with ThreadPoolExecutor(AHEAD, thread_name_prefix="read-ahead") as threads:
            try:
                for found in files:
                    waiting.append(self._begin(found, threads))
                    while len(waiting) > AHEAD or (waiting and isinstance(waiting[0], Receipt)):
                        yield self._finish(waiting.popleft())
                        done += 1
                        self._progress("read", done, len(files))
                while waiting:
                    yield self._finish(waiting.popleft())
                    done += 1
                    self._progress("read", done, len(files))
            finally:
                threads.shutdown(wait=False, cancel_futures=True)

    def _begin(self, found: Found, threads: ThreadPoolExecutor) -> tuple[_Job, Future[RawDocument]] | Receipt:
        if found.fault:
            return self._refused(found.source, found.fault)
        try:
            if found.path.stat().st_size > DEFAULT.file_bytes:
                raise too_much("大小", f"{DEFAULT.file_bytes // 1024 // 1024} MB")
            manifest = self._manifest(found)
            said, defaults = manifest.entry_meta(found.relative), manifest.defaults
            mark = fingerprint(found.path, said.over(defaults))
        except InputRefused as refusal:
            return self._refused(found.source, refusal.hint)
        except OSError as error:
            return self._refused(found.source, f"无法读取：{error.strerror or error}。请检查文件和权限。")
        if self._release.unchanged(found.source, mark):
            return Receipt(found.source, Status.UNCHANGED)
        job = _Job(found, said, defaults, mark)
        return job, threads.submit(self._pool.read, found.path)

    def _finish(self, item: tuple[_Job, Future[RawDocument]] | Receipt) -> Receipt:
        if isinstance(item, Receipt):
            return item
        job, reading = item
        source = job.found.source
        try:
            composed = self._composed(job, reading.result())
        except InputRefused as refusal:
            return self._refused(source, refusal.hint)
        except Exception:
            _log.exception("reading %s failed", source)
            return self._refused(source, "读取时发生意外错误，已跳过；详情见日志。")
        try:
            put = self._release.put(composed.draft)
        except InputRefused as refusal:
            return self._refused(source, refusal.hint)
        return Receipt(source, Status(str(put.status)), passages=put.passages, warnings=composed.warnings)

    def _composed(self, job: _Job, raw: RawDocument) -> Composed:
        found = job.found
        composed = compose(
            raw,
            source=found.source,
            fingerprint=job.mark,
            said=job.said,
            defaults=job.defaults,
            resolve=lambda name: self._resolve(name, found),
        )
        draft = composed.draft
        targets = [*draft.supersedes, *(target for each in draft.passages for target in each.supersedes)]
        cycle = find_cycle({**self._edges, found.source: draft.supersedes}) if draft.supersedes else []
        if cycle:
            text = f"取代关系绕成了圈：{' → '.join(cycle)}。请删去其中一个取代（supersedes）。"
            raise InputRefused("supersession cycle", hint=text)
        self._edges[found.source] = draft.supersedes
        lost = [target for target in targets if target[0] != "#" and not self._is_known(target)]
        if lost:
            warning = f"取代的对象不在库里：{'、'.join(dict.fromkeys(lost))}。如果写错了路径，旧文件会继续有效，请检查"
            return Composed(draft, (*composed.warnings, warning))
        return composed

    def _resolve(self, name: str, found: Found) -> str:
        """A name in `supersedes` is a path beside the file, below the manifest's folder, or a source."""
        path, mark, clause = name.partition("#")
        if not path:
            return name
        for source in found.beside(path):
            if source in self._known:
                return source + mark + clause
        return (find_source(path, self._known) or path) + mark + clause

    def _is_known(self, target: str) -> bool:
        return find_source(target.partition("#")[0], self._known) is not None

    def _manifest(self, found: Found) -> Manifest:
        """The manifest that governs a file, read and checked once; raises its refusal for every file it governs."""
        if found.manifest is None:
            return EMPTY
        if found.manifest not in self._manifests:
            try:
                manifest = load_manifest(found.manifest, name=f"{found.manifest.parent.name}/{found.manifest.name}")
                manifest.check(governed(found.manifest))
                self._manifests[found.manifest] = manifest
            except InputRefused as refusal:
                self._manifests[found.manifest] = refusal
        loaded = self._manifests[found.manifest]
        if isinstance(loaded, InputRefused):
            raise InputRefused(loaded.message, hint=f"文件夹的清单有误，改正后再入库。{loaded.hint}")
        return loaded

    def _ignored(self, found: Found) -> bool:
        try:
            return self._manifest(found).ignores(found.relative)
        except InputRefused:
            return False

    def _gone(self, folders: dict[str, bool], here: Collection[str]) -> list[str]:
        gone = []
        for folder, filled in folders.items():
            below = [source for source in self._before if source.startswith(folder + "/") and source not in here]
            if below and not filled:
                raise UsageError(
                    f"{folder} is empty",
                    hint=f"文件夹“{folder}”是空的，不会据此停用其中 {len(below)} 份文件。请检查路径或磁盘。",
                )
            gone += below
        return sorted(gone)

    def _refused(self, source: str, reason: str) -> Receipt:
        kept = "（库里原有版本继续有效）" if source in self._before else ""
        return Receipt(source, Status.REFUSED, reason + kept)


def _plain(meta: Meta) -> object:
    """`meta` as JSON values in a fixed order; what says nothing is left out."""
    said = {f.name: getattr(meta, f.name) for f in fields(meta)}
    said["clauses"] = [{f.name: getattr(clause, f.name) for f in fields(clause)} for clause in meta.clauses]
    return json.loads(json.dumps({name: value for name, value in said.items() if value}, default=_said, sort_keys=True))


def _said(value: object) -> str:
    if isinstance(value, Audience):
        return value.label
    return value.isoformat() if isinstance(value, date) else str(value)


def _note(paths: Sequence[Path]) -> str:
    names = "、".join(path.resolve().name for path in list(paths)[:5])
    return f"入库：{names}" + (f" 等 {len(paths)} 处" if len(paths) > 5 else "")


def _silent(step: str, done: int, total: int) -> None:
    """The progress callback of a caller that does not ask for one."""
