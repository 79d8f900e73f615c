"""The tokenizer of the bundled weights cuts as the `tokenizers` library does with the same vocabulary."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.pieces import MODEL_FILE, PieceTokenizer, write_pieces

pytestmark = pytest.mark.filterwarnings("default")  # the libraries' own deprecations are not ours to fail on

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
WORDS = (
    "▁",
    "套餐",
    "▁套餐",
    "套",
    "餐",
    "流量",
    "▁流",
    "流",
    "量",
    "1",
    "19",
    "199",
    "9",
    "a",
    "▁a",
    "ab",
    "b",
    ":",
    "(",
    "1)",
)
TEXTS = (
    "套餐流量",
    "  套餐 流量",
    "１９９套餐",
    "①套餐",
    "",
    " ",
    "\n套餐\t流量\u3000",
    "不认得的字",
    "▁套餐",
    "a ab b",
    "\x1c套\x1f",
    "ﬁ⑴",
)


def scores() -> list[float]:
    """Log-probabilities without ties: of two ways to cut that are equally likely either is right."""
    return [0.0] * len(SPECIAL) + [-1 - (7 * i % 19) * 0.317 for i in range(len(WORDS))]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> PieceTokenizer:
    path = tmp_path_factory.mktemp("pieces") / MODEL_FILE
    write_pieces(path, [*SPECIAL, *WORDS], scores(), control=(0, 1, 2), unknown=3)
    names = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>"}
    return PieceTokenizer(str(path), pad_token="<pad>", unk_token="<unk>", split_special_tokens=True, **names)


@pytest.fixture(scope="module")
def theirs() -> object:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = list(zip([*SPECIAL, *WORDS], scores(), strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def ids(tokenizer: object, text: str) -> list[int]:
    found: list[int] = tokenizer.encode(text).ids  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_cut_as_the_library_cuts_them(ours: PieceTokenizer, theirs: object, text: str) -> None:
    assert ours(text)["input_ids"] == ids(theirs, text)


@given(text=st.text(alphabet="套餐流量19ab:() ①\n\u3000１字▁", max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_cut_as_the_library_cuts_it(ours: PieceTokenizer, theirs: object, text: str) -> None:
    assert ours(text)["input_ids"] == ids(theirs, text)


def test_what_a_customer_types_is_never_read_as_a_special_piece(ours: PieceTokenizer) -> None:
    assert ours("</s>套餐<pad>")["input_ids"][1:-1].count(2) == 0


def test_a_batch_is_padded_and_cut_to_the_length_of_the_model(ours: PieceTokenizer) -> None:
    batch = ours(["套", "流量" * 30], padding=True, truncation=True, max_length=10)
    assert [len(row) for row in batch["input_ids"]] == [10, 10]
    assert [sum(row) for row in batch["attention_mask"]] == [4, 10]
