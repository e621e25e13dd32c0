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

// A scanner that sends Enter twice, or a second tap on a slow line, books nothing twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("#part-add, .part-acts")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
