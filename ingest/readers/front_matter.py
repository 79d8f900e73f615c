"""The YAML block at the head of a Markdown file; used by its reader."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import yaml

from kb.errors import InputRefused

_FENCED = re.compile(r"\A\s*---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_LONGEST = 64 * 1024


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML without aliases, which could unfold to gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)


def split_front_matter(text: str) -> tuple[Mapping[str, Any], str]:
    """The mapping at the head of `text` (empty when there is none) and the rest.

    Keys are strings; dates become ISO strings. A fenced block that is valid YAML but no mapping is ordinary text.
    Raises InputRefused, naming the line, when the block looks like a mapping but is not valid.
    """
    match = _FENCED.match(text)
    if not match or len(match[1]) > _LONGEST or not re.search(r"^\s*[^\s:：]+\s*:", match[1], re.M):
        return {}, text
    try:
        value = yaml.load(match[1], Loader=_PlainLoader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 2
        raise InputRefused(
            f"invalid front matter near line {line}",
            hint=f"文件开头两条 --- 之间的信息不是正确的 YAML（第 {line} 行附近）。请检查冒号、缩进和引号。",
        ) from error
    if not isinstance(value, dict):
        return {}, text
    return {str(key): _plain(item) for key, item in value.items()}, text[match.end() :]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
