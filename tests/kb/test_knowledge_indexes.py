"""Both indexes can be lost, damaged or outdated at any time and come back from the catalogue, nothing encoded anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from kb.embed import Embedder
from kb.errors import HomeError, ModelUnavailable
from kb.knowledge import KnowledgeBase
from kb.model import PUBLIC, SearchQuery
from kb.shelves import INTERNAL
from kb.shelves import PUBLIC as PUBLIC_SHELF
from tests.fakes import HashEmbedder
from tests.kb.bases import AGENT, MAINTAINER, CountingEmbedder, ingest, open_base
from tests.kb.catalogues import tariff

TEXTS = ("出境漫游日租三十元。", "副卡月费十元。", "宽带上门安装免费。", "合约期内解约付违约金。")


def filled(home: Path) -> Path:
    with open_base(home) as kb:
        ingest(kb, [tariff("公开.md", *TEXTS[:2], audience=PUBLIC), tariff("内部.md", *TEXTS[2:])])
    return home


def answers(kb: KnowledgeBase) -> list[str]:
    queries = (SearchQuery(question=text, principal=AGENT, as_of=date(2026, 11, 21), k=1) for text in TEXTS)
    return [hit.passage.text for query in queries for hit in kb.search(query).hits]


def assert_made_good(home: Path) -> None:
    embedder = CountingEmbedder()
    with open_base(home, embedder=embedder) as kb:
        assert kb.verify().ok
        assert answers(kb) == list(TEXTS)
        assert embedder.embedded == 0


def test_comes_back_as_it_was(tmp_path: Path) -> None:
    home = filled(tmp_path / "家")
    with open_base(home) as kb:
        generation = kb.stats().generation
    with open_base(home) as kb:
        assert kb.stats().generation == generation
    assert_made_good(home)


def test_rebuilds_a_deleted_index_and_tells_how_far_it_is(tmp_path: Path) -> None:
    home = filled(tmp_path / "家")
    shutil.rmtree(home / "index")
    told: list[tuple[str, int, int]] = []
    with open_base(home, progress=lambda *step: told.append(step)):
        assert told[0][0] == "rebuild"
        assert told[-1][1] == told[-1][2] > 0
    assert_made_good(home)


def index_files(home: Path, shelf: str = "") -> list[Path]:
    """All files of the indexes, or those of one shelf and those above the shelves."""
    files = sorted(path for path in (home / "index").rglob("*") if path.is_file())
    return [path for path in files if not shelf or shelf in path.parts or path.parent.parent.name == "index"]


DAMAGES: dict[str, Callable[[Path], object]] = {
    "zeroed": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "garbled": lambda path: path.write_bytes(bytes((byte + 7) % 256 for byte in path.read_bytes())),
    "deleted": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_makes_good_any_damaged_file(tmp_path: Path, damage: str) -> None:
    template = filled(tmp_path / "样板")
    for number, name in enumerate(path.relative_to(template) for path in index_files(template, PUBLIC_SHELF)):
        home = tmp_path / f"家{number}"
        shutil.copytree(template, home)
        DAMAGES[damage](home / name)
        assert_made_good(home)


def test_makes_good_all_files_damaged_at_once(tmp_path: Path) -> None:
    home = filled(tmp_path / "家")
    for path in index_files(home):
        DAMAGES["garbled"](path)
    assert_made_good(home)


def test_repairs_indexes_that_lag_behind_the_catalogue(tmp_path: Path) -> None:
    home = filled(tmp_path / "家")
    old = tmp_path / "旧索引"
    shutil.copytree(home / "index", old)
    with open_base(home) as kb:
        ingest(kb, [tariff("新增.md", "副卡最多四张。")], retire=["内部.md"])
    shutil.rmtree(home / "index")
    shutil.copytree(old, home / "index")
    with open_base(home) as kb:
        assert kb.verify().ok
        assert kb.stats().passages == 3


def test_repairs_single_vectors_that_were_lost(tmp_path: Path) -> None:
    home = filled(tmp_path / "家")
    with open_base(home) as kb:
        generation = kb._keeper.current.view.generation
        assert generation is not None
        shelf = generation.shelves[INTERNAL]
        shelf.vectors.remove(shelf.vectors.ids()[:1].tolist())
        assert not kb.verify().ok
    assert_made_good(home)


def test_rebuilds_on_request_while_it_answers(tmp_path: Path) -> None:
    home = filled(tmp_path / "家")
    seen: list[list[str]] = []
    holder: list[KnowledgeBase] = []
    with open_base(home, checkpoint=lambda _point: seen.append(answers(holder[0])) if holder else None) as kb:
        holder.append(kb)
        before = kb.stats().generation
        kb.rebuild()
        assert kb.stats().generation != before
        assert seen
        assert all(each == list(TEXTS) for each in seen)
        assert len(list((home / "index").glob("g*"))) == 1
    assert_made_good(home)


def test_rebuilding_embeds_what_the_catalogue_has_lost(tmp_path: Path) -> None:
    home = filled(tmp_path / "家")
    embedder = CountingEmbedder()
    with open_base(home, embedder=embedder) as kb:
        kb.catalogue.embeddings.purge("nothing")
        assert kb.verify().missing_embeddings == len(TEXTS)
        kb.rebuild()
        assert embedder.embedded == len(TEXTS)
        assert kb.verify().ok


def test_an_index_worn_by_many_removals_is_made_anew(tmp_path: Path) -> None:
    texts = [f"第{number}条补充资费说明。" for number in range(2100)]
    with open_base(tmp_path / "家") as kb:
        ingest(kb, [tariff("大.md", *texts, headings=((),) * len(texts))])
        before = kb.stats().generation
        ingest(kb, [tariff("大.md", *TEXTS, fingerprint="二版")])
        assert kb.stats().generation != before
        assert kb.verify().ok
        assert kb.stats().vectors == len(TEXTS)


def test_a_changed_model_answers_from_the_old_vectors_until_the_new_ones_are_in(tmp_path: Path) -> None:
    home = filled(tmp_path / "家")
    new = CountingEmbedder("another@1")
    holder: list[KnowledgeBase] = []
    seen: list[list[str]] = []
    with open_base(
        home,
        embedder=new,
        model="another",
        load=lambda _setting: HashEmbedder(),
        window=2,
        checkpoint=lambda _point: seen.append(answers(holder[0])) if holder else None,
    ) as kb:
        holder.append(kb)
        assert kb.model_changed()
        assert answers(kb) == list(TEXTS)
        assert kb.stats().model == HashEmbedder.name
        assert kb.reembed()
        assert not kb.model_changed()
        assert not kb.reembed()
        assert all(each == list(TEXTS) for each in seen)
        assert kb.stats().model == "another@1"
        assert new.embedded == len(TEXTS)
        assert kb.catalogue.embeddings.count(HashEmbedder.name) == 0
        assert kb.verify().ok
    with open_base(home, embedder=CountingEmbedder("another@1")) as kb:
        assert not kb.model_changed()
        assert answers(kb) == list(TEXTS)


def test_a_changed_model_answers_by_words_when_the_old_one_is_gone(tmp_path: Path) -> None:
    home = filled(tmp_path / "家")
    with open_base(home, embedder=CountingEmbedder("another@1"), load=unavailable) as kb:
        assert answers(kb) == list(TEXTS)


def test_a_release_finishes_a_pending_change_of_model_first(tmp_path: Path) -> None:
    home = filled(tmp_path / "家")
    with open_base(home, embedder=CountingEmbedder("another@1")) as kb:
        ingest(kb, [tariff("新增.md", "副卡最多四张。")])
        assert kb.stats().model == "another@1"
        assert kb.verify().ok


def test_a_model_that_cannot_be_loaded_says_what_to_do_and_loses_nothing(tmp_path: Path) -> None:
    home = filled(tmp_path / "家")

    def missing() -> Embedder:
        return unavailable("bundled")

    with open_base(home, embedder=missing) as kb:
        assert len(kb.documents(AGENT)) == 2
        with pytest.raises(ModelUnavailable) as error:
            answers(kb)
        assert "模型" in error.value.hint
        with pytest.raises(ModelUnavailable):
            kb.release(MAINTAINER)
    assert_made_good(home)


def unavailable(setting: str) -> Embedder:
    raise ModelUnavailable(f"no model {setting}", hint="模型文件缺失，请重新安装。")


def test_a_full_disk_while_indexing_leaves_the_old_version_answering(tmp_path: Path) -> None:
    home = filled(tmp_path / "家")

    def full(point: str) -> None:
        if point == "after-vectors-added":
            raise HomeError("no space left", hint="磁盘空间已满。")

    with open_base(home, checkpoint=full) as kb:
        with pytest.raises(HomeError):
            ingest(kb, [tariff("新增.md", "副卡最多四张。")], retire=["内部.md"])
        assert answers(kb) == list(TEXTS)
        assert kb.verify().ok
    with open_base(home) as kb:
        ingest(kb, [tariff("新增.md", "副卡最多四张。")])
        assert kb.verify().ok
        assert kb.stats().passages == 5
