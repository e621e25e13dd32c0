// The checklist of a work order: every answer is sent by itself and kept on this machine until the server has it; what a
// colleague answers appears without touching what is being typed; steps are dragged. Without scripts each is a plain form.
const PAUSES = [2, 5, 15, 30, 60];
const TYPED = "input.input, textarea";
const FIELDS = new Set(["answer", "notes", "actual_minutes"]);

const panel = () => document.getElementById("panel-tasks");
const id = panel()?.dataset.checklist || "";
const key = `checklist:${document.body.dataset.tenant || ""}:${id}`;
const steps = () => panel().querySelector("[data-steps]");
const row = (step) => document.getElementById(`task-${step}`);

// --- What is not sent yet, and what is being typed -------------------------------------------------------------------
let queue = [];
let drafts = {};
let flying = null;
let tries = 0;
let timer = null;

function keep() {
  try {
    if (queue.length || Object.keys(drafts).length) localStorage.setItem(key, JSON.stringify({ queue, drafts }));
    else localStorage.removeItem(key);
  } catch {
    // A full or forbidden storage costs the safety net, never the answer.
  }
}

function recall() {
  try {
    ({ queue = [], drafts = {} } = JSON.parse(localStorage.getItem(key)) || {});
  } catch {
    queue = [];
    drafts = {};
  }
  for (const [step, fields] of Object.entries(drafts)) {
    for (const [name, value] of Object.entries(fields)) {
      const field = row(step)?.querySelector(`form[data-typed] [name="${name}"]`);
      if (field && field.value !== value) {
        field.value = value;
        if (field.closest("details")) field.closest("details").open = true;
        mark(step, "waiting", "Not saved yet");
      }
    }
  }
}

function forget(step, names) {
  for (const name of names) if (drafts[step]) delete drafts[step][name];
  if (drafts[step] && !Object.keys(drafts[step]).length) delete drafts[step];
}

// --- The small mark beside an answer ---------------------------------------------------------------------------------
function mark(step, state, text) {
  const element = row(step)?.querySelector("[data-mark]");
  if (!element) return;
  element.dataset.mark = state;
  element.textContent = text;
}

function line() {
  const element = panel().querySelector("[data-line]");
  if (!element) return;
  const text = queue.length && tries ? `${queue.length} ${queue.length === 1 ? "answer waits" : "answers wait"} for the connection` : "";
  if (element.textContent !== text) element.textContent = text;
}

// --- Sending ---------------------------------------------------------------------------------------------------------
const names = (entry) => entry.pairs.map(([name]) => name).filter((name) => name !== "version").join();
const equal = (one, other) => one.href === other.href && JSON.stringify(one.pairs) === JSON.stringify(other.pairs);

function enqueue(entry) {
  if (flying && equal(flying, entry)) return;
  // A second thought about something that has not left yet takes its place.
  const earlier = queue.findIndex((one) => one !== flying && one.step === entry.step && one.href === entry.href && names(one) === names(entry));
  if (earlier >= 0) queue[earlier] = entry;
  else queue.push(entry);
  keep();
  mark(entry.step, "saving", "Saving…");
  pump();
}

function later(pause) {
  clearTimeout(timer);
  timer = setTimeout(pump, pause * 1000);
}

async function pump() {
  clearTimeout(timer);
  if (flying || !queue.length) return line();
  flying = queue[0];
  let answer = null;
  try {
    answer = await post(flying);
  } catch {
    answer = null;
  }
  const entry = flying;
  flying = null;
  if (!answer || answer.status >= 500 || answer.status === 429) {
    for (const one of queue) mark(one.step, "waiting", "Waiting for the connection");
    later(PAUSES[Math.min(tries++, PAUSES.length - 1)]);
    return line();
  }
  tries = 0;
  if (answer.status === 204) return signIn(answer.headers.get("HX-Redirect"));
  queue = queue.filter((one) => one !== entry);
  await settle(entry, answer);
  keep();
  line();
  pump();
}

function post(entry) {
  const body = new URLSearchParams(entry.pairs);
  const headers = { "HX-Request": "true", "HX-Target": "panel-tasks", "X-CSRFToken": token() };
  return fetch(entry.href, { method: "POST", body, headers, signal: AbortSignal.timeout(20_000) });
}

const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";

