// Marking a text in the viewer, or on the picture of a page: why is it no answer, or, it is the right one. Offsets go along
// with the pieces of the text.

import * as words from "./words.js";

const SHOWN = 160; // characters of what was marked
const STEPS = {
  ArrowRight: ["forward", "word"], ArrowLeft: ["backward", "word"], ArrowDown: ["forward", "line"], ArrowUp: ["backward", "line"],
};

/** `viewed` tells {document, sha256} of what is open and `turn` the number of the question in hand, or null; `send` raises
 * an event and brings its reply. */
export function makeMarking(root, { viewed, turn, send }) {
  const find = (id) => root.querySelector(`#${id}`);
  const [bar, quoted, said] = ["marking", "marked-text", "marking-said"].map(find);
  const [text, sheets, scroll] = ["viewer-text", "viewer-sheets", "viewer-scroll"].map(find);
  let chosen = null; // {document, sha256, selection}

  /** Where a boundary of the selection lies: the piece's offset, and the code points shown before it there. */
  function end(piece, container, at, before) {
    const offset = Number(piece.dataset.at);
    if (!piece.contains(container)) return [offset, before ? 0 : [...piece.textContent].length];
    const range = document.createRange();
    range.setStart(piece, 0);
    range.setEnd(container, at);
    return [offset, [...range.toString()].length];
  }

  /** As much of a piece as a range holds. */
  function within(piece, range) {
    const both = document.createRange();
    both.selectNodeContents(piece);
    if (range.compareBoundaryPoints(Range.START_TO_START, both) > 0) both.setStart(range.startContainer, range.startOffset);
    if (range.compareBoundaryPoints(Range.END_TO_END, both) < 0) both.setEnd(range.endContainer, range.endOffset);
    return both.toString();
  }

  function look() {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return; // what was marked stays until another text is
    const range = selection.getRangeAt(0);
    const part = sheets.contains(range.startContainer) ? sheets : text;
    const pieces = [...part.querySelectorAll("[data-at]")].filter((one) => range.intersectsNode(one) && within(one, range));
    const marked = (part === text ? selection.toString() : pieces.map((one) => within(one, range)).join(" ")).trim();
    if (!pieces.length || !marked || !viewed()) return;
    chosen = {
      ...viewed(),
      selection: [
        end(pieces[0], range.startContainer, range.startOffset, true),
        end(pieces.at(-1), range.endContainer, range.endOffset, false),
      ],
    };
    quoted.textContent = marked.length > SHOWN ? `${marked.slice(0, SHOWN)}…` : marked;
    quoted.lang = text.lang;
    said.textContent = "";
    bar.hidden = false;
  }

  /** Shift and an arrow mark the text without a mouse, from the quote on, or from what is in view. */
  function byKeys(event) {
    const step = STEPS[event.key];
    if (!step || !event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    const selection = getSelection();
    if (!text.contains(selection.focusNode)) {
      const inView = (piece) => piece.getBoundingClientRect().bottom > scroll.getBoundingClientRect().top;
      const start = text.querySelector("mark") ?? [...text.querySelectorAll("[data-at]")].find(inView);
      if (!start) return;
      selection.collapse(start, 0);
    }
    event.preventDefault();
    selection.modify("extend", ...step);
    const end = document.createRange();
    end.setStart(selection.focusNode, selection.focusOffset);
    const [at, shown] = [end, scroll].map((one) => one.getBoundingClientRect());
    if (at.height) scroll.scrollTop += Math.max(0, at.bottom - shown.bottom) + Math.min(0, at.top - shown.top);
  }

  async function tell(name) {
    if (!chosen) return;
    if (turn() === null) {
      said.textContent = words.word("page_no_turn");
      return;
    }
    said.textContent = words.word("page_reading");
    const found = await send(name, { ...chosen, number: turn() });
    said.textContent = found.marked ?? found.why ?? words.word("page_unanswered");
  }

  function shut() {
    if (bar.contains(document.activeElement)) scroll.focus();
    bar.hidden = true;
    chosen = null;
  }

  scroll.addEventListener("keydown", byKeys);
  let timer = 0;
  document.addEventListener("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(look, 150);
  });
  find("mark-why").addEventListener("click", () => tell("why_not"));
  find("mark-right").addEventListener("click", () => tell("mark"));
  find("mark-close").addEventListener("click", shut);
  return { shut };
}
