"""Two reportlab flowables for Chinese text: a block of lines and a ruled table.

Both write each line as one text object with one `Tj` per run, so that text extraction gives a table row back as one
line with its cells parted by spaces. Lines break between Chinese characters, never before a closing mark, after an
opening mark or inside a number with its unit.
"""

from __future__ import annotations

import re

from reportlab.lib.colors import Color
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

Run = tuple[str, str]
CLOSING = "，。；：、！？）》」』”’％‰"
OPENING = "（《「『“‘〔"
TOKEN = re.compile(r"[A-Za-z0-9.%:\-−#]+(?:元|天|GB|MB|小时|个月|个工作日|分钟|张|次|月)?|.")


def wrap_runs(runs: list[Run], size: float, first: float, rest: float) -> list[list[Run]]:
    """Break runs of (font, text) into lines; the first line is `first` wide, the others `rest`."""
    tokens = [(font, token) for font, text in runs for token in TOKEN.findall(text)]
    glued: list[list[Run]] = []
    for font, token in tokens:
        if glued and (token in CLOSING or glued[-1][-1][1] in OPENING):
            glued[-1].append((font, token))
        else:
            glued.append([(font, token)])
    lines: list[list[Run]] = [[]]
    used, limit = 0.0, first
    for group in glued:
        width = sum(stringWidth(text, font, size) for font, text in group)
        body = width - (stringWidth(group[-1][1], group[-1][0], size) if group[-1][1] in CLOSING else 0.0)
        if lines[-1] and used + body > limit:
            lines.append([])
            used, limit = 0.0, rest
        for font, text in group:
            if lines[-1] and lines[-1][-1][0] == font:
                lines[-1][-1] = (font, lines[-1][-1][1] + text)
            else:
                lines[-1].append((font, text))
        used += width
    return lines


class TextBlock(Flowable):
    """A paragraph, heading or caption."""

    def __init__(
        self,
        runs: list[Run],
        size: float,
        leading: float,
        color: Color,
        indent: float = 0.0,
        centred: bool = False,
        before: float = 0.0,
        after: float = 0.0,
        keep_with_next: bool = False,
    ) -> None:
        super().__init__()
        self.runs, self.size, self.leading, self.color = runs, size, leading, color
        self.indent, self.centred = indent, centred
        self.before, self.after = before, after
        self.keepWithNext = keep_with_next
        self.lines: list[list[Run]] = []
        self._fixed = False

    def getSpaceBefore(self) -> float:  # noqa: N802 - reportlab's name
        """Space above."""
        return self.before

    def getSpaceAfter(self) -> float:  # noqa: N802 - reportlab's name
        """Space below."""
        return self.after

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Break the text for `width`."""
        self.width = width
        if not self._fixed:
            self.lines = wrap_runs(self.runs, self.size, width - self.indent, width)
        self.height = self.leading * len(self.lines)
        return width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        """Split between lines, leaving at least two on either side."""
        self.wrap(width, height)
        fit = min(int(height // self.leading), len(self.lines) - 2)
        if fit < 2:
            return []
        parts: list[Flowable] = []
        for lines, indent, after in ((self.lines[:fit], self.indent, 0.0), (self.lines[fit:], 0.0, self.after)):
            part = TextBlock(self.runs, self.size, self.leading, self.color, indent, self.centred, 0.0, after)
            part.lines, part._fixed = lines, True
            parts.append(part)
        return parts

    def draw(self) -> None:
        """Write the lines."""
        text = self.canv.beginText()
        text.setFillColor(self.color)
        for index, line in enumerate(self.lines):
            left = self.indent if index == 0 else 0.0
            if self.centred:
                left = (self.width - sum(stringWidth(t, f, self.size) for f, t in line)) / 2
            text.setTextOrigin(left, self.height - self.leading * index - self.leading * 0.72)
            for font, words in line:
                text.setFont(font, self.size)
                text.textOut(words)
        self.canv.drawText(text)


class GridTable(Flowable):
    """A ruled table whose head row repeats on every page."""

    def __init__(
        self,
        rows: list[tuple[str, ...]],
        widths: list[float],
        fonts: tuple[str, str],
        ink: Color,
        rule: Color,
        band: Color,
        header: bool = True,
        size: float = 9.2,
        leading: float = 14.0,
    ) -> None:
        super().__init__()
        self.rows, self.widths, self.fonts = rows, widths, fonts
        self.ink, self.rule, self.band, self.header = ink, rule, band, header
        self.size, self.leading = size, leading
        self.cells = [
            [
                wrap_runs([(self._font(index), cell)], size, width - 11, width - 11)
                for cell, width in zip(row, widths, strict=True)
            ]
            for index, row in enumerate(rows)
        ]
        self.heights = [max(len(cell) for cell in row) * leading + 8 for row in self.cells]

    def _font(self, index: int) -> str:
        return self.fonts[1 if self.header and index == 0 else 0]

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """Size of the table."""
        return sum(self.widths), sum(self.heights)

    def split(self, _width: float, height: float) -> list[Flowable]:
        """Split between rows, at least one body row on the first page."""
        used, fit = 0.0, 0
        for row_height in self.heights:
            if used + row_height > height:
                break
            used, fit = used + row_height, fit + 1
        if fit < 3 or fit == len(self.rows):
            return []
        head = self.rows[:1] if self.header else []
        return [self._copy(self.rows[:fit]), self._copy(head + self.rows[fit:])]

    def _copy(self, rows: list[tuple[str, ...]]) -> GridTable:
        return GridTable(
            rows, self.widths, self.fonts, self.ink, self.rule, self.band, self.header, self.size, self.leading
        )

    def draw(self) -> None:
        """Draw rules and cells, row by row."""
        canvas = self.canv
        canvas.setStrokeColor(self.rule)
        canvas.setLineWidth(0.5)
        total, top = sum(self.widths), sum(self.heights)
        for index, (row, height) in enumerate(zip(self.cells, self.heights, strict=True)):
            if self.header and index == 0:
                canvas.setFillColor(self.band)
                canvas.rect(0, top - height, total, height, stroke=0, fill=1)
            text = canvas.beginText()
            text.setFillColor(self.ink)
            left = 0.0
            for cell, width in zip(row, self.widths, strict=True):
                for number, line in enumerate(cell):
                    text.setTextOrigin(left + 5.5, top - 4 - self.leading * number - self.leading * 0.72)
                    for font, words in line:
                        text.setFont(font, self.size)
                        text.textOut(words)
                left += width
            canvas.drawText(text)
            canvas.line(0, top, total, top)
            left = 0.0
            for width in [*self.widths, 0.0]:
                canvas.line(left, top - height, left, top)
                left += width
            top -= height
        canvas.line(0, 0, total, 0)
