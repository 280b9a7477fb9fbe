"use strict";

// The histories of work requests, each drawn when it is opened. `table.js` has the data, and the helpers that make parts.

const COLUMN = 58;
const LANE = 34;
const LANES = 40; // the most activities with a lane

function statusText(category, state) {
  if (category === null) return "unknown";
  return state === null || state === category ? category : `${category} (${state})`;
}

function steps(id) {
  return data.histories[id].steps.map(
    ([line, isUpdate, file, at, sender, action, answer, activity, allocation, activities, found]) => ({
      line,
      isUpdate,
      file: data.texts[file],
      at: data.texts[at],
      sender: data.texts[sender],
      action: data.texts[action],
      answer: data.texts[answer],
      activity: data.texts[activity],
      allocation: data.texts[allocation],
      activities: activities.map((each) => each.map((text) => data.texts[text])),
      found: found.map(([isError, rule, message]) => ({
        level: isError ? "error" : "warning", rule: data.texts[rule], message: data.texts[message],
      })),
    }));
}

function activitiesOf(taken) {
  return [...new Set(taken.flatMap((step) => [
    ...step.activities.map(([activity]) => activity), ...(step.activity === null ? [] : [step.activity]),
  ]))];
}

function fill(details) {
  if (details.childElementCount > 1) return;
  const id = details.dataset.request;
  const taken = steps(id);
  const names = activitiesOf(taken);
  details.append(element("p", {}, requestFilter(id)));
  details.append(element("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": `Lanes of ${id}` },
    lanes(id, taken, names)));
  const more = names.length - LANES;
  if (more > 0) {
    details.append(element("p", { class: "quiet" }, `${more} ${more === 1 ? "activity has" : "activities have"} no lane.`));
  }
  const path = statusPath(id, taken);
  if (path) {
    details.append(element("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": `Path of ${id}` },
      path));
  }
  details.append(element("ol", { class: "steps" }, ...taken.map(stepItem)));
  const { left } = data.histories[id];
  if (left) details.append(element("p", { class: "quiet" }, `${counted(left, "step")} left out.`));
}

function requestFilter(id) {
  const link = element("a", { href: "#findings" }, "Show its findings in the table");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    view.filters = { request: id };
    view.page = 0;
    view.target = null;
    history.replaceState(null, "", address({ request: id }));
    show();
    document.getElementById("findings").scrollIntoView();
  });
  return link;
}

function stepItem(step) {
  const answer = step.answer ?? "not judged";
  const item = element("li", step.answer === "Refused" ? { class: "refused" } : {});
  const head = element("p", {}, element("b", {}, answer), ` ${step.at ?? ""} `,
    element("span", { class: "quiet" }, `${step.file}:${step.line}`));
  item.append(head);
  const words = [step.sender ?? "An unknown sender", step.answer === null ? "" : "asks to", step.action ?? ""];
  item.append(element("p", {}, words.join(" ")));
  for (const [activity, from, fromState, to, toState] of step.activities) {
    const after = statusText(to, toState);
    const before = statusText(from, fromState);
    item.append(element("p", { class: "quiet" },
      `${activity}: ${from === null || before === after ? after : `${before} → ${after}`}`));
  }
  for (const { level, rule, message } of step.found) {
    item.append(element("p", {}, element("span", { class: `level ${level}` }, level), " ",
      element("a", { href: `#${rule}` }, rule), ` ${message}`));
  }
  return item;
}

function severity(step) {
  const levels = step.found.map(({ level }) => level);
  return levels.includes("error") || step.answer === "Refused" ? "error" : levels.length ? "warning" : null;
}

