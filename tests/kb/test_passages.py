"""What is embedded of a passage, by slot."""

from __future__ import annotations

from kb.passages import SLOTS, embedding_texts, text_hash, vector_id


def test_main_text_stands_under_its_headings_and_questions_follow() -> None:
    texts = embedding_texts(
        title="宽带业务规则",
        heading=("三、移机",),
        text="移机费八十元一次。",
        questions=("搬家宽带怎么弄", "移机多少钱"),
    )
    assert texts == ("宽带业务规则三、移机移机费80元1次。", "搬家宽带怎么弄", "移机多少钱")


def test_a_heading_that_the_text_begins_with_is_not_said_twice() -> None:
    assert embedding_texts(title="规则", heading=("第九条",), text="第九条 免费。", questions=())[0].count("第9条") == 1


def test_repeated_and_empty_questions_take_no_slot() -> None:
    assert len(embedding_texts(title="", heading=(), text="答", questions=("问", " 问 ", "", "問"))) == 2


def test_no_more_than_sixty_four_slots() -> None:
    questions = tuple(f"问法{i}" for i in range(100))
    assert len(embedding_texts(title="", heading=(), text="答", questions=questions)) == SLOTS


def test_equal_texts_have_equal_keys_and_slots_have_their_own_numbers() -> None:
    assert text_hash("流量") == text_hash("流量") != text_hash("话费")
    assert len(text_hash("流量")) == 32
    assert vector_id(7, 3) == 7 * 64 + 3
