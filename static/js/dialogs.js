// A link with data-dialog opens its page inside the one <dialog>; without scripts it is simply a link.
// Links say hx-get, hx-target="#dialog-body" and hx-select="#panel" themselves; this file opens, closes and gives focus back.
const dialog = document.getElementById("dialog");
const body = document.getElementById("dialog-body");
let opener = null;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target === body && !dialog.open) opener = event.target;
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== body) return;
  const title = body.querySelector("h1");
  if (title) {
    title.id = "dialog-title";
    dialog.setAttribute("aria-labelledby", "dialog-title");
  }
  for (const more of document.querySelectorAll("details.more[open]")) more.open = false;
  if (!dialog.open) dialog.showModal();
  const wrong = body.querySelector("[aria-invalid=true]");
  const first = wrong || body.querySelector("[autofocus], textarea, select, input:not([type=hidden]), button");
  first?.focus();
});

dialog?.addEventListener("close", () => {
  body.replaceChildren();
  opener?.focus();
  opener = null;
});

dialog?.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest("[data-close]")) {
    event.preventDefault();
    dialog.close();
  }
});

// Disclosure menus close on Escape and on a click elsewhere, as native popovers do.
document.addEventListener("click", (event) => {
  for (const more of document.querySelectorAll("details.more[open]")) {
    if (!more.contains(event.target)) more.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const more = event.key === "Escape" && document.querySelector("details.more[open]");
  if (!more) return;
  more.open = false;
  more.querySelector("summary").focus();
});
