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
    `model_url` and `model_name`: an OpenAI-compatible endpoint that writes answers ("": none does) with its `model_key`
    and `model_proxy`; `model_deadline` is in seconds for a whole answer, `model_running` requests go at once and
    `model_waiting` more wait. `nli_model`: "" or a cross-encoder that tells entailment from contradiction.
    `site_url`: the address people type, when it is not the one listened on ("https://zhiying.corp"). `hosts`: further
    host names, `frames`: origins that may embed the pages, both comma-separated. `sign_in_…`: an OpenID Connect
    provider (issuer URL, client id and secret, and its name on the sign-in page). `handoff_departments`: departments
    that look after customers who ask for a person, comma-separated ("": all). `audit_days`: how long the audit trail is
    kept.
    """

    embedding_model: str = "bundled"
    embedding_precision: str = "auto"
    reranker: str = ""
    database_url: str = ""
    cache: str = ""
    model_url: str = ""
    model_name: str = ""
    model_key: str = field(default="", repr=False)
    model_proxy: str = ""
    model_deadline: float = 20.0
    model_running: int = 2
    model_waiting: int = 8
    nli_model: str = ""
    site_url: str = ""
    hosts: str = ""
    frames: str = ""
    sign_in_issuer: str = ""
    sign_in_client: str = ""
    sign_in_secret: str = field(default="", repr=False)
    sign_in_name: str = "单位统一账号"
    handoff_departments: str = ""
    audit_days: int = 1_095


RANGES: Mapping[str, tuple[float, float]] = {
    "model_deadline": (1, 300),
    "model_running": (1, 64),
    "model_waiting": (0, 1000),
    "audit_days": (183, 36_500),
}
"""The settings that are numbers, with the least and the greatest value of each."""


def read_settings(home: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of `home`; raises UsageError for a file that is not TOML, an unknown key, a value that is none."""
    path = home / "settings.toml"
    known = [each.name for each in fields(Settings)]
    chosen = _written(path)
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        raise _wrong(path, f"没有这样的设置：{'、'.join(unknown)}。可用的有：{'、'.join(known)}")
    chosen |= {name: environment[PREFIX + name.upper()] for name in known if PREFIX + name.upper() in environment}
    settings = Settings(**{name: _value(path, name, value) for name, value in chosen.items()})
    if settings.embedding_precision not in PRECISIONS:
        raise _wrong(path, f"embedding_precision 只能是 {'、'.join(PRECISIONS)}，不是“{settings.embedding_precision}”")
    if bool(settings.model_url) != bool(settings.model_name):
        raise _wrong(path, "model_url 和 model_name 要一起填写，缺一个就连不上语言模型")
    if settings.model_url and not settings.model_url.startswith(("http://", "https://")):
        raise _wrong(path, f"model_url 要以 http:// 或 https:// 开头，不是“{settings.model_url}”")
    return settings


def _value(path: Path, name: str, value: Any) -> Any:
    """A setting as its field has it: text, or a number within its range."""
    if name not in RANGES:
        if not isinstance(value, str):
            raise _wrong(path, f'{name} 的值要写成带引号的文字，例如 {name} = "…"')
        return value
    least, most = RANGES[name]
    whole = name != "model_deadline"
    try:
        number = int(value) if whole else float(value)
    except (TypeError, ValueError):
        number = least - 1
    if isinstance(value, bool) or not least <= number <= most:
        raise _wrong(path, f"{name} 要是 {least:g} 到 {most:g} 之间的{'整数' if whole else '数'}，不是“{value}”")
    return number


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