async function settle(entry, answer) {
  const html = await answer.text();
  const whole = html.includes('id="panel-tasks"');
  if (!whole) {
    const said = new DOMParser().parseFromString(html, "text/html").querySelector("[data-error]")?.textContent.trim();
    mark(entry.step, "failed", said || `Not saved (${answer.status})`);
    return;
  }
  forget(entry.step, entry.pairs.map(([name]) => name));
  merge(html, entry);
  const version = row(entry.step)?.dataset.version;
  for (const one of queue) {
    // What was typed on top of an answer of one's own builds on that one.
    if (one.step === entry.step) one.pairs = one.pairs.map(([name, value]) => [name, name === "version" ? version : value]);
  }
  if (answer.ok) mark(entry.step, "saved", "Saved");
  else row(entry.step)?.querySelector("[data-said] button, [data-said]")?.focus?.();
}

function signIn(href) {
  for (const one of queue) mark(one.step, "failed", "Sign in again to save");
  keep();
  if (href) location.assign(href);
}

// --- What was typed or tapped ----------------------------------------------------------------------------------------
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-checklist] form:is([data-answer], [data-move], [data-send])")) return;
  event.preventDefault();
  const pairs = [...new FormData(form, event.submitter)].filter(([name]) => name !== "csrfmiddlewaretoken");
  const step = form.closest("[data-step]").dataset.step;
  form.closest("details.more")?.removeAttribute("open");
  enqueue({ step, href: form.getAttribute("action"), pairs });
});

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-checklist] form[data-typed]");
  if (!form || event.target.value === event.target.defaultValue) return;
  if (event.target.name === "answer" && !event.target.value.trim()) return;
  form.requestSubmit();
});

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.closest?.("[data-checklist] form[data-typed]") || !FIELDS.has(field.name)) return;
  const step = field.closest("[data-step]").dataset.step;
  (drafts[step] ||= {})[field.name] = field.value;
  keep();
  mark(step, "typing", "");
  if ("lowest" in field.dataset || "highest" in field.dataset) field.toggleAttribute("data-out", outside(field));
});

function outside(field) {
  const number = Number(field.value.trim().replace(",", "."));
  if (!field.value.trim() || Number.isNaN(number)) return false;
  const { lowest, highest } = field.dataset;
  return (lowest !== undefined && number < Number(lowest)) || (highest !== undefined && number > Number(highest));
}

document.addEventListener("click", (event) => {
  const said = event.target.closest?.("[data-said]");
  if (!said) return;
  if (event.target.closest("[data-again]")) {
    const field = said.closest("[data-step]").querySelector("input.step-number");
    said.remove();
    field?.focus();
    field?.select();
  }
  if (event.target.closest("[data-dismiss]")) {
    const step = said.closest("[data-step]").dataset.step;
    said.remove();
    delete drafts[step];
    keep();
    refetch();
  }
});

// --- Putting a newer panel in place of the old one, step by step -----------------------------------------------------
const dirty = (field) => field.value !== field.defaultValue;

function busy(item) {
  const field = document.activeElement;
  if (item.contains(field) && field.matches(TYPED)) return true;
  // What the server asks back (measure again, whose answer stays) waits for this person, whatever else changes.
  if (item.querySelector("[data-said]")) return true;
  if (item.classList.contains("step-drag") || item.querySelector("[data-uploads] li")) return true;
  if (queue.some((entry) => entry.step === item.dataset.step)) return true;
  return [...item.querySelectorAll(`form[data-typed] :is(${TYPED})`)].some(dirty);
}

function handOver(old, item, entry) {
  const sent = new Map(entry?.pairs || []);
  for (const field of old.querySelectorAll(`form[data-typed] :is(${TYPED})`)) {
    const twin = item.querySelector(`form[data-typed] [name="${field.name}"]`);
    if (twin && dirty(field) && sent.get(field.name) !== field.value) twin.value = field.value;
  }
  // The camera may be open on this very field: its photo comes back to it, or to nobody.
  const uploader = old.querySelector("form[data-upload]");
  if (uploader) item.querySelector("form[data-upload]")?.replaceWith(uploader);
  const open = old.querySelectorAll("details.step-more");
  item.querySelectorAll("details.step-more").forEach((more, index) => (more.open ||= open[index]?.open || false));
}

function merge(html, entry) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("panel-tasks");
  if (!fresh) return;
  for (const part of ["[data-count]", "[data-bar]"]) {
    panel().querySelector(part)?.replaceWith(document.importNode(fresh.querySelector(part), true));
  }
  panel().querySelector("[data-empty]")?.remove();
  const list = steps();
  const wanted = [...fresh.querySelectorAll("[data-step]")];
  const kept = new Set(wanted.map((item) => item.dataset.step));
  for (const old of [...list.children]) if (!kept.has(old.dataset.step)) old.remove();
  let cursor = list.firstElementChild;
  for (const item of wanted) {
    const old = row(item.dataset.step);
    const shown = old && busy(old) && entry?.step !== item.dataset.step ? old : replaced(old, item, entry, list);
    // A row is moved only when it has to: moving takes the focus from what is in it.
    if (cursor === old) cursor = shown;
    if (shown === cursor) cursor = cursor.nextElementSibling;
    else list.insertBefore(shown, cursor);
    if (shown === old) old.querySelector(".step-no").textContent = item.querySelector(".step-no").textContent;
  }
}

