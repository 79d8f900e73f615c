"""Follows a page's drawing operators by pypdf and notes where each piece of text and each ruled line ends up."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from ingest.readers.pdf.fonts import Face, Faces, named_faces
from ingest.readers.pdf.values import Page, Piece, Rule

Matrix = tuple[float, float, float, float, float, float]

_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_DEEPEST_FORM = 8
_MOST_FORMS = 2_000
_THIN = 3.0
_STRAIGHT = 1.5
_APART = re.compile("[ \u3000\u00a0]{2,}|\u3000")
_PARTS = re.compile("[^ \u3000\u00a0]+(?:[ \u00a0][^ \u3000\u00a0]+)*")
_ASCENT = 0.88


def read_page(page: Any, number: int, faces: Faces) -> Page:
    """The pieces and rules of a pypdf page, turned so that most of its text is upright."""
    box = [float(value) for value in page.cropbox]
    rotation = int(page.rotation or 0) % 360
    drawing = _draw(page, box, rotation, faces)
    turn = drawing.angles.most_common(1)[0][0] if drawing.angles else 0
    if turn:
        drawing = _draw(page, box, (rotation + turn) % 360, faces)
    width, height = (
        (box[3] - box[1], box[2] - box[0]) if (rotation + turn) % 180 else (box[2] - box[0], box[3] - box[1])
    )
    shown = drawing.shown + drawing.unmapped
    return Page(
        number=number,
        width=width,
        height=height,
        pieces=tuple(_flip(piece, height) for piece in drawing.pieces if _on_page(piece, width, height)),
        rules=tuple(Rule(r.x0, height - r.top, r.x1, height - r.bottom) for r in drawing.rules),
        image_share=min(1.0, drawing.image_area / max(width * height, 1.0)),
        unreadable=drawing.unmapped / shown if shown else 0.0,
    )


def _on_page(piece: Piece, width: float, height: float) -> bool:
    return piece.x1 > -2 and piece.x0 < width + 2 and -2 < piece.middle < height + 2


def _flip(piece: Piece, height: float) -> Piece:
    return replace(piece, top=height - piece.bottom, bottom=height - piece.top)


def _draw(page: Any, box: list[float], rotation: int, faces: Faces) -> _Drawing:
    drawing = _Drawing(_upright(box, rotation), faces)
    drawing.run(_stream(page), page.get("/Resources"))
    return drawing


def _stream(page: Any) -> Any:
    """The page's operators, the strings in them left as bytes."""
    from pypdf.generic import ContentStream

    contents = page.get("/Contents")
    return ContentStream(contents.get_object(), page.pdf, "bytes") if contents is not None else None


def _upright(box: list[float], rotation: int) -> Matrix:
    """Turns page space by `rotation` degrees clockwise and puts its lower left corner at (0, 0)."""
    x0, y0, x1, y1 = box
    turned: dict[int, Matrix] = {
        90: (0.0, -1.0, 1.0, 0.0, -y0, x1),
        180: (-1.0, 0.0, 0.0, -1.0, x1, y1),
        270: (0.0, 1.0, -1.0, 0.0, y1, -x0),
    }
    return turned.get(rotation, (1.0, 0.0, 0.0, 1.0, -x0, -y0))