// A lane for the work request and one for each activity. A lane has a segment for each status, and a mark for each event.
function lanes(id, taken, names) {
  const shown = names.slice(0, LANES);
  const label = Math.min(220, 24 + 7.5 * Math.max(12, ...shown.map((name) => name.length)));
  const width = label + COLUMN * Math.max(taken.length, 4);
  const height = LANE * (shown.length + 1) + 22;
  const svg = drawn("svg", {
    class: "lanes", width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": `${counted(taken.length, "step")} of ${id}: ${counted(shown.length, "activity lane")}`,
  });
  taken.forEach((_, at) => {
    const x = label + COLUMN * (at + 0.5);
    svg.append(drawn("line", { class: "grid", x1: x, x2: x, y1: 18, y2: height }));
    svg.append(drawn("text", { class: "quiet", x, y: 12, "text-anchor": "middle" }, String(at + 1)));
  });
  // Each value of a lane: the value or null, its text, its category, and the text for a short segment.
  const allocations = taken.map((step) => [step.allocation, step.allocation, null, step.allocation]);
  lane(svg, 0, "Work request", label, allocations);
  shown.forEach((name, number) => {
    const statuses = taken.map((step) => {
      const own = step.activities.find(([activity]) => activity === name);
      return own === undefined ? null : [own[3], statusText(own[3], own[4]), own[3], own[4] ?? own[3]];
    });
    lane(svg, number + 1, name, label, statuses);
  });
  taken.forEach((step, at) => {
    const number = step.activity === null ? 0 : shown.indexOf(step.activity) + 1;
    if (number || step.activity === null) svg.append(mark(step, at, label, number));
  });
  return svg;
}

// The segments of a lane. A step without a value keeps the one before it.
function lane(svg, number, name, label, values) {
  const y = 20 + LANE * number;
  svg.append(clipped(name, 0, y, label - 8, 20));
  let begin = 0;
  let now = null;
  const end = (at) => {
    if (now === null || now[0] === null || at === begin) return;
    const width = COLUMN * (at - begin);
    const x = label + COLUMN * begin;
    const category = data.categories.indexOf(now[2]);
    const style = category < 0 ? "none" : `c${category}`;
    const part = drawn("g", {}, drawn("title", {}, now[1]),
      drawn("rect", { class: style, x, y: y + 2, width: width - 2, height: LANE - 6, rx: 4 }));
    part.append(clipped(now[3], x + 6, y, width - 12, 12));
    svg.append(part);
  };
  values.forEach((value, at) => {
    if (value === null || (now !== null && value[1] === now[1])) return;
    end(at);
    begin = at;
    now = value;
  });
  end(values.length);
}

// A text in a frame that cuts it. A text of usual letters that does not fit ends with a sign that it is cut.
function clipped(text, x, y, width, baseline) {
  const letters = [...text];
  const most = Math.floor(width / 7.2);
  return drawn("svg", { x, y, width, height: LANE }, drawn("title", {}, text),
    drawn("text", { x: 0, y: baseline }, letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text));
}

function mark(step, at, label, number) {
  const x = label + COLUMN * (at + 0.5);
  const y = 20 + LANE * number + 22;
  const title = drawn("title", {}, `${at + 1}: ${step.answer ?? "not judged"}. ${step.action ?? ""}`);
  const level = severity(step);
  const shape = level === "error"
    ? drawn("path", { class: "mark error", d: `M${x - 7} ${y - 7}h14v14h-14z` })
    : level === "warning"
      ? drawn("path", { class: "mark warning", d: `M${x} ${y - 8}l9 15h-18z` })
      : drawn("circle", { class: step.answer === "Consumed" ? "mark" : "mark open", cx: x, cy: y, r: 5 });
  return drawn("g", {}, title, shape);
}

// A copy of the status graph in which the moves of a history stand out.
function statusPath(id, taken) {
  const graph = document.querySelector("#graph svg");
  if (!graph) return null;
  const moves = new Set(taken.flatMap((step) => step.activities
    .filter(([, from, fromState, to, toState]) => from !== null && to !== null
      && (from !== to || (fromState !== null && toState !== null && fromState !== toState)))
    .map(([, from, , to]) => (step.isUpdate ? [from, to] : data.cancellation).join(">"))));
  if (!moves.size) return null;
  const copy = graph.cloneNode(true);
  copy.removeAttribute("aria-labelledby");
  copy.setAttribute("aria-label", `Moves of ${id}: ${[...moves].map((move) => move.replace(">", " to ")).join(", ")}`);
  for (const part of copy.querySelectorAll("[id]")) part.removeAttribute("id");
  for (const arrow of copy.querySelectorAll("[data-from]")) {
    if (!moves.has(`${arrow.dataset.from}>${arrow.dataset.to}`)) arrow.classList.add("faded");
  }
  return copy;
}
