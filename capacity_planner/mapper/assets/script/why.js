/* Why this number: the lines of `plan-gaps explain`, put together from sentences and values. */

function derivation(kind, row) {
  const table = data.why[kind];
  if (!table) return null;
  return table.lines[row].map(([which, ...values]) => {
    const named = {};
    table.names[which].forEach((name, at) => {
      const value = values[at];
      named[name] = Array.isArray(value) ? table.words[state.lang][value[0]] : value;
    });
    return sentence(table.sentences[state.lang][which], named);
  });
}

/** The derivation as a list, or a link to the page that holds it. */
function whyElement(kind, row) {
  if (state.moment > 0) return el("p", { class: "note" }, sentence(say("page.why_first"), { moment: momentName(0) }));
  const lines = derivation(kind, row);
  if (lines) return el("ol", { class: "why" }, ...lines.map((line) => el("li", null, line)));
  const elsewhere = isCounty && !data.page.alone && data.explained && kind === "zone" && zones.township(row) !== null;
  if (!elsewhere) return el("p", null, say("page.why_by_command", { id: IDS[kind](row) }));
  const file = townships.file(zones.township(row));
  const address = `townships/${encodeURIComponent(file)}#zone=${encodeURIComponent(IDS.zone(row))}`;
  return el("p", null, el("a", { href: address }, say("page.why_on_township_page")));
}

/** The choices in force, folded beneath a derivation. */
function choicesFold() {
  const list = facts([]);
  for (const choice of data.choices) {
    const value = inLanguage(choice, "value");
    const origin = el("small", null, ` ${say(`decided.${choice.origin}`)}`);
    if (value) list.append(el("dt", null, own(inLanguage(choice))), el("dd", null, own(value), origin));
  }
  return el("details", { class: "fold" }, el("summary", null, say("page.choices")), list);
}
