/* Title, notices, the three plain numbers, and the dialog with rules and choices. */

function countyName() {
  return state.lang === "en" && data.county.name_en ? data.county.name_en : data.county.name;
}

function placeName() {
  return isCounty ? countyName() : nameOf("township", 0);
}

function showHeading() {
  byId("title").replaceChildren(sentence(say("page.title_template"), { place: placeName() }));
  document.title = say("page.title", { place: placeName() });
  const policy = state.lang === "en" ? data.county.policy_en || data.county.policy : data.county.policy;
  byId("subtitle").replaceChildren(
    ...(isCounty ? [] : [own(countyName()), " · "]),
    say("page.as_of", { date: data.county.as_of }),
    ...(moments.length ? [" · ", own(momentName())] : []),
    " · ",
    own(policy),
  );
}

function showNotices() {
  const plain = data.notices.filter((notice) => notice.kind !== "rule");
  const rules = data.notices.filter((notice) => notice.kind === "rule");
  byId("notices").replaceChildren(
    ...plain.map((notice) => el("p", { class: `notice ${notice.kind}` }, own(notice[state.lang]))),
    ...(rules.length ? [ruleNotice(rules)] : []),
    ...lapsedSince(),
  );
}

function today() {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/** A page outlives its date: rules in force then that have lapsed by the day it is opened. */
function lapsedSince() {
  const day = today();
  const lapsed = data.rules.filter(
    (rule) => rule.standing === "in_force" && rule.until && rule.until <= day && RESTED_ON.includes(rule.kind),
  );
  const told = new Map(lapsed.map((rule) => [`${inLanguage(rule, "cited")} ${rule.until}`, rule]));
  return [...told.values()].slice(0, 1).map((rule) =>
    el("p", { class: "notice rule" }, sentence(say("page.lapsed_since"), { cited: inLanguage(rule, "cited"), date: rule.until })),
  );
}

/** Rules that have lapsed or stand in: the fact always in sight, the sentences one click away. */
function ruleNotice(rules) {
  const lapsed = data.rules.some((rule) => rule.standing !== "in_force");
  return el(
    "details",
    { class: "notice rule" },
    el("summary", null, say(lapsed ? "page.rules_changed" : "page.rules_noted", { date: data.county.as_of, count: rules.length })),
    el("ul", null, ...rules.map((notice) => el("li", null, own(notice[state.lang])))),
  );
}

/** The row of sums that the page speaks about: the county's totals or the township's row. */
function sums() {
  if (isCounty) return (name) => data.totals[name];
  return (name) => (name in townships ? townships[name](0) : null);
}

function numberCell(look, value, words, extra) {
  return el("div", { class: `cell ${look}` }, el("b", null, shown(value)), el("span", null, words), extra ? el("small", null, extra) : null);
}

function showNumbers() {
  const of = sums();
  const required = of("required");
  const share = (part) => (required ? say("page.share", { share: Math.round((1000 * of(part)) / required) / 10 }) : null);
  const range =
    of("shortfall_certain") === of("shortfall_possible")
      ? null
      : say("page.range", { range: `${shown(of("shortfall_certain"))}–${shown(of("shortfall_possible"))}` });
  const bar = el("span", { class: "parts", "aria-hidden": "true" });
  for (const part of ["attributed", "in_reach", "out_of_reach"]) {
    const piece = el("i", { class: part });
    piece.style.width = `${required ? (100 * of(part)) / required : 0}%`;
    bar.append(piece);
  }
  const sign = (text) => el("span", { class: "sign", "aria-hidden": "true" }, text);
  byId("numbers").replaceChildren(
    el(
      "div",
      { class: "cells" },
      numberCell("required", required, say("quantity.required"), say("page.residents", { population: of("population") })),
      sign("="),
      numberCell("attributed", of("attributed"), say("quantity.attributed"), share("attributed")),
      sign("+"),
      numberCell("in_reach", of("in_reach"), say("quantity.in_reach"), share("in_reach")),
      sign("+"),
      numberCell("out_of_reach", of("out_of_reach"), say("quantity.out_of_reach"), share("out_of_reach")),
      numberCell("shortfall", of("shortfall"), say("quantity.shortfall"), range),
      ...supplyCells(of),
    ),
    bar,
  );
}

/** What there is and what is coming, and the migrant-child check: beside the sum, not part of it. */
function supplyCells(of) {
  const counted = isCounty ? of("counted") : of("counted_slots");
  const pipeline = isCounty ? of("pipeline") : of("pipeline_slots");
  const supply = isCounty
    ? say("page.supply_county", { unused: of("unused"), pipeline })
    : say("page.supply_township", { pipeline });
  const cells = [numberCell("supply", counted, say("quantity.counted"), supply)];
  for (const name of isCounty ? ["without_place", "without_township"] : []) {
    if (of(name) > 0) cells[0].lastElementChild.append(say(`page.supply_${name}`, { slots: of(name) }));
  }
  return [...cells, migrantCell(of)];
}

/** What migrant children lack for certain; where it was not checked, that is said, never passed over. */
function migrantCell(of) {
  const certain = of("migrant_shortfall_certain");
  if (!isCounty && certain === null) return numberCell("migrants", certain, say("page.migrants_short"), say("migrant.not_checked"));
  const told = [say("page.migrants_extra", { required: of("migrant_required"), risk: of("migrant_shortfall_at_risk") })];
  let unchecked = 0;
  for (let row = 0; isCounty && row < townships.n; row += 1) unchecked += townships.migrant_status(row) === "not_checked" ? 1 : 0;
  if (unchecked) told.push(say("page.migrants_unchecked", { count: unchecked }));
  return numberCell("migrants", certain, say("page.migrants_short"), told.join(" · "));
}

function dialogHead(id, key) {
  const close = el("button", { type: "button", class: "close", "aria-label": say("page.close") }, "×");
  close.addEventListener("click", () => byId(id).close());
  return el("div", { class: "bar" }, el("h2", { id: `${id}-title` }, say(key)), close);
}

function inLanguage(row, name = "") {
  return row[name ? `${name}_${state.lang}` : state.lang];
}

/** Kinds of rules that the figures of the page rest on; the rest of the register is background. */
const RESTED_ON = ["ratio", "duty", "check", "counting"];

function rulesTable(kinds = null) {
  const kept = data.rules.filter((rule) => !kinds || kinds.includes(rule.kind));
  const head = ["rule", "value", "citation", "standing"].map((name) => el("th", { scope: "col" }, say(`page.rules.${name}`)));
  const rows = kept.map((rule) =>
    el(
      "tr",
      null,
      el("th", { scope: "row" }, own(inLanguage(rule))),
      el("td", { class: "number" }, rule.value),
      el("td", null, own(inLanguage(rule, "cited"))),
      el("td", null, say(`standing.${rule.standing}`)),
    ),
  );
  return el("table", null, el("caption", null, say("page.rules")), el("thead", null, el("tr", null, ...head)), el("tbody", null, ...rows));
}

function choicesTable() {
  const head = ["choice", "value", "origin"].map((name) => el("th", { scope: "col" }, say(`page.choices.${name}`)));
  const rows = data.choices.map((choice) =>
    el(
      "tr",
      null,
      el("th", { scope: "row" }, own(inLanguage(choice))),
      el("td", null, own(inLanguage(choice, "value"))),
      el("td", null, say(`decided.${choice.origin}`)),
    ),
  );
  return el("table", null, el("caption", null, say("page.choices")), el("thead", null, el("tr", null, ...head)), el("tbody", null, ...rows));
}

/** How many rows of each table are real, derived and synthetic. */
function statusLines() {
  return Object.entries(TABLES).map(([kind, table]) => {
    const counts = table.data_status.of.map((status) => {
      let count = 0;
      for (let row = 0; row < table.n; row += 1) count += table.data_status(row) === status ? 1 : 0;
      return count ? `${say(`data_status.${status}`)} ${shown(count)}` : "";
    });
    const told = counts.filter(Boolean).join(state.lang === "zh" ? "，" : ", ");
    return `${say(`page.kind.${kind}`)}${state.lang === "zh" ? "：" : ": "}${told || shown(table.n)}`;
  });
}

function showTerms() {
  byId("terms").replaceChildren(
    dialogHead("terms", "page.terms_title"),
    rulesTable(),
    choicesTable(),
    el("h3", null, say("page.data_status")),
    el("ul", null, ...statusLines().map((line) => el("li", null, line))),
    el("p", { class: "note" }, say("page.problems", data.problems)),
    el("h3", null, say("page.keys")),
    el("p", null, say("page.keys_text")),
  );
}

function showTownshipList() {
  const picker = byId("go-township");
  const own_ = isCounty ? "" : data.page.code;
  picker.replaceChildren(
    el("option", { value: "" }, say("page.go_township")),
    ...data.all_townships.map(([code, name, file]) => el("option", { value: file, "data-code": code }, name)),
  );
  const here = data.all_townships.find(([code]) => code === own_);
  picker.value = here ? here[2] : "";
  picker.hidden = data.page.on_demand || data.page.alone;
  byId("to-county").hidden = isCounty || data.page.alone;
}

function startNumbers() {
  if (!isCounty) byId("to-county").setAttribute("href", "../index.html");
  byId("language").addEventListener("click", () => change({ lang: state.lang === "zh" ? "en" : "zh" }));
  byId("go-township").addEventListener("change", (event) => {
    const file = event.target.value;
    if (file) window.location.href = `${isCounty ? "townships/" : ""}${encodeURIComponent(file)}`;
  });
  byId("open-terms").addEventListener("click", () => {
    showTerms();
    byId("terms").showModal();
  });
  watch((changed) => {
    if (!changed.has("lang")) return;
    translate();
    showHeading();
    showNotices();
    showNumbers();
    showTownshipList();
    if (byId("terms").open) showTerms();
    addBaseMap();
  });
}
