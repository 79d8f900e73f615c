"""Reads a manifest.yaml, strictly: what it says of each file, refusals with line and remedy; `ingest.sync` calls it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from ingest.fields import FieldError, check_period
from ingest.meta import ALIASES, READERS, Meta, clean_path
from kb.errors import InputRefused

NAMES = ("manifest.yaml", "manifest.yml")
MAX_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One item under `files`: a path or glob below the manifest's folder, the line it stands on, and what it says."""

    path: str
    line: int
    meta: Meta

    @property
    def is_glob(self) -> bool:
        """True when the path has wildcards."""
        return any(c in self.path for c in "*?[")

    def covers(self, relative: str) -> bool:
        """True when the entry means the file at `relative` (to the manifest's folder, with /)."""
        if self.path == relative or not self.is_glob:
            return self.path == relative
        return _glob_matches(self.path.split("/"), relative.split("/"))


@dataclass(frozen=True, slots=True)
class Manifest:
    """A folder's manifest; `name` is its path as a person knows it, for messages."""

    name: str
    defaults: Meta = field(default_factory=Meta)
    entries: tuple[Entry, ...] = ()
    ignore: tuple[str, ...] = ()

    def ignores(self, relative: str) -> bool:
        """True when the file at `relative` is not meant for the base (a glob under `ignore` covers it)."""
        return any(_glob_matches(pattern.split("/"), relative.split("/")) for pattern in self.ignore)

    def entry_meta(self, relative: str) -> Meta:
        """What the entries say of the file at `relative`: an exact one, else the glob that covers it."""
        covering = [entry for entry in self.entries if entry.covers(relative)]
        exact = [entry for entry in covering if entry.path == relative]
        chosen = exact or covering
        return chosen[0].meta if chosen else Meta()

    def check(self, files: Sequence[str]) -> None:
        """Raises InputRefused when an entry names no file, two name one, or supersession runs in a circle.

        `files` are the paths below the manifest's folder, with /.
        """
        present = set(files)
        for entry in self.entries:
            if not entry.is_glob and entry.path not in present:
                close = difflib.get_close_matches(entry.path, files, 1)
                better = f"是不是“{close[0]}”？" if close else "请改正路径，或删去这一条。"
                raise _refused(self.name, entry.line, f"找不到文件“{entry.path}”。{better}")
        self._check_overlaps(files)
        self._check_cycles(files)

    def _check_overlaps(self, files: Sequence[str]) -> None:
        for file in files:
            covering = [entry for entry in self.entries if entry.covers(file)]
            exact = [entry for entry in covering if entry.path == file]
            rivals = exact or covering
            if len(rivals) > 1:
                first, second = rivals[:2]
                text = f"文件“{file}”有两条说明（第 {first.line} 行“{first.path}”和本行“{second.path}”），请只留一条。"
                raise _refused(self.name, second.line, text)

    def _check_cycles(self, files: Sequence[str]) -> None:
        edges = {file: set(self.entry_meta(file).supersedes) & set(files) for file in files}
        lines = {file: entry.line for entry in self.entries for file in files if entry.covers(file)}
        cycle = find_cycle(edges)
        if cycle:
            text = f"取代关系绕成了圈：{' → '.join(cycle)}。请删去其中一个 supersedes。"
            raise _refused(self.name, lines.get(cycle[0], 1), text)


EMPTY = Manifest("")


def find_cycle(edges: Mapping[str, Iterable[str]]) -> list[str]:
    """A circle of supersession, its first name repeated at the end; [] when there is none."""
    finished: set[str] = set()
    for start in edges:
        path: list[str] = []
        stack: list[tuple[str, list[str]]] = [(start, sorted(edges.get(start, ())))]
        while stack:
            name, rest = stack[-1]
            if name not in path:
                path.append(name)
            if not rest or name in finished:
                finished.add(name)
                stack.pop()
                path.pop()
                continue
            following = rest.pop()
            if following in path:
                return [*path[path.index(following) :], following]
            if following not in finished:
                stack.append((following, sorted(edges.get(following, ()))))
    return []


