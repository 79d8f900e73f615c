"""Makes a tiny cross-encoder with random weights in a folder, for the tests of reranking."""

from __future__ import annotations

from pathlib import Path


def make_cross_encoder(folder: Path, *, labels: int = 1) -> Path:
    """A one-layer BERT over single characters, saved as sentence-transformers reads it."""
    import torch
    import transformers as tf

    folder.mkdir(parents=True)
    characters = sorted(set("副卡多少钱每月元宽带免安装费挽留畅行套餐资费0123456789GB，。？"))
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    torch.manual_seed(7)
    config = tf.BertConfig(  # type: ignore[call-arg]
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=labels,
        initializer_range=0.5,
    )
    tf.BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer = tf.BertTokenizerFast(str(folder / "vocab.txt"), do_lower_case=False)  # type: ignore[attr-defined]
    tokenizer.save_pretrained(folder)
    return folder
