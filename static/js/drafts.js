// Drafts: what is typed into a form with data-draft="key" is kept on this machine until the server has taken it.
// A lost connection, a closed tab or an ended session never loses a text. Passwords and files are never kept.
const PREFIX = "draft:";
const DAYS = 7;
let timer;
let typed = null;

const kept = (form) => [...form.elements].filter((field) => field.name && field.matches("textarea, select, input[type=text], input[type=number], input[type=datetime-local], input[type=date], input[type=radio]:checked"));

function save(form) {
  const values = {};
  for (const field of kept(form)) if (field.value) values[field.name] = field.value;
  try {
    localStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify({ at: Date.now(), values }));
  } catch {
    // A full or forbidden storage costs the draft, never the form.
  }
}

function restore(form) {
  if (form.dataset.draftRead) return;
  form.dataset.draftRead = "1";
  let draft;
  try {
    draft = JSON.parse(localStorage.getItem(PREFIX + form.dataset.draft) || "null");
  } catch {
    return;
  }
  // A form that comes back with errors already holds what was typed.
  if (!draft || Date.now() - draft.at > DAYS * 864e5 || form.querySelector("[aria-invalid=true]")) return;
  let changed = false;
  for (const [name, value] of Object.entries(draft.values)) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "radio") {
        if (field.value === value && !field.checked) changed = field.checked = true;
      } else if (field.type !== "hidden" && !field.value) {
        field.value = value;
        changed = true;
      }
    }
  }
  const note = form.querySelector("[data-draft-note]");
  if (note) note.hidden = !changed;
}

function forget(key) {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // Nothing kept, nothing to forget.
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (!form) return;
  clearTimeout(timer);
  typed = form;
  timer = setTimeout(flush, 400);
});

// Whoever sends or leaves right after the last key has typed that, too.
function flush() {
  clearTimeout(timer);
  if (typed) save(typed);
  typed = null;
}

document.addEventListener("submit", flush, true);
addEventListener("pagehide", flush);

document.addEventListener("reset", (event) => {
  const form = event.target.closest("form[data-draft]");
  if (!form) return;
  typed = null;
  forget(form.dataset.draft);
  const note = form.querySelector("[data-draft-note]");
  if (note) note.hidden = true;
});

// The server names the drafts that it has taken: <body data-draft-done="key key">.
for (const key of (document.body.dataset.draftDone || "").split(" ")) if (key) forget(key);

const all = () => document.querySelectorAll("form[data-draft]").forEach(restore);
document.addEventListener("htmx:afterSwap", all);
all();
