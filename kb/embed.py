"""The embedder seam, and sentence-transformers behind it; `app.py` loads one and gives it to the knowledge base."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kb import bundled
from kb.errors import ModelUnavailable

Progress = Callable[[int], None]

BATCH_TOKENS = 4096
"""A batch holds about this many tokens: more is no faster on a CPU and only costs memory."""

LOADING = threading.Lock()
"""Held while a model is loaded, for the library changes the process's default number type meanwhile."""

_MEASURED = "precision.json"
_INSTRUCTION = "Instruct: 根据客户的问题，找出能回答它的知识库段落\nQuery: "
_PROMPTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("e5", {"query": "query: ", "document": "passage: "}),
    ("bge-m3", {"query": "", "document": ""}),
    ("zh-v1.5", {"query": "为这个句子生成表示以用于检索相关文章：", "document": ""}),
    ("qwen3-embedding", {"query": _INSTRUCTION, "document": ""}),
)


class Embedder(Protocol):
    """Turns text into vectors; thread-safe."""

    @property
    def name(self) -> str:
        """Stable fingerprint of model and version (not of precision): vectors of different names never mix."""
        ...

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        ...

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions: (n, dimension), L2-normalised, in the order given; n may be 0."""
        ...

    def passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Vectors of passage texts, as `queries`; `progress` is told how many more are done, batch by batch."""
        ...


def load_embedder(
    model: str = "bundled",
    *,
    cache: Path,
    precision: str = "auto",
    progress: Callable[[str], None] | None = None,
) -> SentenceEmbedder:
    """The embedder named by `model`: "bundled", a folder, or the name of a model already on this machine.

    `precision` is "float32", "bfloat16" or "auto": the faster of the two, measured once and remembered in `cache`.
    Nothing is downloaded. Raises ModelUnavailable.
    """
    if precision not in {"auto", "float32", "bfloat16"}:
        raise ModelUnavailable(
            f"unknown precision {precision!r}", hint="向量精度只能是 auto、float32 或 bfloat16，请修改设置。"
        )
    go_offline()
    if precision == "auto":
        precision = _remembered(model, cache) or _measure(model, cache, progress)
    return _load(model, cache=cache, precision=precision, progress=progress)


class SentenceEmbedder:
    """A sentence-transformers model; the order of texts and the batches they fall into do not matter to the caller."""

    def __init__(self, model: Any, *, name: str, prompts: dict[str, str], precision: str) -> None:
        self.name = name
        self.precision = precision
        self.dimension = int(model.get_embedding_dimension())
        self._model = model
        self._prompts = prompts
        self._lock = threading.Lock()

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, under the model's prompt for questions."""
        return self._embed([self._prompts["query"] + text for text in texts], None)

    def passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Vectors of passage texts, under the model's prompt for documents."""
        return self._embed([self._prompts["document"] + text for text in texts], progress)

    def _embed(self, texts: list[str], progress: Progress | None) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for batch in _batches(texts):
            vectors[batch] = self._encode([texts[i] for i in batch])
            if progress is not None:
                progress(len(batch))
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.where(norms > 0, norms, 1)
        return vectors

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        """One batch; the lock is per batch, so that a question waits for one batch of an ingestion at most."""
        import torch

        with self._lock, torch.inference_mode():
            features = self._model.preprocess(texts)
            device = self._model.device
            features = {key: value.to(device) if hasattr(value, "to") else value for key, value in features.items()}
            found: NDArray[np.float32] = self._model(features)["sentence_embedding"].float().cpu().numpy()
            return found


