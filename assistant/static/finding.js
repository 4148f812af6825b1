// Words that are looked for in the open document: how many places they have, and one after the other.

import * as words from "./words.js";

/** `fetchPlaces(place, sought)` brings {places, more} of the document of a place. */
export function makeFinding(root, viewer, fetchPlaces) {
  const find = (name) => root.querySelector(`#viewer${name && "-"}${name}`);
  const [box, sought, told, scroll, panel] = ["find", "sought", "found", "scroll", ""].map(find);
  let found = null; // {document, sha256, sought, places, more, at}
  let asked = 0;

  /** The next place, or the one before: of words that were not looked for yet, the first from what is marked on. */
  async function seek(by) {
    const [now, from, wanted] = [viewer.viewed(), viewer.marked(), sought.value.trim()];
    if (!now || !wanted) return;
    const at = ++asked;
    if (found?.sought !== wanted || found.sha256 !== now.sha256) {
      const brought = await fetchPlaces(from, wanted);
      if (at !== asked || viewer.viewed()?.document !== now.document) return;
      if (!brought.places) {
        told.textContent = brought.why ?? words.word("page_lost");
        return;
      }
      const next = brought.places.findIndex((place) => place[1] >= from[1]);
      found = { ...now, ...brought, sought: wanted, at: (next < 0 ? 0 : next) - (by > 0) };
    }
    const total = found.places.length;
    if (total) found.at = (found.at + by + total) % total;
    tell();
    if (total) await viewer.goTo(found.places[found.at]);
  }

  function tell() {
    const total = found ? `${found.places.length}${found.more ? "+" : ""}` : "";
    const counted = () => words.word("page_found").replace("{n}", found.at + 1).replace("{total}", total);
    told.textContent = !found ? "" : found.places.length ? counted() : words.word("page_not_found");
  }

  /** Another place is open, or none. */
  function changed() {
    const now = viewer.viewed();
    if (!now && box.contains(document.activeElement)) scroll.focus();
    box.hidden = !now;
    if (found && found.document === now?.document) return;
    found = null;
    tell();
  }

  sought.addEventListener("keydown", (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Enter") seek(event.shiftKey ? -1 : 1);
    else scroll.focus();
  });
  sought.addEventListener("input", () => {
    found = null;
    tell();
  });
  find("place-before").addEventListener("click", () => seek(-1));
  find("place-after").addEventListener("click", () => seek(1));
  root.ownerDocument.addEventListener("keydown", (event) => {
    const meant = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "f";
    if (!meant || box.hidden || !panel.contains(event.target)) return;
    event.preventDefault();
    sought.focus();
    sought.select();
  });
  return { changed };
}
