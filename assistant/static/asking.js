// Asking: the question on its way, how long it takes, taking it back, and the answer in its place.

import { LOST } from "./events.js";
import * as words from "./words.js";

const PATIENT = 2000; // milliseconds, after which a question can be taken back
const SLOW = 20000; // after so many, it says that it is still being read
const LONGEST = 2000; // characters of a question that the server takes
export const KEPT = 50; // turns that the server remembers, and so all that can be judged, saved or said in another language
const touch = matchMedia("(pointer: coarse)");

/** `trigger` raises an event, `say` shows a notice, `arrange` hears that turns came or went, `memory` keeps them. */
export function makeAsking(root, { trigger, say, arrange, memory }) {
  const find = (id) => root.querySelector(`#${id}`);
  const [log, turns, dropped] = ["log", "turns", "dropped"].map(find);
  const [composer, question, hint] = ["composer", "question", "hint"].map(find);
  const send = composer.querySelector("button");
  let ready = false;
  let pending = null; // {turn, text, fresh}
  let asked = 0;
  let fresh = false; // the next question begins a new conversation
  let respeak = false; // the language changed while a question was on its way
  let timers = [];

  /** Where the focus goes when its place is gone: to the question, but for fingers, whom that would open a keyboard. */
  function holdFocus() {
    const elsewhere = find("rooms").hidden && root.querySelector("[data-tab=sources]");
    (elsewhere || (question.disabled || touch.matches ? log : question)).focus({ preventScroll: true });
  }

  function allow(now) {
    ready = now;
    send.disabled = !ready || pending !== null;
  }

  /** `alone`: without what was said before. */
  function ask(text, alone = false) {
    if (!ready || pending) return;
    const length = [...text.trim()].length;
    if (!length) return warn(words.word("page_empty_question"));
    if (length > LONGEST) {
      const [n, most] = [length, LONGEST].map((one) => one.toLocaleString(words.current()));
      return warn(words.word("page_long_question").replace("{n}", n).replace("{most}", most));
    }
    unwarn();
    asked += 1;
    const turn = document.createElement("article");
    turn.id = `turn-${asked}`;
    turn.className = "turn pending";
    const heading = document.createElement("h2");
    heading.className = "question";
    heading.dir = "auto";
    heading.textContent = text.trim();
    const going = document.createElement("div");
    going.className = "going";
    going.append(message(words.word("page_reading"), "reading-now"));
    turn.append(heading, going);
    turns.append(turn);
    while (turns.childElementCount > KEPT) {
      turns.firstElementChild.remove();
      dropped.hidden = false;
    }
    pending = { turn, text, fresh };
    memory.ask(text);
    timers = [
      setTimeout(() => going.append(cancelling()), PATIENT),
      setTimeout(() => (going.firstChild.textContent = words.word("page_slow")), SLOW),
      setTimeout(lost, LOST),
    ];
    if (document.activeElement !== question) holdFocus(); // the button that asked goes, or is disabled
    send.disabled = true;
    question.value = "";
    grow();
    arrange();
    turn.scrollIntoView(); // in the log, or with the document where the window is low
    trigger("ask", { number: asked, question: text, fresh, alone, language: words.current() });
    fresh = false;
  }

  /** Puts `text` into the box, to be changed there. Typed, as it were: what stood there comes back by undoing. */
  function edit(text) {
    question.focus();
    question.select();
    document.execCommand("insertText", false, text);
  }

  function cancelling() {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "quiet withdraw", ariaLabel: words.word("page_cancel_ask") });
    button.textContent = words.word("page_cancel");
    button.addEventListener("click", withdraw);
    return button;
  }

  /** Takes the question back into the box that it came from: it is asked no more, and no part of the conversation. */
  function withdraw() {
    if (!pending) return;
    trigger("withdraw", { number: asked });
    memory.ask("");
    pending.turn.remove();
    fresh = pending.fresh;
    question.value ||= pending.text;
    grow();
    settle();
    arrange();
    holdFocus();
    say(words.word("page_withdrawn"));
  }

  function settle() {
    timers.forEach(clearTimeout);
    pending = null;
    send.disabled = !ready;
    saySoAgain();
  }

  /** What was answered is said in the language that is in force now. */
  function speak() {
    respeak = true;
    grow(); // its placeholder is another
    saySoAgain();
  }

  function saySoAgain() {
    if (!respeak || pending) return;
    respeak = false;
    if (turns.childElementCount && !fresh) trigger("speak", { language: words.current() });
  }

  /** The question of that number was not taken. */
  function refused(number) {
    if (pending?.turn.id !== `turn-${number}`) return;
    fresh = pending.fresh;
    fail("page_not_asked");
  }

  /** No answer will come, or none has for too long. */
  function lost() {
    if (pending) fail("page_unanswered");
  }

  function fail(why) {
    question.value ||= pending.text;
    grow();
    pending.turn.querySelector(".going").replaceWith(message(words.word(why), "card error"));
    pending.turn.classList.remove("pending");
    settle();
  }

  /** Turns as they are now, {number: HTML}, each in the place of the one before; `kept` are files of those that are new. */
  function receive(found, kept = {}) {
    for (const [number, html] of Object.entries(found)) {
      const holder = document.createElement("template");
      holder.innerHTML = html;
      const turn = holder.content.firstElementChild;
      words.localise(turn);
      const before = find(`turn-${number}`);
      if (!before) continue; // cleared or taken back meanwhile
      if (kept[number]) memory.put(Number(number), kept[number]);
      const held = before.contains(document.activeElement);
      const same = carried(before, turn);
      before.replaceWith(turn);
      if (before !== pending?.turn) {
        if (held) same?.focus({ preventScroll: true });
        continue;
      }
      memory.ask("");
      settle();
      turn.scrollIntoView();
      if (held) holdFocus();
    }
    arrange();
  }

  /** A turn drawn anew, as in another language: what was open in it stays open. What stands for what has the focus. */
  function carried(before, after) {
    const both = (parts) => [before, after].map((turn) => [...turn.querySelectorAll(parts)]);
    const [was, is] = both("details");
    was.forEach((one, n) => is[n] && (is[n].open = one.open));
    const [controls, others] = both("button, summary");
    return others[controls.indexOf(document.activeElement)];
  }

  /** Another conversation in place of this one, as `receive` gets it: its turns have the numbers from 1. `cut`: it was
   * longer. */
  function replace(found, kept, cut = false) {
    withdraw(); // what was asked meanwhile goes back into its box
    memory.replace(kept);
    const held = turns.contains(document.activeElement);
    turns.innerHTML = Object.values(found).join("");
    words.localise(turns);
    asked = Math.max(asked, Object.keys(found).length); // no number is ever given again
    fresh = false;
    arrange();
    dropped.hidden = !cut;
    if (held) holdFocus();
  }

  /** Clears the conversation; the next question begins another one. */
  function clear() {
    withdraw();
    memory.replace({});
    memory.ask("");
    dropped.hidden = true;
    turns.replaceChildren();
    fresh = true;
    arrange();
    question.focus();
  }

  function message(text, className) {
    const box = document.createElement("div");
    box.className = className;
    box.textContent = text;
    return box;
  }

  /** Says why the question stays in its box. */
  function warn(text) {
    hint.textContent = text;
    hint.classList.add("warn");
    question.focus();
  }

  function unwarn() {
    hint.textContent = words.word("page_hint");
    hint.classList.remove("warn");
  }

  /** The box is as high as what stands in it, a placeholder too; it has no height while another room is shown. */
  function grow() {
    question.style.height = "auto";
    if (question.scrollHeight) question.style.height = `${question.scrollHeight + 2}px`;
  }

  addEventListener("resize", grow);
  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(question.value);
  });
  question.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      ask(question.value);
    }
  });
  question.addEventListener("input", () => {
    grow();
    if (hint.classList.contains("warn")) unwarn();
  });
  /** The question that was on its way when the page was left stands in the box. */
  function recall() {
    question.value ||= memory.question();
    grow();
  }

  return { ask, edit, allow, speak, grow, lost, refused, receive, recall, replace, clear, withdraw, holdFocus };
}
