// Keyboard first: copying, opening sources and starting over without the mouse. Runs on the agent page only.
(() => {
  const box = () => document.querySelector("#zy-question textarea, #zy-question input");
  const press = (id) => document.querySelector(`#${id}`)?.click();
  const ask = (text) => {
    const input = box();
    if (!input) return;
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => press("zy-ask"), 60);
  };
  const copied = (button) => {
    const before = button.textContent;
    button.textContent = "已复制";
    button.classList.add("zy-done");
    setTimeout(() => { button.textContent = before; button.classList.remove("zy-done"); }, 1500);
  };
  const copy = async (button) => {
    const text = document.getElementById(button.dataset.copy)?.innerText ?? "";
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
    copied(button);
  };
  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("[data-copy], [data-ask]");
    if (!target) return;
    if (target.dataset.copy) copy(target);
    else ask(target.dataset.ask);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "")) {
      event.preventDefault();
      box()?.focus();
      return;
    }
    if (event.key === "Escape") { box()?.focus(); box()?.select(); return; }
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
    if (digit) {
      const source = document.querySelector(`#zy-answer .zy-source[data-n="${digit}"]`);
      if (source) { source.open = !source.open; source.querySelector("summary").focus(); }
    } else if (event.code === "KeyC") {
      const button = document.querySelector("#zy-answer .zy-copy");
      if (button) copy(button);
    } else if (event.code === "KeyN") press("zy-new");
    else if (event.code === "KeyU") press("zy-useful");
    else return;
    event.preventDefault();
  });
})();
