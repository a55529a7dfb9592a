// "Thử máy của tôi": tries what a sitting will need of this tablet, and tells the secretary.
import { csrfToken } from "./on.js";

const list = document.querySelector("[data-tablet-check]");
const form = document.querySelector("[data-try-form]");
const verdict = document.querySelector("[data-try-verdict]");

function say(name, good, words) {
  list.querySelector(`[data-say="${name}"]`).textContent = words;
  list.querySelector(`[data-try="${name}"]`).dataset.state = good === null ? "trying" : good ? "good" : "poor";
}

const within = (ms, promise) =>
  Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error("late")), ms))]);

const tries = {
  async socket() {
    const url = new URL(list.dataset.liveSocket, location.href.replace(/^http/, "ws"));
    const socket = new WebSocket(url);
    try {
      const started = performance.now();
      await within(5000, new Promise((done, fail) => {
        socket.onopen = () => socket.send(JSON.stringify({ type: "ping", echo: "thu-may" }));
        socket.onmessage = (e) => JSON.parse(e.data).type === "pong" && done();
        socket.onerror = fail;
        socket.onclose = fail;
      }));
      return `tốt, ${Math.round(performance.now() - started)} phần nghìn giây`;
    } finally {
      socket.onclose = null;
      socket.close();
    }
  },
  async http() {
    const started = performance.now();
    const answer = await within(5000, fetch(list.dataset.liveUrl, { headers: { Accept: "application/json" }, cache: "no-store" }));
    if (!answer.ok) throw new Error();
    await answer.json();
    return `tốt, ${Math.round(performance.now() - started)} phần nghìn giây`;
  },
  async reader() {
    await within(15000, import(list.dataset.reader));
    return "máy mở được trình đọc tài liệu";
  },
  async sound() {
    const rings = Boolean(window.AudioContext || window.webkitAudioContext);
    if (rings) {
      const audio = new (window.AudioContext || window.webkitAudioContext)();
      const tone = audio.createOscillator(), volume = audio.createGain();
      volume.gain.value = 0.08;
      tone.frequency.value = 660;
      tone.connect(volume).connect(audio.destination);
      tone.start();
      tone.stop(audio.currentTime + 0.25);
    }
    const shakes = Boolean(navigator.vibrate?.(200));
    if (!rings && !shakes) throw new Error();
    return shakes ? "máy rung và kêu được" : "máy kêu được, không rung";
  },
  async screen() {
    if (Math.min(innerWidth, innerHeight) < 320) throw new Error();
    return `${innerWidth} × ${innerHeight} điểm`;
  },
};

const poor = {
  socket: "bị chặn; máy vẫn theo dõi được bằng đường dự phòng",
  http: "không tới được máy chủ",
  reader: "trình duyệt quá cũ, không đọc được tài liệu",
  sound: "máy không rung và không kêu",
  screen: "màn hình quá nhỏ",
};

form?.addEventListener("submit", async (e) => {
  e.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  verdict.textContent = "Đang thử…";
  const details = {};
  for (const [name, attempt] of Object.entries(tries)) {
    say(name, null, "đang thử…");
    try {
      say(name, true, await attempt());
      details[name] = true;
    } catch {
      say(name, false, poor[name]);
      details[name] = false;
    }
  }
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify(details),
    });
    const told = await answer.json();
    verdict.textContent = told.passed ? "Máy dùng được. Đã báo cho thư ký." : "Máy chưa dùng được. Mời báo thư ký.";
  } catch {
    verdict.textContent = "Chưa báo được cho thư ký: máy không tới được máy chủ.";
  }
  button.disabled = false;
});
