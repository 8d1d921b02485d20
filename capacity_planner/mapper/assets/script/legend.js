/* Choosing level, theme and overlays, and the legend that counts what each class holds. */

function radio(group, value, text, then) {
  const input = el("input", { type: "radio", name: group, value });
  input.checked = state[group] === value;
  input.addEventListener("change", () => then(value));
  return el("label", null, input, text);
}

function showLayers() {
  const levels = isCounty && zones.n > 0 ? ["townships", "zones"] : [];
  byId("levels").hidden = levels.length === 0;
  byId("levels").replaceChildren(
    el("legend", null, say("page.level")),
    ...levels.map((level) => radio("level", level, say(`page.level.${level}`), chooseLevel)),
  );
  const themes = Object.keys(THEMES).filter((theme) => THEMES[theme].townships || zones.n > 0);
  byId("themes").replaceChildren(
    el("legend", null, say("page.theme")),
    ...themes.map((theme) => radio("theme", theme, say(`page.theme.${theme}`), chooseTheme)),
  );
  if (data.page.zones_elsewhere) {
    byId("themes").append(el("p", { class: "note" }, say("page.zones_elsewhere", { count: data.page.zones_elsewhere })));
  }
  byId("overlays").replaceChildren(
    el("legend", null, say("page.overlays")),
    ...Object.keys(state.overlays).map((name) => {
      const input = el("input", { type: "checkbox", name });
      input.checked = state.overlays[name];
      input.addEventListener("change", () => change({ overlays: { ...state.overlays, [name]: input.checked } }));
      const key = name === "areas" && !data.straight ? "page.overlay.reached" : `page.overlay.${name}`;
      return el("label", null, input, say(key, { radius: data.radius_m }));
    }),
  );
}

/** Townships have no duty, kind or age of their own: choosing a level may change the theme. */
function chooseLevel(level) {
  const theme = THEMES[state.theme][level] ? state.theme : "shortfall";
  change({ level, theme, sheet: 0, sort: { by: "shortfall", down: true } });
}

function chooseTheme(theme) {
  const level = THEMES[theme][state.level] ? state.level : "zones";
  change({ theme, level, sheet: 0 });
}

function legendRow(pictured, text, count) {
  return el("li", null, pictured, el("span", null, text), count === null ? null : el("b", null, shown(count)));
}

function classRows() {
  const table = TABLES[state.level === "zones" ? "zone" : "township"];
  const theme = themeNow();
  const counts = new Array(theme.classes.length).fill(0);
  for (let row = 0; row < table.n; row += 1) counts[theme.of(table, row)] += 1;
  return theme.classes
    .map((one, at) => legendRow(swatch(one), classWords(one), counts[at]))
    .concat(contestedRow(table));
}

function contestedRow(table) {
  if (!state.overlays.contested) return [];
  let count = 0;
  for (let row = 0; row < table.n; row += 1) count += contested(table, row) ? 1 : 0;
  return [legendRow(swatch({ fill: "#ffffff", pattern: "contested" }), say("page.legend.contested"), count)];
}

/** What the service areas and the links of the selection mean, while they are on the map. */
function overlayRows() {
  const rows = [];
  if (state.overlays.areas) {
    const ring = (pen) => {
      traceSymbol(pen, data.straight ? "" : "kindergarten_class", 11, 8, 6.5);
      pen.strokeStyle = SUPPLY;
      pen.stroke();
    };
    const [table, counts] = data.straight ? [facilities, hasArea] : [zones, isReached];
    const count = Array.from({ length: table.n }, (_, row) => row).filter(counts).length;
    rows.push(legendRow(picture(ring), say(data.straight ? "page.legend.area" : "page.legend.reached", { radius: data.radius_m }), count));
  }
  if (linksShown().length) {
    const line = (pen) => {
      pen.strokeStyle = PICKED;
      pen.lineWidth = 2.5;
      strokeAlong(pen, [[2, 12, 20, 4]]);
    };
    rows.push(legendRow(picture(line), say("page.legend.links"), linksShown().length));
  }
  return rows;
}

function facilityRows() {
  const kinds = new Map();
  for (let row = 0; row < facilities.n; row += 1) {
    if (!facilityShown(row)) continue;
    const key = `${facilities.type(row)}`;
    kinds.set(key, (kinds.get(key) ?? 0) + 1);
  }
  const look = { status: "operating", counted: true, free: false };
  return facilities.type.of
    .filter((type) => kinds.has(type))
    .map((type) =>
      legendRow(picture((pen) => drawSymbol(pen, { ...look, type }, 11, 8, 5)), say(`type.${type}`), kinds.get(type)),
    );
}

function markRows() {
  const looks = [
    ["page.legend.counted", { status: "operating", counted: true, free: false }, (row) => facilities.counted_slots(row) > 0],
    ["page.legend.free", { status: "operating", counted: true, free: true }, (row) => facilities.unused_slots(row) > 0],
    [
      "page.legend.not_counted",
      { status: "operating", counted: false, free: false },
      (row) => facilities.status(row) === "operating" && !facilities.counted_slots(row),
    ],
    ["facility_status.building", { status: "building", counted: false, free: false }, (row) => facilities.status(row) === "building"],
    ["facility_status.planned", { status: "planned", counted: false, free: false }, (row) => facilities.status(row) === "planned"],
    ["facility_status.closed", { status: "closed", counted: false, free: false }, (row) => facilities.status(row) === "closed"],
  ];
  return looks.flatMap(([key, look, is]) => {
    let count = 0;
    for (let row = 0; row < facilities.n; row += 1) if (facilityShown(row) && is(row)) count += 1;
    return count ? [legendRow(picture((pen) => drawSymbol(pen, { ...look, type: "centre" }, 11, 8, 5)), say(key), count)] : [];
  });
}

/** The parts of the legend, for the screen and for paper. */
function legendParts() {
  const unit = say(`page.legend.unit.${state.level}`);
  const parts = [el("h2", null, say(`page.theme.${state.theme}`), el("small", null, unit)), el("ul", null, ...classRows())];
  const marks = [...facilityRows(), ...markRows(), ...overlayRows()];
  const sites = proposalRows();
  if (sites.length) parts.push(el("h3", null, say(built() ? "page.proposals.built" : "page.proposals.planned")), el("ul", null, ...sites));
  if (marks.length) parts.push(el("h3", null, say("page.legend.facilities")), el("ul", null, ...marks));
  const some = (is) => Array.from({ length: townships.n }, (_, row) => row).some(is);
  if (some(townships.schematic)) parts.push(el("p", { class: "note" }, "╌╌ ", say("page.legend.schematic")));
  const disc = (row) => !townships.outlined(row) && townships.points[row] && townshipShown(row);
  if (some(disc)) parts.push(el("p", { class: "note" }, "◯ ", say("page.legend.discs")));
  return parts;
}

function showLegend() {
  const fold = el("details", null, el("summary", null, say("page.legend")), ...legendParts());
  const before = byId("legend").querySelector("details");
  fold.open = before ? before.open : window.innerWidth > 700;
  byId("legend").replaceChildren(fold);
}

function startLegend() {
  if (window.innerWidth <= 1100) byId("layers").open = false;
  watch((changed) => {
    const asked = ["lang", "level", "theme", "overlays"].some((name) => changed.has(name));
    if (asked) showLayers();
    if (asked || changed.has("selected")) showLegend();
  });
}
