// The page's sentences, in the language in force, and what the browser itself can say: languages and dates.

const table = JSON.parse(document.getElementById("sourcier-words").textContent);
const KEY = "sourcier.language";
let language = table[document.documentElement.lang] ? document.documentElement.lang : "en";

/** The language in force: "en", "fr", "de" or "es". */
export const current = () => language;

/** The sentence `key`. */
export const word = (key) => table[language][key];

/** The example questions. */
export const examples = () => table[language].examples;

/** Takes up the language that this browser chose last, if it chose one. */
export function recall() {
  try {
    const chosen = localStorage.getItem(KEY);
    if (table[chosen]) choose(chosen, false);
  } catch {
    // a browser that keeps nothing of sites throws: it remembers no language
  }
}

/** Puts `chosen` in force, and remembers it if `keep`. */
export function choose(chosen, keep) {
  language = chosen;
  document.documentElement.lang = chosen;
  try {
    if (keep) localStorage.setItem(KEY, chosen);
  } catch {
    // as in `recall`
  }
}

/** Fills every labelled element under `root`: its text, its name, its placeholder. */
export function label(root) {
  for (const element of root.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of root.querySelectorAll("[data-label]")) {
    element.ariaLabel = word(element.dataset.label);
    if (element.matches("button")) element.title = element.ariaLabel; // it shows a sign alone
  }
  for (const element of root.querySelectorAll("[data-placeholder]")) {
    element.placeholder = word(element.dataset.placeholder);
  }
  for (const element of root.querySelectorAll("[data-about]")) element.title = word(element.dataset.about);
  document.title = word("page_title");
}

/** The language in force as the browser's owner writes it: British English, not American. */
const variety = () => navigator.languages.find((one) => one.startsWith(`${language}-`)) ?? language;

/** A moment, or a day, month or year that no time zone may shift: as much as `length` characters of ISO 8601 tell. */
function written(date, length) {
  const parts = { 4: { year: "numeric" }, 7: { year: "numeric", month: "long" }, 10: { dateStyle: "medium" } }[length];
  const told = parts ? { ...parts, timeZone: "UTC" } : { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(variety(), told).format(date);
}

/** Names languages and dates under `root` as the reader writes them. */
export function localise(root) {
  const names = new Intl.DisplayNames([language], { type: "language" });
  for (const element of root.querySelectorAll("[data-language]")) {
    try {
      element.textContent = names.of(element.dataset.language);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // not a language code: the code itself stays
    }
  }
  for (const element of root.querySelectorAll("time")) {
    const date = new Date(element.dateTime);
    if (!Number.isNaN(date.getTime())) element.textContent = written(date, element.dateTime.length);
  }
}
