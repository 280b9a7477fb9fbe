"use strict";

// The table of findings, its filters, and the addresses that lead to a part of it. The page begins here.

// The findings and the histories, as `data.py` writes them. Texts are set as text, never as HTML.
const data = JSON.parse(document.getElementById("data").textContent);
const NAMES = ["file", "rule", "name", "request", "activity", "event", "at", "message", "first", "sender", "supplier",
  "type", "from", "to"];
const findings = data.findings.map(([id, line, isError, ...texts], order) => {
  const finding = { id, line, order, level: isError ? "error" : "warning" };
  NAMES.forEach((name, at) => { finding[name] = data.texts[texts[at]]; });
  finding.time = Date.parse(finding.at ?? "");
  finding.words = [finding.file, finding.rule, finding.name, finding.request, finding.activity, finding.event,
    finding.at, finding.message, finding.sender, finding.supplier, finding.type].join("\n").toLowerCase();
  return finding;
});

const PAGE = 100;
const UNKNOWN = "(unknown)";
const ALL = "\0"; // no text of the data has this character
const SELECTS = ["level", "rule", "supplier", "type", "from", "to"];
const HIDDEN = ["request", "event"]; // only addresses set these filters
const form = document.getElementById("filters");
const table = document.getElementById("table");
const view = { filters: {}, sort: "order", isDescending: false, page: 0, target: null, shown: findings };

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

