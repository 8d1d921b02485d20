/* The moments of a page: before and after a plan by a switch, the years of a forecast by a slider.
   A moment replaces the columns in which it differs; all else on the page follows from the tables. */

const story = data.story;

const moments = (story?.moments ?? []).map((moment) => ({
  ...moment,
  links: readLinks(moment.links),
  columns: Object.fromEntries(
    Object.entries(moment.columns).map(([table, columns]) => [
      table,
      Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, readColumn(column)])),
    ]),
  ),
}));

const momentNow = () => moments[state.moment];

/** The scenarios of a forecast, each with the positions of its moments; today stands before all. */
const paths = (() => {
  const found = [];
  moments.forEach((moment, at) => {
    if (!moment.path.zh) return;
    const path = found.find((each) => each.words.zh === moment.path.zh);
    if (path) path.moments.push(at);
    else found.push({ words: moment.path, moments: [0, at] });
  });
  return found;
})();

/** What the moment in force is called, with its scenario. */
function momentName(at = state.moment) {
  const moment = moments[at];
  return [moment[state.lang], moment.path[state.lang]].filter(Boolean).join(" · ");
}

function putMoment(at) {
  const moment = moments[at];
  Object.assign(zones, moment.columns.zones);
  Object.assign(townships, moment.columns.townships);
  Object.assign(facilities, moment.columns.facilities);
  links.of = moment.links.of;
  data.totals = moment.totals;
  data.notices = moment.notices;
  data.county.as_of = moment.as_of;
}

/** Show another moment: everything is said anew, as in another language. */
function goToMoment(at, path = state.path) {
  putMoment(at);
  change({ moment: at, path, filters: { ...state.filters }, lang: state.lang });
  speak(`${momentName()} ${say("quantity.shortfall")} ${shown(sums()("shortfall"))}`);
}

function momentSwitch() {
  return el(
    "fieldset",
    { class: "switch" },
    el("legend", null, say("page.moments.plan")),
    ...moments.map((moment, at) => radio("moment", at, moment[state.lang], chooseMoment)),
  );
}

function chooseMoment(at) {
  goToMoment(at);
  byId("moments").querySelector(":checked").focus();
}

function momentSlider() {
  const path = paths[state.path];
  const place = Math.max(0, path.moments.indexOf(state.moment));
  const slider = el("input", { type: "range", id: "year", min: 0, max: path.moments.length - 1, step: 1, value: place });
  const told = (at) => moments[path.moments[at]][state.lang];
  slider.setAttribute("aria-valuetext", told(place));
  const out = el("output", { for: "year" }, told(place));
  slider.addEventListener("input", () => {
    goToMoment(path.moments[Number(slider.value)]);
    byId("year").focus();
  });
  const picker = el("select", { id: "path" });
  paths.forEach((each, at) => picker.append(el("option", { value: at }, each.words[state.lang])));
  picker.value = state.path;
  picker.addEventListener("change", () => {
    const chosen = Number(picker.value);
    goToMoment(paths[chosen].moments[place], chosen);
    byId("path").focus();
  });
  const ticks = el("span", { class: "ticks", "aria-hidden": "true" }, ...path.moments.map((_, at) => el("i", null, told(at))));
  return [
    el("label", { for: "path" }, say("page.moments.path")),
    picker,
    el("label", { for: "year" }, say("page.moments.year")),
    el("span", { class: "years" }, slider, ticks),
    out,
  ];
}

function showMoments() {
  const box = byId("moments");
  box.hidden = moments.length < 2;
  if (box.hidden) return;
  const parts = story.kind === "plan" ? [momentSwitch(), planSum()] : momentSlider();
  box.replaceChildren(...parts);
}

function startMoments() {
  byId("moments").addEventListener("submit", (event) => event.preventDefault());
  watch((changed) => {
    if (changed.has("lang")) showMoments();
  });
}
