"""Other models by setting: a changed embedding model is moved to while the old one answers; a cross-encoder ranks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from kb.bundled import NAME
from kb.embed import load_embedder
from tests.journeys.program import DAY, run, serving, until
from tests.kb.cross_encoders import make_cross_encoder

pytestmark = pytest.mark.model

QUESTION = {"question": "副卡每月多少钱", "as_of": DAY, "k": 4}


@pytest.fixture(scope="module")
def other_model(filled: Path, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder of another name: the bundled weights, unpacked for `filled`."""
    assert filled.is_dir()
    unpacked = next(weights.glob("e5-small-*"))
    return Path(shutil.copytree(unpacked, tmp_path_factory.mktemp("模型") / "自选模型"))


def test_any_folder_is_a_model_with_the_prompts_it_brings(other_model: Path, weights: Path) -> None:
    bundled = load_embedder("bundled", cache=weights, precision="float32")
    other = load_embedder(str(other_model), cache=weights, precision="float32")
    assert other.name.startswith("自选模型@")
    assert other.dimension == 384
    cosine = float(bundled.queries(["副卡多少钱"])[0] @ other.queries(["副卡多少钱"])[0])
    assert cosine == pytest.approx(1.0, abs=0.01)


def test_a_changed_model_is_moved_to_while_the_old_one_answers(home: Path, other_model: Path, tmp_path: Path) -> None:
    chosen = {
        "ZHIYING_EMBEDDING_MODEL": str(other_model),
        "ZHIYING_EMBEDDING_PRECISION": "float32",
        "ZHIYING_RERANKER": str(make_cross_encoder(tmp_path / "重排")),
    }
    assert run("verify", "--home", home, "--json").json["stats"]["model"] == NAME
    with serving(home, **chosen) as server, server.client() as client, server.client(operator=True) as operator:

        def moved() -> dict[str, Any] | None:
            found = client.post("/api/v1/search", json=QUESTION)
            assert found.status_code == 200, found.text
            assert "每张每月10元" in found.text
            stats: dict[str, Any] = operator.get("/api/v1/operator/stats").json()
            return stats if stats["model"] != NAME else None

        stats = until(moved)
        hits = client.post("/api/v1/search", json=QUESTION).json()["hits"]
        done = server.stop()
    assert stats["model"].startswith("自选模型@")
    assert stats["passages"] == 4
    assert "向量模型已更换" in done.err
    assert "新的向量模型已启用" in done.err
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    verified = run("verify", "--home", home, "--json").json
    assert verified["ok"] is True
    assert verified["stats"]["model"] == stats["model"]


@pytest.mark.parametrize("damage", ["missing", "garbled"])
def test_a_model_that_cannot_be_loaded_is_named_before_any_file_is_read(
    damage: str, documents: Path, other_model: Path, tmp_path: Path
) -> None:
    model = tmp_path / "坏模型"
    if damage == "garbled":
        shutil.copytree(other_model, model)
        (model / "model.safetensors").write_bytes(b"\x00" * 1000)
    done = run("ingest", documents, "--home", tmp_path / "家", "--json", ZHIYING_EMBEDDING_MODEL=str(model))
    assert done.status == 3
    assert done.json["error"]["code"] == "model_unavailable"
    assert "坏模型" in done.json["error"]["message"]
    assert "读取文件" not in done.err
