"""A cross-encoder of sentence-transformers as `kb.retrieve.Reranker`; app.py loads the one that is set."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb import embed
from kb.errors import ModelUnavailable
from kb.retrieve import Reranker


def load_reranker(model: str) -> CrossEncoderReranker:
    """The cross-encoder named by `model`: a folder, or the name of a model already on this machine.

    Nothing is downloaded. Raises ModelUnavailable when it cannot be loaded or gives more than one score a pair.
    """
    embed.go_offline()
    with embed.LOADING:
        loaded = cross_encoder(model)
    labels = int(loaded.config.num_labels)
    if labels != 1:
        raise ModelUnavailable(
            f"{model!r} gives {labels} scores a pair",
            hint=f"重排模型“{model}”不是打分用的交叉编码器（要求只有一个输出）：请换一个，或清空 reranker 设置。",
        )
    return CrossEncoderReranker(loaded)


class CrossEncoderReranker:
    """Scores question and passage read together; thread-safe, any number of passages."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._lock = threading.Lock()

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Higher is better, (n,); n may be 0."""
        if not passages:
            return np.zeros(0, dtype=np.float32)
        with self._lock:
            found = self._model.predict([(question, text) for text in passages], show_progress_bar=False)
        return np.asarray(found, dtype=np.float32).reshape(len(passages))


class DeferredReranker:
    """Stands for the reranker that `load` gives when the first question needs it."""

    def __init__(self, load: Callable[[], Reranker]) -> None:
        self._load = load

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """See `Reranker`; raises ModelUnavailable when it cannot be loaded."""
        return self._load().scores(question, passages)


def cross_encoder(model: str) -> Any:
    """A cross-encoder of this machine as the library has it; raises ModelUnavailable. `kb.nli` loads its own by it."""
    import torch
    from sentence_transformers import CrossEncoder

    torch.set_num_threads(embed.threads())
    try:
        return CrossEncoder(model, local_files_only=True, max_length=512)
    except Exception as error:  # damaged weights raise whatever the libraries below please
        raise ModelUnavailable(
            f"cannot load the reranker {model!r}: {error}",
            hint=f"无法加载重排模型“{model}”：请确认它是本机上的交叉编码器，或清空这项设置。",
        ) from error
