// A conversation as a file of the user's own: saved by the browser, chosen by the user to be reopened.

import * as words from "./words.js";

/** `send` raises an event and brings its reply; `say` shows a notice; `withdraw` takes back a question that is on its way;
 * `empty` says whether nothing was asked since the start; `replace` draws another conversation. */
export function makeSaving(root, { send, say, withdraw, empty, replace }) {
  const menu = root.querySelector("#conversation");
  const picker = root.querySelector("#reopen-file");

  async function save(format) {
    const found = empty() ? { why: words.word("page_nothing_to_save") } : await send("save", { format });
    if (!found.file) {
      say(found.why ?? words.word("page_unanswered"));
      return;
    }
    const link = document.createElement("a");
    const type = format === "md" ? "text/markdown" : "application/json";
    link.href = URL.createObjectURL(new Blob([found.file.text], { type: `${type};charset=utf-8` }));
    link.download = found.file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  async function reopen() {
    const [file] = picker.files;
    picker.value = "";
    if (!file) return;
    withdraw();
    const found = await send("reopen", { name: file.name, text: await file.text() });
    say(found.news ?? found.why ?? words.word("page_unanswered"));
    if (found.reopened) replace(found);
  }

  menu.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    if (button.dataset.save) save(button.dataset.save);
    else picker.click();
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  root.ownerDocument.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  picker.addEventListener("change", reopen);
}
