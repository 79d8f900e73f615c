"""The fonts of a PDF by pypdf: which codes mean which characters, and whether anybody can tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_BOLD = re.compile(r"bold|black|heavy|simhei|stheiti|fzhei|(?<!ya)heiti|-w[6-9]\b|黑体", re.I)


@dataclass(frozen=True, slots=True)
class Face:
    """A font of the file; `translates` is False when its codes are neither Unicode nor mapped to it."""

    font: Any
    translates: bool
    bold: bool

    def decode(self, raw: str | bytes) -> tuple[str, str, int]:
        """The text of a shown string, its codes as the width table knows them, and how many have no translation."""
        font = self.font
        if isinstance(raw, str):
            return (raw, raw, 0) if self.translates else ("", raw, len(raw))
        if isinstance(font.encoding, str):
            codes = decoded = raw.decode(font.encoding, "replace")
        else:
            codes = "".join(chr(byte) for byte in raw)
            decoded = "".join(font.encoding.get(byte, chr(byte)) for byte in raw)
        if not self.translates:
            return "", codes, len(codes)
        known = font.character_map
        text = "".join(known.get(code, code) for code in decoded)
        identity = font.encoding == "utf-16-be" and bool(known)
        return text, codes, sum(code not in known for code in decoded) if identity else text.count("\ufffd")


Faces = dict[object, Face]
"""Fonts met so far in a file, by reference: parsing one can take a second."""


def named_faces(resources: Any, faces: Faces) -> dict[str, Face]:
    """The fonts that `resources` name, taken from `faces` when met before."""
    resolved: Any = resources.get_object() if resources is not None else {}
    fonts = resolved.get("/Font") if hasattr(resolved, "get") else None
    table: Any = fonts.get_object() if fonts is not None else {}
    named = {}
    for name in table:
        reference = table.raw_get(name)
        key = (getattr(reference, "idnum", None) or id(reference), getattr(reference, "generation", 0))
        if key not in faces:
            face = _face(reference.get_object())
            if face is None:
                continue
            faces[key] = face
        named[name] = faces[key]
    return named


def _face(dictionary: Any) -> Face | None:
    from pypdf.generic._font import Font

    try:
        font = Font.from_font_resource(dictionary)
    except (AttributeError, TypeError, KeyError, ValueError, IndexError):
        return None
    encoding = dictionary.get("/Encoding")
    encoding = encoding.get_object() if encoding is not None else ""
    unicode_codes = isinstance(encoding, str) and encoding.startswith("/Uni")
    translates = font.interpretable and (
        not isinstance(font.encoding, str) or font.encoding != "utf-16-be" or unicode_codes or bool(font.character_map)
    )
    return Face(font, translates, bool(_BOLD.search(font.name)))
