// The source viewer: a document's text, as much of it as is needed, with the quoted sentence marked and in view.

import * as words from "./words.js";

const STEP = 20000; // characters fetched by "earlier" and "later"
const phone = matchMedia("(max-width: 860px)");

/** The viewer in `root`; `fetchWindow(place, low, high)` brings a window of a document. */
export function makeViewer(root, fetchWindow) {
  const find = (name) => root.querySelector(`#viewer${name && "-"}${name}`);
  const [panel, title, facts, notice, scroll, text] = ["", "title", "facts", "notice", "scroll", "text"].map(find);
  const [empty, earlier, later, close] = ["empty", "earlier", "later", "close"].map(find);
  const chat = root.querySelector(".chat");
  let shown = null; // {place, low, high, length}
  let opener = null;
  let asked = 0;

  async function open(button, byKeyboard) {
    const turn = ++asked;
    const place = JSON.parse(button.dataset.place);
    const found = await fetchWindow(place, null, null);
    if (turn !== asked) return; // another citation was opened meanwhile
    for (const other of root.querySelectorAll("[data-place][aria-current]")) other.removeAttribute("aria-current");
    button.setAttribute("aria-current", "true");
    opener = button;
    draw(place, found);
    reveal(byKeyboard);
  }

  function draw(place, found) {
    empty.hidden = true;
    close.hidden = false;
    notice.innerHTML = found.error || found.notice;
    title.innerHTML = found.error ? words.word("page_viewer") : found.title;
    title.removeAttribute("data-word");
    facts.innerHTML = found.facts || "";
    text.innerHTML = found.text || "";
    text.lang = found.language || "";
    shown = found.error ? null : { place, low: found.low, high: found.high, length: found.length };
    words.localise(panel);
    edges();
  }

  function edges() {
    earlier.hidden = !shown || shown.low <= 0;
    later.hidden = !shown || shown.high >= shown.length;
  }

  function reveal(byKeyboard) {
    document.body.classList.add("viewing");
    chat.inert = phone.matches;
    const mark = text.querySelector("mark.span") || text.querySelector("mark");
    scroll.scrollTop = 0;
    if (mark) {
      const offset = mark.getBoundingClientRect().top - scroll.getBoundingClientRect().top;
      scroll.scrollTop = offset - scroll.clientHeight / 3;
    }
    if (phone.matches) close.focus();
    else if (byKeyboard) scroll.focus();
  }

  function shut() {
    asked += 1;
    shown = null;
    document.body.classList.remove("viewing");
    chat.inert = false;
    for (const part of [title, facts, notice, text]) part.replaceChildren();
    title.dataset.word = "page_viewer";
    title.textContent = words.word("page_viewer");
    empty.hidden = false;
    close.hidden = true;
    edges();
    if (opener?.isConnected) opener.focus();
    opener?.removeAttribute("aria-current");
    opener = null;
  }

  async function more(before) {
    if (!shown) return;
    const { place, low, high } = shown;
    const turn = asked;
    const found = before
      ? await fetchWindow(place, Math.max(0, low - STEP), low)
      : await fetchWindow(place, high, high + STEP);
    if (turn !== asked || found.error) return;
    const height = scroll.scrollHeight;
    text.insertAdjacentHTML(before ? "afterbegin" : "beforeend", found.text);
    if (before) shown.low = found.low;
    else shown.high = found.high;
    edges();
    if (before) scroll.scrollTop += scroll.scrollHeight - height; // what was being read stays in place
  }

  earlier.addEventListener("click", () => more(true));
  later.addEventListener("click", () => more(false));
  close.addEventListener("click", shut);
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("viewing")) shut();
  });
  phone.addEventListener("change", () => {
    chat.inert = phone.matches && document.body.classList.contains("viewing");
  });
  return { open, shut };
}
