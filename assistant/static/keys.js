// The keys of the page: none of them while one writes, or with a modifier held.

/** `steps` goes to the citation before (-1) or after (1); `help` is the dialog that lists the keys. */
export function listen(root, { question, steps, help }) {
  root.ownerDocument.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (help.open && event.key !== "?") return;
    const act = {
      "/": () => question.focus(),
      n: () => steps(1),
      p: () => steps(-1),
      "?": () => (help.open ? help.close() : help.showModal()),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
