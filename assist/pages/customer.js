// Questions that can be clicked, copying, and the newest words in sight. Runs on the customer's page only.
(() => {
  document.documentElement.lang = "zh-CN";
  const ask = (text) => {
    const input = document.querySelector("#zc-question textarea, #zc-question input");
    if (!input) return;
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(() => setTimeout(() => document.querySelector("#zc-ask")?.click()));
  };
  const copy = async (button) => {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const before = button.textContent;
    button.textContent = "已复制";
    setTimeout(() => { button.textContent = before; }, 1500);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-ask], [data-copy]");
    if (!button) return;
    if (button.dataset.ask !== undefined) ask(button.dataset.ask);
    else copy(button);
  });
  let seen = 0;
  new MutationObserver(() => {
    const count = document.querySelectorAll("#zc-log > *").length;
    if (count === seen) return;
    if (seen) document.querySelector("#zc-log > :last-child")?.scrollIntoView({ block: "nearest" });
    seen = count;
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
