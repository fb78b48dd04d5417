"use strict";
(() => {
  const all = (selector, of = document) => Array.from(of.querySelectorAll(selector));
  const one = (id) => document.getElementById(id);
  const say = (text) => { one("said").textContent = text; };
  const PAGE = 50;

  all(".js").forEach((element) => { element.hidden = false; });
  all(".print").forEach((button) => button.addEventListener("click", () => window.print()));
  window.addEventListener("beforeprint", () => all(".board").forEach((board) => { board.open = true; }));

  // Copying: a page from disk may not be given the clipboard; then the command is selected, ready to be copied by hand.
  const select = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };
  const copy = async (text, fallback) => {
    try {
      await navigator.clipboard.writeText(text);
      say("Copied");
      return true;
    } catch {
      if (fallback) select(fallback);
      say("Not permitted to copy; it is selected");
      return false;
    }
  };
  const flash = (button, words) => {
    const told = button.dataset.told || (button.dataset.told = button.textContent);
    button.textContent = words;
    window.setTimeout(() => { button.textContent = told; }, 2000);
  };
  all(".copy").forEach((button) => button.addEventListener("click", async () => {
    const source = button.closest("article").querySelector(button.dataset.select);
    const folded = source.closest("details");
    const done = await copy(button.dataset.copy || source.textContent, source);
    if (!done && folded) {
      folded.open = true;
      select(source);
    }
    flash(button, done ? "Copied" : "Selected below");
  }));
  all(".link").forEach((button) => button.addEventListener("click", async () => {
    window.location.hash = button.dataset.finding;
    const done = await copy(window.location.href, null);
    if (!done) say("Not permitted to copy; the address bar has the link");
    flash(button, done ? "Copied" : "In the address bar");
  }));

  // Runs: parsed when they are first asked for, a page of them at a time.
  let parts = null;
  let data = null;
  const known = (part) => {
    if (parts === null) parts = JSON.parse(one("data").textContent);
    data = parts[Number(part)];
    if (!data.places) {
      data.places = data.plans.map((plan) => {
        const [point, kind = ""] = plan.split(" + ")[0].split("=");
        const dot = point.indexOf(".");
        return plan ? [point.slice(0, dot), point.slice(dot + 1).split("#")[0], kind.replace(/x(\*|\d+)$/, "")] : ["", "", "none"];
      });
    }
    return data;
  };
  const inCell = (n, seam, moment, fault) => {
    const place = data.places[data.runs[n][3]];
    if (fault === "none") return place[0] === "" && (data.calls[n] || []).includes(moment);
    return place[0] === seam && place[1] === moment && place[2] === fault;
  };
  let chosen = [];
  let shown = 0;
  let opener = null;
  const body = document.querySelector(".runs tbody");
  const cell = (row, text, tag = "td") => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (tag === "th") made.scope = "row";
    row.append(made);
  };
  const more = () => {
    chosen.slice(shown, shown + PAGE).forEach((n) => {
      const [journey, client, dialect, plan, end, rules, , schedule] = data.runs[n];
      const row = document.createElement("tr");
      const [mark, words] = data.outcomes[end];
      cell(row, `${mark} ${words}`, "th");
      cell(row, data.journeys[journey]);
      cell(row, data.clients[client]);
      cell(row, data.dialects[dialect]);
      const turns = data.schedules[schedule];
      cell(row, (data.plans[plan] || "nothing made to fail") + (turns ? `, schedule ${turns}` : ""));
      cell(row, data.rules[rules] || "-");
      cell(row, data.tokens[n] ? `tillproof replay ${data.tokens[n]}` : "-");
      body.append(row);
    });
    shown = Math.min(shown + PAGE, chosen.length);
    one("runs-more").hidden = shown >= chosen.length;
    one("runs-count").textContent = `${shown} of ${chosen.length} runs`;
  };
  let found = [];
  const filter = () => {
    const wanted = one("runs-filter").value;
    chosen = wanted === "" ? found : found.filter((n) => String(data.runs[n][4]) === wanted);
    body.replaceChildren();
    shown = 0;
    more();
  };
  const open = (title, matches, from) => {
    known(from.dataset.part);
    found = [];
    data.runs.forEach((_, n) => { if (matches(n)) found.push(n); });
    found.sort((a, b) => data.runs[b][4] - data.runs[a][4] || a - b);
    const counts = {};
    found.forEach((n) => { counts[data.runs[n][4]] = (counts[data.runs[n][4]] || 0) + 1; });
    const picker = one("runs-filter");
    picker.replaceChildren(new Option(`every outcome (${found.length})`, ""));
    Object.keys(counts).sort((a, b) => b - a).forEach((end) => picker.append(new Option(`${data.outcomes[end].join(" ")} (${counts[end]})`, end)));
    one("runs-title").textContent = title;
    one("runs").hidden = false;
    opener = from;
    filter();
    one("runs-title").focus();
  };
  all("[data-moment]").forEach((button) => button.addEventListener("click", () => {
    const { seam, moment, fault } = button.dataset;
    open(`Runs: ${moment}, ${fault === "none" ? "nothing made to fail" : fault}`, (n) => inCell(n, seam, moment, fault), button);
  }));
  all(".of-finding").forEach((button) => button.addEventListener("click", () => {
    const of = known(button.dataset.part).findings.indexOf(button.dataset.finding);
    open(`Runs of ${button.dataset.finding}`, (n) => data.runs[n][6] === of, button);
  }));
  one("runs-filter").addEventListener("change", filter);
  one("runs-more").addEventListener("click", more);
  one("runs-close").addEventListener("click", () => {
    one("runs").hidden = true;
    if (opener) opener.focus();
  });

  // Rules: by verdict and by word.
  const rules = all(".rules tbody tr");
  const sift = () => {
    const verdict = one("rules-filter").value;
    const word = one("rules-find").value.trim().toLowerCase();
    let left = 0;
    rules.forEach((row) => {
      row.hidden = (verdict !== "" && !row.dataset.verdict.split(" ").includes(verdict)) || (word !== "" && !row.textContent.toLowerCase().includes(word));
      left += row.hidden ? 0 : 1;
    });
    one("rules-count").textContent = `${left} of ${rules.length} rules`;
  };
  one("rules-filter").addEventListener("change", sift);
  one("rules-find").addEventListener("input", sift);

  // Keys in a timeline: the one the focus is in, else the one that is in sight.
  const findings = all(".finding");
  const current = () => document.activeElement.closest(".finding") ||
    findings.find((finding) => finding.getBoundingClientRect().bottom > window.innerHeight / 3);
  const go = (finding, selector, by) => {
    const rows = all(selector, finding).filter((row) => row.offsetParent !== null);
    if (!rows.length) return;
    const every = all(".steps tbody tr", finding);
    const here = every.indexOf(document.activeElement.closest("tr"));
    const next = by > 0 ? rows.find((row) => every.indexOf(row) > here) || rows[0]
      : rows.findLast((row) => every.indexOf(row) < here) || rows[rows.length - 1];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const keys = {
    j: [".steps tbody tr:not(.mark)", 1],
    k: [".steps tbody tr:not(.mark)", -1],
    f: [".steps tr.fault", 1],
    w: [".steps tr.first, .steps tr.wrong", 1],
  };
  document.addEventListener("keydown", (event) => {
    const meant = keys[event.key];
    if (!meant || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const finding = current();
    if (finding) go(finding, ...meant);
  });
})();
