// Live pages: one EventSource per browser, shared by all its tabs. The tab that holds the lock listens and passes on what it
// hears; when it closes, the next one takes over from the last place heard. Without locks every tab listens for itself.
//
// An element asks to be told by data-live="work_order" (the first word of the event's type; several separated by spaces, or
// "*"), optionally narrowed by data-live-id to one object, and gets the htmx trigger "live". Scripts listen for "mw:event".
const STREAM = "/api/v1/events/stream";
const PLACE = "mw-live-place";
const PLACE_KEPT = 60_000;
const tenant = document.body.dataset.tenant || "";
const channel = "BroadcastChannel" in window ? new BroadcastChannel("mw-live") : null;
const words = { live: "Live", waiting: "Connecting…", off: "Not live" };

let state = "waiting";
let source = null;
let retry = null;
let pause = 0;

function show(next) {
  state = next;
  for (const element of document.querySelectorAll("[data-live-state]")) {
    if (element.dataset.liveState === state) continue;
    element.dataset.liveState = state;
    element.textContent = words[state];
  }
  document.documentElement.dataset.live = state;
}

// What a tab hears, it keeps for the page that follows it: an event between two pages is not lost.
function keep(place) {
  try {
    localStorage.setItem(PLACE, JSON.stringify([tenant, place, Date.now()]));
  } catch {
    // Storage is full or forbidden: the next page starts with what comes next.
  }
}

function kept() {
  try {
    const [whose, place, at] = JSON.parse(localStorage.getItem(PLACE)) || [];
    return whose === tenant && Date.now() - at < PLACE_KEPT ? place : "";
  } catch {
    return "";
  }
}

const waiting = new Map();

// The parts of the page that a refresh of this element replaces.
function targets(element) {
  const names = (element.getAttribute("hx-select-oob") || element.getAttribute("hx-target") || "").split(",");
  const found = names.map((name) => name.trim().split(":")[0]).filter((name) => name.startsWith("#"));
  return found.map((name) => document.querySelector(name)).filter(Boolean);
}

function typing(element) {
  const field = document.activeElement;
  if (!field?.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return false;
  return targets(element).some((target) => target.contains(field));
}

function refresh(element) {
  if (!element.isConnected) return void waiting.delete(element);
  // Nobody sees a hidden tab, and nobody wants the field replaced that they are typing in: both are made up for later.
  if (document.hidden || typing(element)) return void waiting.set(element, 0);
  waiting.delete(element);
  window.htmx?.trigger(element, "live");
}

function plan(element) {
  if (waiting.get(element)) return;
  // Many events in a row cause one refresh, and many browsers do not all ask in the same instant.
  waiting.set(element, setTimeout(refresh, 120 + Math.random() * 240, element));
}

// A refresh that did not get through is made up for: when the line is back, or a little later.
function missed(event) {
  const element = event.detail.elt;
  if (!element.matches("[data-live]")) return;
  waiting.set(element, 0);
  setTimeout(() => waiting.get(element) === 0 && plan(element), 5_000 + Math.random() * 5_000);
}

document.addEventListener("htmx:sendError", missed);
document.addEventListener("htmx:responseError", missed);

function catchUp() {
  for (const [element, timer] of waiting) if (!timer) plan(element);
}

function tell(event) {
  document.dispatchEvent(new CustomEvent("mw:event", { detail: event }));
  const family = event.type.split(".")[0];
  const ids = [event.objectId, event.workOrderId, event.assetId];
  for (const element of document.querySelectorAll("[data-live]")) {
    const wanted = element.dataset.live.split(/\s+/);
    const one = element.dataset.liveId;
    if ((wanted.includes(family) || wanted.includes("*")) && (!one || ids.includes(one))) plan(element);
  }
}

function pass(message) {
  channel?.postMessage({ tenant, ...message });
}

function listen() {
  clearTimeout(retry);
  source?.close();
  const place = kept();
  source = new EventSource(place ? `${STREAM}?after=${encodeURIComponent(place)}` : STREAM);
  source.onopen = () => {
    pause = 0;
    show("live");
    catchUp();
    pass({ state });
  };
  source.onmessage = (message) => {
    const event = JSON.parse(message.data);
    keep(event.id);
    pass({ event });
    tell(event);
  };
  source.onerror = () => {
    // A broken line is dialled again by the browser itself; a refusal (signed out, too many) is not.
    const refused = source.readyState === EventSource.CLOSED;
    show(refused ? "off" : "waiting");
    pass({ state });
    if (!refused) return;
    pause = Math.min(pause ? pause * 2 : 5_000, 120_000);
    retry = setTimeout(listen, pause);
  };
}

let leading = false;

function lead() {
  leading = true;
  listen();
  return new Promise(() => {}); // held until this page is gone
}

channel?.addEventListener("message", ({ data }) => {
  if (data.tenant !== tenant) {
    // Another tab moved to another organisation: the session's streams now belong to that one.
    if (data.hello && leading) {
      source?.close();
      show("off");
    }
    return;
  }
  if (data.hello && leading) {
    if (source?.readyState === EventSource.CLOSED) listen();
    pass({ state });
  }
  if (leading) return;
  if (data.state) show(data.state);
  if (data.state === "live") catchUp();
  if (data.event) tell(data.event);
});

addEventListener("focusout", () => setTimeout(catchUp));
document.addEventListener("visibilitychange", () => document.hidden || catchUp());
addEventListener("online", () => leading && state !== "live" && listen());
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  // The page comes out of the browser's cache as it was left.
  if (leading) listen();
  for (const element of document.querySelectorAll("[data-live]")) plan(element);
});

// A page on which nothing is live holds no line; a fragment that comes later may change that.
let begun = false;

function begin() {
  if (begun || !document.querySelector("[data-live], [data-live-state]")) return;
  begun = true;
  if (!("EventSource" in window)) return void show("off");
  show("waiting");
  if (!channel || !navigator.locks) return void lead();
  pass({ hello: true });
  navigator.locks.request(`mw-live ${tenant}`, lead);
}

document.addEventListener("htmx:load", begin);
begin();