function replaced(old, item, entry, list) {
  const shown = document.importNode(item, true);
  if (!old) {
    list.append(shown);
  } else {
    handOver(old, shown, entry?.step === item.dataset.step ? entry : null);
    const focus = old.contains(document.activeElement) ? place(document.activeElement) : "";
    old.replaceWith(shown);
    if (focus) (shown.querySelector(focus) || shown).focus({ preventScroll: true });
  }
  window.htmx?.process(shown);
  return shown;
}

function place(element) {
  if (element.matches("summary")) return "details.more > summary";
  if (!element.name) return ".step-head summary";
  const value = element.matches("button") ? `[value="${CSS.escape(element.value)}"]` : "";
  return element.closest(".menu") ? "details.more > summary" : `[name="${element.name}"]${value}`;
}

// --- What colleagues do ----------------------------------------------------------------------------------------------
let asked = null;

async function refetch() {
  asked = null;
  if (document.hidden) return void (asked = -1);
  try {
    const answer = await fetch(panel().dataset.href, { headers: { "HX-Request": "true", "HX-Target": "panel-tasks" } });
    if (answer.ok && answer.status === 200) merge(await answer.text());
  } catch {
    asked = -1; // made up for when the line is back
  }
}

function plan() {
  if (asked === null || asked === -1) asked = setTimeout(refetch, 150 + Math.random() * 250);
}

function catchUp() {
  if (asked === -1) plan();
  if (queue.length) pump();
}

// --- Dragging --------------------------------------------------------------------------------------------------------
let drag = null;

function pick(event) {
  const grip = event.target.closest?.("[data-checklist] [data-grip]");
  if (!grip || event.button) return;
  const item = grip.closest("[data-step]");
  drag = { item, grip, next: item.nextElementSibling, pointer: event.pointerId };
  grip.setPointerCapture(event.pointerId);
  item.classList.add("step-drag");
  event.preventDefault();
}

function pull(event) {
  if (!drag || event.pointerId !== drag.pointer) return;
  const edge = 72;
  if (event.clientY < edge) scrollBy(0, -12);
  if (event.clientY > innerHeight - edge) scrollBy(0, 12);
  const others = [...steps().children].filter((one) => one !== drag.item);
  const before = others.find((one) => {
    const box = one.getBoundingClientRect();
    return event.clientY < box.top + box.height / 2;
  });
  if (drag.item.nextElementSibling !== (before || null)) steps().insertBefore(drag.item, before || null);
}

function drop(keepIt) {
  if (!drag) return;
  const { item, next } = drag;
  drag = null;
  item.classList.remove("step-drag");
  if (!keepIt) return void steps().insertBefore(item, next);
  if (item.nextElementSibling === next) return;
  const to = [...steps().children].indexOf(item) + 1;
  const href = item.querySelector("form[data-move]").getAttribute("action");
  enqueue({ step: item.dataset.step, href, pairs: [["to", String(to)]] });
}

// What completing still needs is a list of links to where it is done; in a dialog they close it first.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#dialog a[data-missing]");
  if (!link || link.pathname !== location.pathname) return;
  event.preventDefault();
  document.getElementById("dialog").close();
  setTimeout(() => {
    const target = document.getElementById(link.hash.slice(1));
    target?.scrollIntoView({ block: "center" });
    target?.focus({ preventScroll: true });
  });
});

if (id) {
  recall();
  document.addEventListener("mw:event", (event) => event.detail.workOrderId === id && plan());
  document.addEventListener("mw:uploaded", (event) => {
    const form = event.target.closest?.("[data-checklist] form");
    if (!form) return;
    form.querySelector("[data-uploads]")?.replaceChildren();
    plan();
  });
  document.addEventListener("visibilitychange", () => document.hidden || catchUp());
  addEventListener("online", catchUp);
  addEventListener("pagehide", keep);
  document.addEventListener("pointerdown", pick);
  document.addEventListener("pointermove", pull);
  document.addEventListener("pointerup", () => drop(true));
  document.addEventListener("pointercancel", () => drop(false));
  document.addEventListener("keydown", (event) => event.key === "Escape" && drop(false));
  pump();
}
