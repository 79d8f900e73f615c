// Files of golden cases in and out of the maintainer's page; everything goes to this site only.
(() => {
  const typed = (id) => document.querySelector(`#${id} input, #${id} textarea`)?.value.trim() ?? "";
  const who = () => {
    const role = typed("zm-role") === "值班经理" ? "duty_manager" : "maintainer";
    return { "X-Zhiying-User": encodeURIComponent(typed("zm-name") || "page:知识维护"), "X-Zhiying-Role": role };
  };
  const tell = (text, good) => {
    const place = document.querySelector("#zm-golden-told");
    if (!place) return;
    place.textContent = text;
    place.className = good ? "zy-remark" : "zy-alert";
  };
  const problem = async (answer) => (await answer.json().catch(() => ({}))).detail || `没有完成（${answer.status}）。`;
  const asked = async (address, options) => {
    try {
      return await fetch(address, options);
    } catch {
      tell("联系不上网站，没有完成，请稍后再试。", false);
      return null;
    }
  };

  document.addEventListener("click", async (event) => {
    const form = event.target.closest?.("[data-export]")?.dataset.export;
    if (!form) return;
    const answer = await asked(`/api/v1/golden/export?form=${form}`, { headers: who() });
    if (!answer) return;
    if (!answer.ok) return tell(await problem(answer), false);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = `金标用例.${form}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    tell(`已导出 ${link.download}`, true);
  });

  document.addEventListener("change", async (event) => {
    const input = event.target;
    if (input.id !== "zm-golden-file" || !input.files.length) return;
    const file = input.files[0];
    const without = document.querySelector("#zm-who")?.offsetParent && !typed("zm-name");
    if (without) {
      input.value = "";
      return tell("请先在页面上方填写您的姓名，记录里要写明是谁做的。", false);
    }
    const replace = Boolean(document.querySelector("#zm-golden-replace")?.checked);
    const headers = { ...who(), "Content-Type": "application/octet-stream" };
    tell("正在导入……", true);
    const answer = await asked(`/api/v1/golden/import?replace=${replace}`, { method: "POST", headers, body: file });
    input.value = "";
    if (!answer) return;
    if (!answer.ok) return tell(await problem(answer), false);
    const done = await answer.json();
    const refused = done.refused.slice(0, 20).map((one) => `第 ${one.row} 行：${one.reason}`).join("\n");
    tell(
      `新增 ${done.added}，变更 ${done.changed}，未变 ${done.known}。`
        + (done.refused.length ? `退回 ${done.refused.length} 行：\n${refused}` : ""),
      !done.refused.length,
    );
    document.querySelector("#zm-golden-look")?.click();
  });
})();
