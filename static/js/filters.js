// Filter forms: an empty field does not belong into the address.
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, formData } = event.detail;
  if (!elt.matches("form[method=get]") || !formData) return;
  for (const [name, value] of [...formData.entries()]) if (value === "") formData.delete(name);
});
