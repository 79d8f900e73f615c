"""Floors under an evaluation report: the figures below (or above) which a change does not go in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any


def read_floors() -> dict[str, dict[str, float]]:
    """The project's own floors: dotted path into the report -> {"min": …} or {"max": …}."""
    text = resources.files("evals").joinpath("floors.json").read_text(encoding="utf-8")
    floors: dict[str, dict[str, float]] = json.loads(text)
    return floors


def breaches(report: Mapping[str, Any], floors: Mapping[str, Mapping[str, float]]) -> list[str]:
    """A Chinese line for each figure that is missing or beyond its bound; empty when all hold."""
    found = []
    for path, bound in floors.items():
        value = _at(report, path)
        if value is None:
            found.append(f"{path}：没有数字")
        elif "min" in bound and value < bound["min"]:
            found.append(f"{path}：{value:.4f}，低于下限 {bound['min']}")
        elif "max" in bound and value > bound["max"]:
            found.append(f"{path}：{value:.4f}，高于上限 {bound['max']}")
    return found


def _at(report: Mapping[str, Any], path: str) -> float | None:
    value: Any = report
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return float(value) if isinstance(value, int | float) else None
