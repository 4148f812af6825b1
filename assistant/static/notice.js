// Short notices that come and go, and copying, which needs one.

import { word } from "./words.js";

/** Shows a text in `toast` for a while; returns the function that does it. */
export function makeNotice(toast) {
  let timer = 0;
  return (text) => {
    toast.textContent = text;
    toast.classList.add("shown");
    clearTimeout(timer);
    timer = setTimeout(() => toast.classList.remove("shown"), 4000);
  };
}

/** Copies what `button` carries, as Markdown and, for what takes it, as HTML; says so on the button and by `say`. */
export async function copy(button, say) {
  const { copy: plain, rich } = button.dataset;
  const kind = (type, said) => [type, new Blob([said], { type })]; // not all browsers take mere text
  try {
    const kinds = Object.fromEntries([kind("text/plain", plain), kind("text/html", rich)]);
    await navigator.clipboard.write([new ClipboardItem(kinds)]);
  } catch {
    say(word("page_copy_failed"));
    return;
  }
  button.textContent = word("page_copied");
  say(word("page_copied"));
  setTimeout(() => (button.textContent = word("page_copy")), 2500);
}
