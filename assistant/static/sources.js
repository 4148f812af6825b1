// The Sources tab: the list of files, and what is done to them.

import { makeAdding } from "./adding.js";
import { makePicture } from "./picture.js";
import * as words from "./words.js";

const PAUSE = 200; // milliseconds after the last letter of a filter

/** `server` calls Python; `show` draws the index as it came back; `look` asks how it stands. */
export function makeSources(root, { server, show, look }) {
  const find = (id) => root.querySelector(`#${id}`);
  const [room, table, states, said] = ["sources", "sources-table", "sources-states", "sources-said"].map(find);
  const [filter, watching] = ["sources-filter", "watch-switch"].map(find);
  const wanted = { words: "", state: "", column: "name", descending: false, rows: 0 };
  let latest = 0;
  let known = "";
  let switching = false;

  function draw() {
    if (room.hidden) return;
    list();
    picture.draw();
  }

  async function list() {
    const turn = ++latest;
    const found = await server.sources({ ...wanted, language: words.current() }).catch(() => null);
    if (!found) return; // the top line says that nobody answers
    if (turn !== latest) return;
    if (found.error) {
      table.innerHTML = found.error;
      return;
    }
    put(table, found.table);
    put(states, found.states);
    find("sources-shown").textContent = found.shown;
    find("add-limits").textContent = found.limits;
    find("sources-judged").textContent = found.judged;
    find("drop").hidden = !found.open;
    for (const button of states.querySelectorAll("[data-state]")) {
      button.setAttribute("aria-pressed", String(button.dataset.state === (wanted.state || "all")));
    }
  }

  /** New HTML, if it is new, with the focus where it was: on the same thing of the same row. */
  function put(target, html) {
    if (target.dataset.html === html) return;
    const at = document.activeElement;
    const key = target.contains(at) ? Object.entries(at.dataset)[0] : null;
    target.dataset.html = html;
    target.innerHTML = html;
    words.localise(target);
    if (!key) return;
    const same = [...target.querySelectorAll("button")].find((one) => one.dataset[key[0]] === key[1]);
    (same ?? filter).focus();
  }

  /** What the page learned of the index: the table follows. */
  function follow(view) {
    if (!switching) watching.checked = Boolean(view.watching); // what was asked before the click knows nothing of it
    const now = JSON.stringify([view.finished, view.building, view.line, view.banner.includes("building") ? "" : view.banner]);
    if (now !== known) draw();
    known = now;
  }

  function tell(text, undo) {
    if (said.contains(document.activeElement)) filter.focus(); // its button is going
    said.textContent = text;
    if (!undo) return;
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "quiet", textContent: words.word("page_undo") });
    button.addEventListener("click", () => act("restore", undo));
    said.append(" ", button);
  }

  async function act(name, file) {
    const found = await server[name]({ name: file, language: words.current() }).catch(() => ({ why: words.word("page_lost") }));
    tell(found.said ?? found.why, name === "remove" && found.said ? file : "");
    await look();
  }

  room.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { column, state, remove, restore, more } = button.dataset;
    if (column) {
      wanted.descending = wanted.column === column && !wanted.descending;
      wanted.column = column;
      list();
    } else if (state) {
      wanted.state = state === "all" ? "" : state;
      list();
    } else if (remove) act("remove", remove);
    else if (restore) act("restore", restore);
    else if (more !== undefined) {
      wanted.rows = table.querySelectorAll("tbody tr").length + 200;
      list();
    }
  });
  let timer = 0;
  filter.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      wanted.words = filter.value;
      list();
    }, PAUSE);
  });
  watching.addEventListener("change", async () => {
    switching = true;
    const wanted = watching.checked;
    try {
      const view = await server.watching({ on: wanted, language: words.current() });
      switching = false;
      show(view);
      if (view.why) tell(view.why);
    } catch {
      switching = false;
      watching.checked = !wanted;
      tell(words.word("page_lost"));
    }
  });
  makeAdding(root, look);
  const picture = makePicture(root, server);
  return { draw, follow };
}
