"""Web pages: the article is read, the site around it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.readers import read
from kb.errors import InputRefused

PAGE = """<!DOCTYPE html>
<html><head><meta charset="{charset}"><title>国际漫游资费 - 澜川通信</title>
<style>p {{ color: red }}</style><script>alert("广告")</script></head>
<body>
<nav><a href="/">首页</a><a href="/plan">套餐</a></nav>
<div class="breadcrumb">首页 &gt; 资费</div>
<div id="cookie-banner">本站使用 Cookie，点击同意</div>
<main>
<h1>国际漫游资费</h1>
<p>出境前请开通<b>国际漫游</b>，<br>当地时间按北京时间计费。</p>
<div style="display:none">隐藏的旧资费</div>
<h2>一、按天计费</h2>
<table><caption>日包</caption>
<thead><tr><th rowspan="2">方向</th><th colspan="2">日包</th></tr><tr><th>价格</th><th>流量</th></tr></thead>
<tbody><tr><td rowspan="2">A区</td><td>28元</td><td>1GB</td></tr><tr><td>58元</td><td>3GB</td></tr></tbody></table>
<ul><li>用满后限速<ol><li>先提醒</li><li>再限速</li></ol></li><li>次日恢复</li></ul>
</main>
<footer>版权所有 澜川通信</footer>
</body></html>"""


def test_the_article_is_read_without_the_site_around_it(tmp_path: Path) -> None:
    path = tmp_path / "漫游.html"
    path.write_text(PAGE.format(charset="utf-8"), encoding="utf-8")
    document = read(path)
    assert document.title == "国际漫游资费"
    assert [(block.kind.value, block.text, block.level) for block in document.blocks] == [
        ("heading", "国际漫游资费", 1),
        ("paragraph", "出境前请开通国际漫游，", 0),
        ("paragraph", "当地时间按北京时间计费。", 0),
        ("heading", "一、按天计费", 2),
        ("row", "方向：A区；日包 价格：28元；日包 流量：1GB", 0),
        ("row", "方向：A区；日包 价格：58元；日包 流量：3GB", 0),
        ("list", "用满后限速", 1),
        ("list", "1. 先提醒", 2),
        ("list", "2. 再限速", 2),
        ("list", "次日恢复", 1),
    ]


def test_the_declared_charset_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "漫游.htm"
    path.write_bytes(PAGE.format(charset="gb2312").encode("gb18030"))
    assert read(path).title == "国际漫游资费"


def test_a_page_laid_out_by_tables_is_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "旧页面.html"
    path.write_text(
        "<html><body><table><tr><td><h2>公告</h2><p>系统升级。</p></td></tr></table></body></html>", "utf-8"
    )
    assert [block.text for block in read(path).blocks] == ["公告", "系统升级。"]


def test_a_page_nested_beyond_reason_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "深.html"
    path.write_text("<html><body>" + "<div>" * 50_000 + "到底了" + "</div>" * 50_000 + "</body></html>", "utf-8")
    with pytest.raises(InputRefused, match="nested"):
        read(path)
