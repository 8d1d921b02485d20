/* What is selected: its numbers, its derivation, who serves it, and the review of a zone. */

function numbersBar(table, row) {
  const required = table.required(row);
  if (!required) return el("p", { class: "note" }, say("page.no_number_note"));
  const cells = ["attributed", "in_reach", "out_of_reach"].map((part) =>
    el("div", { class: part }, el("b", null, shown(table[part](row))), el("span", null, say(`quantity.${part}`))),
  );
  return el(
    "div",
    { class: "numbers small" },
    el(
      "p",
      { class: "sum" },
      say("quantity.required"),
      " ",
      el("b", null, shown(required)),
      " · ",
      say("quantity.shortfall"),
      " ",
      el("b", { class: "missing" }, shown(table.shortfall(row))),
      contested(table, row) ? el("small", null, say("page.range", { range: rangeText(table, row) })) : null,
    ),
    el("div", { class: "cells" }, ...cells),
    partsBar(table, row, required),
  );
}

function linkList(kind, row) {
  const found = links.of(kind, row);
  if (!found.length) return null;
  const other = kind === "zone" ? "facility" : "zone";
  const items = found.map((link) => {
    const go = el("button", { type: "button", class: "link" }, own(nameOf(other, link[other])));
    go.addEventListener("click", () => goTo(other, link[other]));
    return el("li", null, go, say("page.link", { slots: link.slots, metres: link.metres }));
  });
  return el("section", null, el("h3", null, say(`page.links.${kind}`)), el("ul", { class: "links" }, ...items));
}

function facts(pairs) {
  const list = el("dl", { class: "facts" });
  for (const [key, value] of pairs) {
    if (value === null || value === "") continue;
    list.append(el("dt", null, say(key)), el("dd", null, value));
  }
  return list;
}

function tag(key, look) {
  return el("span", { class: `tag ${look ?? ""}` }, say(key));
}

function zoneDetail(row) {
  const township = zones.township(row) === null ? null : nameOf("township", zones.township(row));
  const marks = [
    tag(`category.${zones.category(row)}`),
    zones.duty(row) && tag(`duty.${zones.duty(row)}`, zones.duty(row)),
    zones.migrant_status(row) && el("span", { class: `tag migrant-${zones.migrant_status(row)}` }, say("page.migrant_tag", { status: say(`migrant.${zones.migrant_status(row)}`) })),
    zones.data_status(row) && tag(`data_status.${zones.data_status(row)}`, "status"),
  ].filter(Boolean);
  return [
    el("p", { class: "where" }, own(IDS.zone(row)), township ? " · " : null, township ? own(township) : null),
    el("p", { class: "tags" }, ...marks),
    numbersBar(zones, row),
    planFacts("zone", row),
    proposalList("zone", row),
    el("h3", null, say("page.why")),
    whyElement("zone", row),
    choicesFold(),
    linkList("zone", row),
    reviewForm(row),
  ];
}

function townshipDetail(row) {
  const onDemand = data.page.on_demand && el("span", { class: "note" }, say("page.on_demand", { code: IDS.township(row) }));
  const open = isCounty && !onDemand && !data.page.alone && el("a", { class: "button", href: `townships/${encodeURIComponent(townships.file(row))}` }, say("page.open_township"));
  const zonesHere = button("page.show_zones", () => {
    change({ level: "zones", filters: { ...state.filters, township: row }, sheet: 0 });
    showFilters();
  });
  return [
    el("p", { class: "where" }, own(IDS.township(row))),
    numbersBar(townships, row),
    planFacts("township", row),
    isCounty ? el("p", { class: "actions" }, open || onDemand || null, zones.n ? zonesHere : null) : null,
    el("h3", null, say("page.why")),
    whyElement("township", row),
    choicesFold(),
    facts([
      ["page.column_long.counted_slots", shown(townships.counted_slots(row))],
      ["page.column_long.slots_per_1000", cellText("township", townships, "slots_per_1000", row)],
      ["page.pipeline", shown(townships.pipeline_slots(row))],
      ["page.column_long.migrant_status", townships.migrant_status(row) ? say(`migrant.${townships.migrant_status(row)}`) : null],
    ]),
  ];
}

function facilityDetail(row) {
  const reason = facilities.not_counted_reason(row);
  return [
    el("p", { class: "where" }, own(IDS.facility(row))),
    el("p", { class: "tags" }, tag(`type.${facilities.type(row)}`), tag(`facility_status.${facilities.status(row)}`)),
    facts([
      ["page.fact.slots", shown(facilities.slots(row))],
      ["quantity.counted", shown(facilities.counted_slots(row))],
      ["page.fact.reason", reason ? say(`reason.${reason}`) : null],
      ["page.fact.attributed", shown(facilities.attributed_slots(row))],
      ["quantity.unused", shown(facilities.unused_slots(row))],
      ["page.pipeline", facilities.pipeline_slots(row) || null],
      ["page.fact.place", facilities.points[row] ? null : say("page.fact.no_place")],
    ]),
    linkList("facility", row),
    data.why.facility ? el("h3", null, say("page.why")) : null,
    data.why.facility ? whyElement("facility", row) : null,
  ];
}

const DETAILS = { zone: zoneDetail, township: townshipDetail, facility: facilityDetail, proposal: proposalDetail };

function showDetail() {
  const box = byId("detail");
  box.hidden = !state.selected;
  document.body.classList.toggle("has-detail", !box.hidden);
  if (!state.selected) return;
  const { kind, at: row } = state.selected;
  const close = el("button", { type: "button", class: "close", "aria-label": say("page.close"), title: say("page.close") }, "×");
  close.addEventListener("click", () => select(null));
  const parts = DETAILS[kind](row).filter(Boolean);
  box.replaceChildren(el("div", { class: "bar" }, el("h2", null, own(nameOf(kind, row))), close), ...parts);
  box.setAttribute("aria-label", nameOf(kind, row));
  box.scrollTop = 0;
}

function startDetail() {
  watch((changed) => {
    if (changed.has("selected") || changed.has("lang")) showDetail();
    if (changed.has("selected") && state.selected) {
      // On a phone the details stand above the list, out of sight of the row that was tapped.
      if (!picking && window.innerWidth <= 800) byId("detail").scrollIntoView();
      const { kind, at: row } = state.selected;
      const missing = TABLES[kind].shortfall?.(row);
      const text = missing === undefined || missing === null ? "" : say("page.tip_gap", { shortfall: missing, required: TABLES[kind].required(row) });
      speak(`${nameOf(kind, row)} ${text}`);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.selected && !document.querySelector("dialog[open]")) select(null);
    if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
      event.preventDefault();
      byId("search").focus();
    }
  });
}
