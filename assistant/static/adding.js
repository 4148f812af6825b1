// Adding files by choosing or dropping them: one after the other, each with its outcome, none over another. What takes
// more than a second shows how far it is, and can be cancelled, with all that were to come after it.

import * as words from "./words.js";

const SHOWN_AFTER = 1000; // ms

/** `added` hears of each file that came in. */
export function makeAdding(root, added) {
  const find = (id) => root.querySelector(`#${id}`);
  const [room, zone, picker, list] = ["sources", "drop", "add-files", "added"].map(find);

  const say = (key, name) => words.word(key).replace("{name}", () => name); // what is put in may hold a "$"
  const queue = []; // { file, line, beside } that wait for the one under way
  let running = false;

  /** What the server says of a file; `cancelled` if the button that `line` gets was pressed while it was sent. */
  function send({ file, line, beside }) {
    const asked = new URLSearchParams({ name: file.name, beside: beside ? "1" : "0", language: words.current() });
    const request = new XMLHttpRequest(); // `fetch` does not tell how much has been sent
    const bar = document.createElement("progress");
    Object.assign(bar, { max: file.size || 1, value: 0 });
    bar.setAttribute("aria-label", say("page_add_going", file.name));
    const cancel = button("page_cancel", () => request.abort());
    cancel.setAttribute("aria-label", say("page_add_cancel", file.name));
    const shown = setTimeout(() => line.append(" ", cancel, bar), SHOWN_AFTER);
    return new Promise((done) => {
      const end = (found) => {
        clearTimeout(shown);
        done(found);
      };
      const failed = words.word("page_add_failed").replace("{what}", () => words.word("page_lost"));
      const lost = () => end({ error: failed.replace("{name}", () => file.name) });
      request.upload.onprogress = (event) => (bar.value = event.loaded);
      request.upload.onload = () => {
        clearTimeout(shown); // it is all there: nothing to cancel any more
        if (line.contains(document.activeElement)) find("add").focus();
        cancel.remove();
      };
      request.onabort = () => end({ cancelled: true, error: say("page_add_cancelled", file.name) });
      request.onerror = lost;
      request.onload = () => (request.response ? end(request.response) : lost());
      request.responseType = "json";
      request.open("POST", `/add?${asked}`);
      request.send(file);
    });
  }

  function button(key, pressed) {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", className: "quiet", textContent: words.word(key) });
    made.addEventListener("click", pressed);
    return made;
  }

  function put(line, kind, text) {
    if (line.contains(document.activeElement)) find("add").focus(); // its button is going
    Object.assign(line, { className: kind, textContent: text });
  }

  /** Whether to go on with those that wait. */
  async function add(one) {
    const { file, line } = one;
    put(line, "", say("page_add_going", file.name));
    const found = await send(one);
    const done = found.kept_out ? "page_add_kept_out" : "page_add_done";
    put(line, found.name || found.same ? "done" : "refused", found.name ? say(done, found.name) : found.error);
    if (found.exists && !found.same) line.append(" ", button("page_add_beside", () => retry(file, line)));
    if (found.name) added();
    return !found.cancelled;
  }

  function retry(file, line) {
    put(line, "", file.name);
    enqueue([{ file, line, beside: true }]);
  }

  async function enqueue(some) {
    queue.push(...some);
    if (running) return;
    running = true;
    while (queue.length) {
      if (await add(queue.shift())) continue;
      for (const { file, line } of queue.splice(0)) put(line, "refused", say("page_add_cancelled", file.name));
    }
    running = false;
  }

  /** Files that are chosen while others come in wait for them; `folders`, by their names, are not taken. */
  function addAll(files, folders = []) {
    if (!running) list.replaceChildren();
    const line = (name) => {
      const made = document.createElement("li");
      Object.assign(made, { dir: "auto", textContent: name });
      list.append(made);
      return made;
    };
    for (const name of folders) put(line(name), "refused", say("page_add_folder", name));
    enqueue([...files].map((file) => ({ file, line: line(file.name), beside: false })));
  }

  /** What was dropped: a folder looks like a file there, but cannot be read. */
  function dropped({ items }) {
    const files = [...items].filter((item) => item.kind === "file");
    const isFolder = (item) => item.webkitGetAsEntry()?.isDirectory;
    const folders = files.filter(isFolder).map((item) => item.webkitGetAsEntry().name);
    addAll(files.filter((item) => !isFolder(item)).map((item) => item.getAsFile()), folders);
  }

  find("add").addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => {
    addAll(picker.files);
    picker.value = ""; // the same may be chosen again
  });
  for (const name of ["dragover", "dragenter"]) {
    room.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) room.addEventListener(name, () => zone.classList.remove("over"));
  for (const name of ["dragover", "drop"]) {
    root.ownerDocument.addEventListener(name, (event) => event.preventDefault()); // a file beside the mark opens nothing
  }
  room.addEventListener("drop", (event) => {
    if (!zone.hidden) dropped(event.dataTransfer);
  });
}
