/* The table of townships or zones: sorted, filtered, a hundred rows a sheet, one row in focus. */

const SHEET_ROWS = 100;

/** A column: its key, how its value reads, whether a number. */
const COLUMNS = {
  townships: ["name", "required", "attributed", "in_reach", "out_of_reach", "shortfall"],
  zones: ["name", "required", "attributed", "in_reach", "out_of_reach", "shortfall"],
};
const PAPER_COLUMNS = {
  townships: [
    "name", "zones", "population", "counted_slots", "slots_per_1000", "required", "attributed", "in_reach",
    "out_of_reach", "shortfall", "range", "migrant_status",
  ],
  zones: [
    "place", "zone_id", "name", "category", "population", "required", "attributed", "in_reach", "out_of_reach", "shortfall",
    "range", "duty", "migrant_status", "decision",
  ],
};
const WORDS = { category: "category.", duty: "duty.", migrant_status: "migrant." };
const TEXTS = new Set(["name", "zone_id", "category", "duty", "migrant_status", "decision"]);

function rangeText(table, row) {
  const certain = table.shortfall_certain(row);
  const possible = table.shortfall_possible(row);
  if (certain === null) return "—";
  return certain === possible ? shown(certain) : `${shown(certain)}–${shown(possible)}`;
}

function cellText(kind, table, column, row) {
  if (column === "name") return nameOf(kind, row);
  if (column === "range") return rangeText(table, row);
  if (column === "decision") return decisionText(row);
  const value = table[column](row);
  if (value === null || value === "") return "—";
  if (column === "slots_per_1000") return value.toFixed(2);
  if (column === "cost") return tenThousands(value);
  return column in WORDS ? say(WORDS[column] + value) : shown(value);
}

function compare(kind, table, by) {
  const value = by === "name" ? (row) => nameOf(kind, row) : (row) => table[by](row);
  const words = new Intl.Collator("zh-Hans-CN", { numeric: true });
  return (a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return (x === null) - (y === null) || a - b;
    const order = typeof x === "number" ? x - y : words.compare(x, y);
    return (state.sort.down ? -order : order) || a - b;
  };
}

function sortedRows() {
  const { kind, table } = tableNow();
  return [...keptRows()].sort(compare(kind, table, state.sort.by));
}

function heading(column) {
  const sorted = state.sort.by === column;
  const cell = el("th", { scope: "col", class: TEXTS.has(column) ? null : "number" });
  cell.setAttribute("aria-sort", sorted ? (state.sort.down ? "descending" : "ascending") : "none");
  const made = el(
    "button",
    { type: "button", "data-column": column, title: say(`page.column_long.${column}`) },
    say(`page.column.${column}`),
    el("span", { class: "arrow", "aria-hidden": "true" }, sorted ? (state.sort.down ? "▼" : "▲") : ""),
  );
  made.addEventListener("click", () => {
    const down = sorted ? !state.sort.down : column !== "name";
    change({ sort: { by: column, down }, sheet: 0 });
    byId("table").querySelector(`[data-column="${column}"]`).focus();
  });
  cell.append(made);
  return cell;
}

/** Served, near without slot, nobody near: one bar whose length is the requirement. */
function partsBar(table, row, most) {
  const required = table.required(row);
  const bar = el("span", { class: "parts", "aria-hidden": "true" });
  for (const part of ["attributed", "in_reach", "out_of_reach"]) {
    const piece = el("i", { class: part });
    piece.style.width = `${required ? (100 * table[part](row)) / most : 0}%`;
    bar.append(piece);
  }
  return bar;
}

function rowElement(kind, table, row, most) {
  const line = el("tr", { "data-row": row, tabindex: -1 });
  for (const column of COLUMNS[state.level]) {
    const text = cellText(kind, table, column, row);
    if (column === "name") {
      const mark = kind === "zone" && decisionOf(row) ? el("span", { class: "mark" }, decisionText(row)) : null;
      const id = el("small", null, own(IDS[kind](row)));
      line.append(el("th", { scope: "row" }, own(text), " ", id, mark, partsBar(table, row, most)));
    } else {
      const open = column === "shortfall" && contested(table, row);
      line.append(
        el("td", { class: `number ${column}` }, text, open ? el("small", null, rangeText(table, row)) : null),
      );
    }
  }
  return line;
}

