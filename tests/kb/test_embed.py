"""sentence-transformers behind the embedder seam: any folder, prompts, batches, precision."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kb import bundled
from kb.embed import SentenceEmbedder, load_embedder
from kb.errors import ModelUnavailable
from tests.kb.packed import write_packed

pytestmark = pytest.mark.filterwarnings("default")  # the libraries' own deprecations are not ours to fail on


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tiny")
    sha256 = write_packed(place / "weights.bin")
    return bundled.unpack(place / "cache", dtype="float32", packed=place / "weights.bin", sha256=sha256)


@pytest.fixture(scope="module")
def embedder(folder: Path) -> SentenceEmbedder:
    return load_embedder(str(folder), cache=folder.parent, precision="float32")


def test_vectors_are_of_length_one_and_in_the_order_given(embedder: SentenceEmbedder) -> None:
    texts = ["套餐", "套餐流量宽带" * 5, "流量"]
    together = embedder.passages(texts)
    assert together.shape == (3, embedder.dimension)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for row, text in zip(together, texts, strict=True):
        assert row @ embedder.passages([text])[0] == pytest.approx(1, abs=1e-4)


def test_questions_and_passages_have_prompts_of_their_own(embedder: SentenceEmbedder) -> None:
    assert embedder.queries(["流量"])[0] @ embedder.passages(["流量"])[0] < 0.9999


def test_nothing_to_embed_gives_an_empty_array(embedder: SentenceEmbedder) -> None:
    assert embedder.passages([]).shape == (0, embedder.dimension)


def test_progress_counts_every_text_once(embedder: SentenceEmbedder) -> None:
    told: list[int] = []
    embedder.passages(["套餐"] * 150, progress=told.append)
    assert sum(told) == 150


def test_the_name_is_the_same_for_the_same_weights_wherever_they_lie(folder: Path, embedder: SentenceEmbedder) -> None:
    again = load_embedder(str(folder), cache=folder.parent, precision="bfloat16")
    assert again.name.split("@")[0] == embedder.name.split("@")[0] == folder.name


def test_precision_is_measured_once_and_remembered(folder: Path, tmp_path: Path) -> None:
    first = load_embedder(str(folder), cache=tmp_path)
    remembered = json.loads((tmp_path / "precision.json").read_text(encoding="utf-8"))[str(folder)]
    assert remembered["precision"] == first.precision
    assert set(remembered["seconds"]) == {"float32", "bfloat16"}
    other = {"float32": "bfloat16", "bfloat16": "float32"}[first.precision]
    (tmp_path / "precision.json").write_text(json.dumps({str(folder): {**remembered, "precision": other}}))
    assert load_embedder(str(folder), cache=tmp_path).precision == other


@pytest.mark.parametrize("model", ["no/such-model", "/nowhere/at/all"])
def test_an_unknown_model_is_told_with_what_to_do(model: str, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable) as told:
        load_embedder(model, cache=tmp_path, precision="float32")
    assert "bundled" in told.value.hint


def test_an_unknown_precision_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable):
        load_embedder(cache=tmp_path, precision="int4")


@pytest.mark.model
def test_the_bundled_weights_know_their_chinese(tmp_path: Path) -> None:
    embedder = load_embedder(cache=tmp_path, precision="float32")
    passages = embedder.passages(["携号转网须入网满120天，无欠费，无未到期合约。", "家庭宽带移机费每次80元。"])
    nearness = passages @ embedder.queries(["我想换运营商但不换号码，要什么条件"])[0]
    assert nearness[0] > nearness[1]
    assert embedder.name == bundled.NAME
