// The source viewer: a document's text, as much of it as is needed, with the quoted sentence marked and in view.

import { makeSheets } from "./sheets.js";
import * as words from "./words.js";

const STEP = 20000; // characters fetched by "earlier" and "later"
const phone = matchMedia("(max-width: 53.75em)");

/** The viewer in `root`; `fetchWindow(place, low, high)` brings a window of a document, `fetchPage` a page of a PDF; `onChange`
 * hears that another document is open, or none. */
export function makeViewer(root, fetchWindow, fetchPage, onChange) {
  const find = (name) => root.querySelector(`#viewer${name && "-"}${name}`);
  const [panel, title, facts, notice, scroll, text] = ["", "title", "facts", "notice", "scroll", "text"].map(find);
  const [empty, earlier, later, close] = ["empty", "earlier", "later", "close"].map(find);
  const [steps, log] = [find("steps"), root.querySelector("#log")];
  const sheets = makeSheets(root, (number) => shown && once(() => fetchPage(shown.place, number)));
  const behind = [".top", "#banner", ".chat"].map((part) => root.querySelector(part)); // covered on a narrow screen
  let shown = null; // {place, low, high, length, sha256}
  let opener = null;
  let asked = 0;
  let under = null; // what is shown, while more of it is on its way

  async function open(button, byKeyboard) {
    const at = ++asked;
    const place = JSON.parse(button.dataset.place);
    const found = await fetchWindow(place, others(button), null, null);
    if (at !== asked) return; // another citation was opened meanwhile
    openedBy(button);
    draw(place, found);
    if (!found.error && !stands(place, found)) history.replaceState(null, "", location.pathname);
    reveal(byKeyboard);
  }

  function openedBy(button) {
    for (const other of root.querySelectorAll("[data-place][aria-current]")) other.removeAttribute("aria-current");
    button?.setAttribute("aria-current", "true");
    opener = button;
    standing();
  }

  /** Whether the quote is where `place` says, or there is none: else no link may be made of it. */
  const stands = (place, found) => Boolean(found.quote) || place[1] === place[2];

  /** The citations beside this one in its answer's turn, to be marked too. */
  function cited(button) {
    const turn = button.closest(".turn");
    return turn ? [...turn.querySelectorAll(".cite[data-place]")] : [];
  }

  const others = (button) => cited(button).map((one) => JSON.parse(one.dataset.place));

  /** The button that opened the source, or, where its turn was drawn anew, the one that stands for it. */
  function standing() {
    if (opener && !opener.isConnected) {
      const turn = root.querySelector(`#${opener.closest(".turn")?.id || "turns"}`);
      const same = (one) => one.dataset.place === opener.dataset.place;
      opener = [...(turn?.querySelectorAll("[data-place]") ?? [])].find(same) ?? null;
      opener?.setAttribute("aria-current", "true");
    }
    return opener;
  }

  function step(by) {
    const last = [...root.querySelectorAll(".turn")].reverse().find((one) => one.querySelector(".cite[data-place]"));
    const list = standing() ? cited(opener) : last ? cited(last.querySelector(".cite[data-place]")) : [];
    if (!list.length || root.querySelector("#rooms").hidden) return;
    const at = list.indexOf(opener);
    open(list[at < 0 ? 0 : (at + by + list.length) % list.length], false);
  }

  /** What a link leads to, once `coming` brings it; the link of a quote that is elsewhere now, or gone, stays. */
  async function follow(coming) {
    const at = ++asked;
    const found = await coming;
    if (at !== asked) return;
    openedBy(null);
    draw(found.place, found);
    reveal(true);
  }

  /** What the server did not bring, now that it answers again. */
  function again() {
    if (!shown && standing()) open(opener, false);
    else notice.querySelector(".error")?.remove();
  }

  /** Another place of the document that is open: the focus stays where it is. */
  async function goTo(place) {
    const at = ++asked;
    const found = await fetchWindow(place, standing() ? others(opener) : [], null, null);
    if (at !== asked) return;
    draw(place, found);
    toMark();
  }

  function draw(place, found) {
    empty.hidden = true;
    close.hidden = false;
    notice.innerHTML = found.error || found.notice;
    title.innerHTML = found.error ? words.word("page_viewer") : found.title;
    title.removeAttribute("data-word");
    facts.innerHTML = found.facts || "";
    sheets.draw(found.sheets || "", found.pages);
    text.innerHTML = found.text || "";
    text.lang = found.language || "";
    if (!found.error && stands(place, found) && !found.notice) link(place, found);
    steps.hidden = !opener || cited(opener).length < 2;
    const { low, high, length, sha256 } = found;
    shown = found.error ? null : { place, low, high, length, sha256 };
    onChange();
    words.localise(panel);
    edges();
  }

  /** The page's address leads here, another day too. */
  function link(place, found) {
    const at = { doc: place[0], start: place[1], end: place[2], sha256: found.sha256, text: found.quote };
    history.replaceState(null, "", `#${new URLSearchParams(at)}`);
  }

  function edges() {
    const held = [earlier, later].includes(document.activeElement);
    earlier.hidden = !shown || shown.low <= 0;
    later.hidden = !shown || shown.high >= shown.length;
    if (held && document.activeElement.hidden) scroll.focus();
  }

  function reveal(byKeyboard) {
    document.body.classList.add("viewing");
    cover();
    toMark();
    if (phone.matches) close.focus();
    else if (byKeyboard) scroll.focus();
  }

  /** What lies behind the viewer on a narrow screen cannot be reached; nor is the focus left there. */
  function cover() {
    const viewing = document.body.classList.contains("viewing") && !root.querySelector("#rooms").hidden;
    const covered = phone.matches && viewing;
    const held = covered && behind.some((part) => part.contains(document.activeElement));
    for (const part of behind) part.inert = covered;
    if (held) close.focus();
  }

  function toMark() {
    const places = [find("sheets"), text].flatMap((part) => [part.querySelector(".span"), part.querySelector(".quote")]);
    const mark = places.find(Boolean);
    scroll.scrollTop = 0;
    if (mark) {
      const offset = mark.getBoundingClientRect().top - scroll.getBoundingClientRect().top;
      scroll.scrollTop = offset - scroll.clientHeight / 3;
    }
  }

  /** The document that is open, and the digest of its text; null if none is. */
  const viewed = () => shown && { document: shown.place[0], sha256: shown.sha256 };

  /** The place that is marked; null if no document is open. */
  const marked = () => shown?.place ?? null;

  /** The turn from which it was opened, else the last one answered. */
  const turned = () => standing()?.closest(".turn") ?? [...root.querySelectorAll(".turn:not(.pending)")].at(-1);

  /** Its number; null if there is none. */
  function turn() {
    const from = turned();
    return from ? Number(from.id.slice("turn-".length)) : null;
  }

  function shut() {
    asked += 1;
    shown = null;
    document.body.classList.remove("viewing");
    cover();
    for (const part of [title, facts, notice, text]) part.replaceChildren();
    sheets.draw("");
    steps.hidden = true;
    history.replaceState(null, "", location.pathname);
    onChange();
    title.dataset.word = "page_viewer";
    title.textContent = words.word("page_viewer");
    empty.hidden = false;
    close.hidden = true;
    edges();
    standing()?.focus();
    if (!opener || document.activeElement !== opener) log.focus(); // its list may be folded
    opener?.removeAttribute("aria-current");
    opener = null;
  }

  /** Closes what covers the page, so that another part of it can be gone to. */
  function giveWay() {
    if (phone.matches && document.body.classList.contains("viewing")) shut();
  }

  /** What `fetching` brings; nothing while another is under way, once another place is open, or if it failed. */
  async function once(fetching) {
    const now = shown;
    if (under === now) return null;
    under = now;
    const found = await fetching();
    if (under === now) under = null;
    if (shown !== now) return null;
    notice.querySelector(".error")?.remove();
    if (found.error) notice.insertAdjacentHTML("beforeend", found.error);
    return found.error ? null : found;
  }

  async function more(before) {
    if (!shown) return;
    const { place, low, high, sha256 } = shown;
    const [from, to] = before ? [Math.max(0, low - STEP), low] : [high, high + STEP];
    const found = await once(() => fetchWindow(place, [], from, to));
    if (!found) return;
    if (found.sha256 !== sha256) {
      notice.textContent = words.word("page_viewer_changed"); // two versions are never put together
      return;
    }
    const height = scroll.scrollHeight;
    text.insertAdjacentHTML(before ? "afterbegin" : "beforeend", found.text);
    if (before) shown.low = found.low;
    else shown.high = found.high;
    edges();
    if (before) scroll.scrollTop += scroll.scrollHeight - height; // what was being read stays in place
  }

  earlier.addEventListener("click", () => more(true));
  later.addEventListener("click", () => more(false));
  find("previous").addEventListener("click", () => step(-1));
  find("next").addEventListener("click", () => step(1));
  close.addEventListener("click", shut);
  root.ownerDocument.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || event.target.closest("input, textarea")) return;
    const open = document.body.classList.contains("viewing") && !root.querySelector("#rooms").hidden;
    if (open && !root.querySelector("dialog[open]")) shut();
  });
  phone.addEventListener("change", cover);
  return { open, again, shut, follow, goTo, giveWay, cover, step, standing, viewed, marked, turn, turned };
}
