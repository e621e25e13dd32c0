// Cards that are moved from place to place: the board by status and the calendar by day.
//
// A container (data-board) names the field it sends ("to" or "day"), a place says what it stands for (data-drop), a card where
// moving it is asked for (data-card). Mouse: drag. Finger: hold, then drag. Keyboard: arrows go from card to card, Shift with
// an arrow moves the card, m asks where to. The server decides; what it refuses goes back with its sentence.
const HOLD = 350;
const FAR = 6;
const rows = document.getElementById("rows");
const dialog = document.getElementById("dialog");
let drag = null;

const say = (text, level = "error") => document.dispatchEvent(new CustomEvent("toast", { detail: { text, level } }));
const refresh = () => {
  const live = rows.querySelector("[data-live]");
  if (live) window.htmx.trigger(live, "live");
};

function allowed(card, zone) {
  const ways = card.closest("[data-drop]")?.dataset.ways;
  return zone !== card.closest("[data-drop]") && (ways === undefined || ways.split(" ").includes(zone.dataset.drop));
}

async function send(card, zone) {
  const board = card.closest("[data-board]");
  const from = card.parentNode;
  const before = card.nextSibling;
  const back = () => from.isConnected && from.insertBefore(card, before);
  (zone.querySelector("ul") || zone).prepend(card);
  card.classList.add("waiting");
  const body = new URLSearchParams({
    [board.dataset.board]: zone.dataset.drop,
    version: card.dataset.version || "",
    back: location.search.slice(1),
    by: board.dataset.by || "",
  });
  const headers = { "X-CSRFToken": JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"], "X-Board": "1" };
  try {
    const answer = await fetch(card.dataset.card, { method: "POST", body, headers, redirect: "follow" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.headers.get("X-Ask")) {
      back();
      ask(page.querySelector("#panel"), card);
    } else if (answer.ok) {
      for (const toast of page.querySelectorAll(".toast")) document.getElementById("toasts").append(toast);
      refresh();
      focusOn(card.id);
    } else {
      back();
      const why = page.querySelector("#panel [role=alert], [data-error]");
      say(why?.textContent.trim() || `The server answered ${answer.status}. Nothing was changed.`);
      if (answer.status === 412 || answer.status === 404) refresh();
    }
  } catch {
    back();
    say("No connection. Nothing was changed: try again when you are back online.");
  }
  card.classList.remove("waiting");
}

function ask(panel, card) {
  const body = document.getElementById("dialog-body");
  body.replaceChildren(panel);
  window.htmx.process(body);
  panel.querySelector("h1")?.setAttribute("id", "dialog-title");
  dialog.setAttribute("aria-labelledby", "dialog-title");
  dialog.showModal();
  panel.querySelector("[autofocus], textarea, select, input:not([type=hidden]), button")?.focus();
  dialog.addEventListener("close", () => card.querySelector("a")?.focus(), { once: true });
}

// After a refresh the card is another element with the same id.
function focusOn(id) {
  document.addEventListener("htmx:afterSettle", () => document.getElementById(id)?.querySelector("a")?.focus({ preventScroll: true }), {
    once: true,
  });
}

// --- Pointer
function begin(card, x, y) {
  const box = card.getBoundingClientRect();
  const ghost = card.cloneNode(true);
  ghost.removeAttribute("id");
  ghost.classList.add("dragged");
  Object.assign(ghost.style, { position: "fixed", width: `${box.width}px`, left: `${box.left}px`, top: `${box.top}px`, margin: 0 });
  document.body.append(ghost);
  card.classList.add("waiting");
  document.body.classList.add("dragging");
  for (const zone of rows.querySelectorAll("[data-drop]")) zone.classList.toggle("can", allowed(card, zone));
  Object.assign(drag, { ghost, dx: x - box.left, dy: y - box.top, on: true, zone: null });
}

function follow(x, y) {
  drag.ghost.style.left = `${x - drag.dx}px`;
  drag.ghost.style.top = `${y - drag.dy}px`;
  const zone = document.elementFromPoint(x, y)?.closest?.("[data-drop]") || null;
  if (zone !== drag.zone) {
    drag.zone?.classList.remove("over");
    if (zone?.classList.contains("can")) zone.classList.add("over");
    drag.zone = zone;
  }
  const board = drag.card.closest("[data-board]");
  const box = board.getBoundingClientRect();
  if (x > box.right - 40) board.scrollLeft += 12;
  else if (x < box.left + 40) board.scrollLeft -= 12;
}

function end(drop) {
  if (!drag) return;
  clearTimeout(drag.timer);
  const { card, ghost, zone, on } = drag;
  drag = null;
  if (!on) return;
  ghost.remove();
  card.classList.remove("waiting");
  document.body.classList.remove("dragging");
  const can = zone?.classList.contains("can");
  for (const one of rows.querySelectorAll(".can, .over")) one.classList.remove("can", "over");
  // The click that ends a drag must not open the card.
  addEventListener("click", (event) => event.preventDefault(), { once: true, capture: true });
  setTimeout(() => dispatchEvent(new Event("click", { cancelable: true })));
  if (drop && can) send(card, zone);
  else if (drop && zone && zone !== card.closest("[data-drop]")) say("It cannot go there from where it is.", "warning");
}

rows.addEventListener("pointerdown", (event) => {
  const card = event.target.closest("[data-card]");
  if (!card || event.button || event.target.closest("button, .grip")) return;
  drag = { card, x: event.clientX, y: event.clientY, touch: event.pointerType !== "mouse", on: false };
  if (drag.touch) drag.timer = setTimeout(() => drag && begin(card, drag.x, drag.y), HOLD);
});
addEventListener("pointermove", (event) => {
  if (!drag) return;
  const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > FAR;
  if (!drag.on && far && drag.touch) return void end(false);
  if (!drag.on && far) begin(drag.card, drag.x, drag.y);
  if (drag?.on) follow(event.clientX, event.clientY);
});
addEventListener("pointerup", () => end(true));
addEventListener("pointercancel", () => !drag?.touch && end(false));
addEventListener("touchmove", (event) => drag?.on && event.preventDefault(), { passive: false });
addEventListener("touchend", () => end(true));
addEventListener("contextmenu", (event) => drag?.touch && event.preventDefault());
rows.addEventListener("dragstart", (event) => event.target.closest("[data-card]") && event.preventDefault());

// --- Keyboard
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && drag?.on) return void end(false);
  const card = event.target.closest?.("[data-card]");
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "m") {
    event.preventDefault();
    return void card.querySelector(".grip")?.click();
  }
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const board = card.closest("[data-board]");
  const zones = [...board.querySelectorAll("[data-drop]")];
  const at = zones.indexOf(card.closest("[data-drop]"));
  if (event.shiftKey) {
    const wide = board.dataset.board === "day" ? step : Math.abs(step) === 1 ? step : 0;
    let to = at + wide;
    // On the board the next place that it may go to.
    while (wide && zones[to] && board.dataset.board !== "day" && !allowed(card, zones[to])) to += wide;
    if (wide && zones[to]) send(card, zones[to]);
    else say("There is nowhere to move it that way.", "warning");
    return;
  }
  const cards = (zone) => [...zone.querySelectorAll("[data-card]")];
  const place = cards(zones[at]).indexOf(card);
  let next = Math.abs(step) === 7 ? cards(zones[at])[place + Math.sign(step)] : null;
  if (Math.abs(step) === 1) {
    for (let to = at + step; zones[to] && !next; to += step) next = cards(zones[to])[Math.min(place, cards(zones[to]).length - 1)];
  }
  next?.querySelector("a")?.focus();
  next?.scrollIntoView({ block: "nearest", inline: "nearest" });
});
