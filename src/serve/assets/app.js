// What pages can do besides being read: tell the values under the pointer, copy, and show new data when there
// is some, without losing the place. Everything else works without.
"use strict";

(() => {
  const LOOK_EVERY_MS = 10000;
  const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

  // ------------------------------------------------------------------ values under the pointer

  const moment = (minutes, span) => {
    const text = new Date(minutes * 60000).toISOString();
    return span < 60 * 24 * 3 || minutes % 1440 !== 0 ? text.slice(0, 16).replace("T", " ") : text.slice(0, 10);
  };

  function watch(figure) {
    const data = JSON.parse(figure.dataset.chart);
    const { minutes, series } = data;
    const first = minutes[0];
    const span = minutes[minutes.length - 1] - first;
    let cross = null;
    let tip = null;
    const clear = () => {
      if (cross) cross.remove();
      if (tip) tip.remove();
      cross = tip = null;
    };
    const show = (plot, share) => {
      const wanted = first + share * span;
      let place = 0;
      for (let i = 1; i < minutes.length; i += 1) {
        if (Math.abs(minutes[i] - wanted) < Math.abs(minutes[place] - wanted)) place = i;
      }
      clear();
      const svg = plot.querySelector("svg");
      const scale = svg.clientWidth / svg.viewBox.baseVal.width;
      const left = data.left * scale + ((minutes[place] - first) / span) * (svg.clientWidth - (data.left + data.right) * scale);
      cross = document.createElement("div");
      cross.className = "cross";
      cross.style.left = `${left}px`;
      tip = document.createElement("div");
      tip.className = "tip";
      const head = document.createElement("b");
      head.textContent = moment(minutes[place], span);
      tip.append(head);
      series.forEach((one, index) => {
        const value = one.values[place];
        const line = document.createElement("span");
        const name = document.createElement("em");
        const swatch = document.createElement("i");
        swatch.className = `swatch s${(index % 8) + 1}`;
        name.style.fontStyle = "normal";
        name.append(swatch, one.name);
        const amount = document.createElement("em");
        amount.style.fontStyle = "normal";
        amount.textContent = value === null || value === undefined ? "-" : `${number.format(value)} ${data.unit}`;
        line.append(name, amount);
        tip.append(line);
      });
      plot.append(cross, tip);
      const flips = left + tip.offsetWidth + 16 > plot.clientWidth;
      tip.style.left = `${flips ? Math.max(0, left - tip.offsetWidth - 10) : left + 10}px`;
    };
    figure.querySelectorAll(".plot").forEach((plot) => {
      plot.addEventListener("pointermove", (event) => {
        const svg = plot.querySelector("svg");
        const box = svg.getBoundingClientRect();
        const scale = box.width / svg.viewBox.baseVal.width;
        const from = data.left * scale;
        const width = box.width - (data.left + data.right) * scale;
        const share = (event.clientX - box.left - from) / width;
        if (share < -0.02 || share > 1.02) clear();
        else show(plot, Math.min(1, Math.max(0, share)));
      });
      plot.addEventListener("pointerleave", clear);
    });
  }

  // ------------------------------------------------------------------ copy

  function offerCopy(box) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(box.querySelector("pre").textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(box.querySelector("pre"));
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    box.append(button);
  }

  function enliven(root) {
    root.querySelectorAll("figure[data-chart]").forEach(watch);
    root.querySelectorAll(".copyable").forEach(offerCopy);
  }

  // ------------------------------------------------------------------ new data, and its age

  const ages = [[86400, "d"], [3600, "h"], [60, "min"]];
  function tellAge() {
    const time = document.querySelector("#age time");
    if (!time) return;
    const seconds = Math.max(0, (Date.now() - Date.parse(time.dateTime)) / 1000);
    const unit = ages.find(([size]) => seconds >= size);
    time.textContent = unit ? `${Math.floor(seconds / unit[0])} ${unit[1]}` : "under a minute";
  }

  function say(text) {
    const news = document.getElementById("news");
    news.textContent = text;
    news.hidden = false;
    clearTimeout(say.timer);
    say.timer = setTimeout(() => { news.hidden = true; }, 8000);
  }

  async function refresh() {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.getElementById("main");
    if (!main) return;
    // Somebody is typing: the figures can wait for the next look.
    const focused = document.activeElement;
    if (focused && focused.matches("input, select, textarea")) return;
    const opened = [...document.querySelectorAll("#main details")].map((one) => one.open);
    const place = [...document.querySelectorAll("#main a, #main button, #main [tabindex]")].indexOf(focused);
    const { scrollX, scrollY } = window;
    document.getElementById("main").replaceWith(main);
    document.getElementById("trust").replaceWith(page.getElementById("trust"));
    document.getElementById("age").replaceWith(page.getElementById("age"));
    document.documentElement.dataset.version = page.documentElement.dataset.version;
    main.querySelectorAll("details").forEach((one, index) => { one.open = Boolean(opened[index]); });
    enliven(main);
    if (place >= 0) {
      const again = main.querySelectorAll("a, button, [tabindex]")[place];
      if (again) again.focus({ preventScroll: true });
    }
    window.scrollTo(scrollX, scrollY);
    say("New data was published: the figures on this page are now those.");
  }

  async function look() {
    if (document.hidden) return;
    try {
      const answer = await fetch("/health", { cache: "no-store" });
      const health = await answer.json();
      if (health.data.version !== document.documentElement.dataset.version) await refresh();
    } catch {
      // The server is away; the next look may find it again.
    }
    tellAge();
  }

  enliven(document);
  setInterval(look, LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", look);
})();
