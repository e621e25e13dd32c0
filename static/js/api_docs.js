// The "try it" forms of the API's page: sends what the form says, shows what comes back as text.

function address(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = { Accept: "application/json" };
  for (const input of form.querySelectorAll("[data-place]")) {
    const value = input.value.trim();
    if (input.dataset.place === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(value));
    else if (value && input.dataset.place === "query") query.append(input.name, value);
    else if (value) headers[input.name] = value;
  }
  const text = query.toString();
  return { url: text ? `${path}?${text}` : path, headers };
}

function shown(response, text) {
  const lines = [`${response.status} ${response.statusText}`];
  for (const name of ["etag", "link", "x-total-count", "location", "retry-after", "idempotency-replayed"]) {
    if (response.headers.has(name)) lines.push(`${name}: ${response.headers.get(name)}`);
  }
  let body = text;
  try {
    body = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not JSON: shown as it came.
  }
  return `${lines.join("\n")}\n\n${body}`;
}

async function send(form) {
  const { url, headers } = address(form);
  const key = document.getElementById("key").value.trim();
  const method = form.dataset.method;
  const options = { method, headers, credentials: key ? "omit" : "same-origin" };
  if (key) headers.Authorization = `Bearer ${key}`;
  else if (method !== "GET") headers["X-CSRFToken"] = document.body.dataset.csrf;
  const body = form.elements.namedItem("body");
  if (body) {
    headers["Content-Type"] = "application/json";
    options.body = body.value;
  }
  const response = await fetch(url, options);
  return shown(response, await response.text());
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  if (!form.matches(".api-try")) return;
  const output = form.querySelector("output");
  const frame = document.createElement("pre");
  frame.tabIndex = 0;
  try {
    frame.textContent = await send(form);
  } catch (error) {
    frame.textContent = `No answer: ${error.message}`;
  }
  output.replaceChildren(frame);
});
