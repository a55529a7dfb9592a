// <form data-filedrop enctype="multipart/form-data"> with parts/filedrop.html inside: each file goes up alone, with its
// own bar and its own answer, so that one bad file does not stop the others. The server gets the header X-File-Drop: 1
// and one file per request; it answers 2xx or 4xx with JSON {"message", "url"} or with a piece of HTML.
// When the last is done the form fires "filedrop:done" (htmx can listen) and, with data-filedrop="reload", reloads.
import { csrfToken, each } from "./on.js";

const WORDS = {
  waiting: "Đợi gửi",
  done: "Đã nhận",
  failed: "Chưa gửi được. Kiểm tra mạng rồi thả lại tệp này.",
  large: "Tệp quá lớn, máy chủ không nhận.",
};

function line(list, file) {
  const item = document.createElement("li");
  const head = document.createElement("p");
  head.className = "row between";
  const name = document.createElement("span");
  name.className = "name strong";
  name.textContent = file.name;
  const state = document.createElement("span");
  state.className = "num nowrap";
  state.textContent = WORDS.waiting;
  head.append(name, state);
  const bar = document.createElement("progress");
  bar.className = "progress";
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  const result = document.createElement("div");
  item.append(head, bar, result);
  list.append(item);
  return { state, bar, result };
}

function show({ state, bar, result }, ok, xhr) {
  bar.value = 100;
  bar.classList.add(ok ? "progress--ok" : "progress--bad");
  state.textContent = ok ? WORDS.done : "";
  const kind = xhr?.getResponseHeader("Content-Type") || "";
  let words = ok ? "" : xhr?.status === 413 ? WORDS.large : WORDS.failed;
  let url = "";
  if (kind.includes("json")) {
    try {
      const answer = JSON.parse(xhr.responseText);
      words = answer.message || answer.error || words;
      url = answer.url || "";
    } catch {
      // keep our own words
    }
  } else if (kind.includes("html") && xhr.status < 500 && !/^\s*<!doctype/i.test(xhr.responseText)) {
    result.innerHTML = xhr.responseText;
    return;
  }
  if (!words) return;
  const place = document.createElement(url ? "a" : "p");
  if (url) place.href = url;
  if (!ok) place.className = "error";
  place.textContent = words;
  result.append(place);
}

// Files of the operating system, which nobody means to send.
const SYSTEM = /^(\.|~\$|thumbs\.db$|desktop\.ini$)/i;

// All files of what was dropped, folders walked through: [{file, folder}].
async function filesOf(data) {
  const entries = [...(data.items || [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...data.files].map((file) => ({ file, folder: "" }));
  const found = [];
  const walk = async (entry, folder) => {
    if (SYSTEM.test(entry.name)) return;
    if (entry.isFile) {
      found.push({ file: await new Promise((done, failed) => entry.file(done, failed)), folder });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed)); // at most 100 at a time
      if (!some.length) return;
      for (const one of some) await walk(one, folder ? `${folder}/${entry.name}` : entry.name);
    }
  };
  for (const entry of entries) await walk(entry, "");
  return found;
}

const folderOf = (file) => (file.webkitRelativePath || "").split("/").slice(0, -1).join("/");

function send(form, field, { file, folder }, row) {
  return new Promise((resolve) => {
    const body = new FormData(form);
    body.delete(field.name);
    body.append(field.name, file);
    if (folder) body.append("thu-muc", folder);
    const xhr = new XMLHttpRequest();
    xhr.open("POST", form.action);
    xhr.setRequestHeader("X-File-Drop", "1");
    xhr.setRequestHeader("X-CSRFToken", csrfToken());
    xhr.setRequestHeader("Accept", "application/json, text/html;q=0.9");
    xhr.upload.onprogress = (e) => {
      if (!e.lengthComputable) return;
      const part = Math.floor((e.loaded / e.total) * 100);
      row.bar.value = part;
      row.state.textContent = `${part}%`;
    };
    xhr.onload = () => {
      const ok = xhr.status >= 200 && xhr.status < 300;
      show(row, ok, xhr);
      resolve(ok);
    };
    xhr.onerror = () => {
      show(row, false, null);
      resolve(false);
    };
    xhr.send(body);
  });
}

each("form[data-filedrop]", (form) => {
  const drop = form.querySelector("[data-drop]");
  const fields = [...(drop?.querySelectorAll("input[type=file]") || [])];
  const field = fields[0];
  const list = form.querySelector("[data-drop-list]");
  if (!field || !list) return;

  const sendAll = async (files) => {
    const rows = files.map((one) => [one, line(list, one.file)]);
    let good = 0;
    for (const [one, row] of rows) if (await send(form, field, one, row)) good += 1;
    for (const input of fields) input.value = "";
    form.dispatchEvent(
      new CustomEvent("filedrop:done", { bubbles: true, detail: { good, bad: files.length - good } }),
    );
    if (form.dataset.filedrop === "reload" && good === files.length) location.reload();
  };

  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (e) => {
      e.preventDefault();
      drop.classList.add("is-over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    drop.addEventListener(kind, () => drop.classList.remove("is-over"));
  }
  drop.addEventListener("drop", async (e) => {
    e.preventDefault();
    const files = await filesOf(e.dataTransfer);
    sendAll(field.multiple ? files : files.slice(0, 1));
  });
  for (const input of fields) {
    input.addEventListener("change", () => {
      const files = [...input.files].filter((file) => !SYSTEM.test(file.name));
      if (files.length) sendAll(files.map((file) => ({ file, folder: folderOf(file) })));
    });
  }
  // with JavaScript files go at once: the plain button is not needed
  for (const button of form.querySelectorAll("[data-no-js]")) button.hidden = true;
});
