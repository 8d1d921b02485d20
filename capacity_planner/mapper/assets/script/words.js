/* Words in two languages, and the few helpers that make elements. Text from data is only ever set
   as text, inside <bdi>, so that it can neither run nor turn its neighbours' direction. */

/** Whether an object has a key of its own; names from outside may be "constructor" or worse. */
const has = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
const byId = (id) => document.getElementById(id);

function say(key, values = {}) {
  const template = data.words[state.lang][key] ?? key;
  return template.replace(/\{(\w+)\}/g, (all, name) => (has(values, name) ? shown(values[name]) : all));
}

function shown(value) {
  if (value === null || value === undefined || value === "") return say("page.none");
  return typeof value === "number" ? value.toLocaleString("en-US") : String(value);
}

function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Text from data, kept apart from its surroundings. */
function own(text) {
  return el("bdi", null, text === "" ? "—" : text);
}

/** A sentence of the catalogue with values from data put in as text. */
function sentence(template, values) {
  const out = document.createDocumentFragment();
  for (const part of template.split(/(\{\w+\})/)) {
    const name = part.slice(1, -1);
    if (/^\{\w+\}$/.test(part) && has(values, name)) {
      const value = values[name];
      out.append(typeof value === "number" ? el("b", null, shown(value)) : own(String(value)));
    } else {
      out.append(part);
    }
  }
  return out;
}

function button(key, then, attributes = {}) {
  const made = el("button", { type: "button", ...attributes }, say(key));
  made.addEventListener("click", then);
  return made;
}

function speak(text) {
  byId("spoken").textContent = text;
}

/** Put every still word of the page into the language in force. */
function translate() {
  document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = say(each.dataset.word);
  for (const each of document.querySelectorAll("[data-label]")) {
    each.setAttribute("aria-label", say(each.dataset.label));
    if (each.tagName === "BUTTON") each.title = say(each.dataset.label);
  }
  for (const each of document.querySelectorAll("[data-hint]")) each.placeholder = say(each.dataset.hint);
  const other = byId("language");
  other.textContent = state.lang === "zh" ? "English" : "中文";
  other.lang = state.lang === "zh" ? "en" : "zh-CN";
}
