"""Exports open in the programs they are made for, with every item, its key and its source."""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook
from pypdf import PdfReader

from assist.quiz.desk import QuizDesk
from assist.quiz.exports import FORMATS, Sheet, export
from assist.quiz.model import Item, ItemKind, item_from
from kb.errors import UsageError
from tests.assist import gift_reader, qti_reader
from tests.assist.quizzes import SetClock, open_base, order


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> tuple[Item, ...]:
    clock = SetClock()
    with open_base(tmp_path_factory.mktemp("quiz") / "home", clock) as base:
        desk = QuizDesk(base=base, clock=clock)
        made = [desk.preview(order(4, kinds=(kind,))).items for kind in ItemKind if kind is not ItemKind.FIVE_W]
    return tuple(item for same in made for item in same)


@pytest.fixture(scope="module")
def sheet(items: tuple[Item, ...]) -> Sheet:
    return Sheet("十一月 <新政策> 测验", items, 30, "2026-11-21")


def test_the_workbook_has_a_bank_a_key_and_an_answer_sheet(sheet: Sheet, items: tuple[Item, ...]) -> None:
    book = load_workbook(BytesIO(export("xlsx", sheet)))
    assert book.sheetnames == ["题库", "答案", "答题卡"]
    bank = list(book["题库"].iter_rows(min_row=2, values_only=True))
    assert sorted(str(row[1]) for row in bank) == sorted(item.stem for item in items)
    key = {row[0]: row[2] for row in book["答案"].iter_rows(min_row=2, values_only=True)}
    assert {row[-1]: row[8] for row in bank} == key
    assert all(row[2] is None for row in book["答题卡"].iter_rows(min_row=2, values_only=True))


def test_a_stem_that_looks_like_a_formula_stays_text(items: tuple[Item, ...]) -> None:
    book = load_workbook(BytesIO(export("xlsx", Sheet("测验", (replace(items[0], stem="=1+1"),)))))
    assert book["题库"]["B2"].data_type == "s"


def test_the_word_paper_keeps_the_key_from_the_questions(sheet: Sheet, items: tuple[Item, ...]) -> None:
    document = Document(BytesIO(export("docx", sheet)))
    texts = [paragraph.text for paragraph in document.paragraphs]
    at = next(place for place, text in enumerate(texts) if "参考答案" in text)
    questions = "\n".join(texts[:at])
    assert all(item.stem in questions for item in items)
    assert not any(item.explanation and item.explanation in questions for item in items if item.kind is ItemKind.SHORT)
    key = document.tables[-1]
    assert len(key.rows) == len(items) + 1
    assert sorted(row.cells[2].text for row in key.rows[1:]) == sorted(item.letters for item in items)


def test_the_pdf_paper_reads_in_chinese_on_several_pages(sheet: Sheet, items: tuple[Item, ...]) -> None:
    reader = PdfReader(BytesIO(export("pdf", sheet)))
    assert len(reader.pages) >= 3
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in reader.pages))
    assert "十一月<新政策>测验" in text
    assert "答题卡" in text
    assert "参考答案" in text
    assert all(re.sub(r"\s", "", option) in text for option in items[0].options)


def test_gift_is_read_as_the_same_questions_and_answers(sheet: Sheet, items: tuple[Item, ...]) -> None:
    kinds = {
        ItemKind.TRUE_FALSE: "truefalse",
        ItemKind.FILL: "shortanswer",
        ItemKind.SHORT: "essay",
        ItemKind.ORDER: "matching",
        ItemKind.MULTIPLE: "multiple",
    }
    found = gift_reader.read(export("gift", sheet).decode())
    assert len(found) == len(items)
    for item, read in zip(items, found, strict=True):
        assert read.kind == kinds.get(item.kind, "single")
        assert _plain(read.stem) == _plain(item.stem)
        assert _plain(item.explanation) in _plain(read.feedback)
        said = {one.text: one for one in read.answers}
        if read.kind == "truefalse":
            assert read.truth is (item.right == ("正确",))
        elif read.kind == "multiple":
            assert {_plain(text) for text, one in said.items() if (one.share or 0) > 0} == set(map(_plain, item.right))
            assert sum(one.share or 0 for one in read.answers if (one.share or 0) > 0) == pytest.approx(100, abs=0.01)
        elif read.kind == "matching":
            assert [(_plain(one.text), one.match) for one in read.answers] == [
                (_plain(step), f"第{place}步") for place, step in enumerate(item.right, start=1)
            ]
        elif item.options:
            assert [_plain(one.text) for one in read.answers if one.sign == "="] == list(map(_plain, item.right))
            assert len(read.answers) == len(item.options)
        elif item.kind is ItemKind.FILL:
            assert tuple(said) == item.answers


