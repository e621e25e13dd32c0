// Codes that were last used on an asset: a tap writes one into its field. Without this script they are the first suggestions.
function show(root) {
  for (const row of root.querySelectorAll("[data-codes-recent][hidden]")) row.hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-code]");
  if (!button) return;
  const input = button.closest(".code-input").querySelector("input");
  input.value = button.dataset.code;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.focus();
});
document.addEventListener("htmx:load", (event) => show(event.detail.elt));
show(document);
