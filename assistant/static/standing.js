// How the index stands: looked at again and again, shown in the top line, the banner or a card.

import * as words from "./words.js";

const PAUSE = 2500; // milliseconds between two looks at the index
const PAUSE_BUILDING = 700;

/** `server` calls Python, `say` shows a notice, `lost` is the card of a server that does not answer; `changed(ready, view)`
 * hears of each look, without a view if there was no answer, and `gone` of that too; `holdFocus` finds a place for the focus
 * whose own is gone. */
export function makeStanding(root, { server, say, lost, changed, holdFocus, gone }) {
  const find = (id) => root.querySelector(`#${id}`);
  const [line, banner, card, announce] = ["index-line", "banner", "card", "announce"].map(find);
  let finished = null;

  function put(target, html) {
    if (target.dataset.html === html) return; // an opened list or a focused button stays as it is
    const held = target.contains(document.activeElement);
    target.dataset.html = html;
    target.innerHTML = html;
    words.localise(target);
    if (held) holdFocus(); // the button that was pressed is gone
  }

  function show(view) {
    if (view.error) {
      put(card, view.error);
      return;
    }
    put(line, view.line);
    put(banner, view.banner);
    put(card, view.card);
    const bar = root.querySelector(".bar");
    if (bar) put(bar, view.bar);
    const news = view.building ? "page_building" : banner.querySelector(".stale") && "page_stale";
    const spoken = news ? words.word(news) : "";
    if (announce.textContent !== spoken) announce.textContent = spoken;
    changed(view.ready, view);
    if (finished !== null && view.finished > finished && view.news) say(view.news);
    finished = view.finished;
  }

  async function look() {
    let building = false;
    try {
      const view = await server.look({ language: words.current() });
      building = Boolean(view.building);
      show(view);
    } catch {
      put(banner, lost());
      changed(false, null);
      gone();
    }
    return building;
  }

  async function keepLooking() {
    const building = document.hidden ? false : await look();
    setTimeout(keepLooking, building ? PAUSE_BUILDING : PAUSE);
  }

  return { look, show, keepLooking };
}