function drawn(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

// ---- The table

// WR-9 comes before WR-10.
const { compare: compareTexts } = new Intl.Collator("en", { numeric: true });
const byText = (name) => (one, other) => compareTexts(one[name] ?? "", other[name] ?? "");
const COLUMNS = [
  { name: "Level", key: "level", compare: byText("level") },
  { name: "Rule", key: "rule", compare: byText("rule") },
  { name: "Work request", key: "request", compare: byText("request") },
  { name: "Time", key: "time", compare: (one, other) => (one.time || 0) - (other.time || 0) },
  { name: "Sender", key: "sender", compare: byText("sender") },
  { name: "Finding", key: null },
  { name: "Place", key: "order", compare: (one, other) => one.order - other.order },
].filter(({ key }) => key !== "sender" || findings.some(({ sender }) => sender !== null));

function fillSelects() {
  for (const name of SELECTS) {
    const counts = new Map();
    for (const finding of findings) {
      const value = finding[name] ?? "";
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const values = [...counts.keys()].sort(compareTexts);
    const select = form.elements[name];
    select.append(element("option", { value: ALL }, "all"));
    for (const value of values) {
      select.append(element("option", { value }, `${value || UNKNOWN} (${counts.get(value).toLocaleString("en")})`));
    }
    select.closest("label").hidden = values.length < 2;
  }
}

function fillHead() {
  const row = table.tHead.rows[0];
  for (const { name, key } of COLUMNS) {
    const head = element("th", { scope: "col", role: "columnheader" });
    if (key === null) {
      head.append(name);
    } else {
      const button = element("button", { type: "button" }, name, element("span", { "aria-hidden": "true" }));
      button.addEventListener("click", () => {
        view.isDescending = view.sort === key && !view.isDescending;
        view.sort = key;
        view.page = 0;
        view.target = null;
        show();
      });
      head.append(button);
    }
    row.append(head);
  }
}

function matches(finding) {
  const { q, ...values } = view.filters;
  return Object.entries(values).every(([name, value]) => (finding[name] ?? "") === value)
    && (!q || q.toLowerCase().split(/\s+/).every((word) => finding.words.includes(word)));
}

function address(filters) {
  return `#${new URLSearchParams(filters)}`;
}

function requestLink(id, text) {
  return element("a", { href: address({ request: id }) }, text);
}

function cells(finding) {
  const { level, rule, name, request, activity, at, sender, message, first, file, line, id } = finding;
  const subject = [];
  if (request !== null) subject.push(requestLink(request, request));
  if (activity !== null) subject.push(` ${activity}`);
  const text = [message];
  if (first !== null) text.push(element("div", { class: "quiet" }, `It may follow from the refusal at ${first}.`));
  return [
    [element("span", { class: `level ${level}` }, level)],
    [element("a", { href: `#${rule}` }, rule), ` ${name}`],
    subject,
    at === null ? [] : [at],
    ...(COLUMNS.some(({ key }) => key === "sender") ? [sender === null ? [] : [sender]] : []),
    text,
    [element("a", { href: address({ finding: id }), title: "Link to this finding" }, `${file}:${line}`)],
  ];
}

function row(finding) {
  const made = element("tr", { role: "row", "data-finding": finding.id });
  cells(finding).forEach((children, at) => {
    made.append(element("td", { role: "cell", "data-name": COLUMNS[at].name }, ...children));
  });
  if (finding.id === view.target) {
    made.classList.add("target");
    made.tabIndex = -1;
  }
  return made;
}

function show() {
  const { compare } = COLUMNS.find(({ key }) => key === view.sort);
  const sign = view.isDescending ? -1 : 1;
  view.shown = findings.filter(matches).sort((one, other) => sign * compare(one, other) || one.order - other.order);
  const at = view.target === null ? -1 : view.shown.findIndex(({ id }) => id === view.target);
  if (at >= 0) view.page = Math.floor(at / PAGE);
  const begin = view.page * PAGE;
  table.tBodies[0].replaceChildren(...view.shown.slice(begin, begin + PAGE).map(row));
  for (const [index, { key }] of COLUMNS.entries()) {
    const head = table.tHead.rows[0].cells[index];
    const isSorted = key !== null && key === view.sort;
    if (isSorted) head.setAttribute("aria-sort", view.isDescending ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
    const sign = head.querySelector("span");
    if (sign) sign.textContent = isSorted ? (view.isDescending ? " ↓" : " ↑") : "";
  }
  const { request, event } = view.filters;
  document.getElementById("count").textContent = [
    view.shown.length < findings.length ? `${view.shown.length.toLocaleString("en")} of ` : "",
    counted(findings.length, "finding"),
    request === undefined ? "" : `, only those of work request ${request || UNKNOWN}`,
    event === undefined ? "" : `, only those of ${event || UNKNOWN}`,
  ].join("");
  showPages();
}

function showPages() {
  const count = Math.ceil(view.shown.length / PAGE);
  const pages = document.getElementById("pages");
  pages.hidden = count < 2;
  const turn = (name, by) => {
    const button = element("button", { type: "button" }, name);
    button.disabled = view.page + by < 0 || view.page + by >= count;
    button.addEventListener("click", () => {
      view.page += by;
      view.target = null;
      show();
      document.getElementById("findings").scrollIntoView();
      const buttons = [...pages.querySelectorAll("button")];
      if (by > 0) buttons.reverse();
      buttons.find((each) => !each.disabled).focus({ preventScroll: true });
    });
    return button;
  };
  pages.replaceChildren(turn("Previous", -1), `Page ${view.page + 1} of ${count}`, turn("Next", 1));
}

// ---- Addresses: #rule=WRM202&to=Closed filters, #finding=… and #request=… lead to one finding or history

function open() {
  const hash = location.hash.slice(1);
  if (hash && !hash.includes("=")) return; // the id of a part of the page
  const given = Object.fromEntries(new URLSearchParams(hash));
  view.target = given.finding ?? null;
  view.filters = Object.fromEntries(
    Object.entries(given).filter(([name]) => ["q", ...HIDDEN, ...SELECTS].includes(name)));
  view.page = 0;
  for (const name of SELECTS) {
    const select = form.elements[name];
    const value = view.filters[name] ?? ALL;
    if ([...select.options].every((option) => option.value !== value)) {
      select.append(element("option", { value }, `${value || UNKNOWN} (0)`));
    }
    select.value = value;
    if (value !== ALL) select.closest("label").hidden = false;
  }
  form.elements.q.value = view.filters.q ?? "";
  show();
  if (!hash) return;
  const history = [...document.querySelectorAll(".history")].find(
    (each) => Object.keys(given).length === 1 && each.dataset.request === given.request);
  const target = table.querySelector("tr.target");
  if (history) {
    history.open = true;
    fill(history);
    history.querySelector("summary").focus({ preventScroll: true });
    history.scrollIntoView();
  } else if (target) {
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "center" });
  } else {
    document.getElementById("findings").scrollIntoView();
  }
}

function change() {
  const filters = {};
  for (const name of HIDDEN) {
    if (name in view.filters) filters[name] = view.filters[name];
  }
  for (const name of SELECTS) {
    if (form.elements[name].value !== ALL) filters[name] = form.elements[name].value;
  }
  if (form.elements.q.value.trim()) filters.q = form.elements.q.value.trim();
  view.filters = filters;
  view.page = 0;
  view.target = null;
  history.replaceState(null, "", Object.keys(filters).length ? address(filters) : "#findings");
  show();
}

// ---- The beginning

fillSelects();
fillHead();
show();
for (const part of [form, table, document.getElementById("requests")]) {
  if (part) part.hidden = false; // without scripts they would be empty
}
form.addEventListener("input", change);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => {
  view.filters = {};
  setTimeout(change); // after the reset
});
for (const each of document.querySelectorAll(".history")) {
  each.addEventListener("toggle", () => { if (each.open) fill(each); });
}
window.addEventListener("hashchange", open);
open();
