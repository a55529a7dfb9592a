// What the service worker holds in its memory: the key of this tablet's copy, between two pages of it.
import { vault } from "./vault.js";

export const worker = () => navigator.serviceWorker?.controller;

/** The key that a page of the copy opened a moment ago, or null. Who only asks does not go on holding it. */
export async function askWorker() {
  const kept = await vault();
  if (!kept || !worker()) return null;
  const channel = new MessageChannel();
  const answer = new Promise((resolve) => {
    channel.port1.onmessage = (event) => resolve(event.data);
    setTimeout(() => resolve(null), 1000);
  });
  worker().postMessage({ type: "ask", copy: kept.copy }, [channel.port2]);
  return answer;
}
