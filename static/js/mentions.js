// @Name in a note: a field with data-mentions="address" offers the members who may be mentioned, as a list below it.
// Arrows choose, Enter or Tab takes, Escape closes. What is written is plain text, "@Full Name": the server reads that, so a
// browser without scripts mentions people the same way.
const LONGEST = 40;
const PAUSE = 180;
let field = null;
let list = null;
let said = null;
let options = [];
let active = -1;
let start = -1;
let timer;
let asked = 0;

// The @ that the caret stands behind, if a name could still follow it.
function opening(element) {
  const before = element.value.slice(0, element.selectionStart);
  const at = before.lastIndexOf("@");
  if (at < 0 || (at > 0 && /[\p{L}\p{N}_]/u.test(before[at - 1]))) return null;
  const text = before.slice(at + 1);
  return text.length > LONGEST || /[\n@]/.test(text) || /^\s/.test(text) ? null : { at, text };
}

function make(element) {
  list = document.createElement("ul");
  list.className = "mention-list";
  list.id = `${element.id}-mentions`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "People who see this work order");
  said = document.createElement("p");
  said.className = "sr";
  said.setAttribute("role", "status");
  element.after(list, said);
  // Taken before the field loses the focus.
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    event.preventDefault();
    take(options.indexOf(option));
  });
}

function close() {
  clearTimeout(timer);
  asked += 1;
  list?.remove();
  said?.remove();
  for (const name of ["aria-autocomplete", "aria-controls", "aria-activedescendant"]) field?.removeAttribute(name);
  list = said = field = null;
  options = [];
  active = -1;
}

function point(index) {
  active = index;
  options.forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
  if (index < 0) return void field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", options[index].id);
  options[index].scrollIntoView({ block: "nearest" });
}

function show(element, members) {
  if (field !== element || !list) {
    close();
    make(element);
    field = element;
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
  }
  options = members.map((member, place) => {
    const option = document.createElement("li");
    option.id = `${list.id}-${place}`;
    option.setAttribute("role", "option");
    option.dataset.name = member.name;
    option.textContent = member.name;
    return option;
  });
  list.replaceChildren(...options);
  said.textContent = members.length === 1 ? "One person. Press Enter to take." : `${members.length} people. Use the arrow keys, Enter takes.`;
  point(0);
}

function take(index) {
  const element = field;
  const name = options[index]?.dataset.name;
  if (!name || start < 0) return close();
  element.setRangeText(`@${name} `, start, element.selectionStart, "end");
  close();
  element.focus();
  element.dispatchEvent(new Event("input", { bubbles: true }));
}

async function ask(element) {
  const found = opening(element);
  if (!found) return close();
  const mine = ++asked;
  try {
    const answer = await fetch(`${element.dataset.mentions}?search=${encodeURIComponent(found.text.trim())}`, {
      headers: { Accept: "application/json" },
    });
    if (mine !== asked) return;
    const { members } = answer.ok ? await answer.json() : { members: [] };
    const typed = found.text.trim().toLowerCase();
    const whole = members.length === 1 && members[0].name.toLowerCase() === typed;
    if (mine !== asked || !members.length || whole || document.activeElement !== element) return close();
    start = found.at;
    show(element, members);
  } catch {
    // Without a line the name can still be typed in full.
    if (mine === asked) close();
  }
}

document.addEventListener("input", (event) => {
  const element = event.target;
  if (!element.matches?.("[data-mentions]")) return;
  clearTimeout(timer);
  if (!opening(element)) return close();
  timer = setTimeout(ask, PAUSE, element);
});

document.addEventListener(
  "keydown",
  (event) => {
    if (!list || event.target !== field || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) point((active + step + options.length) % options.length);
    else if (event.key === "Enter" || event.key === "Tab") take(active);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

document.addEventListener("focusout", (event) => event.target === field && close());
document.addEventListener("htmx:beforeSwap", () => close());
