// Adding files by choosing or dropping them: one after the other, each with its outcome, none over another. What takes
// more than a second shows how far it is, and can be cancelled, with all that were to come after it.

import * as words from "./words.js";

const SHOWN_AFTER = 1000; // ms

/** `added` hears of each file that came in. */
export function makeAdding(root, added) {
  const find = (id) => root.querySelector(`#${id}`);
  const [room, zone, picker, list] = ["sources", "drop", "add-files", "added"].map(find);

  const say = (key, name) => words.word(key).replace("{name}", name);

  /** What the server says of a file; `cancelled` if the button that `line` gets was pressed. */
  function send(file, line, beside) {
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
      const lost = () => end({ error: say("page_add_failed", file.name).replace("{what}", words.word("page_lost")) });
      request.upload.onprogress = (event) => (bar.value = event.loaded);
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

  async function add(file, line, beside) {
    line.className = "";
    line.textContent = say("page_add_going", file.name);
    const found = await send(file, line, beside);
    line.textContent = found.name ? say("page_add_done", found.name) : found.error;
    line.className = found.name || found.same ? "done" : "refused";
    if (found.exists && !found.same) line.append(" ", button("page_add_beside", () => add(file, line, true)));
    if (found.name) added();
    if (found.cancelled) find("add").focus(); // the button that had it is gone
    return !found.cancelled;
  }

  async function addAll(files) {
    list.replaceChildren();
    const lines = [...files].map((file) => {
      const line = document.createElement("li");
      line.dir = "auto";
      list.append(line);
      return [file, line];
    });
    for (let at = 0, go = true; at < lines.length; at++) {
      const [file, line] = lines[at];
      if (go) go = await add(file, line, false);
      else Object.assign(line, { className: "refused", textContent: say("page_add_cancelled", file.name) });
    }
  }

  find("add").addEventListener("click", () => picker.click());
  picker.addEventListener("change", async () => {
    await addAll(picker.files);
    picker.value = "";
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
    if (!zone.hidden) addAll(event.dataTransfer.files);
  });
}