def test_signs_of_gift_in_a_stem_are_text(items: tuple[Item, ...]) -> None:
    odd = replace(items[0], stem="1~2=3 # {客户姓} 是：\\ ::题?", explanation="####")
    read = gift_reader.read(export("gift", Sheet("测验", (odd,))).decode())[0]
    assert _plain(read.stem) == _plain(odd.stem)


def _plain(text: str) -> str:
    """Text but for how blanks and the braces of slots are written."""
    return re.sub(r"[\s_（）　]", "", text.translate(str.maketrans("｛｝", "{}")))


def test_the_qti_package_holds_to_the_schema_and_shows_every_item_with_its_right_answer(
    sheet: Sheet, items: tuple[Item, ...]
) -> None:
    limit, found = qti_reader.read(export("qti", sheet))
    assert limit == 30 * 60
    assert len(found) == len(items)
    shapes = {ItemKind.ORDER: "orderInteraction", ItemKind.FILL: "textEntryInteraction"}
    for item, read in zip(items, found, strict=True):
        shape = "extendedTextInteraction" if item.kind is ItemKind.SHORT else "choiceInteraction"
        assert read.interaction == shapes.get(item.kind, shape)
        assert _plain(read.text) == _plain(item.stem)
        assert read.options == item.options
        assert read.right == (item.right if item.options else item.answers[:1])
        assert "出处：《" in read.feedback


def test_a_package_that_breaks_the_schema_is_not_read(sheet: Sheet) -> None:
    data = export("qti", sheet)
    for old, new in (
        (b'shuffle="true"', b""),
        (b'cardinality="single"', b'cardinality="one"'),
        (b"<itemBody>", b"<body>"),
    ):
        broken = BytesIO()
        with zipfile.ZipFile(BytesIO(data)) as whole, zipfile.ZipFile(broken, "w") as other:
            for name in whole.namelist():
                text = whole.read(name).replace(old, new).replace(old.replace(b"<", b"</"), new.replace(b"<", b"</"))
                other.writestr(name, text)
        with pytest.raises((ValueError, KeyError)):
            qti_reader.read(broken.getvalue())


def test_the_anki_collection_has_a_note_and_a_card_an_item(
    sheet: Sheet, items: tuple[Item, ...], tmp_path: Path
) -> None:
    package = zipfile.ZipFile(BytesIO(export("anki", sheet)))
    package.extract("collection.anki2", tmp_path)
    with sqlite3.connect(tmp_path / "collection.anki2") as collection:
        notes = collection.execute("SELECT guid, flds, tags FROM notes").fetchall()
        cards = collection.execute("SELECT COUNT(*) FROM cards").fetchone()[0]
    collection.close()
    assert {guid for guid, _, _ in notes} == {item.id for item in items}
    assert cards == len(items)
    assert all("《" in fields.split("\x1f")[3] for _, fields, _ in notes)


def test_json_gives_back_the_same_items(sheet: Sheet, items: tuple[Item, ...]) -> None:
    data = json.loads(export("json", sheet))
    assert tuple(item_from(one) for one in data["items"]) == items


def test_an_unknown_format_and_an_empty_paper_are_refused() -> None:
    with pytest.raises(UsageError):
        export("wps", Sheet("测验", ()))
    for name in FORMATS:
        with pytest.raises(UsageError):
            export(name, Sheet("测验", ()))
