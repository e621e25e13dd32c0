// Theme: follows the machine until a person chooses; the choice is a cookie so that the server sends the right sheet.
const sheet = document.getElementById("theme-dark");
const system = window.matchMedia("(prefers-color-scheme: dark)");
const MEDIA = { light: "not all", dark: "all", system: "(prefers-color-scheme: dark)" };

const chosen = () => document.documentElement.dataset.theme || "system";
const isDark = () => (chosen() === "system" ? system.matches : chosen() === "dark");

function show() {
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.setAttribute("aria-pressed", String(isDark()));
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-toggle]")) return;
  const wanted = isDark() ? "light" : "dark";
  // Choosing what the machine says anyway means following it again.
  const name = (wanted === "dark") === system.matches ? "system" : wanted;
  document.documentElement.dataset.theme = name;
  sheet.media = MEDIA[name];
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${name}; path=/; max-age=${name === "system" ? 0 : 31536000}; samesite=lax${secure}`;
  show();
});

system.addEventListener("change", show);
document.addEventListener("htmx:afterSettle", show);
show();