def _times(m: Matrix, n: Matrix) -> Matrix:
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def _point(m: Matrix, x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


@dataclass(slots=True)
class _State:
    """The graphics state that q saves and Q brings back."""

    ctm: Matrix
    face: Face | None = None
    size: float = 0.0
    spacing: float = 0.0
    word_spacing: float = 0.0
    scale: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    stroked_text: bool = False


class _Drawing:
    """Collects what is drawn; y still points upwards here."""

    def __init__(self, base: Matrix, faces: Faces) -> None:
        self.pieces: list[Piece] = []
        self.rules: list[Rule] = []
        self.angles: Counter[int] = Counter()
        self.shown = self.unmapped = 0
        self.image_area = 0.0
        self._state = _State(base)
        self._stack: list[_State] = []
        self._tm = self._tlm = _IDENTITY
        self._path: list[tuple[tuple[float, float], tuple[float, float]]] = []
        self._boxes: list[tuple[float, float, float, float]] = []
        self._start = self._at = (0.0, 0.0)
        self._faces = faces
        self._named: dict[str, Face] = {}
        self._objects: Any = {}
        self._forms = 0

    def run(self, content: Any, resources: Any, depth: int = 0) -> None:
        """Follows one content stream."""
        if content is None:
            return
        outer = self._named, self._objects
        self._named = {**self._named, **named_faces(resources, self._faces)}
        resolved = resources.get_object() if resources is not None else {}
        objects = resolved.get("/XObject") if hasattr(resolved, "get") else None
        self._objects = objects.get_object() if objects is not None else {}
        for operands, operator in content.operations:
            try:
                if operator == b"Do":
                    self._do(operands[0], depth)
                else:
                    handler = _HANDLERS.get(operator)
                    if handler is not None:
                        handler(self, operands)
            except (IndexError, TypeError, ValueError, AttributeError, KeyError, ZeroDivisionError, OverflowError):
                continue
        self._named, self._objects = outer

    def _do(self, name: str, depth: int) -> None:
        """Draws a form, or notes where a picture stands."""
        found = self._objects[name].get_object()
        if found.get("/Subtype") == "/Image":
            self._picture()
            return
        self._forms += 1
        if found.get("/Subtype") != "/Form" or depth >= _DEEPEST_FORM or self._forms > _MOST_FORMS:
            return
        from pypdf.generic import ContentStream

        outer, stack, text = self._state, self._stack, (self._tm, self._tlm)
        self._stack = []
        self._state = replace(outer, ctm=_times(_matrix(found.get("/Matrix", _IDENTITY)), outer.ctm))
        self.run(ContentStream(found, found.indirect_reference.pdf, "bytes"), found.get("/Resources"), depth + 1)
        self._state, self._stack, (self._tm, self._tlm) = outer, stack, text

    def _picture(self, _: Any = None) -> None:
        a, b, c, d, _e, _f = self._state.ctm
        self.image_area += abs(a * d - b * c)

    def _save(self, _: Any) -> None:
        if len(self._stack) < 500:
            self._stack.append(replace(self._state))

    def _restore(self, _: Any) -> None:
        if self._stack:
            self._state = self._stack.pop()

    def _concat(self, operands: Any) -> None:
        self._state.ctm = _times(_matrix(operands), self._state.ctm)

    def _begin_text(self, _: Any) -> None:
        self._tm = self._tlm = _IDENTITY

    def _set_font(self, operands: Any) -> None:
        self._state.face = self._named.get(operands[0])
        self._state.size = float(operands[1])

    def _set_matrix(self, operands: Any) -> None:
        self._tm = self._tlm = _matrix(operands)

    def _move(self, operands: Any) -> None:
        self._tm = self._tlm = _times((1.0, 0.0, 0.0, 1.0, float(operands[0]), float(operands[1])), self._tlm)

    def _move_leading(self, operands: Any) -> None:
        self._state.leading = -float(operands[1])
        self._move(operands)

    def _next_line(self, _: Any = None) -> None:
        self._move((0.0, -self._state.leading))

    def _show(self, operands: Any) -> None:
        self._text(operands[0])

    def _show_next(self, operands: Any) -> None:
        self._next_line()
        self._text(operands[0])

    def _show_spaced(self, operands: Any) -> None:
        self._state.word_spacing, self._state.spacing = float(operands[0]), float(operands[1])
        self._next_line()
        self._text(operands[2])

    def _show_array(self, operands: Any) -> None:
        for item in operands[0]:
            if isinstance(item, str | bytes):
                self._text(item)
            else:
                self._advance(-float(item) / 1000.0 * self._state.size * self._state.scale)

    def _advance(self, distance: float) -> None:
        self._tm = _times((1.0, 0.0, 0.0, 1.0, distance, 0.0), self._tm)

    def _text(self, raw: str | bytes) -> None:
        """Notes one shown string and moves on by its width."""
        state = self._state
        if state.face is None or not raw:
            return
        text, codes, unmapped = state.face.decode(raw)
        width = state.face.font.get_text_width(codes) / 1000.0 * state.size + len(codes) * state.spacing
        width = (width + codes.count(" ") * state.word_spacing) * state.scale
        whole = _times(self._tm, state.ctm)
        self._advance(width)
        self.unmapped += unmapped
        if len(text) == len(codes) and _APART.search(text):
            self._note_parts(text, codes, whole, width)
        elif text.strip():
            self._note(text, whole, width - state.spacing * state.scale)

    def _note_parts(self, text: str, codes: str, whole: Matrix, width: float) -> None:
        """Notes what stands between runs of spaces piece by piece: such runs often part the columns of a table."""
        state = self._state
        if state.face is None:
            return
        widths = [state.face.font.get_text_width(code) for code in codes]
        scale = width / max(sum(widths), 1e-6)
        for part in _PARTS.finditer(text):
            before = sum(widths[: part.start()]) * scale
            moved = _times((1.0, 0.0, 0.0, 1.0, before, 0.0), whole)
            self._note(part[0], moved, sum(widths[part.start() : part.end()]) * scale)

    def _note(self, text: str, whole: Matrix, width: float) -> None:
        state = self._state
        angle = math.degrees(math.atan2(whole[1], whole[0]))
        turned = round(angle / 90.0) * 90
        if abs(angle - turned) > 8:
            return
        letters = sum(not character.isspace() for character in text)
        self.shown += letters
        self.angles[turned % 360] += letters
        size = abs(state.size) * math.hypot(whole[2], whole[3])
        x, y = _point(whole, 0.0, state.rise)
        end_x, end_y = _point(whole, width, state.rise)
        bold = state.stroked_text or (state.face is not None and state.face.bold)
        if turned % 180 == 0:
            x0, x1 = min(x, end_x), max(x, end_x)
            low, high = y - (1 - _ASCENT) * size, y + _ASCENT * size
        else:
            x0, x1 = x - _ASCENT * size, x + (1 - _ASCENT) * size
            low, high = min(y, end_y), max(y, end_y)
        self.pieces.append(Piece(x0, low, x1, high, text, size, bold))

    def _rectangle(self, operands: Any) -> None:
        x, y, width, height = (float(value) for value in operands[:4])
        first, second = _point(self._state.ctm, x, y), _point(self._state.ctm, x + width, y + height)
        self._boxes.append(
            (min(first[0], second[0]), min(first[1], second[1]), max(first[0], second[0]), max(first[1], second[1]))
        )

    def _move_to(self, operands: Any) -> None:
        self._start = self._at = _point(self._state.ctm, float(operands[0]), float(operands[1]))

    def _line_to(self, operands: Any) -> None:
        end = _point(self._state.ctm, float(operands[0]), float(operands[1]))
        self._path.append((self._at, end))
        self._at = end

    def _close(self, _: Any = None) -> None:
        if self._at != self._start:
            self._path.append((self._at, self._start))
        self._at = self._start

    def _stroke(self, _: Any = None) -> None:
        for start, end in self._path:
            self._rule(start, end)
        for left, low, right, high in self._boxes:
            corners = ((left, low), (right, low), (right, high), (left, high))
            if right - left < _THIN or high - low < _THIN:
                self._bar(left, low, right, high)
            else:
                for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
                    self._rule(start, end)
        self._forget()

    def _close_stroke(self, _: Any) -> None:
        self._close()
        self._stroke()

    def _fill(self, _: Any) -> None:
        """Thin filled boxes are lines too, as Word draws its table borders."""
        for left, low, right, high in self._boxes:
            if right - left < _THIN or high - low < _THIN:
                self._bar(left, low, right, high)
        xs = [x for segment in self._path for x, _ in segment]
        ys = [y for segment in self._path for _, y in segment]
        if xs and (max(xs) - min(xs) < _THIN or max(ys) - min(ys) < _THIN):
            self._bar(min(xs), min(ys), max(xs), max(ys))
        self._forget()

    def _bar(self, left: float, low: float, right: float, high: float) -> None:
        if right - left >= high - low:
            self._rule((left, (low + high) / 2), (right, (low + high) / 2))
        else:
            self._rule(((left + right) / 2, low), ((left + right) / 2, high))

    def _rule(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        (x0, y0), (x1, y1) = start, end
        if abs(y1 - y0) <= _STRAIGHT and abs(x1 - x0) > _STRAIGHT:
            self.rules.append(Rule(min(x0, x1), (y0 + y1) / 2, max(x0, x1), (y0 + y1) / 2))
        elif abs(x1 - x0) <= _STRAIGHT and abs(y1 - y0) > _STRAIGHT:
            self.rules.append(Rule((x0 + x1) / 2, max(y0, y1), (x0 + x1) / 2, min(y0, y1)))

    def _forget(self, _: Any = None) -> None:
        self._path.clear()
        self._boxes.clear()

    def _set_spacing(self, operands: Any) -> None:
        self._state.spacing = float(operands[0])

    def _set_word_spacing(self, operands: Any) -> None:
        self._state.word_spacing = float(operands[0])

    def _set_scale(self, operands: Any) -> None:
        self._state.scale = float(operands[0]) / 100.0

    def _set_leading(self, operands: Any) -> None:
        self._state.leading = float(operands[0])

    def _set_rise(self, operands: Any) -> None:
        self._state.rise = float(operands[0])

    def _set_mode(self, operands: Any) -> None:
        self._state.stroked_text = int(operands[0]) == 2


_HANDLERS = {
    b"q": _Drawing._save,
    b"Q": _Drawing._restore,
    b"cm": _Drawing._concat,
    b"BT": _Drawing._begin_text,
    b"Tf": _Drawing._set_font,
    b"Tm": _Drawing._set_matrix,
    b"Td": _Drawing._move,
    b"TD": _Drawing._move_leading,
    b"T*": _Drawing._next_line,
    b"Tj": _Drawing._show,
    b"'": _Drawing._show_next,
    b'"': _Drawing._show_spaced,
    b"TJ": _Drawing._show_array,
    b"Tc": _Drawing._set_spacing,
    b"Tw": _Drawing._set_word_spacing,
    b"Tz": _Drawing._set_scale,
    b"TL": _Drawing._set_leading,
    b"Ts": _Drawing._set_rise,
    b"Tr": _Drawing._set_mode,
    b"re": _Drawing._rectangle,
    b"m": _Drawing._move_to,
    b"l": _Drawing._line_to,
    b"h": _Drawing._close,
    b"S": _Drawing._stroke,
    b"s": _Drawing._close_stroke,
    b"B": _Drawing._stroke,
    b"B*": _Drawing._stroke,
    b"b": _Drawing._close_stroke,
    b"b*": _Drawing._close_stroke,
    b"f": _Drawing._fill,
    b"F": _Drawing._fill,
    b"f*": _Drawing._fill,
    b"n": _Drawing._forget,
    b"INLINE IMAGE": _Drawing._picture,
}


def _matrix(operands: Any) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in operands[-6:])
    return a, b, c, d, e, f
