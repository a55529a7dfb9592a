// A short tone and a vibration that call for one's own vote; each person may mute the tone on the own machine.

const KEY = "muted";
let audio; // made at the first touch: a browser lets no page sound before that

function kept() {
  try {
    return localStorage.getItem(KEY) === "1";
  } catch {
    return false;
  }
}

let muted = kept();

function mute(on) {
  muted = on;
  try {
    localStorage.setItem(KEY, on ? "1" : "0");
  } catch {
    // a browser that keeps nothing: muted until the page is left
  }
  drawMute();
}

/** Each screen that covers the page has a bell of its own; all of them tell and change the one setting. */
const bells = document.querySelectorAll("[data-mute]");

function drawMute() {
  for (const bell of bells) bell.setAttribute("aria-pressed", String(muted));
}

for (const bell of bells) bell.addEventListener("click", () => mute(!muted));
drawMute();

/** Call: vibrate, and sound two short tones unless muted. Gives what was done, for tests and for "Thử máy". */
export function ring() {
  const done = { vibrated: false, sounded: false };
  if (navigator.userActivation?.hasBeenActive !== false) done.vibrated = Boolean(navigator.vibrate?.([300, 150, 300]));
  if (!muted && audio?.state === "running") {
    for (const [start, pitch] of [[0, 660], [0.22, 880]]) tone(audio.currentTime + start, pitch);
    done.sounded = true;
  }
  return done;
}

function tone(at, pitch) {
  const wave = audio.createOscillator();
  const loud = audio.createGain();
  wave.frequency.value = pitch;
  loud.gain.setValueAtTime(0, at);
  loud.gain.linearRampToValueAtTime(0.25, at + 0.02);
  loud.gain.linearRampToValueAtTime(0, at + 0.18);
  wave.connect(loud).connect(audio.destination);
  wave.start(at);
  wave.stop(at + 0.2);
}

function wake() {
  const Made = window.AudioContext || window.webkitAudioContext;
  if (!Made) return;
  audio ??= new Made();
  if (audio.state === "suspended") audio.resume().catch(() => {});
}
for (const act of ["pointerdown", "keydown"]) addEventListener(act, wake, { passive: true });
