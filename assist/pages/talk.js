// Copying, countdowns and picking on the pages of scripts and compliance.
(() => {
  document.documentElement.lang = "zh-CN";
  const $ = (selector) => document.querySelector(selector);
  const write = (input, text) => {
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const copy = async (button) => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const area = document.createElement("textarea");
      area.value = button.dataset.copy;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = "已复制";
    button.classList.add("zy-done");
    setTimeout(() => { button.textContent = "复制"; button.classList.remove("zy-done"); }, 1500);
    if ("used" in button.dataset) $("#zy-used")?.click();
  };
  const running = new Map();
  const stop = (timer) => {
    clearInterval(running.get(timer));
    running.delete(timer);
    timer.classList.remove("zy-running");
  };
  // The step after a wait comes into view when its time is up.
  const countDown = (timer) => {
    const total = Number(timer.dataset.seconds);
    timer.classList.remove("zy-over");
    if (running.has(timer)) { stop(timer); timer.textContent = `等待 ${total} 秒`; return; }
    const end = performance.now() + total * 1000;
    const tick = () => {
      if (!timer.isConnected) return stop(timer);
      const left = Math.ceil((end - performance.now()) / 1000);
      if (left > 0) { timer.textContent = `还剩 ${left} 秒`; return; }
      stop(timer);
      timer.textContent = "时间到";
      timer.classList.add("zy-over");
      const next = timer.closest("li")?.nextElementSibling;
      if (next) { next.scrollIntoView({ block: "nearest" }); next.querySelector(".zy-timer")?.focus(); }
    };
    timer.classList.add("zy-running");
    running.set(timer, setInterval(tick, 200));
    tick();
  };
  const pick = (key) => {
    const input = $("#zy-pick textarea, #zy-pick input");
    if (!input) return;
    write(input, key);
    requestAnimationFrame(() => setTimeout(() => $("#zy-show")?.click()));
  };
  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("[data-copy], [data-seconds], [data-pick], [data-fill]");
    if (!target) return;
    if ("copy" in target.dataset) copy(target);
    else if ("seconds" in target.dataset) countDown(target);
    else if ("pick" in target.dataset) pick(target.dataset.pick);
    else {
      const input = $("#zy-text textarea, #zy-situation textarea, #zy-situation input");
      if (input) { write(input, target.dataset.fill); requestAnimationFrame(() => setTimeout(() => $("#zy-check, #zy-find")?.click())); }
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) {
      event.stopImmediatePropagation();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest?.("#zy-text")) {
      event.preventDefault();
      $("#zy-check")?.click();
    }
  }, true);
})();
