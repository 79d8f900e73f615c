"""What a site may choose and where its files go, out of a settings file and an environment; app.py hands both in."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kb.errors import UsageError

PREFIX = "ZHIYING_"
PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a site may choose; read from `settings.toml` in the home, then from ZHIYING_… in the environment.

    `embedding_model`: "bundled" (the weights that come with pip), or a sentence-transformers name or folder.
    `embedding_precision`: auto, float32 or bfloat16. `reranker`: "" or a cross-encoder name or folder.
    `database_url`: "" for SQLite within the home, or a PostgreSQL URL. `cache`: where unpacked weights are kept.
    `site_url`: the address people type, when it is not the one listened on ("https://zhiying.corp"). `hosts`: further
    host names, `frames`: origins that may embed the pages, both comma-separated. `sign_in_…`: an OpenID Connect
    provider (issuer URL, client id and secret, and its name on the sign-in page).
    """

    embedding_model: str = "bundled"
    embedding_precision: str = "auto"
    reranker: str = ""
    database_url: str = ""
    cache: str = ""
    site_url: str = ""
    hosts: str = ""
    frames: str = ""
    sign_in_issuer: str = ""
    sign_in_client: str = ""
    sign_in_secret: str = field(default="", repr=False)
    sign_in_name: str = "单位统一账号"


def read_settings(home: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of `home`; raises UsageError for a file that is not TOML, an unknown key, a value that is none."""
    path = home / "settings.toml"
    known = [field.name for field in fields(Settings)]
    chosen = _written(path)
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        raise _wrong(path, f"没有这样的设置：{'、'.join(unknown)}。可用的有：{'、'.join(known)}")
    for name, value in chosen.items():
        if not isinstance(value, str):
            raise _wrong(path, f'{name} 的值要写成带引号的文字，例如 {name} = "…"')
    chosen |= {name: environment[PREFIX + name.upper()] for name in known if PREFIX + name.upper() in environment}
    settings = Settings(**chosen)
    if settings.embedding_precision not in PRECISIONS:
        raise _wrong(path, f"embedding_precision 只能是 {'、'.join(PRECISIONS)}，不是“{settings.embedding_precision}”")
    return settings


def _written(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(path, f"不是正确的 TOML：{error}") from error
    except OSError as error:
        raise _wrong(path, "读不了，请检查权限") from error


def _wrong(path: Path, what: str) -> UsageError:
    return UsageError(f"{path}: {what}", hint=f"设置有误（{path} 或环境变量 {PREFIX}…）：{what}。")


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
