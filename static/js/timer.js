// Clocks that tick: every element with data-seconds shows how long something has been running, counted on from what the
// server said, so that a device with a wrong clock shows the right time. The chip in the header is fetched again when a
// clock of this member is started or stopped somewhere else.
const begun = new WeakMap();
const TOLD = /^work_order\.(timer_started|timer_stopped|time_booked|started|resumed|held|completed|cancelled)$/;

function text(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = String(Math.floor(seconds / 60) % 60).padStart(2, "0");
  return `${hours}:${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}

function tick() {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("[data-seconds]")) {
    if (!begun.has(element)) begun.set(element, Date.now() - Number(element.dataset.seconds) * 1000);
    const shown = text(Math.max(0, Math.floor((Date.now() - begun.get(element)) / 1000)));
    if (element.textContent !== shown) element.textContent = shown;
  }
}

let waiting = 0;

function renew() {
  const chip = document.getElementById("clock");
  if (chip) window.htmx?.ajax("GET", chip.dataset.clockHref, { target: "#clock", swap: "outerHTML" });
}

document.addEventListener("mw:event", ({ detail }) => {
  const chip = document.getElementById("clock");
  if (!chip || !TOLD.test(detail.type)) return;
  if (detail.actor !== chip.dataset.clockOf && detail.workOrderId !== chip.dataset.clockWork) return;
  clearTimeout(waiting);
  waiting = setTimeout(renew, 150);
});

// A page out of the browser's cache shows the clock as it was then.
addEventListener("pageshow", (event) => event.persisted && renew());
document.addEventListener("visibilitychange", tick);
document.addEventListener("htmx:load", tick);
setInterval(tick, 1000);
tick();
