// Pages of a PDF or a scan as pictures, above the text of the viewer: one more of them, larger, smaller.

import * as words from "./words.js";

/** `fetchPage(number)` brings a page; nothing if it does not come. */
export function makeSheets(root, fetchPage) {
  const find = (name) => root.querySelector(`#viewer-${name}`);
  const [sheets, turning, extracted, scroll] = ["sheets", "turning", "extracted", "scroll"].map(find);
  const [before, after] = ["before", "after"].map(find);
  let pages = 0;
  let zoom = 100;

  /** Those in `html`, of a document that has `total`; "" for one that has none. */
  function draw(html, total = 0) {
    sheets.innerHTML = html;
    turning.hidden = extracted.hidden = !html;
    pages = total;
    zoom = 100;
    sheets.style.removeProperty("--zoom");
    edges();
  }

  /** The numbers of the first and the last page that is shown. */
  function drawn() {
    const all = [...sheets.querySelectorAll(".sheet")].map((one) => Number(one.dataset.number));
    return [Math.min(...all), Math.max(...all)];
  }

  function edges() {
    const [first, last] = drawn();
    before.ariaDisabled = first > 1 ? null : "true"; // and not disabled, which would lose the focus
    after.ariaDisabled = last < pages ? null : "true";
  }

  async function turn(step, button) {
    if (button.ariaDisabled) return;
    const [first, last] = drawn();
    const found = await fetchPage(step < 0 ? first - 1 : last + 1);
    if (!found) return;
    const height = scroll.scrollHeight;
    sheets.insertAdjacentHTML(step < 0 ? "afterbegin" : "beforeend", found.sheets);
    if (step < 0) scroll.scrollTop += scroll.scrollHeight - height;
    edges();
  }

  function scale(factor) {
    zoom = Math.min(300, Math.max(50, zoom * factor));
    sheets.style.setProperty("--zoom", `${zoom}%`);
  }

  /** A page whose picture does not come is its text alone, line by line. */
  function undrawn(picture) {
    const [box, said] = ["div", "p"].map((tag) => document.createElement(tag));
    box.className = "undrawn";
    said.textContent = words.word("page_undrawn");
    const lines = [...picture.parentElement.querySelectorAll("[data-at]")].map((piece) => {
      const line = document.createElement("div");
      line.dataset.at = piece.dataset.at;
      line.textContent = piece.textContent;
      return line;
    });
    box.append(said, ...lines);
    picture.closest(".paper").replaceWith(box);
  }

  before.addEventListener("click", () => turn(-1, before));
  after.addEventListener("click", () => turn(1, after));
  sheets.addEventListener("error", (event) => undrawn(event.target), true);
  find("smaller").addEventListener("click", () => scale(0.8));
  find("larger").addEventListener("click", () => scale(1.25));
  return { draw };
}
