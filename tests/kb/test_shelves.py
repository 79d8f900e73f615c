"""An index generation is trusted only while its files are the ones it was sealed with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kb import shelves
from kb.home import Home
from kb.lexical import LexicalEntry
from kb.shelves import INTERNAL, PUBLIC, SHELVES, Damaged, Generation, Ids

SIDES = np.array([True, False, False])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "知识库")
    made.prepare()
    return made


@pytest.fixture
def generation(home: Home) -> Iterator[Generation]:
    made = shelves.create(home, model="hash")
    fill(made)
    shelves.make_current(home, made)
    yield made
    made.close()


def fill(generation: Generation) -> None:
    """Three passages, and vectors enough to make Chroma write its graph."""
    many = np.random.default_rng(7).normal(size=(600, 8)).astype(np.float32)
    generation.add_vectors(np.arange(64_000, 64_600), many, np.zeros(600, dtype=np.bool_))
    generation.remove(INTERNAL, vectors=np.arange(64_000, 64_600), passages=np.empty(0, dtype=np.int64))
    vectors = np.eye(3, 8, dtype=np.float32)
    generation.add_vectors(np.array([64, 128, 192]), vectors, SIDES)
    texts = ("流量包有效期三十天", "副卡月费十元", "宽带上门安装免费")
    entries = [
        LexicalEntry(id=at, source="资费.md", title="资费", heading=(), text=text)
        for at, text in enumerate(texts, start=1)
    ]
    generation.add_entries(entries, SIDES)


def reopened(home: Home) -> Generation | None:
    found = shelves.open_current(home)
    if found is not None:
        found.close()
    return found


def test_keeps_each_side_on_its_own_shelf_in_its_own_folder(generation: Generation) -> None:
    assert generation.shelves[PUBLIC].vectors.ids().tolist() == [64]
    assert generation.shelves[INTERNAL].vectors.ids().tolist() == [128, 192]
    assert generation.shelves[PUBLIC].lexical.ids().tolist() == [1]
    assert generation.shelves[INTERNAL].lexical.ids().tolist() == [2, 3]
    assert {path.name for path in generation.folder.iterdir() if path.is_dir()} == set(SHELVES)


def test_opens_what_was_sealed(home: Home, generation: Generation) -> None:
    generation.close()
    found = reopened(home)
    assert found is not None
    assert (found.name, found.model) == (generation.name, "hash")


def test_has_nothing_to_open_before_the_first_generation(home: Home) -> None:
    assert shelves.open_current(home) is None


def test_an_unfinished_generation_is_not_opened_and_is_swept_away(home: Home, generation: Generation) -> None:
    unfinished = shelves.create(home, model="another")
    fill(unfinished)
    unfinished.close()
    current = shelves.open_current(home)
    assert current is not None
    assert current.model == "hash"
    shelves.sweep(home, current)
    current.close()
    assert [path.name for path in home.index.glob("g*")] == [generation.name]


def test_refuses_a_pointer_to_nowhere(home: Home, generation: Generation) -> None:
    generation.close()
    for name in ("g000009", "../别处", "", "."):
        (home.index / "CURRENT").write_text(name, encoding="utf-8")
        with pytest.raises(Damaged):
            shelves.open_current(home)


def sealed_files(generation: Generation) -> list[Path]:
    seal = json.loads((generation.folder / "seal.json").read_text(encoding="utf-8"))
    return [generation.folder / name for name in seal["files"]]


def test_refuses_any_altered_file(home: Home, generation: Generation) -> None:
    generation.close()
    files = [path for path in sealed_files(generation) if path.stat().st_size]
    assert {"data_level0.bin"} <= {path.name for path in files}
    for path in files:
        before = path.read_bytes()
        path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        with pytest.raises(Damaged, match="altered"):
            shelves.open_current(home)
        path.write_bytes(before)
    assert reopened(home) is not None


def test_refuses_a_lost_vector_file(home: Home, generation: Generation) -> None:
    generation.close()
    next(path for path in sealed_files(generation) if path.name == "data_level0.bin").unlink()
    with pytest.raises(Damaged, match="lost or gained"):
        shelves.open_current(home)


def test_refuses_a_generation_that_was_never_sealed(home: Home, generation: Generation) -> None:
    generation.close()
    (generation.folder / "seal.json").unlink()
    with pytest.raises(Damaged, match="never sealed"):
        shelves.open_current(home)


def test_knows_that_its_vectors_changed_since_the_seal(generation: Generation) -> None:
    assert generation.as_sealed(generation.vector_ids())
    generation.remove(PUBLIC, vectors=np.array([64]), passages=np.array([1]))
    assert not generation.as_sealed(generation.vector_ids())
    generation.commit()
    assert generation.as_sealed(generation.vector_ids())


def test_tells_what_is_missing_and_what_is_superfluous() -> None:
    have: Ids = np.array([1, 2, 3])
    missing, superfluous = shelves.difference(have, np.array([2, 3, 4]))
    assert missing.tolist() == [4]
    assert superfluous.tolist() == [1]
