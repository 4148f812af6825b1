// The page's behaviour. All HTML comes escaped from the server; nothing here builds markup out of a source's text.

import * as words from "./words.js";
import { copy, makeNotice } from "./notice.js";
import { listen } from "./keys.js";
import { KEPT, makeAsking } from "./asking.js";
import { makeEvents } from "./events.js";
import { makeFinding } from "./finding.js";
import { makeMarking } from "./marking.js";
import { makeMemory } from "./memory.js";
import { makePassages } from "./passages.js";
import { watchQueue } from "./refused.js";
import { makeSaving } from "./saving.js";
import { makeSources } from "./sources.js";
import { makeStanding } from "./standing.js";
import { makeViewer } from "./viewer.js";

/** Called once by Gradio: `element` holds page.html, `trigger` raises an event, `server` calls Python. */
function start({ element, trigger, server: python, props, watch }) {
  const find = (id) => element.querySelector(`#${id}`);
  const [turns, welcome, question] = ["turns", "welcome", "question"].map(find);
  const say = makeNotice(find("toast"));
  const visitor = crypto.randomUUID(); // the secret under which the server holds this page's conversation
  // Gradio's calls bring nothing where the server does not answer: here they fail, as calls do.
  const server = new Proxy({}, {
    get: (_, name) => async (data) =>
      (await python[name]({ ...data, visitor })) ?? Promise.reject(new Error("no answer")),
  });
  const raise = (name, data) => trigger(name, { ...data, visitor });
  const events = makeEvents(raise);
  const send = (name, data) => events.send(name, { ...data, language: words.current() });
  const viewer = makeViewer(
    element,
    (place, others, low, high) =>
      server.open_place({ place, others, low, high, language: words.current() }).catch(() => ({ error: lost() })),
    (place, number) =>
      server.turn_page({ place, number, language: words.current() }).catch(() => ({ error: lost() })),
    () => {
      marking.shut();
      finding.changed();
      passages.draw();
    },
  );
  const finding = makeFinding(element, viewer, (place, sought) =>
    server.find_words({ place, words: sought, language: words.current() }).catch(() => ({})),
  );
  const passages = makePassages(element, viewer);
  const marking = makeMarking(element, { viewed: viewer.viewed, turn: viewer.turn, send });
  const memory = makeMemory(KEPT);
  const asking = makeAsking(element, { trigger: raise, say, arrange, memory });
  const { holdFocus } = asking;
  const standing = makeStanding(element, { server, say, lost, changed, holdFocus, gone: asking.lost });
  const { look, show } = standing;
  const sources = makeSources(element, { server, show, look });
  let ready = false;
  let held = ""; // which conversation the server holds
  let restoring = false;
  let away = false; // the server did not answer

  function lost() {
    const box = document.createElement("div");
    box.className = "card error";
    box.textContent = words.word("page_lost");
    return box.outerHTML;
  }

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

  /** The index was looked at: whether one can ask, and, unless it did not answer, how it stands. */
  function changed(now, view) {
    ready = now;
    if (view?.held && view.held !== held) restore(view.held);
    asking.allow(ready && !restoring);
    const back = away && view;
    away = !view;
    if (!view) return;
    question.disabled = !ready;
    find("offered").hidden = !view.examples;
    sources.follow(view);
    if (back) viewer.again();
    if (back) sources.draw();
    arrange();
  }

  /** Gives the server back what it does not hold: the page was loaded again, or the server started again. */
  async function restore(by) {
    held = by;
    const text = memory.conversation();
    restoring = Boolean(text); // meanwhile, a question would begin another conversation in its place
    if (!text) return;
    const loaded = !turns.childElementCount;
    const found = await send("reopen", { text, again: true });
    restoring = !found.reopened && !found.error; // no answer came
    asking.allow(ready && !restoring);
    if (found.unusable) memory.replace({}); // of another version of Sourcier
    else if (!found.reopened) held = ""; // again at the next look
    if (!found.reopened) return;
    asking.replace(found.turns, found.kept);
    viewer.standing();
    if (loaded) turns.lastElementChild.scrollIntoView();
  }

  function arrange() {
    const empty = turns.childElementCount === 0;
    welcome.hidden = !(ready && empty);
    find("start-over").hidden = empty;
  }

  function receive() {
    if (!props.value) return;
    if (props.value.event) events.receive(props.value);
    if (props.value.reopened) return; // `reopened` draws it
    asking.receive(props.value.turns, props.value.kept);
    viewer.standing();
    passages.draw();
  }

  /** A conversation out of a file, in place of this one. */
  function reopened(found) {
    enter("ask");
    viewer.shut();
    asking.replace(found.turns, found.kept, found.cut);
    turns.firstElementChild.scrollIntoView();
  }

  /** A thumb pressed, or pressed again to take it back. */
  async function judge(button) {
    const { verdict, answer } = button.dataset;
    const taken = button.getAttribute("aria-pressed") === "true";
    const number = Number(button.closest(".turn").id.slice("turn-".length));
    const found = await send("judge", { number, answer: Number(answer), verdict: taken ? "" : verdict });
    say(found.news ?? found.why ?? words.word("page_unanswered"));
    if (!found.judged) return;
    memory.judge(...found.judged);
    for (const other of button.parentElement.querySelectorAll(".thumb")) {
      other.setAttribute("aria-pressed", String(other.dataset.verdict === found.judged[2]));
    }
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
    viewer.cover();
    asking.grow();
  }

  function speakIn(language) {
    words.choose(language, true);
    speak();
    look();
    sources.draw();
    asking.speak();
  }

  /** Begins a build, or ends it. The button is not disabled meanwhile, which would lose the focus. */
  function build(button, name, data) {
    button.ariaDisabled = "true";
    return server[name]({ ...data, language: words.current() }).then(show, look);
  }

  // --- what the user does

  const acts = {
    "[data-place]": (button, event) => (enter("ask"), viewer.open(button, event.detail === 0)),
    "[data-tab]": (button) => enter(button.dataset.tab),
    "[data-copy]": (button) => copy(button, say),
    "[data-edit]": (button) => asking.edit(button.dataset.edit),
    "[data-alone]": (button) => asking.ask(button.dataset.alone, true),
    "[data-verdict]": judge,
    "[data-choice]": (button) => speakIn(button.dataset.choice),
    ".build": (button) => build(button, "rebuild", {}).then(() => (button.ariaDisabled = null)),
    "[data-cancel]": (button) => {
      build(button, "cancel", { number: Number(button.dataset.cancel) });
      say(words.word("page_stopping"));
    },
    ".example": (button) => asking.ask(button.textContent),
    "#show-keys": () => find("keys").showModal(),
    "#start-over": () => (viewer.shut(), asking.clear()),
  };
  element.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || button.ariaDisabled) return;
    const act = Object.keys(acts).find((mark) => button.matches(mark));
    if (act) acts[act](button, event);
  });
  listen(element, { question: { focus: () => (enter("ask"), viewer.giveWay(), question.focus()) }, steps: viewer.step, help: find("keys") });
  makeSaving(element, { send, say, withdraw: asking.withdraw, empty: () => !turns.childElementCount, replace: reopened });
  watch("value", receive);
  watchQueue(({ event, number }) => {
    if (event) events.receive({ event, why: words.word("page_not_asked") });
    else asking.refused(number);
  });

  words.recall();
  speak();
  asking.recall();
  standing.keepLooking().then(() => {
    document.body.classList.add("started");
    follow();
    addEventListener("hashchange", follow);
  });

  /** Opens what the page's address leads to. */
  function follow() {
    const link = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    if (!link.doc) return;
    enter("ask");
    viewer.follow(server.follow({ ...link, language: words.current() })).catch(() => say(words.word("page_lost")));
  }
}

window.startSourcier = start;
dispatchEvent(new Event("sourcier-ready"));
