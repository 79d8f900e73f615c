// Files in and out of the trainer's page, and the clock of an exam; everything goes to this site only.
(() => {
  document.documentElement.lang = "zh-CN";
  const who = () => {
    const box = document.querySelector("#zq-who input, #zq-who textarea");
    return { "X-Zhiying-User": encodeURIComponent(box?.value.trim() || "内训师"), "X-Zhiying-Role": "trainer" };
  };
  const tell = (text, good) => {
    const place = document.querySelector("#zq-files");
    if (!place) return;
    place.textContent = text;
    place.className = good ? "zq-ok" : "zq-alert";
  };
  const problem = async (answer) => (await answer.json().catch(() => ({}))).detail || `没有完成（${answer.status}）。`;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button.zq-export");
    if (!button) return;
    const { paper, format, name } = button.dataset;
    const answer = await fetch(`/api/v1/quiz/papers/${paper}/export?format=${format}`, { headers: who() });
    if (!answer.ok) return tell(await problem(answer), false);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    tell(`已导出 ${name}`, true);
  });

  document.addEventListener("change", async (event) => {
    const input = event.target;
    if (input.id !== "zq-file" || !input.files.length) return;
    const file = input.files[0];
    const headers = { ...who(), "Content-Type": "application/octet-stream" };
    const answer = await fetch("/api/v1/quiz/import", { method: "POST", headers, body: file });
    input.value = "";
    if (!answer.ok) return tell(await problem(answer), false);
    const done = await answer.json();
    const refused = done.refused.map((one) => `第 ${one.row} 行：${one.reason}`).join("；");
    tell(
      `导入 ${done.imported} 题（${done.without_proof} 题缺出处，补上才能采用），已有 ${done.known} 题。`
        + (refused ? `退回 ${done.refused.length} 行：${refused}` : ""),
      !done.refused.length,
    );
  });

  setInterval(() => {
    const clock = document.querySelector(".zq-clock[data-until]");
    if (!clock) return;
    const left = Math.max(0, Math.round(Number(clock.dataset.until) - Date.now() / 1000));
    clock.textContent = `剩余 ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  }, 500);
})();
