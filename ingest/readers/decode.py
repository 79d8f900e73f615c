"""Bytes to text in the encodings Chinese files really have; used by the readers of text formats."""

from __future__ import annotations

import codecs
import unicodedata

from ingest.readers.limits import Limits
from ingest.readers.refusals import too_much
from kb.errors import InputRefused

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COMMON = frozenset(
    "的一是不了在人有我他这中大来上个国和也子时道说出而要于就下得可你年生自会那后能对着事其里所去行过家十用发天如然作方成者多日都"
    "三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从保费业务客户电话服问答第条款应当月元合约"
    "這個來們時說會對後裡過發麼經當與學進種將還無國業務電話費約條應於點帳號"
)
"""Frequent characters of both scripts; the reading of some bytes that shows more of them is the right one."""

_EVERYDAY_SHARE = 0.25
_WRONG_AT_MOST = 0.001
"""Share of undecodable bytes up to which a file is still taken for UTF-8 with a few damaged places."""


def decode(data: bytes, *, declared: str = "", limits: Limits) -> tuple[str, tuple[str, ...]]:
    """The text of `data` with "\\n" line ends, and warnings in Chinese.

    Tried in order: byte order mark, UTF-8, the `declared` charset (of an HTML file), UTF-16 without a mark, then
    GB18030 and Big5, of which the reading with more frequent characters wins. Raises InputRefused for anything else.
    """
    text, warnings = _decode(data, declared)
    if len(text) > limits.characters:
        raise too_much("文字过多", f"{limits.characters // 10_000} 万字")
    if _is_binary(text):
        raise InputRefused(
            "control characters: not a text file", hint="文件不是文本，或编码无法识别。请另存为 UTF-8 文本后再试。"
        )
    return text.replace("\r\n", "\n").replace("\r", "\n"), warnings


def _decode(data: bytes, declared: str) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").lstrip("\ufeff"), ()
    for encoding in ("utf-8", _python_name(declared), utf16_without_mark(data)):
        if encoding and (text := _strictly(data, encoding)) is not None:
            return text, ()
    forgiven = data.decode("utf-8", "replace")
    if forgiven.count("\ufffd") <= max(1, len(forgiven) * _WRONG_AT_MOST) and len(forgiven) > 100:
        return forgiven, ("个别字符已损坏，已用“\ufffd”代替",)
    readings = [text for encoding in ("gb18030", "big5hkscs") if (text := _strictly(data, encoding)) is not None]
    if readings:
        return max(readings, key=_familiarity), ()
    forgiven = data.decode("gb18030", "replace")
    if forgiven.count("\ufffd") <= max(1, len(forgiven) * _WRONG_AT_MOST) and _familiarity(forgiven) > 0.1:
        return forgiven, ("个别字符已损坏，已用“\ufffd”代替",)
    raise InputRefused("unknown encoding", hint="文件编码无法识别。请用记事本打开并另存为 UTF-8 后再试。")


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _python_name(declared: str) -> str:
    """Python's name for a declared charset; GB2312 and GBK are read by their superset."""
    try:
        name = codecs.lookup(declared.strip()).name if declared.strip() else ""
    except LookupError:
        return ""
    return {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}.get(name, name)


def utf16_without_mark(data: bytes) -> str:
    """The UTF-16 flavour in which bytes with zeros among them read as Chinese or English text, or ""."""
    sample = data[:4000]
    if b"\0" not in sample or len(sample) % 2:
        return ""
    readings = {name: _strictly(sample, name) or "" for name in ("utf-16-le", "utf-16-be")}
    best = max(readings, key=lambda name: _everyday(readings[name]))
    return best if _everyday(readings[best]) > _EVERYDAY_SHARE else ""


def _everyday(text: str) -> float:
    """The share of frequent characters, punctuation and plain letters."""
    known = sum(
        character in _COMMON or " " <= character <= "~" or character in "\r\n。，、：；（）" for character in text
    )
    return known / max(len(text), 1)


def _familiarity(text: str) -> float:
    sample = [character for character in text[:20_000] if character > "\x7f"]
    return sum(character in _COMMON for character in sample) / max(len(sample), 1)


def _is_binary(text: str) -> bool:
    sample = text[:20_000]
    odd = sum(
        unicodedata.category(character) == "Cc" and character not in "\t\n\r\f\v\x1a\x1e\x1f" for character in sample
    )
    return odd > len(sample) * 0.01
