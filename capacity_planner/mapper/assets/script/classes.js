/* Themes of the map: fixed classes, the same between runs and pages, safe for colour-blind readers
   and in grey print (YlOrBr for what is missing, cividis for shares, Okabe and Ito for kinds). */

const NO_NUMBER = { key: "page.class.no_number", fill: "#e3e7ec", pattern: "dots" };
const NONE_MISSING = { key: "page.class.none_missing", fill: "#ffffff" };
const YLORBR = ["#ffefb0", "#fed16a", "#fba035", "#d9661a", "#8c3a06"];
const CIVIDIS = ["#00224e", "#35456c", "#666970", "#948e77", "#c8b866", "#fee838"];

function steps(bounds) {
  return bounds.map((from, at) => ({
    from,
    to: at + 1 < bounds.length ? bounds[at + 1] - 1 : null,
    fill: YLORBR[at],
    key: at + 1 < bounds.length ? "page.class.range" : "page.class.from",
  }));
}

function shortfallTheme(bounds) {
  const classes = [NO_NUMBER, NONE_MISSING, ...steps(bounds)];
  return {
    classes,
    of: (table, row) => {
      if (!table.required(row)) return 0;
      const missing = table.shortfall(row);
      return 1 + bounds.filter((from) => missing >= from).length;
    },
  };
}

const SHARES = [0, 20, 40, 60, 80, 100];
const shareTheme = {
  classes: [
    NO_NUMBER,
    ...SHARES.map((from, at) => ({
      key: from === 100 ? "page.class.all_served" : "page.class.share",
      from,
      to: from + 20,
      fill: CIVIDIS[at],
    })),
  ],
  of: (table, row) => {
    const required = table.required(row);
    if (!required) return 0;
    return 1 + Math.floor((table.attributed(row) * 5) / required);
  },
};

/** A theme whose classes are the words of one column. */
function wordTheme(column, prefix, looks) {
  const words = Object.keys(looks);
  return {
    classes: words.map((word) => ({ key: prefix + word, ...looks[word] })),
    of: (table, row) => Math.max(0, words.indexOf(table[column](row))),
  };
}

const migrantTheme = wordTheme("migrant_status", "migrant.", {
  "": { key: "page.class.no_number", fill: "#e3e7ec", pattern: "dots" },
  met: { fill: "#cfe6dc" },
  at_risk: { fill: "#e69f00" },
  short: { fill: "#8b2f6b" },
  not_checked: { fill: "#ffffff", pattern: "cross" },
});

const THEMES = {
  shortfall: {
    zones: shortfallTheme([1, 6, 11, 21, 51]),
    townships: shortfallTheme([1, 21, 51, 101, 201]),
  },
  share: { zones: shareTheme, townships: shareTheme },
  migrant: { zones: migrantTheme, townships: migrantTheme },
  duty: {
    zones: wordTheme("duty", "duty.", {
      met: { fill: "#e7f0ea" },
      build_with_housing: { fill: "#00457c" },
      provide_by_deadline: { fill: "#d9691e" },
      top_up: { fill: "#f3c968" },
      consider: { fill: "#e3e7ec", pattern: "dots" },
    }),
  },
  category: {
    zones: wordTheme("category", "category.", {
      new: { fill: "#00457c" },
      existing: { fill: "#b4ddd2" },
      old_town: { fill: "#c0699b" },
      rural: { fill: "#e3e7ec", pattern: "dots" },
    }),
  },
  age: {
    zones: wordTheme("age", "page.age.", {
      planned: { fill: "#ffffff", pattern: "level" },
      under_5: { fill: CIVIDIS[5] },
      "5_to_9": { fill: CIVIDIS[4] },
      "10_to_19": { fill: CIVIDIS[2] },
      "20_and_more": { fill: CIVIDIS[0] },
      unknown: { fill: "#eceef1", pattern: "dots" },
    }),
  },
};

/** The theme in force for the level in force. */
function themeNow() {
  return THEMES[state.theme][state.level];
}

function classWords(one) {
  return say(one.key, { from: one.from, to: one.to });
}

/** Whether who gets the slot is a convention: the range of a zone's or township's shortfall is open. */
function contested(table, row) {
  return table.shortfall_certain(row) !== table.shortfall_possible(row);
}
