/* Paper: the same page laid out as a sheet, A4 or A3 across, with what a file copy must say. */

let before = null;

/** Height between the margins of each paper, as in paper.css, in CSS pixels. */
const PAPER_HEIGHT = { a4: (184 * 96) / 25.4, a3: (267 * 96) / 25.4 };

function paperTable() {
  const { kind, table } = tableNow();
  const columns = PAPER_COLUMNS[state.level];
  const picked = sortedRows();
  const words = (column) => say(COLUMNS[state.level].includes(column) ? `page.column.${column}` : `page.column_long.${column}`);
  const head = columns.map((column) => el("th", { scope: "col", class: TEXTS.has(column) ? null : "number" }, words(column)));
  const rows = picked.map((row, place) =>
    el(
      "tr",
      null,
      ...columns.map((column) => {
        const text = column === "place" ? String(place + 1) : cellText(kind, table, column, row);
        return el("td", { class: TEXTS.has(column) ? column : "number" }, own(text));
      }),
    ),
  );
  const part = picked.length < table.n ? ` · ${say(`page.shown.${state.level}`, { count: picked.length, all: table.n })}` : "";
  return el(
    "table",
    null,
    el("caption", null, say(`page.caption.${state.level}`), part),
    el("thead", null, el("tr", null, ...head)),
    el("tbody", null, ...rows),
  );
}

/** What must be said about the rules' standing, in full. */
function ruleRemarks() {
  const told = data.notices.filter((notice) => notice.kind === "rule");
  if (!told.length) return [];
  return [el("h3", null, say("page.rules_noted", { count: told.length })), ...told.map((each) => el("p", null, own(each[state.lang])))];
}

function fillSheet() {
  byId("paper-legend").replaceChildren(...legendParts());
  byId("sheet").replaceChildren(
    paperTable(),
    ...paperReviews(),
    ...ruleRemarks(),
    rulesTable(RESTED_ON),
    choicesTable(),
    el("h3", null, say("page.data_status")),
    el("p", null, statusLines().join(state.lang === "zh" ? "；" : "; ")),
    el("p", { class: "note" }, say("page.run", { run: data.page.run }), " · ", say("page.printed", { date: today() })),
  );
}

function toPaper() {
  if (before) return;
  before = { centre: map.getCenter(), zoom: map.getZoom(), bounds: map.getBounds() };
  const paper = byId("paper").value;
  document.body.classList.add("on-paper", `paper-${paper}`);
  fillSheet();
  const area = byId("map-area");
  area.style.height = `${PAPER_HEIGHT[paper] - area.getBoundingClientRect().top - window.scrollY - 14}px`;
  const legend = byId("paper-legend");
  legend.classList.remove("dense");
  legend.classList.toggle("dense", legend.scrollHeight > area.offsetHeight);
  map.invalidateSize({ animate: false, pan: false });
  if (state.selected) map.fitBounds(before.bounds, { animate: false });
  else fitFirst();
  canvas._update();
  drawScale();
}

function toScreen() {
  if (!before) return;
  document.body.classList.remove("on-paper", "paper-a4", "paper-a3");
  byId("map-area").style.height = "";
  byId("sheet").replaceChildren();
  byId("paper-legend").replaceChildren();
  map.invalidateSize({ animate: false, pan: false });
  map.setView(before.centre, before.zoom, { animate: false });
  before = null;
  redraw();
}

function startPrinting() {
  window.addEventListener("beforeprint", toPaper);
  window.addEventListener("afterprint", toScreen);
  byId("print").addEventListener("click", () => window.print());
}
