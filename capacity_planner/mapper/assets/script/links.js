/* Deep links: #zone=… (or township, facility) with level, theme and language, kept up to date. */

let writing = false;

function readAddress() {
  const wanted = new URLSearchParams(window.location.hash.slice(1));
  const news = {};
  if (["zh", "en"].includes(wanted.get("lang"))) news.lang = wanted.get("lang");
  if (has(COLUMNS, wanted.get("level")) && isCounty && zones.n) news.level = wanted.get("level");
  if (has(THEMES, wanted.get("theme"))) news.theme = wanted.get("theme");
  for (const kind of Object.keys(TABLES)) {
    const row = wanted.has(kind) ? rowById(kind, wanted.get(kind)) : undefined;
    if (row === undefined) continue;
    news.selected = { kind, at: row };
    if (kind === "zone") news.level = "zones";
  }
  const level = news.level ?? state.level;
  if (!THEMES[news.theme ?? state.theme][level]) news.theme = "shortfall";
  return news;
}

function writeAddress() {
  const told = new URLSearchParams();
  if (state.selected) told.set(state.selected.kind, IDS[state.selected.kind](state.selected.at));
  if (state.theme !== "shortfall") told.set("theme", state.theme);
  if (isCounty && state.level === "zones" && state.selected?.kind !== "zone") told.set("level", "zones");
  if (state.lang !== data.page.lang) told.set("lang", state.lang);
  const address = `#${told}`;
  if (address === window.location.hash || (address === "#" && !window.location.hash)) return;
  writing = true;
  try {
    window.history.replaceState(null, "", address);
  } catch {
    /* A page shown inside another (a notebook cell) has no address of its own. */
  }
  writing = false;
}

function startLinks() {
  watch(writeAddress);
  window.addEventListener("hashchange", () => {
    if (!writing) change(readAddress());
  });
}
