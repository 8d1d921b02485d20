/* Search by name, id or pinyin: "zyjd" and "zhuyang" both find 竹阳街道. */

const MOST_FOUND = 30;

const readings = new Map(Object.entries(data.pinyin).map(([char, text]) => [char, text.split(" ")]));

/** Whether typed letters spell a name from some character on, by syllables or their initials. */
function spells(name, typed) {
  const chars = [...name];
  return chars.some((_, from) => spellsFrom(chars, from, typed));
}

function spellsFrom(chars, from, typed) {
  if (typed === "") return true;
  if (from >= chars.length) return false;
  const known = readings.get(chars[from]);
  if (!known) {
    const plain = chars[from].toLowerCase();
    return typed.startsWith(plain) && spellsFrom(chars, from + 1, typed.slice(plain.length));
  }
  return known.some((reading) => {
    if (reading.startsWith(typed)) return true;
    if (typed.startsWith(reading) && spellsFrom(chars, from + 1, typed.slice(reading.length))) return true;
    return typed[0] === reading[0] && spellsFrom(chars, from + 1, typed.slice(1));
  });
}

/** How well a row answers: lower is better, -1 not at all. */
function answers(kind, row, typed) {
  const name = TABLES[kind].name(row).toLowerCase();
  const id = IDS[kind](row).toLowerCase();
  if (id === typed || name === typed) return 0;
  if (name.startsWith(typed) || id.startsWith(typed)) return 1;
  if (name.includes(typed) || id.includes(typed)) return 2;
  return /^[a-z0-9]+$/.test(typed) && spells(name, typed) ? 3 : -1;
}

function searchedKinds() {
  return ["township", "zone", "facility", "proposal"].filter((kind) => TABLES[kind] && (isCounty || kind !== "township"));
}

function find(text) {
  const typed = text.trim().toLowerCase().replace(/\s+/g, "");
  if (typed === "") return [];
  const found = [];
  for (const kind of searchedKinds()) {
    for (let row = 0; row < TABLES[kind].n; row += 1) {
      const rank = answers(kind, row, typed);
      if (rank >= 0) found.push({ kind, at: row, rank });
    }
  }
  return found.sort((a, b) => a.rank - b.rank).slice(0, MOST_FOUND);
}

let foundNow = [];
let foundAt = -1;

function showFound() {
  const list = byId("found");
  foundNow = find(byId("search").value);
  foundAt = foundNow.length ? 0 : -1;
  list.replaceChildren(
    ...foundNow.map(({ kind, at: row }, place) => {
      const option = el(
        "li",
        { role: "option", id: `found-${place}` },
        own(nameOf(kind, row)),
        el("small", null, say(`page.kind.${kind}`), " · ", own(IDS[kind](row))),
      );
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        takeFound(place);
      });
      return option;
    }),
  );
  openFound(foundNow.length > 0);
  if (byId("search").value.trim() !== "") speak(say("page.found_count", { count: foundNow.length }));
}

function openFound(open) {
  byId("found").hidden = !open;
  byId("search").setAttribute("aria-expanded", String(open));
  markFound();
}

function markFound() {
  [...byId("found").children].forEach((option, place) => {
    option.setAttribute("aria-selected", String(place === foundAt));
    if (place === foundAt) option.scrollIntoView({ block: "nearest" });
  });
  const input = byId("search");
  if (foundAt >= 0 && !byId("found").hidden) input.setAttribute("aria-activedescendant", `found-${foundAt}`);
  else input.removeAttribute("aria-activedescendant");
}

function takeFound(place) {
  const { kind, at: row } = foundNow[place];
  openFound(false);
  goTo(kind, row);
}

/** Select a row and bring the level that shows it. */
function goTo(kind, row) {
  const level = kind === "zone" ? "zones" : kind === "township" ? "townships" : state.level;
  change({ level, theme: THEMES[state.theme][level] ? state.theme : "shortfall", selected: { kind, at: row } });
}

function searchKeys(event) {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (byId("found").hidden) showFound();
    else foundAt = (foundAt + (event.key === "ArrowDown" ? 1 : foundNow.length - 1)) % Math.max(1, foundNow.length);
    markFound();
  } else if (event.key === "Enter" && !byId("found").hidden && foundAt >= 0) {
    event.preventDefault();
    takeFound(foundAt);
  } else if (event.key === "Escape" && !byId("found").hidden) {
    event.stopPropagation();
    openFound(false);
  }
}

function startSearch() {
  const input = byId("search");
  input.addEventListener("input", showFound);
  input.addEventListener("keydown", searchKeys);
  input.addEventListener("blur", () => openFound(false));
}
