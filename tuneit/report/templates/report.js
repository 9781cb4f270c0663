"use strict";
// Sorts and filters the tables of trials. Without scripts the tables are whole, the best trial first.
const AT_ONCE = 200; // rows that are shown before someone asks for all: a browser draws these at once

// The style sheet hides the rest while the page is read: to lay out 2,000 rows takes seconds.
document.documentElement.className = "scripted";

const prepare = (table) => {
  table.classList.add("ready");
  const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
  const columns = new Map(heads.map((head, place) => [head.textContent.trim(), place]));
  columns.delete("hyperparameters");
  const texts = new Map(), values = new Map();

  // The values of a row by name: its cells, then its hyperparameters.
  const read = (row) => {
    if (!values.has(row)) {
      const found = new Map();
      for (const [name, place] of columns) {
        const cell = row.cells[place];
        found.set(name, cell.dataset.value ?? cell.textContent);
      }
      for (const pair of row.querySelectorAll(".params b")) {
        found.set(pair.previousSibling.textContent.trim(), pair.textContent);
      }
      values.set(row, found);
    }
    return values.get(row);
  };
  const plain = (text = "") => {
    const number = parseFloat(text.replaceAll(",", "").replace("−", "-"));
    return Number.isNaN(number) ? text.trim().toLowerCase() : number;
  };

  const compare = {
    "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b,
    ">=": (a, b) => a >= b, "=": (a, b) => a === b, "!=": (a, b) => a !== b,
  };
  const fits = (row, term) => {
    const [, name, sign, wanted] = /^([^<>=!]+)(<=|>=|!=|=|<|>)(.+)$/.exec(term) ?? [];
    if (name) {
      const key = [...read(row).keys()].find((known) => known.toLowerCase() === name);
      const [own, other] = [plain(read(row).get(key)), plain(wanted)];
      return key !== undefined && typeof own === typeof other && compare[sign](own, other);
    }
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row).includes(term);
  };

  let ordered = rows, by = "", direction = 1, most = AT_ONCE;
  const show = () => {
    const terms = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let matching = 0;
    for (const row of ordered) {
      const matches = terms.every((term) => fits(row, term));
      matching += matches;
      row.hidden = !matches || matching > most;
    }
    const shown = Math.min(matching, most);
    count.textContent = `${shown} of ${rows.length}`;
    more.hidden = shown === matching;
    more.textContent = `show all ${matching}`;
  };
  // Numbers by size, then words, then what is missing.
  const rank = (value) => (typeof value === "number" ? 0 : value === "" || value === "–" ? 2 : 1);
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const sort = (name, sign) => {
    [by, direction] = [name, sign];
    const keyed = rows.map((row) => [name && plain(read(row).get(name)), row]);
    if (name) keyed.sort(([a], [b]) => rank(a) - rank(b) || (rank(a) < 2 ? sign * order(a, b) : 0));
    ordered = keyed.map(([, row]) => row);
    for (const row of rows) row.hidden = true; // what is hidden is moved without being laid out
    body.append(...ordered);
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[columns.get(name)]?.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    choice.value = name;
    label();
    show();
  };
  const label = () => {
    turn.textContent = direction > 0 ? "↑ lowest first" : "↓ highest first";
    turn.disabled = !by;
  };

  const make = (tag, parent, given = {}) => {
    const made = Object.assign(document.createElement(tag), given);
    parent.append(made);
    return made;
  };
  const controls = Object.assign(document.createElement("p"), { className: "controls" });
  table.parentElement.before(controls);
  const box = make("input", make("label", controls, { textContent: "Filter " }), {
    type: "search", placeholder: "healthy units>=64", oninput: show,
  });
  const choice = make("select", make("label", controls, { textContent: "Sort by " }), {
    onchange: () => sort(choice.value, 1),
  });
  make("option", choice, { value: "", textContent: "best first" });
  for (const name of new Set(rows.flatMap((row) => [...read(row).keys()]))) {
    make("option", choice, { value: name, textContent: name });
  }
  const all = () => { most = Infinity; show(); };
  const turn = make("button", controls, { type: "button", onclick: () => sort(by, -direction) });
  const count = make("span", controls, { role: "status" });
  const more = make("button", controls, { type: "button", onclick: all });
  for (const [name, place] of columns) {
    const head = heads[place], button = document.createElement("button");
    Object.assign(button, {
      type: "button", textContent: name, onclick: () => sort(name, by === name ? -direction : 1),
    });
    head.replaceChildren(button);
    // Browsers print the head of a table on each page, but its buttons on the first one only.
    addEventListener("beforeprint", () => head.replaceChildren(name));
    addEventListener("afterprint", () => head.replaceChildren(button));
  }
  addEventListener("beforeprint", all);
  label();
  show();
};

addEventListener("DOMContentLoaded", () => document.querySelectorAll("table.trials").forEach(prepare));
