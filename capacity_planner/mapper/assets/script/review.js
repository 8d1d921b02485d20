/* The office's decisions on zones: kept in the browser, exported and imported as JSON, bound to one
   run by the hash of its manifest. Notes on other figures are refused. */

const DECISIONS = ["agree", "query", "defer", "means"];
const MEANS = ["build", "purchase", "swap", "lease"];
const FORMAT = 1;
const LONGEST_NOTE = 2000;

const storeName = `plan-gaps-review:${data.page.run}`;
let reviews = new Map();

function readStore() {
  try {
    const kept = JSON.parse(window.localStorage.getItem(storeName) ?? "[]");
    reviews = new Map(kept.filter(sound).map((each) => [each.zone_id, each]));
  } catch {
    reviews = new Map();
  }
}

/** Keep the decisions in this browser; where it keeps nothing, they last until the page is closed. */
function keepStore() {
  try {
    window.localStorage.setItem(storeName, JSON.stringify(sortedReviews()));
  } catch {
    speak(say("page.review.not_kept"));
  }
}

function sortedReviews() {
  return [...reviews.values()].sort((a, b) => (a.zone_id < b.zone_id ? -1 : 1));
}

function decisionOf(row) {
  return reviews.get(IDS.zone(row));
}

function decisionText(row) {
  const made = decisionOf(row);
  if (!made) return "";
  if (made.means) return say(`page.means.${made.means}`);
  return say(made.decision ? `page.decision.${made.decision}` : "page.review.note");
}

function decide(row, made) {
  const zone = IDS.zone(row);
  if (made.decision === "" && made.note === "") reviews.delete(zone);
  else reviews.set(zone, { zone_id: zone, ...made });
  keepStore();
}

/** What the form says; a choice of means counts once the means are named. */
function formDecision(form) {
  const decision = form.querySelector("[name=decision]:checked")?.value ?? "";
  const picker = form.querySelector("[name=means]");
  picker.disabled = decision !== "means";
  const means = picker.disabled ? "" : picker.value;
  const note = form.querySelector("textarea").value.slice(0, LONGEST_NOTE);
  return { decision: decision === "means" && !means ? "" : decision, means, note };
}

function reviewForm(row) {
  const kept = decisionOf(row) ?? { decision: "", means: "", note: "" };
  const form = el("form", { class: "review" }, el("h3", null, say("page.review.title")));
  const choices = DECISIONS.map((decision) => {
    const input = el("input", { type: "radio", name: "decision", value: decision });
    input.checked = kept.decision === decision;
    return el("label", null, input, say(`page.decision.${decision}`));
  });
  const means = el("select", { name: "means", "aria-label": say("page.review.means") });
  means.append(el("option", { value: "" }, say("page.review.choose_means")));
  for (const each of MEANS) means.append(el("option", { value: each }, say(`page.means.${each}`)));
  means.value = kept.means;
  means.disabled = kept.decision !== "means";
  const note = el("textarea", { rows: 2, maxlength: LONGEST_NOTE, placeholder: say("page.review.note_hint"), "aria-label": say("page.review.note") });
  note.value = kept.note;
  const clear = button("page.review.clear", () => {
    decide(row, { decision: "", means: "", note: "" });
    change({ reviews: true });
    showDetail();
  });
  form.append(el("div", { class: "choices" }, ...choices, means), note, clear);
  // Kept with every letter, so that nothing is lost when the details close; told when it is done.
  form.addEventListener("input", () => decide(row, formDecision(form)));
  form.addEventListener("change", () => change({ reviews: true }));
  form.addEventListener("submit", (event) => event.preventDefault());
  return form;
}

