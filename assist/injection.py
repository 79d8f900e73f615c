"""Finds text in documents that poses as an instruction to a model; what it finds is neither drafted from nor quoted."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

import yaml

from kb.model import Passage
from kb.text import normalise

_PIECE = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]?[”’」』）)】》\]]*")
_BETWEEN = re.compile(r"(?<=[\u4e00-\u9fff])[\s.·•*_|/\\\-~+,，、]+(?=[\u4e00-\u9fff])")


@dataclass(frozen=True, slots=True)
class _Signs:
    strong: re.Pattern[str]
    address: re.Pattern[str]
    order: re.Pattern[str]


def instructs(text: str) -> bool:
    """True for a text that tells a model what to do, also when its characters are set apart or made invisible."""
    plain = _plain(text)
    signs = _signs()
    return any(
        bool(signs.strong.search(form)) or bool(signs.address.search(form) and signs.order.search(form))
        for form in (plain, _BETWEEN.sub("", plain))
    )


def cleaned(passage: Passage) -> Passage:
    """The passage without its instructions: its longest piece free of them, letter for letter; empty when none is."""
    if not instructs(passage.text):
        return passage
    best = run = ""
    for piece in _PIECE.findall(passage.text):
        run = "" if instructs(piece) else run + piece
        # What only together with its neighbours is an instruction ends the run as well.
        if instructs(run):
            run = ""
        if len(run.strip()) > len(best):
            best = run.strip()
    return replace(passage, text=best)


def _plain(text: str) -> str:
    visible = "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Mn", "Co"})
    return normalise(visible)


@cache
def _signs() -> _Signs:
    data = yaml.safe_load(resources.files("assist").joinpath("data/injection.yaml").read_text(encoding="utf-8"))
    return _Signs(
        re.compile("|".join(f"(?:{each})" for each in data["strong"])),
        re.compile(data["address"]),
        re.compile(data["order"]),
    )
