// Keys for people who live in lists: j/k move, Enter opens, / searches, n is new, ? shows this.
const TYPING = "input, textarea, select, [contenteditable]";

function move(step) {
  const links = [...document.querySelectorAll("tr.go a.go, .job :is(h2, h3) a")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const next = links[Math.min(links.length - 1, Math.max(0, at + step))];
  next.focus();
  next.closest("tr, .job").scrollIntoView({ block: "nearest" });
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  "/": () => document.querySelector("[data-key-search]")?.focus(),
  n: () => document.querySelector("a[data-key-new]")?.click(),
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.matches(TYPING)) {
    if (event.key === "Escape" && event.target.matches("[data-key-search]")) event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys]")) KEYS["?"]();
  if (event.target.closest("[data-keys-close]")) event.target.closest("dialog").close();
  if (event.target.closest("[data-print]")) window.print();
});
