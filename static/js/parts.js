// Parts of a job: − and + beside a quantity. A scanner types the code and Enter, which is the form's own way.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  const field = button?.closest(".stepper")?.querySelector("input[type=number]");
  if (!field) return;
  const step = Number(button.dataset.step);
  const now = Number(field.value) || 0;
  const next = Math.round((now + step) * 1000) / 1000;
  field.value = String(next > 0 ? next : now);
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
