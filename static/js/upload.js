// Sends the files of a form with data-upload by itself, two at a time: a bar per file, photos made smaller on the device,
// another try when the line dropped. Without scripts the form is a plain one. Each file has an id of its own, so that one
// whose answer got lost is not kept twice. Tells "mw:uploaded" on the form when all are through.
const LONGEST = 2560;
const QUALITY = 0.86;
const AT_ONCE = 2;
const PAUSES = [2, 5, 15, 30, 60];
const SMALLER = /^image\/(jpeg|png|webp|heic|heif|avif|bmp)$/;

const queues = new WeakMap();
const waiting = new Set();

function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// A photo of today's cameras has five times the pixels that a page can show. What cannot be made smaller is sent as it is.
async function smaller(file) {
  if (!SMALLER.test(file.type) || !window.createImageBitmap) return file;
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    if (scale === 1 && file.size < 1_500_000 && /jpeg|png|webp/.test(file.type)) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    const changed = /heic|heif|avif|bmp/.test(file.type);
    if (!blob || (blob.size >= file.size && !changed)) return file;
    return new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg", lastModified: file.lastModified });
  } catch {
    return file;
  } finally {
    bitmap?.close();
  }
}

function row(form, file) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  const bar = document.createElement("progress");
  const state = document.createElement("span");
  const again = document.createElement("button");
  const drop = document.createElement("button");
  name.className = "uploads-name";
  name.textContent = file.name;
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", `Sending ${file.name}`);
  state.className = "uploads-state";
  again.type = drop.type = "button";
  again.className = drop.className = "btn btn-s";
  again.textContent = "Try again";
  drop.textContent = "Leave it";
  again.hidden = drop.hidden = true;
  item.append(name, bar, state, again, drop);
  form.querySelector("[data-uploads]").append(item);
  return { item, bar, state, again, drop };
}

class Upload {
  constructor(form, file) {
    Object.assign(this, { form, file, id: uuid(), tries: 0 });
    this.view = row(form, file);
    this.view.again.addEventListener("click", () => this.retry());
    this.view.drop.addEventListener("click", () => this.end());
    this.say("waiting", "Waiting");
  }

  say(state, text) {
    this.view.item.dataset.state = state;
    this.view.state.textContent = text;
    this.view.bar.hidden = state === "refused" || state === "lost";
    this.view.again.hidden = state !== "lost";
    this.view.drop.hidden = state !== "refused" && state !== "lost";
  }

  async send() {
    this.say("sending", "Sending");
    this.ready ??= smaller(this.file);
    const file = await this.ready;
    const data = new FormData();
    for (const field of this.form.elements) {
      if (field.name && field.type !== "file" && field.type !== "submit" && (!/checkbox|radio/.test(field.type) || field.checked)) {
        data.append(field.name, field.value);
      }
    }
    data.append("upload_id", this.id);
    data.append("taken_at", String(this.file.lastModified || ""));
    data.append("file", file, file.name);
    return new Promise((done) => {
      const xhr = new XMLHttpRequest();
      xhr.open("POST", this.form.action);
      xhr.setRequestHeader("Accept", "application/json");
      xhr.timeout = 10 * 60_000;
      xhr.upload.onprogress = (event) => {
        if (!event.lengthComputable) return;
        const part = Math.round((100 * event.loaded) / event.total);
        this.view.bar.value = part;
        this.view.state.textContent = part < 100 ? `${part} %` : "Checking";
      };
      xhr.onload = () => done(this.answered(xhr));
      xhr.onerror = xhr.ontimeout = xhr.onabort = () => done(this.lost());
      xhr.send(data);
    });
  }

  answered(xhr) {
    if (xhr.status === 201) {
      this.say("done", "Added");
      setTimeout(() => this.view.item.remove(), 1500);
      return true;
    }
    if ([0, 408, 429, 502, 503, 504].includes(xhr.status)) return this.lost();
    let reason = xhr.status === 413 ? "This file is too large." : "It was not taken. Reload the page and try again.";
    try {
      const body = JSON.parse(xhr.responseText);
      reason = body.refused?.[0]?.reason || body.reason || reason;
    } catch {
      // A page instead of an answer: signed out, or somebody else's proxy.
    }
    this.say("refused", reason);
    return false;
  }

  lost() {
    const pause = PAUSES[Math.min(this.tries, PAUSES.length - 1)];
    this.tries += 1;
    this.say("lost", navigator.onLine ? `No answer. Next try in ${pause} s.` : "Offline. It is sent when the line is back.");
    waiting.add(this);
    this.timer = setTimeout(() => this.retry(), pause * 1000);
    return false;
  }

  retry() {
    clearTimeout(this.timer);
    if (!waiting.delete(this)) return;
    this.say("waiting", "Waiting");
    add(this);
  }

  end() {
    clearTimeout(this.timer);
    waiting.delete(this);
    this.view.item.remove();
  }
}

function add(upload) {
  const queue = queues.get(upload.form) || { waiting: [], running: 0, kept: 0 };
  queues.set(upload.form, queue);
  queue.waiting.push(upload);
  next(upload.form, queue);
}

function next(form, queue) {
  while (queue.running < AT_ONCE && queue.waiting.length) {
    queue.running += 1;
    queue.waiting.shift().send().then((kept) => {
      queue.running -= 1;
      queue.kept += kept ? 1 : 0;
      next(form, queue);
    });
  }
  if (queue.running || queue.waiting.length || !queue.kept) return;
  queue.kept = 0;
  form.dispatchEvent(new CustomEvent("mw:uploaded", { bubbles: true }));
  // The page hears of it by its live line; where that is not up, it asks by itself.
  if (document.documentElement.dataset.live !== "live") {
    for (const element of document.querySelectorAll("[data-live]")) window.htmx?.trigger(element, "live");
  }
}

function take(form, files) {
  for (const file of files) add(new Upload(form, file));
}

document.addEventListener("change", (event) => {
  const field = event.target.closest("[data-upload-pick], [data-upload-shoot]");
  const form = field?.closest("form[data-upload]");
  if (!form || !field.files.length) return;
  take(form, [...field.files]);
  field.value = "";
});

// Dropping works on the whole section around the form.
const target = (event) => {
  if (![...(event.dataTransfer?.types || [])].includes("Files")) return null;
  return event.target.closest?.("[data-upload-drop]") || event.target.closest?.("form[data-upload]");
};
let over = null;
function mark(element) {
  if (over === element) return;
  over?.classList.remove("dropping");
  element?.classList.add("dropping");
  over = element;
}
document.addEventListener("dragover", (event) => {
  const area = target(event);
  mark(area);
  if (area) event.preventDefault();
});
document.addEventListener("dragleave", (event) => event.relatedTarget || mark(null));
document.addEventListener("drop", (event) => {
  const area = target(event);
  mark(null);
  if (!area) return;
  event.preventDefault();
  const form = area.matches("form") ? area : area.querySelector("form[data-upload]");
  if (form) take(form, [...event.dataTransfer.files]);
});

addEventListener("online", () => [...waiting].forEach((upload) => upload.retry()));
addEventListener("beforeunload", (event) => {
  if (document.querySelector("[data-uploads] li:is([data-state=waiting], [data-state=sending], [data-state=lost])")) event.preventDefault();
});
