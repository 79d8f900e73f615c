"""Settings: file, then environment; what is wrong is named in Chinese; where unpacked weights go."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.errors import UsageError
from kb.settings import Settings, cache_folder, read_settings


def written(home: Path, text: str) -> Path:
    (home / "settings.toml").write_text(text, encoding="utf-8")
    return home


def test_without_a_file_everything_stands_as_shipped(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "还没有", {}) == Settings()


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    home = written(tmp_path, 'embedding_model = "/模型/甲"\nreranker = "/模型/乙"\n')
    settings = read_settings(home, {"ZHIYING_EMBEDDING_MODEL": "/模型/丙", "ZHIYING_FULL": "1"})
    assert (settings.embedding_model, settings.reranker) == ("/模型/丙", "/模型/乙")


def test_a_byte_order_mark_of_windows_editors_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes('\ufeffreranker = "甲"\n'.encode())
    assert read_settings(tmp_path, {}).reranker == "甲"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('embeding_model = "甲"', "embeding_model"),
        ("embedding_model = 甲", "TOML"),
        ("cache = 3", "cache"),
        ('embedding_precision = "int4"', "int4"),
    ],
)
def test_a_wrong_setting_is_named_with_the_file_it_stands_in(text: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_settings(written(tmp_path, text), {})
    assert named in caught.value.hint
    assert "settings.toml" in caught.value.hint


def test_weights_go_where_they_are_told_else_to_the_users_cache_else_into_the_home(tmp_path: Path) -> None:
    wall = tmp_path / "墙"
    wall.write_text("这里不是文件夹", encoding="utf-8")
    mine = {"HOME": str(tmp_path / "我")}
    assert cache_folder(Settings(cache=str(tmp_path / "定")), tmp_path, mine) == tmp_path / "定"
    assert cache_folder(Settings(cache=str(wall / "里")), tmp_path, mine) == tmp_path / "我" / ".cache" / "zhiying"
    assert cache_folder(Settings(), tmp_path / "家", {"HOME": str(wall)}) == tmp_path / "家" / "cache"
    assert cache_folder(Settings(), tmp_path / "家", {}) == tmp_path / "家" / "cache"


def test_numbers_are_read_from_file_and_environment(tmp_path: Path) -> None:
    home = written(tmp_path, "model_deadline = 12.5\nmodel_running = 4\n")
    settings = read_settings(home, {"ZHIYING_MODEL_WAITING": "0"})
    assert (settings.model_deadline, settings.model_running, settings.model_waiting) == (12.5, 4, 0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("model_deadline = 0", "1 到 300"),
        ("model_running = 2.5e9", "1 到 64"),
        ('model_waiting = "很多"', "整数"),
        ("model_running = true", "model_running"),
        ('model_url = "http://127.0.0.1:8089/v1"', "model_name"),
        ('model_url = "127.0.0.1:8089/v1"\nmodel_name = "甲"', "http://"),
        ("model_key = 3", "model_key"),
    ],
)
def test_a_wrong_model_setting_is_named(text: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_settings(written(tmp_path, text), {})
    assert named in caught.value.hint


def test_the_key_is_not_part_of_what_settings_look_like() -> None:
    assert "秘钥" not in repr(Settings(model_key="秘钥"))
