"use strict";
// Sorts and filters the tables of trials. Without scripts the tables are whole, the best trial first.
for (const table of document.querySelectorAll("table.trials")) {
  const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
  const columns = new Map(heads.map((head, place) => [head.textContent.trim(), place]));
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
  // Numbers by size, then words, then what is missing.
  const rank = (value) => (typeof value === "number" ? 0 : value === "" || value === "–" ? 2 : 1);
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

  let by = "", sign = 1;
  const sort = (name, direction) => {
    [by, sign] = [name, direction];
    const keyed = rows.map((row) => [plain(read(row).get(name)), row]);
    if (name) {
      keyed.sort(([a], [b]) => rank(a) - rank(b) || (rank(a) === 2 ? 0 : sign * order(a, b)));
    }
    body.append(...keyed.map(([, row]) => row));
    for (const head of heads) head.removeAttribute("aria-sort");
    if (columns.has(name)) {
      heads[columns.get(name)].setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    }
    choice.value = name;
    turn.textContent = sign > 0 ? "↑ lowest first" : "↓ highest first";
    turn.disabled = !name;
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
  const filter = () => {
    const terms = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !terms.every((term) => fits(row, term));
      shown += !row.hidden;
    }
    count.textContent = `${shown} of ${rows.length}`;
  };

  const make = (tag, parent, given = {}) => {
    const made = Object.assign(document.createElement(tag), given);
    parent.append(made);
    return made;
  };
  const controls = Object.assign(document.createElement("p"), { className: "controls" });
  table.parentElement.before(controls);
  const box = make("input", make("label", controls, { textContent: "Filter " }), {
    type: "search", placeholder: "healthy units>=64", oninput: filter,
  });
  const choice = make("select", make("label", controls, { textContent: "Sort by " }), {
    onchange: () => sort(choice.value, 1),
  });
  make("option", choice, { value: "", textContent: "best first" });
  const names = new Set(rows.flatMap((row) => [...read(row).keys()]));
  for (const name of names) {
    if (name !== "hyperparameters") make("option", choice, { value: name, textContent: name });
  }
  const turn = make("button", controls, { type: "button", onclick: () => sort(by, -sign) });
  const count = make("span", controls, { role: "status" });
  for (const [name, place] of columns) {
    if (name === "hyperparameters") continue;
    const head = heads[place];
    head.textContent = "";
    make("button", head, {
      type: "button", textContent: name, onclick: () => sort(name, by === name ? -sign : 1),
    });
  }
  filter();
  sort("", 1);
}
