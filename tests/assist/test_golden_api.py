"""Golden cases over HTTP and as a forwarded command: kept, changed over what was read, brought in and out."""

from __future__ import annotations

import json

from assist.problems import MEDIA_TYPE
from tests.assist.whole_site import TOKEN, Whole

PATH = "/api/v1/golden"


def test_a_case_is_kept_changed_retired_and_exported_over_http(whole: Whole) -> None:
    with whole.client("maintainer") as client:
        made = client.post(PATH, json={"question": "停机保号每月多少钱", "facts": ["5元"], "tags": ["接口"]}).json()
        assert (made["version"], made["state_label"]) == (1, "在用")
        one = f"{PATH}/{made['number']}"
        changed = {"question": made["question"], "facts": ["每月5元"], "version": 1}
        assert client.put(one, json=changed).json()["version"] == 2
        late = client.put(one, json=changed)
        assert (late.status_code, late.headers["content-type"]) == (409, MEDIA_TYPE)
        assert "刚被别人改过" in late.json()["detail"]
        refused = client.post(PATH, json={"question": "停机保号要几天"})
        assert (refused.status_code, "无从判断" in refused.json()["detail"]) == (422, True)
        exported = client.get(f"{PATH}/export", params={"form": "jsonl"}).text.splitlines()
        assert {"id": made["id"], "question": made["question"], "facts": ["每月5元"], "audience": "internal"} in [
            json.loads(line) for line in exported
        ]
        sheet = client.get(f"{PATH}/export").content
        again = client.post(f"{PATH}/import", content=sheet).json()
        assert (again["added"], again["changed"], again["refused"]) == (0, 0, [])
        assert client.post(f"{one}/retire", json={"version": 2}).json()["state"] == "retired"
        assert made["id"] not in {case["id"] for case in client.get(PATH).json()["cases"]}
        assert client.get(PATH, params={"state": "all", "text": "停机保号"}).json()["total"] == 1
        assert client.get(f"{PATH}/999999").status_code == 404


def test_a_sheet_larger_than_other_bodies_is_taken_in_and_its_bad_rows_are_named(whole: Whole) -> None:
    rows = [{"id": f"大-{n}", "question": f"第{n}项业务怎么收费" + "？" * 300, "facts": ["5元"]} for n in range(800)]
    rows[7]["facts"] = []
    data = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    assert len(data) > 256 * 1024
    with whole.client("duty_manager") as client:
        taken = client.post(f"{PATH}/import", content=data).json()
    assert (taken["added"], [one["row"] for one in taken["refused"]]) == (799, [8])


def test_the_operators_command_runs_in_the_serving_process(whole: Whole) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    cells = {"问题": "副卡每月多少钱", "应含事实": "10元"}
    with whole.client("anonymous") as client:
        ran = client.post("/api/v1/commands/golden", json={"action": "add", "cells": cells}, headers=headers)
    last = json.loads(ran.text.splitlines()[-1])
    assert (last["event"], last["value"]["question"]) == ("result", "副卡每月多少钱")
