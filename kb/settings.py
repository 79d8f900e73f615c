"""What a site may choose and where its files go, out of a settings file and an environment; app.py hands both in."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from kb.errors import UsageError

PREFIX = "ZHIYING_"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a site may choose; read from `settings.toml` in the home, then from ZHIYING_… in the environment.

    `embedding_model`: "bundled" (the weights that come with pip), or a sentence-transformers name or folder.
    `embedding_precision`: auto, float32 or bfloat16. `reranker`: "" or a cross-encoder name or folder.
    `database_url`: "" for SQLite within the home, or a PostgreSQL URL. `cache`: where unpacked weights are kept.
    """

    embedding_model: str = "bundled"
    embedding_precision: str = "auto"
    reranker: str = ""
    database_url: str = ""
    cache: str = ""


def read_settings(home: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of `home`; raises UsageError naming an unknown key or a file that is not TOML."""
    path = home / "settings.toml"
    known = {field.name for field in fields(Settings)}
    chosen: dict[str, str] = {}
    if path.is_file():
        try:
            chosen = {key: str(value) for key, value in tomllib.loads(path.read_text(encoding="utf-8")).items()}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: {error}", hint=f"设置文件 {path} 写错了：{error}。") from error
    unknown = sorted(set(chosen) - known)
    if unknown:
        hint = f"设置文件 {path} 里没有这样的设置：{'、'.join(unknown)}。可用的有：{'、'.join(sorted(known))}。"
        raise UsageError(f"unknown settings: {unknown}", hint=hint)
    for name in known:
        value = environment.get(PREFIX + name.upper())
        if value is not None:
            chosen[name] = value
    return Settings(**chosen)


def cache_folder(settings: Settings, home: Path, environment: Mapping[str, str]) -> Path:
    """The first folder of these that can be written: the one set, the user's cache, the home's own."""
    candidates = [Path(settings.cache)] if settings.cache else []
    base = environment.get("XDG_CACHE_HOME") or (f"{environment['HOME']}/.cache" if environment.get("HOME") else "")
    if base:
        candidates.append(Path(base) / "zhiying")
    for candidate in candidates:
        try:
            candidate.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(candidate, os.W_OK):
            return candidate
    return home / "cache"
