// The conversation as this tab keeps it, in the form of a saved one, and the question that is on its way: a page that is
// loaded again, or a server that was started again, gets them from here. It ends with the tab.

const [CONVERSATION, QUESTION] = ["sourcier.conversation", "sourcier.question"];

/** `most` turns are kept. */
export function makeMemory(most) {
  const turns = new Map(); // what a file holds of each, by its number
  let head = {}; // what stands in a file besides

  /** Whether the browser took it; one that keeps nothing of sites throws. */
  function write(key, text) {
    try {
      if (text) sessionStorage.setItem(key, text);
      else sessionStorage.removeItem(key);
      return true;
    } catch {
      return false;
    }
  }

  function read(key) {
    try {
      return sessionStorage.getItem(key) ?? "";
    } catch {
      return "";
    }
  }

  const text = (some) => (some.length ? JSON.stringify({ ...head, turns: some }) : "");

  function store() {
    const some = [...turns.values()];
    while (!write(CONVERSATION, text(some)) && some.length) some.shift(); // there is room for the latest
  }

  function add(number, file) {
    const { turns: [turn], ...rest } = JSON.parse(file);
    head = rest;
    turns.set(number, turn);
    while (turns.size > most) turns.delete(turns.keys().next().value);
  }

  /** A turn of the conversation, as a file of its own. */
  function put(number, file) {
    add(number, file);
    store();
  }

  /** Another conversation, {number: file}. */
  function replace(found) {
    turns.clear();
    for (const [number, file] of Object.entries(found)) add(Number(number), file);
    store();
  }

  function judge(number, answer, verdict) {
    const turn = turns.get(number);
    if (!turn) return;
    if (verdict) turn.judged[answer] = verdict;
    else delete turn.judged[answer];
    store();
  }

  return {
    put,
    replace,
    judge,
    /** The whole as a file; "" if there is nothing. After a new load it is what was kept before. */
    conversation: () => text([...turns.values()]) || read(CONVERSATION),
    question: () => read(QUESTION),
    ask: (question) => write(QUESTION, question),
  };
}
