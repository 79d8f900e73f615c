"""Render a source as a page of the operator's web site, with the navigation and footer such pages carry."""

from __future__ import annotations

from html import escape
from pathlib import Path

from doc_source import Block, Source

NAV = ("首页", "套餐资费", "宽带电视", "国际漫游", "服务大厅", "积分商城", "网上营业厅", "帮助中心")
SIDE = ("业务公告", "资费公示", "服务协议", "营业网点", "常见问题")
PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{title} - 澜川通信网上营业厅</title>
<meta name="description" content="澜川通信官方网站资费与服务公告">
<meta name="date" content="{issued}">
<style>
body{{margin:0;font:16px/1.9 "PingFang SC","Microsoft YaHei",sans-serif;color:#1b2a41}}
header,footer{{background:#10375c;color:#fff;padding:12px 5%}} nav a,footer a{{color:#cfe3f7;margin-right:18px}}
main{{display:flex;gap:28px;padding:20px 5%}} aside{{flex:0 0 150px}} article{{flex:1}}
table{{border-collapse:collapse;margin:8px 0 18px}} th,td{{border:1px solid #9fb3c8;padding:5px 12px;text-align:left}}
caption{{font-weight:700;padding:6px}} .crumb,.meta{{color:#627d98;font-size:14px}}
</style>
<script>window.lcTrack = window.lcTrack || []; lcTrack.push(["pv", "notice"]);</script>
</head>
<body>
<header>
<div class="logo">澜川通信 LANCHUAN TELECOM</div>
<nav>{nav}</nav>
<form class="search" action="/search"><input name="q" placeholder="搜索业务、资费、网点"><button>搜索</button></form>
<div class="user"><a href="/login">登录</a> <a href="/register">注册</a></div>
</header>
<div class="crumb">当前位置：<a href="/">首页</a> &gt; <a href="/notice">业务公告</a> &gt; {title}</div>
<main>
<aside><ul>{side}</ul></aside>
<article>
<h1>{title}</h1>
<p class="meta">{docno}　发布部门：{department}　发布日期：{issued}　施行日期：{start}</p>
{content}
</article>
</main>
<section class="related"><h2>猜你想看</h2><ul><li><a href="/notice/hot">热门公告</a></li>
<li><a href="/app">下载App「澜川生活」</a></li></ul></section>
<footer>
<p><a href="/about">关于我们</a><a href="/privacy">隐私政策</a><a href="/jobs">人才招聘</a>
<a href="/sitemap">网站地图</a></p>
<p>客户服务热线：10070　微信公众号：澜川通信服务</p>
<p>版权所有 © 澜川通信有限公司　经营许可证编号：澜B1-20120001　澜ICP备12000001号</p>
</footer>
<script>
document.querySelector(".search button").addEventListener("click", function () {{ lcTrack.push(["s"]); }});
</script>
</body>
</html>
"""


def _table(caption: str, rows: tuple[tuple[str, ...], ...]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
    body = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    title = f"<caption>{escape(caption)}</caption>\n" if caption else ""
    return f"<table>\n{title}<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _content(blocks: list[Block]) -> str:
    parts: list[str] = []
    caption = ""
    for block in blocks:
        if block.kind == "heading":
            parts.append(f"<h{block.level + 1}>{escape(block.text)}</h{block.level + 1}>")
        elif block.kind == "caption":
            caption = block.text
        elif block.kind == "table":
            parts.append(_table(caption, block.rows))
            caption = ""
        elif block.lead:
            parts.append(f"<p><strong>{escape(block.lead)}</strong>　{escape(block.text)}</p>")
        else:
            parts.append(f"<p>{escape(block.text)}</p>")
    return "\n".join(parts)


def write_html(source: Source, target: Path) -> None:
    """Write `source` to `target`."""
    meta = source.meta
    target.write_text(
        PAGE.format(
            title=escape(str(meta["title"])),
            docno=escape(str(meta["docno"])),
            department=meta["department"],
            issued=meta["issued"],
            start=meta["effective_from"],
            nav="".join(f'<a href="/c/{index}">{name}</a>' for index, name in enumerate(NAV)),
            side="".join(f'<li><a href="/s/{index}">{name}</a></li>' for index, name in enumerate(SIDE)),
            content=_content(source.blocks),
        ),
        encoding="utf-8",
    )
