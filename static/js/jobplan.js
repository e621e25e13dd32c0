// The editor of a job plan: rows are added, moved (by dragging or by buttons) and removed on the page. The order is written into
// the same number fields that people without scripts fill in; a condition names a row, so moving changes nothing in it.
const editor = document.querySelector("[data-plan-editor]");

// Which further fields a kind of answer has.
const FIELDS = {
  number: ["unit", "lowest", "highest"],
  meter: ["unit", "lowest", "highest", "meter_name"],
  choice: ["options"],
};
const OWN = ["unit", "lowest", "highest", "meter_name", "options"];

const list = (name) => editor.querySelector(`[data-rows="${name}"]`);
const field = (row, name) => row.querySelector(`[name$="-${name}"]`);
const shown = (rows) => [...rows.children].filter((row) => !row.hidden);

function fit(row) {
  const kind = field(row, "kind");
  if (!kind) return;
  const own = FIELDS[kind.value] || [];
  for (const box of row.querySelectorAll("[data-for]")) {
    const name = box.dataset.for;
    box.hidden = OWN.includes(name) && !own.includes(name) && !field(row, name).value;
  }
  const always = !field(row, "condition_on").value;
  for (const name of ["condition_operator", "condition_value"]) row.querySelector(`[data-part-of="${name}"]`).hidden = always;
}

function renumber() {
  const labels = new Map();
  shown(list("steps")).forEach((row, index) => {
    field(row, "ORDER").value = index + 1;
    row.querySelector("[data-place]").textContent = index + 1;
    const text = field(row, "description").value.trim();
    labels.set(row.dataset.index.split("-")[1], `${index + 1}. ${text.slice(0, 60) || "(new)"}`);
  });
  for (const select of list("steps").querySelectorAll('[name$="-condition_on"]')) {
    const own = select.name.split("-")[1];
    const value = select.value;
    for (const [row, label] of labels) {
      let option = [...select.options].find((one) => one.value === row);
      if (!option) option = select.appendChild(new Option(label, row));
      option.textContent = label;
      option.hidden = row === own;
    }
    select.value = value;
  }
}

function say(row) {
  const place = shown(list("steps")).indexOf(row) + 1;
  editor.querySelector("[data-moved]").textContent = `Now step ${place}.`;
}

function typed(row) {
  // Drafts and whoever listens hear of it as of any typing.
  row.querySelector("input, select, textarea").dispatchEvent(new Event("input", { bubbles: true }));
}

function add(name) {
  const total = editor.querySelector(`[name="${name}-TOTAL_FORMS"]`);
  const html = editor.querySelector(`template[data-empty="${name}"]`).innerHTML.replaceAll("__prefix__", total.value);
  list(name).insertAdjacentHTML("beforeend", html);
  total.value = Number(total.value) + 1;
  const row = list(name).lastElementChild;
  prepare(row);
  if (name === "steps") renumber();
  row.querySelector("input[type=text]").focus();
}

function remove(row) {
  const next = row.nextElementSibling || row.previousElementSibling;
  const box = field(row, "DELETE");
  if (box) box.checked = true;
  row.hidden = true;
  if (row.parentElement === list("steps")) renumber();
  typed(row);
  next?.querySelector("input[type=text]")?.focus();
}

function move(row, by) {
  const rows = shown(row.parentElement);
  const other = rows[rows.indexOf(row) + by];
  if (!other) return;
  if (by < 0) other.before(row);
  else other.after(row);
  renumber();
  say(row);
  typed(row);
}

function prepare(row) {
  fit(row);
  const part = field(row, "part");
  if (part) part.setAttribute("list", "parts-found");
}

let dragged = null;
let asked = 0;

async function suggest(input) {
  const found = editor.querySelector("#parts-found");
  const text = input.value.trim();
  if (text.length < 2 || text.includes(" · ")) return;
  const mine = ++asked;
  await new Promise((resolve) => setTimeout(resolve, 250));
  if (mine !== asked) return;
  const params = new URLSearchParams({ search: text, limit: "12" });
  const response = await fetch(`${found.dataset.parts}?${params}`, { headers: { Accept: "application/json" } });
  if (!response.ok || mine !== asked) return;
  const options = (await response.json()).map((part) => new Option("", `${part.number ?? part.partNumber} · ${part.name}`));
  found.replaceChildren(...options);
}

if (editor) {
  for (const row of editor.querySelectorAll("[data-row]")) prepare(row);
  renumber();

  editor.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const row = event.target.closest("[data-row]");
    if (!button) return;
    if (button.dataset.add) {
      event.preventDefault();
      add(button.dataset.add);
    } else if (button.matches("[data-remove]")) remove(row);
    else if (button.matches("[data-up]")) (move(row, -1), button.focus());
    else if (button.matches("[data-down]")) (move(row, 1), button.focus());
  });
  editor.addEventListener("change", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && event.target.matches('[name$="-condition_on"]')) fit(row);
    if (row && event.target.matches('[name$="-kind"]')) {
      fit(row);
      if (FIELDS[event.target.value]) row.querySelector("details").open = true;
    }
    if (row && event.target.matches('[name$="-description"]')) renumber();
  });
  editor.addEventListener("input", (event) => {
    if (event.target.matches('[name$="-part"]')) suggest(event.target);
  });
  editor.addEventListener("keydown", (event) => {
    const row = event.target.closest('[data-rows="steps"] [data-row]');
    if (row && event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      move(row, event.key === "ArrowUp" ? -1 : 1);
      event.target.focus();
    }
  });
  editor.addEventListener("dragstart", (event) => {
    const handle = event.target.closest?.("[data-handle]");
    if (!handle) return;
    dragged = handle.closest("[data-row]");
    dragged.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    event.dataTransfer.setDragImage(dragged, 20, 20);
  });
  editor.addEventListener("dragover", (event) => {
    const row = event.target.closest?.('[data-rows="steps"] [data-row]');
    if (!dragged || !row || row === dragged) return;
    event.preventDefault();
    const box = row.getBoundingClientRect();
    if (event.clientY < box.top + box.height / 2) row.before(dragged);
    else row.after(dragged);
  });
  editor.addEventListener("drop", (event) => dragged && event.preventDefault());
  editor.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.classList.remove("dragged");
    renumber();
    say(dragged);
    typed(dragged);
    dragged = null;
  });
}
