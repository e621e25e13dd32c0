// The viewer of a gallery: pictures large, one after the other, by keyboard, finger or mouse. The dialog element keeps the
// focus inside and closes on Escape; focus goes back to the picture it was opened from. Without scripts, links.
const $ = (tag, css, text = "") => Object.assign(document.createElement(tag), { className: css, textContent: text });
const ARROW = { previous: "‹", next: "›", close: "×" };
let shots = [];
let at = 0;
let opener = null;
let view = null;

function button(name, label) {
  const made = $("button", "btn btn-icon viewer-" + name, ARROW[name]);
  made.type = "button";
  made.setAttribute("aria-label", label);
  return made;
}

function build() {
  const dialog = $("dialog", "viewer");
  dialog.setAttribute("aria-label", "Pictures");
  const bar = $("div", "viewer-bar");
  const count = $("p", "viewer-count");
  count.setAttribute("aria-live", "polite");
  const save = $("a", "btn", "Download");
  const close = button("close", "Close");
  bar.append(count, save, close);
  const stage = $("div", "viewer-stage");
  const previous = button("previous", "Previous picture");
  const next = button("next", "Next picture");
  const image = document.createElement("img");
  stage.append(previous, image, next);
  const text = $("div", "viewer-text");
  const title = $("p", "strong");
  const by = $("small", "");
  text.append(title, by);
  dialog.append(bar, stage, text);
  document.body.append(dialog);

  previous.addEventListener("click", () => show(at - 1));
  next.addEventListener("click", () => show(at + 1));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: shots.length - 1 }[event.key];
    // Whoever typed j or k meant the picture, not the list behind it.
    event.stopPropagation();
    if (step === undefined) return;
    event.preventDefault();
    show(step);
  });
  dialog.addEventListener("close", () => {
    image.removeAttribute("src");
    const again = opener?.isConnected ? opener : document.querySelector(`[data-view][href="${CSS.escape(opener?.getAttribute("href") || "")}"]`);
    again?.focus();
    opener = null;
  });
  let from = null;
  stage.addEventListener("pointerdown", (event) => (from = event.clientX));
  stage.addEventListener("pointerup", (event) => {
    const way = from === null ? 0 : event.clientX - from;
    from = null;
    if (Math.abs(way) > 60 && !event.target.closest("button")) show(at + (way < 0 ? 1 : -1));
  });
  image.draggable = false;
  return { dialog, count, save, previous, next, image, title, by };
}

function show(index) {
  if (index < 0 || index >= shots.length) return;
  at = index;
  const shot = shots[at];
  view.image.src = shot.href;
  view.image.alt = shot.title;
  view.title.textContent = shot.title;
  view.by.textContent = shot.by;
  view.count.textContent = `${at + 1} of ${shots.length}`;
  view.save.href = shot.href;
  view.save.download = shot.title;
  const [first, last] = [at === 0, at === shots.length - 1];
  // A button that is switched off while it has the focus would lose it to the page.
  if (last && document.activeElement === view.next) view.previous.focus();
  if (first && document.activeElement === view.previous) view.next.focus();
  view.previous.disabled = first;
  view.next.disabled = last;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-view]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  view ??= build();
  const around = link.closest("[data-upload-drop], section, .card") || document;
  const links = [...around.querySelectorAll("a[data-view]")];
  shots = links.map((one) => ({ href: one.getAttribute("href"), title: one.dataset.title, by: one.dataset.by }));
  opener = link;
  view.dialog.showModal();
  show(links.indexOf(link));
  (shots.length > 1 ? (view.next.disabled ? view.previous : view.next) : view.dialog.querySelector(".viewer-close")).focus();
});
