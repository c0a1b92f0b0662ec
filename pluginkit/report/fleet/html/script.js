"use strict";
(() => {
  const data = JSON.parse(document.getElementById("fleet").textContent);
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const made = (tag, text, attributes = {}) => {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };

  // Rows of releases are made when they are asked for: 300 plugins have 1,500.
  const body = one("#matrix tbody");
  const cell = ([status, text, row, column]) => {
    const td = made("td", "", { class: status });
    if (status === "other-language") {
      td.append(made("span", "-", { "aria-hidden": "true" }), made("span", "other language", { class: "hidden" }));
    } else {
      td.append(made("button", text, { type: "button", "data-row": row, "data-column": column, "aria-haspopup": "dialog" }));
      label(one("button", td), status);
    }
    return td;
  };
  const words = { fits: "fits", older: "an older release fits", refused: "refused", unread: "not read" };
  const label = (button, status) => {
    const { row, column } = button.dataset;
    button.setAttribute("aria-label", `${button.textContent}: ${data.releases[row].title} with ${data.hosts[column]}, ${words[status]}`);
  };
  for (const button of all("td button", body)) label(button, button.parentElement.className);

  const opened = (plugin, open) => {
    const head = one(`tr[data-plugin="${plugin}"]`, body);
    one("th button", head).setAttribute("aria-expanded", open);
    all(`tr[data-of="${plugin}"]`, body).forEach((row) => row.remove());
    if (!open) return;
    const rows = data.plugins[plugin].rows.map((index) => {
      const release = data.releases[index];
      const tr = made("tr", "", { class: "release", "data-of": plugin });
      tr.append(made("th", release.version, { scope: "row", title: release.subject }), made("td", release.apis));
      release.cells.forEach((found, column) => tr.append(cell([...found, index, column])));
      return tr;
    });
    head.after(...rows);
  };
  for (const button of all("th button[aria-expanded]", body)) {
    const plugin = button.closest("tr").dataset.plugin;
    button.addEventListener("click", () => opened(plugin, button.getAttribute("aria-expanded") !== "true"));
    if (data.every) opened(plugin, true);
  }

  // What a cell rests on.
  const dialog = one("dialog");
  const finding = (index) => {
    const found = data.findings[index];
    const box = made("section", "", { class: "finding" });
    const head = made("h3", "");
    head.append(made("a", found.code, { href: `#rule-${found.code}`, class: "code" }), ` ${found.severity === "warning" ? "warning: " : ""}${found.message}`);
    const facts = made("dl", "");
    for (const [name, value] of Object.entries(found.facts)) {
      facts.append(made("dt", name), made("dd", [value].flat().join("\n"), { class: "code" }));
    }
    box.append(head, facts);
    if (found.hint) {
      const hint = made("div", "", { class: "hint" });
      const copy = made("button", "Copy", { type: "button", "aria-label": "Copy the hint" });
      copy.addEventListener("click", () => navigator.clipboard?.writeText(found.hint).then(() => (copy.textContent = "Copied"), () => {}));
      hint.append(made("span", found.hint), copy);
      box.append(hint);
    }
    return box;
  };
  const show = (row, column, newest) => {
    const release = data.releases[row];
    const [findings, ignored] = data.fits[row][column] ?? [[], []];
    const content = one("#content");
    one("#dialog-title").textContent = `${release.title} with ${data.hosts[column]}`;
    content.replaceChildren(made("p", release.subject, { class: "code soft" }));
    if (release.apis) content.append(made("p", `Built against ${release.apis}`));
    if (release.unread) content.append(made("p", `Not read: ${release.unread}`));
    else if (!findings.some((index) => data.findings[index].severity === "error")) content.append(made("p", "It fits.", { class: "fits" }));
    if (release.unchecked) content.append(made("p", `Only parts of it were read: not checked are ${release.unchecked}.`));
    content.append(...findings.map(finding));
    if (newest !== undefined && newest !== row) {
      content.append(made("h3", `The newest release, ${data.releases[newest].title}, does not fit`));
      content.append(...(data.fits[newest][column]?.[0] ?? []).map(finding));
    }
    if (ignored.length) content.append(made("h3", "Ignored by this host"), ...ignored.map(finding));
    dialog.showModal();
  };
  one("#matrix").addEventListener("click", (event) => {
    const button = event.target.closest("button[data-row]");
    if (button) show(button.dataset.row, button.dataset.column, button.dataset.newest);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("a[href^='#rule']")) dialog.close();
    const link = event.target.closest("a[href^='#rule']");
    if (link) one(link.getAttribute("href")).open = true;
  });
  for (const link of all("a[href^='#rule']")) link.addEventListener("click", () => (one(link.getAttribute("href")).open = true));

  // Which rows are shown, and in which order.
  const heads = all("tbody > tr[data-plugin]", one("#matrix"));
  const controls = one(".controls");
  const filtered = () => {
    const text = one("#filter").value.trim().toLowerCase();
    const [status, host, language] = ["#status", "#host", "#language"].map((id) => one(id)?.value ?? "");
    let left = 0;
    for (const head of heads) {
      const plugin = data.plugins[head.dataset.plugin];
      const cells = host === "" ? plugin.cells : [plugin.cells[host]];
      const shown =
        plugin.title.toLowerCase().includes(text) &&
        (!language || plugin.language === language) &&
        (!status || cells.some((found) => (status === "lacking" ? found === "refused" || found === "unread" : found === status)));
      head.hidden = !shown;
      all(`tr[data-of="${head.dataset.plugin}"]`, body).forEach((row) => (row.hidden = !shown));
      left += shown;
    }
    one("#left").textContent = `${left} of ${heads.length} plugins shown`;
  };
  controls.addEventListener("input", filtered);
  controls.hidden = false;
  filtered();
  const order = { refused: 0, unread: 1, older: 2, fits: 3, "other-language": 4 };
  for (const button of all("#matrix thead button")) {
    const th = button.parentElement;
    button.addEventListener("click", () => {
      const up = th.getAttribute("aria-sort") !== "ascending";
      all("#matrix thead th[aria-sort]").forEach((other) => other.setAttribute("aria-sort", "none"));
      th.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (head) => {
        const plugin = data.plugins[head.dataset.plugin];
        return th.dataset.column === undefined ? [0, plugin.title] : [order[plugin.cells[th.dataset.column]], plugin.title];
      };
      const keyed = heads.map((head) => [key(head), head]);
      keyed.sort(([a], [b]) => (up ? 1 : -1) * (a[0] - b[0]) || (up || a[0] !== b[0] ? 1 : -1) * a[1].localeCompare(b[1], undefined, { numeric: true }));
      body.append(...keyed.flatMap(([, head]) => [head, ...all(`tr[data-of="${head.dataset.plugin}"]`, body)]));
    });
  }
})();