def load_manifest(path: Path, *, name: str) -> Manifest:
    """The manifest at `path`; raises InputRefused naming `name`, the line, the key and what to write instead."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputRefused(f"{name}: manifest too large", hint=f"{name} 超过 2 MB，不像一份清单。")
        text = path.read_bytes().decode("utf-8-sig")
        root = yaml.compose(text, Loader=_PlainLoader)
    except UnicodeDecodeError as error:
        raise InputRefused(f"{name}: not UTF-8", hint=f"{name} 不是 UTF-8 编码，请另存为 UTF-8。") from error
    except OSError as error:
        raise InputRefused(f"{name}: {error}", hint=f"{name} 无法读取：{error.strerror}。请检查文件权限。") from error
    except (yaml.YAMLError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise _refused(name, line, "不是正确的 YAML，请检查缩进、冒号后的空格和引号。") from error
    return _Reader(name).manifest(root)


_ENTRY_KEYS = {"path", "product", *READERS}
_DEFAULT_KEYS = {"kind", "audience", "product", "products", "department", "effective_from", "effective_to", "version"}


def _refused(name: str, line: int, text: str) -> InputRefused:
    return InputRefused(f"{name}:{line}: wrong manifest", hint=f"{name} 第 {line} 行：{text}")


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML without aliases, which could unfold without end."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=mark)
        return super().compose_node(parent, index)


class _Reader:
    """Turns YAML nodes into a Manifest, so that every refusal can name its line."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._construct = yaml.constructor.SafeConstructor()

    def manifest(self, root: yaml.Node | None) -> Manifest:
        if root is None:
            return Manifest(self._name)
        pairs = self._pairs(root, "清单", {"version", "defaults", "files", "ignore"})
        if "version" in pairs and self._plain(pairs["version"][1]) != 1:
            raise _refused(self._name, pairs["version"][0], "version 只能是 1。")
        defaults = Meta()
        if "defaults" in pairs:
            defaults = self._meta(pairs["defaults"][1], "defaults", _DEFAULT_KEYS)[1]
        entries: list[Entry] = []
        if "files" in pairs:
            line, node = pairs["files"]
            if not isinstance(node, yaml.SequenceNode):
                raise _refused(self._name, line, "files 应当是列表，每项以“- path: 文件名”开头。")
            entries = [self._entry(item) for item in node.value]
        return Manifest(self._name, defaults, tuple(entries), self._ignored(pairs))

    def _ignored(self, pairs: Mapping[str, tuple[int, yaml.Node]]) -> tuple[str, ...]:
        if "ignore" not in pairs:
            return ()
        line, node = pairs["ignore"]
        value = self._plain(node)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise _refused(self._name, line, "ignore 应当是路径的列表，例如 [build/**]。")
        return tuple(clean_path(item) for item in value)

    def _entry(self, node: yaml.Node) -> Entry:
        line = node.start_mark.line + 1
        path, meta = self._meta(node, "files", _ENTRY_KEYS)
        if not path:
            raise _refused(self._name, line, "这一项缺少 path（文件名）。")
        if path.startswith("/") or ".." in path.split("/") or re.match(r"[A-Za-z]:", path):
            raise _refused(self._name, line, f"path“{path}”必须是本文件夹以内的相对路径。")
        return Entry(clean_path(path), line, meta)

    def _meta(self, node: yaml.Node, where: str, keys: set[str]) -> tuple[str, Meta]:
        said: dict[str, Any] = {}
        path = ""
        for key, (line, item) in self._pairs(node, where, keys).items():
            value = self._plain(item)
            if key == "path":
                path = str(value or "").replace("\\", "/")
                continue
            name = ALIASES[key]
            if value is None or value == "":
                continue
            if name in said:
                raise _refused(self._name, line, "product 和 products 只写一个。")
            said[name] = self._read(line, key, name, value)
        try:
            check_period(said.get("effective_from"), said.get("effective_to"))
            if said.get("supersedes") and not said.get("effective_from"):
                raise FieldError("写了 supersedes，就要写 effective_from（从哪天起取代）")
        except FieldError as error:
            raise _refused(self._name, node.start_mark.line + 1, f"{error}。") from error
        return path, Meta(**said)

    def _read(self, line: int, key: str, name: str, value: Any) -> Any:
        try:
            return READERS[name](value)
        except FieldError as error:
            raise _refused(self._name, line, f"{key}：{error}。") from error

    def _pairs(self, node: yaml.Node, where: str, keys: set[str]) -> dict[str, tuple[int, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            raise _refused(self._name, node.start_mark.line + 1, f"{where} 这里应当是“键: 值”的形式。")
        pairs: dict[str, tuple[int, yaml.Node]] = {}
        for key_node, value in node.value:
            line = key_node.start_mark.line + 1
            key = str(self._plain(key_node))
            if key not in keys:
                close = difflib.get_close_matches(key, keys, 1)
                better = f"是不是“{close[0]}”？" if close else ""
                raise _refused(
                    self._name, line, f"{where} 里不认识“{key}”。{better}可以写：{'、'.join(sorted(keys))}。"
                )
            if key in pairs:
                raise _refused(self._name, line, f"“{key}”写了两次，请只留一个。")
            pairs[key] = (line, value)
        return pairs

    def _plain(self, node: yaml.Node) -> Any:
        try:
            value = self._construct.construct_document(node)
        except (yaml.YAMLError, ValueError, TypeError) as error:
            text = getattr(node, "value", "")
            shown = f"“{text[:20]}”" if isinstance(text, str) else ""
            raise _refused(
                self._name, node.start_mark.line + 1, f"这个值{shown}无法识别，请检查写法或加上引号。"
            ) from error
        return value


def _glob_matches(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    """Glob by path components: * within one, ** over any number."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_glob_matches(pattern[1:], parts[i:]) for i in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _glob_matches(pattern[1:], parts[1:])
