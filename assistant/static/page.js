// The page's behaviour. All HTML comes escaped from the server; nothing here builds markup out of a source's text.

import * as words from "./words.js";
import { copy, makeNotice } from "./notice.js";
import { listen } from "./keys.js";
import { makeEvents } from "./events.js";
import { makeMarking } from "./marking.js";
import { makeSaving } from "./saving.js";
import { makeSources } from "./sources.js";
import { makeStanding } from "./standing.js";
import { makeViewer } from "./viewer.js";

const SLOW = 20000; // after so long, a question says that it is still being read
const LOST = 120000; // after so long, that no answer came
const touch = matchMedia("(pointer: coarse)");

/** Called once by Gradio: `element` holds page.html, `trigger` raises an event, `server` calls Python. */
function start({ element, trigger, server, props, watch }) {
  const find = (id) => element.querySelector(`#${id}`);
  const [log, turns, welcome] = ["log", "turns", "welcome"].map(find);
  const [composer, question, hint] = ["composer", "question", "hint"].map(find);
  const say = makeNotice(find("toast"));
  const events = makeEvents(trigger);
  const send = (name, data) => events.send(name, { ...data, language: words.current() });
  const lost = () => message(words.word("page_lost"), "card error").outerHTML;
  const viewer = makeViewer(
    element,
    (place, others, low, high) =>
      server.open_place({ place, others, low, high, language: words.current() }).catch(() => ({ error: lost() })),
    (place, number) =>
      server.turn_page({ place, number, language: words.current() }).catch(() => ({ error: lost() })),
    () => marking.shut(),
  );
  const marking = makeMarking(element, { viewed: viewer.viewed, turn: viewer.turn, send });
  const standing = makeStanding(element, { server, say, lost, changed, holdFocus, gone: () => pending && answerLost() });
  const { look, show } = standing;
  const sources = makeSources(element, { server, show, look });
  let ready = false;
  let pending = null;
  let asked = 0;
  let fresh = false; // the next question begins a new conversation
  let respeak = false; // the language changed while a question was on its way
  let timers = [];

  // --- words

  function speak() {
    words.label(element);
    words.localise(element);
    for (const button of element.querySelectorAll("[data-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.choice === words.current()));
    }
    const list = find("examples");
    list.replaceChildren(
      ...words.examples().map((text) => {
        const button = document.createElement("button");
        Object.assign(button, { type: "button", className: "example", textContent: text });
        const item = document.createElement("li");
        item.append(button);
        return item;
      }),
    );
  }

  function message(text, className) {
    const box = document.createElement("div");
    box.className = className;
    box.textContent = text;
    return box;
  }

  // --- the conversation

  /** Where the focus goes when its place is gone: to the question, but for fingers, whom that would open a keyboard. */
  function holdFocus() {
    (question.disabled || touch.matches ? log : question).focus({ preventScroll: true });
  }

  /** The index was looked at: whether one can ask, and, unless it did not answer, how it stands. */
  function changed(now, view) {
    ready = now;
    composer.querySelector("button").disabled = !ready || pending !== null;
    if (!view) return;
    question.disabled = !ready;
    sources.follow(view);
    arrange();
  }

  function arrange() {
    const empty = turns.childElementCount === 0;
    welcome.hidden = !(ready && empty);
    find("start-over").hidden = empty;
  }

  function ask(text) {
    if (!ready || pending) return;
    if (!text.trim()) {
      hint.textContent = words.word("page_empty_question");
      hint.classList.add("warn");
      question.focus();
      return;
    }
    unwarn();
    asked += 1;
    pending = document.createElement("article");
    pending.id = `turn-${asked}`;
    pending.className = "turn pending";
    const heading = document.createElement("h2");
    heading.className = "question";
    heading.dir = "auto";
    heading.textContent = text.trim();
    pending.append(heading, message(words.word("page_reading"), "reading-now"));
    turns.append(pending);
    timers = [setTimeout(() => waiting("page_slow"), SLOW), setTimeout(answerLost, LOST)];
    if (document.activeElement !== question) holdFocus(); // the button that asked goes, or is disabled
    composer.querySelector("button").disabled = true;
    question.value = "";
    grow();
    arrange();
    toEnd(pending);
    trigger("ask", { number: asked, question: text, fresh, language: words.current() });
    fresh = false;
  }

  function waiting(key) {
    pending.querySelector(".reading-now").textContent = words.word(key);
  }

  function settle() {
    timers.forEach(clearTimeout);
    pending = null;
    composer.querySelector("button").disabled = !ready;
    saySoAgain();
  }

  function saySoAgain() {
    if (!respeak || pending) return;
    respeak = false;
    if (turns.childElementCount && !fresh) trigger("speak", { language: words.current() });
  }

  function answerLost() {
    if (!pending) return;
    pending.querySelector(".reading-now")?.replaceWith(message(words.word("page_unanswered"), "card error"));
    pending.classList.remove("pending");
    settle();
  }

  function receive() {
    if (!props.value) return;
    if (props.value.event) events.receive(props.value);
    if (props.value.reopened) return; // `reopened` draws it
    for (const [number, html] of Object.entries(props.value.turns)) {
      const holder = document.createElement("template");
      holder.innerHTML = html;
      const turn = holder.content.firstElementChild;
      words.localise(turn);
      const before = find(`turn-${number}`);
      if (!before) continue; // cleared meanwhile
      before.replaceWith(turn);
      if (before !== pending) continue;
      settle();
      toEnd(turn);
    }
    viewer.standing();
    arrange();
  }

  /** A conversation out of a file, in place of this one. */
  function reopened(found) {
    enter("ask");
    viewer.shut();
    turns.innerHTML = Object.values(found.turns).join("");
    words.localise(turns);
    asked = found.reopened;
    fresh = false;
    arrange();
    log.scrollTo({ top: 0 });
  }

  function toEnd(turn) {
    const top = turn.getBoundingClientRect().top - log.getBoundingClientRect().top;
    log.scrollTo({ top: log.scrollTop + top - 16 });
  }

  /** A thumb pressed, or pressed again to take it back. */
  async function judge(button) {
    const { verdict, answer } = button.dataset;
    const taken = button.getAttribute("aria-pressed") === "true";
    const number = Number(button.closest(".turn").id.slice("turn-".length));
    const found = await send("judge", { number, answer: Number(answer), verdict: taken ? "" : verdict });
    say(found.news ?? found.why ?? words.word("page_unanswered"));
    if (!found.judged) return;
    for (const other of button.parentElement.querySelectorAll(".thumb")) {
      other.setAttribute("aria-pressed", String(other.dataset.verdict === found.judged[2]));
    }
  }

  function unwarn() {
    hint.textContent = words.word("page_hint");
    hint.classList.remove("warn");
  }

  function grow() {
    question.style.height = "auto";
    question.style.height = `${question.scrollHeight + 2}px`;
  }

  /** The room of that name alone: "ask" or "sources". */
  function enter(name) {
    find("rooms").hidden = name !== "ask";
    find("sources").hidden = name !== "sources";
    for (const tab of element.querySelectorAll("[data-tab]")) {
      if (tab.dataset.tab === name) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    sources.draw();
  }

  // --- what the user does

  element.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || button.ariaDisabled) return;
    if (button.dataset.place) {
      enter("ask");
      viewer.open(button, event.detail === 0);
    } else if (button.dataset.tab) enter(button.dataset.tab);
    else if (button.dataset.copy) copy(button, say);
    else if (button.dataset.verdict) judge(button);
    else if (button.dataset.choice) {
      words.choose(button.dataset.choice, true);
      speak();
      look();
      sources.draw();
      respeak = true;
      saySoAgain();
    } else if (button.classList.contains("build")) {
      button.ariaDisabled = "true"; // not disabled, which would lose the focus
      server.rebuild({ language: words.current() }).then(show, look).finally(() => (button.ariaDisabled = null));
    } else if (button.classList.contains("example")) ask(button.textContent);
    else if (button.id === "start-over") {
      if (pending) return;
      viewer.shut();
      turns.replaceChildren();
      fresh = true;
      arrange();
      question.focus();
    }
  });
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
  listen(element, { question: { focus: () => (enter("ask"), question.focus()) }, steps: viewer.step, help: find("keys") });
  makeSaving(element, { send, say, busy: () => pending !== null, empty: () => !turns.childElementCount, replace: reopened });
  watch("value", receive);

  words.recall();
  speak();
  standing.keepLooking().then(() => {
    document.body.classList.add("started");
    const link = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    if (link.doc) server.follow({ ...link, language: words.current() }).then(viewer.show, (error) => console.error(error));
  });
}

window.startSourcier = start;
dispatchEvent(new Event("sourcier-ready"));
