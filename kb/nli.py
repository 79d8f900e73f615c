"""A cross-encoder that tells entailment from contradiction, from sentence-transformers; app.py loads the one set."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from kb import embed
from kb.errors import ModelUnavailable
from kb.rerank import cross_encoder


def load_entailment(model: str) -> Entailment:
    """The model named by `model`: a folder, or the name of one on this machine. Raises ModelUnavailable.

    Its labels must name entailment (蕴含); a model of two labels or three will do.
    """
    embed.go_offline()
    with embed.LOADING:
        loaded = cross_encoder(model)
    labels = {int(at): str(name).lower() for at, name in (loaded.config.id2label or {}).items()}
    entails = [at for at, name in labels.items() if name.startswith(("entail", "蕴含"))]
    if len(labels) < 2 or len(entails) != 1:
        raise ModelUnavailable(
            f"{model!r} has the labels {sorted(labels.values())}",
            hint=f"蕴含模型“{model}”的标签里没有 entailment：请换一个自然语言推理模型，或清空 nli_model 设置。",
        )
    return Entailment(loaded, entails[0])


class Entailment:
    """Whether one text entails another; thread-safe."""

    def __init__(self, model: Any, entails: int) -> None:
        self._model = model
        self._entails = entails
        self._lock = threading.Lock()

    def __call__(self, premise: str, claim: str) -> bool:
        """True when entailment is the likeliest of the model's labels."""
        with self._lock:
            scores = np.asarray(self._model.predict([(premise, claim)], show_progress_bar=False))
        return int(scores[0].argmax()) == self._entails
