"""Decides which lines of a document are headings, articles or questions, and how deep; `ingest.structure` calls it."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.lines import Line, squash
from ingest.marks import ARABIC_PAREN, ARTICLE, CN_COMMA, UNNUMBERED, Mark
from ingest.marks import SECTION as SECTION_RANK
from ingest.model import BlockKind

UNSTATED = 0
"""Level of a heading block that only looks like one."""

_TITLE_CHARS = {CN_COMMA: 30, CN_COMMA + 10: 26}
_STATED_CHARS = 80
_LOOK_AHEAD = 60
_SENTENCE = re.compile(r"[。；;！!]|[：:](?=.)|[，,].*[，,]")
_FIGURES = re.compile(r"\d\s*(?:元|块|%|％|‰|折|GB|MB|G|M|兆|分钟|小时|个?工作日|天|日内|个月|次|倍)", re.IGNORECASE)
_QUESTION_LABEL = re.compile(r"(?:[•·●]\s*)?(?:问题?|問題?|提问|Q|q|Ｑ)\s*\d{0,3}\s*[：:、.．]\s*\S")
_SHORT_TITLE = re.compile(r"[一-鿿（）()、《》]{2,14}")
_BRACKET_TITLE = re.compile(r"[\s　]*[【〔（(]([^】〕）)，。；]{1,20})[】〕）)]")
_SPACED_TITLE = re.compile(r"[\s　]+([^\s　，。；：、！？,;:]{2,16})[\s　]+\S")


@dataclass(frozen=True, slots=True)
class Head:
    """What a line opens: a heading at `rank` called `label`, an article, or a question (no rank of its own).

    `keeps_text`: the line is also text of the first passage beneath; `joined`: it was taken into the heading before.
    """

    rank: int
    label: str
    article: bool = False
    question: bool = False
    keeps_text: bool = False
    joined: bool = False


def find_heads(lines: Sequence[Line]) -> dict[int, Head]:
    """Line number -> what it opens; lines not in it are text."""
    heads: dict[int, Head] = {}
    _stated(lines, heads)
    _articles(lines, heads)
    _structural(lines, heads)
    _enclosing(lines, heads)
    for rank in sorted({line.mark.rank for line in lines if line.mark and CN_COMMA <= line.mark.rank < ARABIC_PAREN}):
        _siblings(lines, heads, rank)
    _unnumbered(lines, heads)
    _questions(lines, heads)
    return heads


def article_title(text: str, mark: Mark) -> str:
    """第九条 移机费 of "第九条　移机费　同一小区……", of "第九条【移机费】……" and of a line that is only that."""
    rest = text[mark.end :]
    if found := _BRACKET_TITLE.match(rest) or _SPACED_TITLE.match(rest):
        return f"{mark.label} {found[1].strip()}"
    short = rest.strip()
    if 0 < len(short) <= 36 and not re.search(r"[，。；：！？,;:]", short):
        return f"{mark.label} {short}"
    return mark.label


def _stated(lines: Sequence[Line], heads: dict[int, Head]) -> None:
    for i, line in enumerate(lines):
        if line.kind is not BlockKind.HEADING or len(line.text) > _STATED_CHARS or line.text.endswith(("。", "；")):
            continue
        if line.level == UNSTATED:
            if line.mark is None and _looks_like_title(line.text):
                heads[i] = Head(UNNUMBERED, _label(line.text), keeps_text=_has_figures(line.text))
            elif line.mark and line.mark.rank >= CN_COMMA and not _SENTENCE.search(line.text[line.mark.end :]):
                heads[i] = Head(line.mark.rank, _label(line.text), keeps_text=_has_figures(line.text))
        elif line.mark and line.mark.rank == ARTICLE:
            heads[i] = Head(line.level * 10, article_title(line.text, line.mark), article=True, keeps_text=True)
        else:
            heads[i] = Head(line.level * 10, _label(line.text), keeps_text=_has_figures(line.text))


def _looks_like_title(text: str) -> bool:
    return len(text) <= 36 and not _SENTENCE.search(text) and text[-1] not in "，、（「“《,"


def _articles(lines: Sequence[Line], heads: dict[int, Head]) -> None:
    last = 0
    for i, line in enumerate(lines):
        mark = line.mark
        if i in heads or mark is None or mark.rank != ARTICLE:
            continue
        number = mark.number or 0
        spaced = line.text[mark.end : mark.end + 1] in {"", " ", "　", "\t", "【", "\n"}
        if number >= last or number == 1 or spaced:
            heads[i] = Head(ARTICLE, article_title(line.text, mark), article=True, keeps_text=True)
            last = number


def _structural(lines: Sequence[Line], heads: dict[int, Head]) -> None:
    for i, line in enumerate(lines):
        mark = line.mark
        if i in heads or mark is None or mark.rank > SECTION_RANK or line.kind is BlockKind.ROW:
            continue
        if len(line.text) > 45 or re.search(r"[。；，！？]", line.text.rstrip("：:")):
            continue
        label = _label(line.text)
        after = lines[i + 1] if i + 1 < len(lines) else None
        bare = squash(line.text) == squash(mark.label)
        if bare and after and i + 1 not in heads and after.mark is None and _SHORT_TITLE.fullmatch(after.text):
            label = f"{label} {after.text}"
            heads[i + 1] = Head(mark.rank, label, joined=True)
        heads[i] = Head(mark.rank, label)


def _enclosing(lines: Sequence[Line], heads: dict[int, Head]) -> None:
    """A numbered title directly before an article (四、关于质押, 第八十四条) encloses it, whatever its numbering."""
    for i in range(len(lines) - 2, -1, -1):
        mark, after = lines[i].mark, heads.get(i + 1)
        if (
            i in heads
            or mark is None
            or not CN_COMMA <= mark.rank < ARABIC_PAREN
            or not _title_like(lines[i], mark.rank)
        ):
            continue
        rank = UNNUMBERED + (mark.rank - ARTICLE) // 10
        if after is not None and (after.article or rank < after.rank < ARTICLE):
            heads[i] = Head(rank, _label(lines[i].text))


def _siblings(lines: Sequence[Line], heads: dict[int, Head], rank: int) -> None:
    """Lines numbered alike under one parent are headings when most are short titles with text beneath them."""
    for members, end in _runs(lines, heads, rank):
        titles = [i for i in members if _title_like(lines[i], rank)]
        followers = dict(zip(members, [*members[1:], end], strict=True))
        with_body = [i for i in titles if followers[i] > i + 1]
        if len(titles) >= 0.6 * len(members) and len(with_body) >= 0.6 * len(titles):
            for i in with_body:
                heads[i] = Head(rank, _label(lines[i].text))


def _runs(lines: Sequence[Line], heads: dict[int, Head], rank: int) -> list[tuple[list[int], int]]:
    """Runs of lines of `rank` outside articles with nothing of a lower rank between, each with where it ends."""
    runs: list[tuple[list[int], int]] = []
    members: list[int] = []
    inside_article = False
    for i, line in enumerate(lines):
        head = heads.get(i)
        if head is not None or (line.mark and line.mark.rank < rank):
            if members:
                runs.append((members, i))
            members = []
        if head is not None:
            inside_article = head.article
        elif line.mark and line.mark.rank == rank and not inside_article:
            members.append(i)
    if members:
        runs.append((members, len(lines)))
    return runs


def _title_like(line: Line, rank: int) -> bool:
    text = line.text[line.mark.end if line.mark else 0 :].strip()
    if not 0 < len(text) <= _TITLE_CHARS.get(rank, 22) or _has_figures(text):
        return False
    return not _SENTENCE.search(text) and not text.endswith(("，", "、", "？", "?"))


def _unnumbered(lines: Sequence[Line], heads: dict[int, Head]) -> None:
    numbered = [i for i in sorted(heads) if heads[i].rank != UNNUMBERED]
    for i, line in enumerate(lines):
        head = heads.get(i)
        if head is not None and head.rank == UNNUMBERED and line.kind is BlockKind.HEADING:
            heads[i] = Head(_depth(lines, heads, numbered, i), head.label, keeps_text=head.keeps_text)
        elif head is None and _lone_title(lines, heads, i):
            heads[i] = Head(UNNUMBERED, _label(line.text))


def _depth(lines: Sequence[Line], heads: dict[int, Head], numbered: Sequence[int], at: int) -> int:
    """An unnumbered heading lies inside a numbered one when the numbering goes on after it; else outside."""
    place = bisect_left(numbered, at)
    outer = numbered[place - 1] if place else None
    if outer is None or heads[outer].rank < CN_COMMA or heads[outer].article:
        return UNNUMBERED
    rank, mark = heads[outer].rank, lines[outer].mark
    following = next((i for i in numbered[place : place + _LOOK_AHEAD] if heads[i].rank <= rank), None)
    after = lines[following].mark if following is not None and heads[following].rank == rank else None
    goes_on = mark and after and after.number == (mark.number or 0) + 1
    return rank + 5 if goes_on else UNNUMBERED


def _lone_title(lines: Sequence[Line], heads: dict[int, Head], i: int) -> bool:
    """A short line without punctuation between a finished sentence and an article or a longer paragraph."""
    line = lines[i]
    if (
        line.kind is not BlockKind.PARAGRAPH
        or line.mark
        or not _SHORT_TITLE.fullmatch(line.text)
        or i + 1 >= len(lines)
    ):
        return False
    before_ends = (
        i == 0 or (i - 1 in heads and not heads[i - 1].keeps_text) or lines[i - 1].text.endswith(("。", "；", "！"))
    )
    after = lines[i + 1]
    opens_article = i + 1 in heads and heads[i + 1].article
    long_text = i + 1 not in heads and after.kind is BlockKind.PARAGRAPH and len(after.text) >= 30
    return before_ends and (opens_article or (long_text and after.text.endswith(("。", "；", "：", "！"))))


def _questions(lines: Sequence[Line], heads: dict[int, Head]) -> None:
    labelled = [i for i, line in enumerate(lines) if i not in heads and _QUESTION_LABEL.match(line.text)]
    plain = [i for i in range(len(lines) - 1) if _plain_question(lines, heads, i)]
    rows = [i for i, line in enumerate(lines) if line.question]
    for i in [*(labelled or (plain if len(plain) >= 2 else [])), *(rows if len(rows) >= 2 else [])]:
        heads[i] = Head(0, lines[i].text, question=True)


def _plain_question(lines: Sequence[Line], heads: dict[int, Head], i: int) -> bool:
    line, after = lines[i], lines[i + 1]
    if i in heads or i + 1 in heads or line.kind is BlockKind.ROW or len(line.text) > 80:
        return False
    return line.text.endswith(("？", "?")) and "。" not in line.text and not after.text.endswith(("？", "?"))


def _has_figures(text: str) -> bool:
    return bool(_FIGURES.search(unicodedata.normalize("NFKC", text)))


def _label(text: str) -> str:
    return re.sub(r"[\s　]+", " ", text).strip(" :：")