def _batches(texts: Sequence[str]) -> list[list[int]]:
    """Indices of `texts` in batches of like length, longest first, each of about BATCH_TOKENS characters."""
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    batches: list[list[int]] = []
    room = 0
    for index in order:
        if room <= 0:
            batches.append([])
            room = max(1, min(64, BATCH_TOKENS // max(1, len(texts[index]))))
        batches[-1].append(index)
        room -= 1
    return batches


def go_offline() -> None:
    """Model hubs are never asked; must be called before the libraries are imported."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def _load(
    model: str, *, cache: Path, precision: str, progress: Callable[[str], None] | None = None
) -> SentenceEmbedder:
    if model == "bundled":
        folder = bundled.unpack(cache, dtype=precision, progress=progress)
        loaded = _sentence_transformer(str(folder), precision, add_pooling_layer=False)
        return SentenceEmbedder(loaded, name=bundled.NAME, prompts=bundled.PROMPTS, precision=precision)
    loaded = _sentence_transformer(model, precision)
    return SentenceEmbedder(
        loaded, name=_fingerprint(model, loaded), prompts=_prompts_of(model, loaded), precision=precision
    )


def _sentence_transformer(model: str, precision: str, **options: Any) -> Any:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    from kb.pieces import register

    register()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.set_num_threads(threads())
    try:
        with LOADING:
            loaded = SentenceTransformer(
                model, local_files_only=True, model_kwargs={"dtype": getattr(torch, precision), **options}
            )
    except Exception as error:  # damaged weights raise whatever the libraries below please
        raise ModelUnavailable(
            f"cannot load the embedding model {model!r}: {error}",
            hint=f"无法加载向量模型“{model}”：请确认它是本机上的 sentence-transformers 模型文件夹，或改用 bundled。",
        ) from error
    # Pooling in bfloat16 would round the vectors to three digits: everything after the transformer runs in float32.
    loaded[0].register_forward_hook(
        lambda _module, _given, out: {**out, "token_embeddings": out["token_embeddings"].float()}
    )
    for module in list(loaded)[1:]:
        module.float()
    return loaded.eval()


def threads() -> int:
    """Cores this process may really use: OMP_NUM_THREADS, else affinity and the container's quota."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        if quota != "max":
            cores = min(cores, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):
        pass
    return max(1, min(cores, 16))


def _prompts_of(model: str, loaded: Any) -> dict[str, str]:
    """The model's own prompts when it has them, else those its family was trained with, else none."""
    own = {key: value for key, value in (getattr(loaded, "prompts", None) or {}).items() if value}
    query = own.get("query") or own.get("search_query")
    document = own.get("document") or own.get("passage") or own.get("search_document")
    if query or document:
        return {"query": query or "", "document": document or ""}
    for family, prompts in _PROMPTS:
        if family in model.lower():
            return prompts
    return {"query": "", "document": ""}


def _fingerprint(model: str, loaded: Any) -> str:
    """The model's base name and a hash over a sample of its weights: the same for the same weights at any precision."""
    digest = hashlib.blake2b(digest_size=6)
    for name, tensor in sorted(loaded.state_dict().items()):
        flat = tensor.flatten()
        sample = flat[:: max(1, flat.numel() // 16)][:16].float()
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(" ".join(f"{value:.2e}" for value in sample.tolist()).encode())
    return f"{Path(model).name}@{digest.hexdigest()}"


def _machine() -> str:
    import platform

    return f"{platform.node()}/{platform.machine()}/{platform.processor()}"


def _remembered(model: str, cache: Path) -> str | None:
    try:
        entry = json.loads((cache / _MEASURED).read_text(encoding="utf-8"))[model]
        return str(entry["precision"]) if entry["machine"] == _machine() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _measure(model: str, cache: Path, progress: Callable[[str], None] | None) -> str:
    """Times both precisions on one batch each and remembers the faster; bfloat16 must be clearly faster to be taken."""
    if progress is not None:
        progress("首次启动：正在测量哪种计算精度在本机更快…")
    seconds = {}
    for precision in ("float32", "bfloat16"):
        embedder = _load(model, cache=cache, precision=precision, progress=progress)
        seconds[precision] = _time(embedder)
    chosen = "bfloat16" if seconds["bfloat16"] < 0.9 * seconds["float32"] else "float32"
    _remember(model, cache, {"precision": chosen, "machine": _machine(), "seconds": seconds})
    if model == "bundled":
        bundled.discard(cache, keep=chosen)
    return chosen


def _time(embedder: SentenceEmbedder) -> float:
    """Seconds for a batch of eight passages: the better of two runs after a warm-up."""
    sample = ["客户办理携号转网须在网满一百二十天，结清话费，且没有在约的合约。" * 4] * 8
    embedder.passages(sample[:1])
    best = float("inf")
    for _ in range(2):
        start = time.perf_counter()
        embedder.passages(sample)
        best = min(best, time.perf_counter() - start)
    return best


def _remember(model: str, cache: Path, entry: dict[str, Any]) -> None:
    path = cache / _MEASURED
    try:
        known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    try:
        cache.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(json.dumps({**known, model: entry}, indent=1), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        return  # remembering is a convenience: the next start measures again