function exportReviews() {
  const content = {
    format: FORMAT,
    run: data.page.run,
    county: data.county.code,
    as_of: data.county.as_of,
    decisions: sortedReviews(),
  };
  const blob = new Blob([`${JSON.stringify(content, null, 1)}\n`], { type: "application/json" });
  const address = URL.createObjectURL(blob);
  el("a", { href: address, download: `review-${data.county.code}-${data.county.as_of}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Whether a decision is one that this page could have made. */
function sound(each) {
  return (
    typeof each === "object" && each !== null && typeof each.zone_id === "string" &&
    ["", ...DECISIONS].includes(each.decision) && ["", ...MEANS].includes(each.means) &&
    (each.decision === "means") === (each.means !== "") &&
    typeof each.note === "string" && each.note.length <= LONGEST_NOTE
  );
}

/** Whether a decision is there already and says something else. */
function differs(kept, sent) {
  return Boolean(kept) && ["decision", "means", "note"].some((name) => kept[name] !== sent[name]);
}

/** Take in another reader's decisions; what cannot be taken is told with the reason. */
function importReviews(text) {
  let sent;
  try {
    sent = JSON.parse(text);
  } catch {
    return say("page.review.not_json");
  }
  if (sent?.format !== FORMAT || !Array.isArray(sent.decisions)) return say("page.review.not_review");
  if (sent.run !== data.page.run) return say("page.review.other_run", { theirs: String(sent.run).slice(0, 12), ours: data.page.run.slice(0, 12) });
  const wrong = sent.decisions.findIndex((each) => !sound(each));
  if (wrong >= 0) return say("page.review.broken", { number: wrong + 1 });
  const replaced = sent.decisions.filter((each) => differs(reviews.get(each.zone_id), each)).length;
  for (const { zone_id, decision, means, note } of sent.decisions) reviews.set(zone_id, { zone_id, decision, means, note });
  keepStore();
  change({ reviews: true });
  if (state.selected) showDetail();
  return say(replaced ? "page.review.replaced" : "page.review.taken", { count: sent.decisions.length, replaced });
}

/** The notes as a table; `named` makes the cell that names the zone. */
function reviewTable(reviewed, named) {
  const head = ["zone", "decision", "note"].map((name) => el("th", { scope: "col" }, say(`page.review.${name}`)));
  const rows = reviewed.map((made) => {
    const decision = made.decision ? say(`page.decision.${made.decision}`) : "—";
    return el(
      "tr",
      null,
      el("th", { scope: "row" }, named(made.zone_id, rowById("zone", made.zone_id))),
      el("td", null, made.means ? say("page.decided_means", { decision, means: say(`page.means.${made.means}`) }) : decision),
      el("td", null, own(made.note)),
    );
  });
  return el("table", null, el("thead", null, el("tr", null, ...head)), el("tbody", null, ...rows));
}

/** A zone's name that leads to it, if the page holds it. */
function reviewLink(zone, row) {
  if (row === undefined) return own(zone);
  const go = el("button", { type: "button", class: "link" }, own(nameOf("zone", row)));
  go.addEventListener("click", () => {
    byId("review").close();
    goTo("zone", row);
  });
  return go;
}

/** The notes on the page's own zones, for paper. */
function paperReviews() {
  const here = sortedReviews().filter((made) => rowById("zone", made.zone_id) !== undefined);
  if (!here.length) return [];
  const named = (zone, row) => el("span", null, own(nameOf("zone", row)), " ", own(zone));
  return [el("h3", null, say("page.review.dialog")), reviewTable(here, named)];
}

function showReviews() {
  const reviewed = sortedReviews();
  const told = el("p", { role: "status", id: "review-told" });
  const file = el("input", { type: "file", accept: ".json,application/json", id: "review-file", class: "unseen" });
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    const answer = importReviews(await file.files[0].text());
    showReviews();
    byId("review-told").textContent = answer;
  });
  byId("review").replaceChildren(
    dialogHead("review", "page.review.dialog"),
    el("p", { class: "note" }, say("page.review.about", { run: data.page.run.slice(0, 12) })),
    reviewed.length ? reviewTable(reviewed, reviewLink) : el("p", null, say("page.review.empty")),
    el(
      "p",
      { class: "actions" },
      button("page.review.export", exportReviews, { id: "review-export" }),
      file,
      el("label", { for: "review-file", class: "button" }, say("page.review.import")),
    ),
    told,
  );
}

function startReview() {
  readStore();
  byId("open-review").addEventListener("click", () => {
    showReviews();
    byId("review").showModal();
  });
  watch((changed) => {
    if (changed.has("lang") && byId("review").open) showReviews();
    if (changed.has("lang") || changed.has("reviews")) {
      byId("open-review").textContent = reviews.size ? say("page.review_count", { count: reviews.size }) : say("page.review");
    }
  });
}
