"""A deck for Anki by genanki: question in front, key with its source behind; ids are fixed, so a new export updates."""

from __future__ import annotations

import hashlib
import tempfile
from html import escape
from pathlib import Path

from assist.quiz.exports import Sheet, source_line
from assist.quiz.model import LETTERS, Item, ItemKind

MODEL_ID = 1_607_260_601
_CSS = ".card{font-family:system-ui,sans-serif;font-size:18px;text-align:left}small{color:#666}"


def write(sheet: Sheet) -> bytes:
    """The package (.apkg)."""
    import genanki  # type: ignore[import-untyped]

    model = genanki.Model(
        MODEL_ID,
        "知应题目",
        fields=[{"name": "题目"}, {"name": "答案"}, {"name": "解析"}, {"name": "出处"}],
        templates=[
            {
                "name": "卡片",
                "qfmt": "{{题目}}",
                "afmt": "{{FrontSide}}<hr id=answer><b>{{答案}}</b><p>{{解析}}</p><small>{{出处}}</small>",
            }
        ],
        css=_CSS,
    )
    deck = genanki.Deck(_number(sheet.title), sheet.title)
    for item in sheet.items:
        fields = [_front(item), _html(_back(item)), _html(item.explanation), _html(source_line(item))]
        tags = [tag.replace(" ", "_") for tag in (item.topic, item.stage, item.kind.label) if tag]
        deck.add_note(genanki.Note(model=model, fields=fields, tags=tags, guid=item.id))
    with tempfile.TemporaryDirectory(prefix="zhiying-") as folder:
        file = Path(folder) / "deck.apkg"
        genanki.Package(deck).write_to_file(str(file))
        return file.read_bytes()


def _front(item: Item) -> str:
    options = "".join(f"<br>{LETTERS[at]}. {_html(option)}" for at, option in enumerate(item.options))
    return f"[{item.kind.label}] {_html(item.stem)}{options}"


def _back(item: Item) -> str:
    if item.options and item.kind is not ItemKind.TRUE_FALSE:
        return f"{item.letters}\n" + "\n".join(item.right)
    return item.letters


def _html(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _number(title: str) -> int:
    """A deck's id: 31 bits of its title."""
    return int.from_bytes(hashlib.blake2b(title.encode(), digest_size=4).digest(), "big") >> 1
