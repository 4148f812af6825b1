// Adding files by choosing or dropping them: one after the other, each with its outcome, none over another.

import * as words from "./words.js";

/** `added` hears of each file that came in. */
export function makeAdding(root, added) {
  const find = (id) => root.querySelector(`#${id}`);
  const [room, zone, picker, list] = ["sources", "drop", "add-files", "added"].map(find);

  const say = (key, name) => words.word(key).replace("{name}", name);

  async function add(file, line, beside) {
    line.className = "";
    line.textContent = say("page_add_going", file.name);
    const asked = new URLSearchParams({ name: file.name, beside: beside ? "1" : "0", language: words.current() });
    let found;
    try {
      const reply = await fetch(`/add?${asked}`, { method: "POST", body: file });
      found = await reply.json();
    } catch {
      found = { error: words.word("page_add_failed").replace("{name}", file.name).replace("{what}", words.word("page_lost")) };
    }
    line.textContent = found.name ? say("page_add_done", found.name) : found.error;
    line.className = found.name || found.same ? "done" : "refused";
    if (found.exists && !found.same) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "quiet", textContent: words.word("page_add_beside") });
      button.addEventListener("click", () => add(file, line, true));
      line.append(" ", button);
    }
    if (found.name) added();
  }

  async function addAll(files) {
    list.replaceChildren();
    const lines = [...files].map((file) => {
      const line = document.createElement("li");
      line.dir = "auto";
      list.append(line);
      return [file, line];
    });
    for (const [file, line] of lines) await add(file, line, false);
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
