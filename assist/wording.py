"""Reads the wording people see (wording.yaml) and fills it; a missing or unknown variable raises at once."""

from __future__ import annotations

import string
from functools import cache
from importlib import resources
from typing import Any

import yaml


def say(name: str, /, **values: object) -> str:
    """The wording `name` ("refusal.staff") with exactly its variables filled in.

    Raises KeyError for an unknown name, ValueError when the variables given are not the ones it declares.
    """
    template = _find(name)
    declared = {field for _, field, _, _ in string.Formatter().parse(template) if field}
    if declared != set(values):
        raise ValueError(f"wording {name} declares {sorted(declared)}, got {sorted(values)}")
    return template.format(**values)


def label(group: str, value: str) -> str:
    """Name shown for a stable value, such as label("mode", "quoted")."""
    return _find(f"label.{group}.{value}")


def _find(name: str) -> str:
    node: Any = _wording()
    for part in name.split("."):
        node = node[part]
    if not isinstance(node, str):
        raise KeyError(name)
    return node


@cache
def _wording() -> dict[str, Any]:
    text = resources.files("assist").joinpath("wording.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
