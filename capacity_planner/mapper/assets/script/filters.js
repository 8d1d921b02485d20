/* Which rows the table and the map show. */

let keptCache = null;

function tableNow() {
  return state.level === "zones" ? { kind: "zone", table: zones } : { kind: "township", table: townships };
}

function passes(kind, table, row) {
  const { township, category, duty, migrant, minimum } = state.filters;
  if (minimum > 0 && !((table.shortfall(row) ?? -1) >= minimum)) return false;
  if (migrant >= 0 && table.migrant_status(row) !== table.migrant_status.of[migrant]) return false;
  if (kind === "township") return true;
  if (township >= 0 && zones.township(row) !== township) return false;
  if (category >= 0 && zones.category(row) !== zones.category.of[category]) return false;
  return duty < 0 || zones.duty(row) === zones.duty.of[duty];
}

function keptRows() {
  if (!keptCache) {
    const { kind, table } = tableNow();
    keptCache = Array.from({ length: table.n }, (_, row) => row).filter((row) => passes(kind, table, row));
  }
  return keptCache;
}

/** The kept rows as a set, or null where no filter is set. */
function keptSet() {
  const kept = keptRows();
  return kept.length === tableNow().table.n ? null : new Set(kept);
}

function setFilter(name, value) {
  change({ filters: { ...state.filters, [name]: value }, sheet: 0 });
}

function choiceFilter(name, words) {
  const picker = el("select", { id: `filter-${name}`, name });
  picker.append(el("option", { value: -1 }, say("page.all")));
  words.forEach((word, at) => picker.append(el("option", { value: at }, word)));
  picker.value = state.filters[name];
  picker.addEventListener("change", () => setFilter(name, Number(picker.value)));
  return el("label", null, el("span", null, say(`page.filter.${name}`)), picker);
}

function minimumFilter() {
  const input = el("input", { type: "number", min: 0, step: 1, id: "filter-minimum", inputmode: "numeric" });
  input.value = state.filters.minimum || "";
  input.placeholder = "0";
  input.addEventListener("input", () => setFilter("minimum", Math.max(0, Number(input.value) || 0)));
  return el("label", null, el("span", null, say("page.filter.minimum")), input);
}

function showFilters() {
  const ofZones = state.level === "zones";
  const names = Array.from({ length: townships.n }, (_, row) => nameOf("township", row));
  byId("filters").replaceChildren(
    ...[
      ofZones && isCounty ? choiceFilter("township", names) : null,
      ofZones ? choiceFilter("category", zones.category.of.map((word) => say(`category.${word}`))) : null,
      ofZones ? choiceFilter("duty", zones.duty.of.map((word) => say(`duty.${word}`))) : null,
      choiceFilter("migrant", townships.migrant_status.of.map((word) => say(`migrant.${word}`))),
      minimumFilter(),
      button("page.filter.clear", clearFilters, { id: "filter-clear" }),
    ].filter(Boolean),
  );
}

function clearFilters() {
  change({ filters: { township: -1, category: -1, duty: -1, migrant: -1, minimum: 0 }, sheet: 0 });
  showFilters();
}

function startFilters() {
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  watch((changed) => {
    if (changed.has("filters") || changed.has("level")) keptCache = null;
  });
}

function watchFilters() {
  watch((changed) => {
    if (changed.has("lang") || changed.has("level")) showFilters();
  });
}
