/* A plan's sites: a layer of their own, what each costs and gives, what each place gains. */

const PROPOSED = "#6a1b9a";

const proposals = story?.proposals
  ? { ...readTable(story.proposals), points: readPoints(story.proposals), links: readLinks(story.proposals.links) }
  : null;

if (proposals) {
  TABLES.proposal = proposals;
  IDS.proposal = proposals.site_id;
  state.overlays.proposals = true;
  for (const [table, columns] of Object.entries(story.closed)) {
    for (const [name, column] of Object.entries(columns)) TABLES[table === "zones" ? "zone" : "township"][name] = readColumn(column);
  }
  COLUMNS.townships.push("closed", "cost");
  COLUMNS.zones.push("closed");
  PAPER_COLUMNS.townships.push("sites", "new_slots", "closed", "cost");
  PAPER_COLUMNS.zones.push("closed");
  const closed = (table, row) => table.closed(row) ?? 0;
  THEMES.closed = { zones: gainTheme(closed, [1, 6, 11, 21, 51]), townships: gainTheme(closed, [1, 21, 51, 101, 201]) };
  THEMES.cost = { townships: gainTheme((table, row) => (table.cost(row) ?? 0) / 10_000, [1, 50, 200, 500, 1_000]) };
}

/** Classes of what a plan brings, in greens: more is darker. */
function gainTheme(amount, bounds) {
  const greens = ["#d9f0d3", "#a6dba0", "#5aae61", "#1b7837", "#00441b"];
  const classes = steps(bounds).map((one, at) => ({ ...one, key: one.to === null ? "page.class.gain_from" : "page.class.gain", fill: greens[at] }));
  const none = { key: "page.class.nothing", fill: "#ffffff" };
  return {
    classes: [none, ...classes],
    of: (table, row) => bounds.filter((from) => amount(table, row) >= from).length,
  };
}

const built = () => state.moment > 0;

/** Yuan in units of ten thousand, as tables show them. */
function tenThousands(yuan) {
  return (yuan / 10_000).toLocaleString("en-US", { maximumFractionDigits: 1 });
}

function money(yuan) {
  if (yuan === null) return say("page.none");
  if (state.lang === "en") return say("page.yuan", { yuan: Math.round(yuan) });
  return say("page.yuan", { yuan: tenThousands(yuan) });
}

/** The plan in one line beside the switch: the page's sites, their slots and cost, what they close. */
function planSum() {
  const sum = (table, name) => Array.from({ length: table.n }, (_, row) => table[name](row) ?? 0).reduce((a, b) => a + b, 0);
  const here = Array.from({ length: proposals.n }, (_, row) => row).filter((row) => isCounty || proposals.township(row) !== null);
  const of = (name) => here.reduce((total, row) => total + (proposals[name](row) ?? 0), 0);
  const closed = sum(townships, "closed") - sum(townships, "worse");
  const values = { sites: here.length, slots: of("slots"), cost: money(of("cost")), closed };
  return el("p", { class: "plan" }, sentence(say("page.moments.sum"), values));
}

/** A four-pointed star: filled once it is built, hollow before. */
function drawProposal(pen, x, y, size, filled) {
  pen.save();
  pen.beginPath();
  for (let point = 0; point < 8; point += 1) {
    const far = point % 2 ? size * 0.45 : size * 1.25;
    const turn = (point * Math.PI) / 4;
    pen.lineTo(x + far * Math.sin(turn), y - far * Math.cos(turn));
  }
  pen.closePath();
  pen.fillStyle = filled ? PROPOSED : "#ffffff";
  pen.strokeStyle = filled ? "#ffffff" : PROPOSED;
  pen.lineWidth = filled ? 1 : 1.8;
  pen.fill();
  pen.stroke();
  pen.restore();
}

function proposalSize(row) {
  const size = 6 + Math.sqrt(proposals.slots(row)) * 0.4;
  return Math.min(12, size) * (map.getZoom() < SMALL_BELOW_ZOOM ? 0.75 : 1);
}

function proposalShown(row) {
  return Boolean(state.overlays.proposals && proposals.points[row]);
}

function drawProposals(view) {
  if (!proposals) return;
  const served = drawProposalLinks(view);
  const places = [];
  for (let row = 0; row < proposals.n; row += 1) {
    if (!proposalShown(row)) continue;
    const [x, y] = at(view, proposals.points[row]);
    drawProposal(view.pen, x, y, proposalSize(row), built());
    reserve(x, y, proposalSize(row) + 2);
    places.push([row, x, y]);
  }
  for (const [slots, spots] of served) placeWord(view.pen, String(slots), spots, { bold: true, colour: PROPOSED, insist: true });
  if (map.getZoom() < SLOTS_FROM_ZOOM) return;
  for (const [row, x, y] of places) {
    const away = proposalSize(row) + 11;
    const spots = [[x, y + away], [x, y - away], [x + away + 8, y], [x - away - 8, y]];
    placeWord(view.pen, `+${proposals.slots(row)}`, spots, { size: 11, colour: PROPOSED });
  }
}

