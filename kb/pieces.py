"""The tokenizer of the bundled weights, run by SentencePiece itself; `kb.bundled` writes its file, `kb.embed` loads it.

The `tokenizers` library keeps a Unigram vocabulary of 250,002 pieces in 280 MB and reads it in 1.2 s; SentencePiece
keeps the same one in 35 MB and reads it in half the time, and cuts alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from sentencepiece import sentencepiece_model_pb2 as protobuf
from transformers import AutoTokenizer, PretrainedConfig
from transformers.tokenization_utils_sentencepiece import SentencePieceBackend

MODEL_FILE = "pieces.model"
"""Name of the vocabulary in the model's folder: a SentencePiece model."""

_SPACE = re.compile(r"[^\S\x1c-\x1f]+")
_MARK = "▁"
_UNIGRAM = 1


def write_pieces(
    path: Path, texts: Sequence[str], scores: Sequence[float], *, control: Collection[int], unknown: int
) -> None:
    """Writes a Unigram vocabulary as a SentencePiece model: piece i is `texts[i]` of log-probability `scores[i]`.

    `control` are the numbers of pieces that no text is cut into, `unknown` that of the piece for what has none.
    """
    model: Any = _new_model()
    kinds = model.SentencePiece
    for number, (text, score) in enumerate(zip(texts, scores, strict=True)):
        kind = kinds.CONTROL if number in control else kinds.UNKNOWN if number == unknown else kinds.NORMAL
        model.pieces.add(piece=text, score=score, type=kind)
    model.trainer_spec.model_type = _UNIGRAM
    model.trainer_spec.unk_id = unknown
    # Text comes normalised and with its leading mark, see PieceTokenizer.
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = False
    model.normalizer_spec.remove_extra_whitespaces = False
    path.write_bytes(model.SerializeToString())


def _new_model() -> Any:
    return protobuf.ModelProto()  # type: ignore[attr-defined]  # made when the module is imported


class PieceTokenizer(SentencePieceBackend):
    """Cuts NFKC text, its white space folded, into pieces; the first is marked as the beginning of a word."""

    vocab_files_names = {"vocab_file": MODEL_FILE}  # noqa: RUF012 - as the class above has it
    model_input_names = ["input_ids", "attention_mask"]  # noqa: RUF012

    def __init__(self, vocab_file: str, **options: Any) -> None:
        super().__init__(vocab_file=vocab_file, special_tokens_pattern="cls_sep", **options)  # type: ignore[no-untyped-call]

    def _tokenize(self, text: str, **_options: Any) -> list[str]:
        folded = _SPACE.sub(" ", unicodedata.normalize("NFKC", text))
        if folded and not folded.startswith((" ", _MARK)):
            folded = " " + folded
        # By way of the numbers: what is unknown would come as it stands, and </s> as it stands is a special piece.
        pieces: list[str] = self.sp_model.id_to_piece(self.sp_model.encode(folded))
        return pieces

    def _update_total_vocab_size(self) -> None:
        """As above, without a dictionary of the whole vocabulary: nothing is ever added to it."""
        self.total_vocab_size = self.sp_model.get_piece_size()


class _Pieces(PretrainedConfig):  # type: ignore[no-untyped-call]
    """Stands for the tokenizer where the library asks which model it belongs to; no model has it."""

    model_type = "zhiying-pieces"


def register() -> None:
    """Makes the library find PieceTokenizer by the name that stands in the folder of the weights."""
    AutoTokenizer.register(_Pieces, tokenizer_class=PieceTokenizer, exist_ok=True)  # type: ignore[no-untyped-call]
