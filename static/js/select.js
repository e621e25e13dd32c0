// Selecting rows of a list: click, shift-click for a range, x for the row in hand, Ctrl-A for the page, Escape for none.
// What is selected outlives a refresh of the rows; another page or filter begins anew, unless "all that match" was asked for.
const bar = document.getElementById("bulk");
const rows = document.getElementById("rows");
const picked = new Set();
let last = null;
let all = 0;
let where = location.search;

const boxes = () => [...rows.querySelectorAll("input[name=ids]")];

function show() {
  const here = boxes();
  const count = here.filter((box) => box.checked).length;
  const page = rows.querySelector("[data-pick-page]");
  if (page) {
    page.checked = count > 0 && count === here.length;
    page.indeterminate = count > 0 && count < here.length;
  }
  const number = all || picked.size;
  bar.classList.toggle("open", number > 0);
  bar.querySelector("[data-picked]").textContent = all
    ? `All ${all.toLocaleString("en")} that match`
    : `${picked.size} selected`;
  const more = bar.querySelector("[data-pick-all]");
  more.hidden = Boolean(all) || !rows.querySelector("[data-pick-more]") || count === 0 || count < here.length;
  more.textContent = "Select all that match";
  for (const box of here) box.closest("tr").classList.toggle("at", box.checked);
}

function set(box, on) {
  box.checked = on;
  if (on) picked.add(box.value);
  else picked.delete(box.value);
  all = 0;
}

function clear() {
  picked.clear();
  all = 0;
  for (const box of boxes()) box.checked = false;
  show();
}

function range(box) {
  const here = boxes();
  const [from, to] = [here.indexOf(last), here.indexOf(box)].sort((a, b) => a - b);
  if (from < 0) return;
  for (const one of here.slice(from, to + 1)) set(one, box.checked);
}

async function everything() {
  const query = rows.querySelector("input[form=bulk][name=query]")?.value || "";
  const answer = await fetch(`${bar.dataset.count}?${query}`);
  if (!answer.ok) return;
  for (const box of boxes()) set(box, true);
  all = Number(await answer.text());
  show();
}

function again() {
  if (location.search !== where) {
    where = location.search;
    picked.clear();
    all = 0;
  }
  last = null;
  const here = boxes();
  for (const box of here) box.checked = all > 0 || picked.has(box.value);
  // What left the list is no longer selected: nobody sees it.
  const values = new Set(here.map((box) => box.value));
  for (const value of picked) if (!values.has(value)) picked.delete(value);
  show();
}

if (bar && rows) {
  rows.addEventListener("click", (event) => {
    const box = event.target.closest?.("input[name=ids]");
    if (!box) return;
    if (event.shiftKey && last) range(box);
    set(box, box.checked);
    last = box;
    show();
  });
  rows.addEventListener("change", (event) => {
    if (!event.target.matches("[data-pick-page]")) return;
    for (const box of boxes()) set(box, event.target.checked);
    show();
  });
  bar.addEventListener("click", (event) => {
    if (event.target.closest("[data-pick-all]")) everything();
    if (event.target.closest("[data-pick-none]")) clear();
  });
  document.addEventListener("htmx:afterSwap", (event) => event.detail.target === rows && again());
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== bar) return;
    for (const more of bar.querySelectorAll("details[open]")) more.open = false;
    if (all) {
      event.detail.parameters.all = "1";
      delete event.detail.parameters.ids;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input:not([type=checkbox]), textarea, select") || document.querySelector("dialog[open]")) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "x" && plain) {
      const box = event.target.closest("tr")?.querySelector("input[name=ids]");
      if (!box) return;
      set(box, !box.checked);
      last = box;
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey) && rows.contains(event.target)) {
      event.preventDefault();
      for (const box of boxes()) set(box, true);
    } else if (event.key === "Escape" && picked.size) clear();
    else return;
    show();
  });
  addEventListener("pageshow", () => {
    for (const box of boxes()) if (box.checked) picked.add(box.value);
    show();
  });
  show();
}

// Links that take the list's address along: it changes without the page being loaded anew.
document.addEventListener("htmx:pushedIntoHistory", () => {
  for (const link of document.querySelectorAll("a[data-here]")) {
    const query = new URLSearchParams(location.search);
    query.delete("cursor");
    for (const [name, value] of new URLSearchParams(link.dataset.hereWith || "")) query.set(name, value);
    link.href = `${link.dataset.here}?${query}`;
    if (link.hasAttribute("hx-get")) link.setAttribute("hx-get", link.href);
  }
});
