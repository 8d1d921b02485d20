/* What the reader has chosen. Everything that the page shows follows from here. */

const state = {
  lang: "zh",
  level: "townships",
  theme: "shortfall",
  overlays: { names: true, facilities: true, pipeline: true, contested: true, areas: false },
  selected: null,
  filters: { township: -1, category: -1, duty: -1, migrant: -1, minimum: 0 },
  sort: { by: "shortfall", down: true },
  sheet: 0,
  moment: 0,
  path: 0,
};

const watchers = [];

/** Call `then(changed)` after every change, with the set of names that changed. */
function watch(then) {
  watchers.push(then);
}

function change(news) {
  Object.assign(state, news);
  const changed = new Set(Object.keys(news));
  for (const then of watchers) then(changed);
}

/** Select a zone, township or facility by its row, or nothing. */
function select(kind, at) {
  change({ selected: kind === null ? null : { kind, at } });
}
