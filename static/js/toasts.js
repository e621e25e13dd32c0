// Toasts: leave by themselves unless they hold a choice or a person is on them; errors of htmx requests become toasts.
const region = document.getElementById("toasts");
const STAY = 6000;
const STAY_WITH_UNDO = 12000;

function arm(toast) {
  if (toast.dataset.armed) return;
  toast.dataset.armed = "1";
  if (toast.classList.contains("toast-error")) return;
  const stay = toast.querySelector("form") ? STAY_WITH_UNDO : STAY;
  let timer = setTimeout(() => toast.remove(), stay);
  const hold = () => clearTimeout(timer);
  const release = () => {
    clearTimeout(timer);
    timer = setTimeout(() => toast.remove(), STAY);
  };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("pointerleave", release);
  toast.addEventListener("focusout", release);
}

function say(text, level = "error") {
  const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  toast.classList.add(`toast-${level}`);
  toast.querySelector("p").textContent = text;
  region.append(toast);
  arm(toast);
}

region.querySelectorAll(".toast").forEach(arm);
// Acts that leave the page where it is bring their toast along.
new MutationObserver(() => region.querySelectorAll(".toast").forEach(arm)).observe(region, { childList: true });

document.addEventListener("click", (event) => {
  event.target.closest("[data-toast-close]")?.closest(".toast").remove();
});

// What a page asks for by itself, to stay up to date, is nothing that a person did.
const byItself = (event) => event.detail.elt.matches("[data-live]");

document.addEventListener("htmx:responseError", (event) => {
  if (byItself(event)) return;
  const { xhr } = event.detail;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  say(page.querySelector("[data-error]")?.textContent.trim() || `The server answered ${xhr.status}. Nothing was changed.`);
});
document.addEventListener("htmx:sendError", (event) => {
  if (!byItself(event)) say("No connection. Nothing was lost: try again when you are back online.");
});
document.addEventListener("toast", (event) => say(event.detail.text, event.detail.level));