let rowsNow = [];

function showTable() {
  const { kind, table } = tableNow();
  rowsNow = sortedRows();
  if (state.selected?.kind === kind) {
    const place = rowsNow.indexOf(state.selected.at);
    if (place >= 0 && showTable.selected !== state.selected) state.sheet = Math.floor(place / SHEET_ROWS);
  }
  showTable.selected = state.selected;
  const head = el("tr", null, ...COLUMNS[state.level].map(heading));
  const from = state.sheet * SHEET_ROWS;
  const most = rowsNow.reduce((found, row) => Math.max(found, table.required(row) ?? 0), 1);
  const lines = rowsNow.slice(from, from + SHEET_ROWS).map((row) => rowElement(kind, table, row, most));
  byId("table").tHead.replaceChildren(head);
  byId("table").tBodies[0].replaceChildren(...lines);
  byId("table").caption.textContent = say(`page.caption.${state.level}`);
  if (lines.length) lines[0].tabIndex = 0;
  byId("shown").textContent = say(`page.shown.${state.level}`, { count: rowsNow.length, all: table.n });
  showSheets();
  markRow();
}

function showSheets() {
  const sheets = Math.ceil(rowsNow.length / SHEET_ROWS);
  const turn = (by) => change({ sheet: state.sheet + by });
  const back = button("page.sheet_back", () => turn(-1));
  const on = button("page.sheet_on", () => turn(1));
  back.disabled = state.sheet === 0;
  on.disabled = state.sheet + 1 >= sheets;
  byId("sheets").hidden = sheets < 2;
  byId("sheets").replaceChildren(back, el("span", null, `${state.sheet + 1} / ${sheets}`), on);
}

/** Mark the selected row and bring it into sight. */
function markRow() {
  const { kind } = tableNow();
  for (const line of byId("table").tBodies[0].rows) {
    const chosen = state.selected?.kind === kind && Number(line.dataset.row) === state.selected.at;
    line.classList.toggle("chosen", chosen);
    if (chosen) line.setAttribute("aria-current", "true");
    else line.removeAttribute("aria-current");
    if (chosen) {
      for (const other of byId("table").tBodies[0].rows) other.tabIndex = -1;
      line.tabIndex = 0;
      scrollTo(line);
    }
  }
}

function scrollTo(line) {
  const box = byId("table").parentElement;
  const above = line.offsetTop - byId("table").tHead.offsetHeight;
  if (above < box.scrollTop || line.offsetTop + line.offsetHeight > box.scrollTop + box.clientHeight) {
    const spare = box.clientHeight - byId("table").tHead.offsetHeight - line.offsetHeight;
    box.scrollTop = Math.max(0, above - Math.max(0, spare) / 2);
  }
}

function tableKeys(event) {
  const line = event.target.closest("tbody tr");
  if (!line) return;
  const steps = { ArrowDown: line.nextElementSibling, ArrowUp: line.previousElementSibling };
  const ends = { Home: line.parentElement.firstElementChild, End: line.parentElement.lastElementChild };
  const next = steps[event.key] ?? ends[event.key];
  if (next) {
    event.preventDefault();
    line.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  } else if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    select(tableNow().kind, Number(line.dataset.row));
  }
}

function startTable() {
  const body = byId("table").tBodies[0];
  body.addEventListener("click", (event) => {
    const line = event.target.closest("tr");
    if (line) select(tableNow().kind, Number(line.dataset.row));
  });
  body.addEventListener("keydown", tableKeys);
  watch((changed) => {
    if (["lang", "level", "filters", "sort", "sheet", "reviews"].some((name) => changed.has(name))) showTable();
    else if (changed.has("selected")) {
      const place = state.selected?.kind === tableNow().kind ? rowsNow.indexOf(state.selected.at) : -1;
      if (place >= 0 && Math.floor(place / SHEET_ROWS) !== state.sheet) showTable();
      else markRow();
    }
  });
}
