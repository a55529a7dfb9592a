// Several questions on one screen: what is picked, what is recorded, and what was not sent yet.

const groups = () => [...document.querySelectorAll(".joint-q")];
const radios = () => [...document.querySelectorAll(".joint-q input[type=radio]")];

/** What is picked now, one place for each question ("" where nothing is). */
export function picked() {
  return groups().map((group) => group.querySelector("input:checked")?.value || "");
}

/** Show a whole choice ("for,,against") as picked. */
export function pick(choice) {
  const places = choice.split(",");
  groups().forEach((group, i) => {
    for (const radio of group.querySelectorAll("input")) radio.checked = radio.value === places[i];
  });
}

/** The places of questions that have no answer yet: [2, 3]. */
export function unanswered() {
  return picked().flatMap((choice, i) => (choice ? [] : [i + 1]));
}

/** Mark what is recorded and what is being sent; `off` shuts the ballot. */
export function drawJoint({ recorded, sending, off }) {
  const kept = (recorded || "").split(",");
  const under = (sending || "").split(",");
  groups().forEach((group, i) => {
    for (const radio of group.querySelectorAll("input")) {
      const label = radio.closest(".vote");
      label.classList.toggle("is-kept", !sending && kept[i] === radio.value && radio.checked);
      label.classList.toggle("is-sending", under[i] === radio.value);
    }
  });
  for (const radio of radios()) radio.disabled = off;
  const send = document.querySelector("[data-send-ballot]");
  if (send) send.disabled = off || Boolean(sending) || (Boolean(recorded) && picked().join() === recorded);
}

/** Whether something is picked that was not sent: a delegate must not go away believing that it was. */
export function isUnsent(recorded) {
  const now = picked();
  return now.some(Boolean) && now.join() !== (recorded || "");
}
