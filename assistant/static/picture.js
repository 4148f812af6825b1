// The folder at a glance, drawn when it is opened: on its map, a point is chosen by a click or the arrow keys.

import * as words from "./words.js";

const NEAR = 24; // pixels from a point, within which a click is meant for it
const TOGETHER = 3; // pixels between points that a click cannot tell apart
const order = (point) => Number(point.id.slice("point-".length));
const byOrder = (a, b) => order(a) - order(b);

export function makePicture(root, server) {
  const [details, inside] = ["picture", "picture-inside"].map((id) => root.querySelector(`#${id}`));
  let latest = 0;

  async function draw() {
    if (!details.open) return;
    const turn = ++latest;
    const found = await server.picture({ language: words.current() }).catch(() => null);
    if (!found) return;
    const html = found.error ?? found.picture;
    if (turn !== latest || inside.dataset.html === html) return;
    const held = inside.contains(document.activeElement);
    inside.dataset.html = html;
    inside.innerHTML = html;
    words.localise(inside);
    if (held) (inside.querySelector(".map") ?? details.firstElementChild).focus();
  }

  const chosen = () => inside.querySelector("[role=option][aria-selected=true]");

  /** Names the document of a point, on a button that opens it. */
  function choose(point) {
    chosen()?.setAttribute("aria-selected", "false");
    point.setAttribute("aria-selected", "true");
    point.parentElement.setAttribute("aria-activedescendant", point.id);
    point.parentElement.append(point); // drawn over its neighbours
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "hit" });
    button.dataset.place = point.dataset.at;
    const name = document.createElement("bdi");
    name.textContent = point.ariaLabel.replace(/[\u2068\u2069]/g, ""); // which bdi is instead
    button.append(name);
    inside.querySelector(".pointed").replaceChildren(button);
  }

  /** The point that lies nearest to a place on the screen, if one is near; of those that lie together, the next one. */
  function nearest(map, x, y) {
    const away = [...map.children].map((point) => {
      const box = point.getBoundingClientRect();
      return { point, far: Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y) };
    });
    const least = Math.min(...away.map((one) => one.far));
    if (least > NEAR) return null;
    const together = away.filter((one) => one.far <= least + TOGETHER).map((one) => one.point).sort(byOrder);
    return together[(together.indexOf(chosen()) + 1) % together.length];
  }

  details.addEventListener("toggle", draw);
  inside.addEventListener("click", (event) => {
    const map = event.target.closest(".map");
    const point = map && nearest(map, event.clientX, event.clientY);
    if (point) choose(point);
  });
  inside.addEventListener("keydown", (event) => {
    const map = event.target.closest(".map");
    if (!map) return;
    const all = [...map.children].sort(byOrder);
    const at = all.indexOf(chosen());
    const next = {
      ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: all.length - 1,
    }[event.key];
    if (next !== undefined) choose(all[Math.min(Math.max(next, 0), all.length - 1)]);
    else if (event.key === "Enter" && at >= 0) inside.querySelector(".pointed button").click();
    else return;
    event.preventDefault();
  });
  return { draw };
}