/** Draw who gets slots from a chosen site, or from which sites a chosen zone gets them; return each
    link's slots with spots for their number. */
function drawProposalLinks(view) {
  if (!["proposal", "zone"].includes(state.selected?.kind)) return [];
  const { kind, at: row } = state.selected;
  const { pen } = view;
  if (kind === "proposal") {
    const [x, y] = at(view, proposals.points[row]);
    traceSymbol(pen, "", x, y, proposalSize(row) + 5);
    pen.strokeStyle = PICKED;
    pen.lineWidth = 3;
    pen.stroke();
  }
  if (!built()) return [];
  return proposals.links.of(kind === "zone" ? "zone" : "facility", row).map((link) => {
    const [x0, y0] = at(view, proposals.points[link.facility]);
    const [x1, y1] = at(view, zones.points[link.zone]);
    pen.strokeStyle = PROPOSED;
    pen.lineWidth = Math.min(7, 1.5 + link.slots / 8);
    strokeAlong(pen, [[x0, y0, x1, y1]]);
    return [link.slots, linkSpots(x0, y0, x1, y1)];
  });
}

/** The site nearest to a place on the screen, or null. */
function pickProposal(point) {
  let best = null;
  for (let row = 0; proposals && row < proposals.n; row += 1) {
    if (!proposalShown(row)) continue;
    const far = map.latLngToContainerPoint(proposals.points[row]).distanceTo(point);
    if (far <= PICK_PIXELS && (!best || far < best.far)) best = { kind: "proposal", at: row, far };
  }
  return best;
}

function proposalTip(row) {
  return say("page.tip_proposal", { slots: proposals.slots(row), cost: money(proposals.cost(row)) });
}

function proposalItems(kind, row) {
  const other = kind === "zone" ? "proposal" : "zone";
  return proposals.links.of(kind === "zone" ? "zone" : "facility", row).map((link) => {
    const to = kind === "zone" ? link.facility : link.zone;
    const go = el("button", { type: "button", class: "link" }, own(nameOf(other, to)));
    go.addEventListener("click", () => goTo(other, to));
    return el("li", null, go, say("page.link", { slots: link.slots, metres: link.metres }));
  });
}

function proposalList(kind, row) {
  if (!proposals) return null;
  const items = proposalItems(kind, row);
  return items.length ? el("section", null, el("h3", null, say(`page.proposals.${kind}`)), el("ul", { class: "links" }, ...items)) : null;
}

function proposalDetail(row) {
  const area = (value) => (value === null ? null : say("page.square_metres", { area: value }));
  return [
    el("p", { class: "where" }, own(IDS.proposal(row))),
    el("p", { class: "tags" }, tag("data_status.proposed", "status"), tag(`site_kind.${proposals.kind(row)}`), tag(`means.${proposals.means(row)}`)),
    facts([
      ["page.fact.new_slots", shown(proposals.slots(row))],
      ["page.fact.used_slots", shown(proposals.attributed_slots(row))],
      ["page.fact.cost", money(proposals.cost(row))],
      ["page.fact.cost_source", proposals.cost_source(row) ? own(proposals.cost_source(row)) : null],
      ["page.fact.opens_in", proposals.opens_in(row) === null ? null : String(proposals.opens_in(row))],
      ["page.fact.available_on", proposals.available_on(row)],
      ["page.fact.floor", area(proposals.floor_m2(row))],
      ["page.fact.land", area(proposals.land_m2(row))],
      ["page.fact.area_source", proposals.area_source(row) ? own(proposals.area_source(row)) : null],
    ]),
    proposalList("proposal", row),
  ];
}

/** What the plan brings a township or a zone, for its detail. */
function planFacts(kind, row) {
  if (!proposals) return null;
  const table = TABLES[kind];
  const pairs = [
    ["page.column_long.closed", table.closed(row) ? shown(table.closed(row)) : null],
    ["page.fact.worse", table.worse(row) ? shown(table.worse(row)) : null],
  ];
  if (kind === "township") {
    pairs.unshift(["page.column_long.sites", shown(table.sites(row))], ["page.column_long.new_slots", shown(table.new_slots(row))]);
    pairs.push(["page.fact.cost", money(table.cost(row))]);
  }
  const list = facts(pairs);
  return list.childElementCount ? el("section", null, el("h3", null, say("page.proposals")), list) : null;
}

function proposalRows() {
  if (!proposals || !state.overlays.proposals) return [];
  const kinds = new Map();
  for (let row = 0; row < proposals.n; row += 1) kinds.set(proposals.kind(row), (kinds.get(proposals.kind(row)) ?? 0) + 1);
  const star = () => picture((pen) => drawProposal(pen, 11, 8, 6, built()));
  return [...kinds].map(([kind, count]) => legendRow(star(), say(`site_kind.${kind}`), count));
}
