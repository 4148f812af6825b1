// Those passages of the answer in hand that lie in the open document, each opening at its place.

import * as words from "./words.js";

const SHOWN = 160; // characters of a passage

export function makePassages(root, viewer) {
  const [details, title, list] = ["here", "here-title", "passages"].map((name) => root.querySelector(`#viewer-${name}`));

  function draw() {
    const now = viewer.viewed();
    const rows = [...(viewer.turned()?.querySelectorAll(".passages .hits li") ?? [])];
    const here = rows.filter((row) => now && JSON.parse(row.querySelector(".hit").dataset.place)[0] === now.document);
    const held = list.contains(document.activeElement);
    details.hidden = !here.length;
    title.textContent = words.word("page_passages_here").replace("{n}", here.length);
    list.replaceChildren(...here.map(item));
    if (held) title.focus();
  }

  function item(row) {
    const [one, facts, button] = ["li", "div", "button"].map((tag) => document.createElement(tag));
    const [state, text] = [row.querySelector(".state"), row.querySelector("p")];
    one.className = row.className;
    Object.assign(button, { type: "button", className: "hit", lang: text.lang, dir: "auto" });
    button.textContent = text.textContent.length > SHOWN ? `${text.textContent.slice(0, SHOWN)}…` : text.textContent;
    button.addEventListener("click", (event) => viewer.open(row.querySelector(".hit"), event.detail === 0));
    const rank = document.createElement("span");
    rank.textContent = words.word("page_rank").replace("{rank}", row.dataset.rank);
    facts.className = "facts";
    facts.append(rank, state.cloneNode(true));
    one.append(button, facts);
    return one;
  }

  return { draw };
}
