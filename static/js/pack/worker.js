// The service worker. It answers a navigation for which there is no network with one of two pages that are the same
// for everybody, and gives those pages their static files. It keeps nothing else: no page of a person, no paper, and
// it never touches what is sent (votes, forms) nor what a page fetches from the house.
//
// KEPT (release, pages, files) stands above this line when /sw.js is served; another list is another worker.

const SHELF = `shell-${KEPT.release}`;
const [SHELL, READER] = KEPT.pages;
const FILES = new Set(KEPT.files);
const READS = /^\/(tai-lieu\/|ngoai-tuyen|chuong-trinh|tai-lieu-ky-hop)/;
const READS_ONE = /^\/tai-lieu\/[0-9a-f-]{36}$/;
const PATIENCE = 6000; // ms for a reading page; a page of the sitting waits as long as the browser does
const HOLD = 5 * 60 * 1000; // ms an opened key stays in memory without any page that shows it

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const shelf = await caches.open(SHELF);
      // without cookies: the kept page is nobody's
      const asked = [...KEPT.pages, ...KEPT.files].map((url) => new Request(url, { cache: "reload", credentials: "omit" }));
      await shelf.addAll(asked); // all or nothing: a half-fetched release never takes over
      await self.skipWaiting(); // online nothing is answered from the shelf, so nobody mixes two releases
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== SHELF);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

const shown = new Set(); // clients whose page came from the shelf

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event, url));
  else if (FILES.has(url.pathname)) event.respondWith(file(event, url));
});

async function page(event, url) {
  try {
    const answer = await inTime(fetch(event.request), READS.test(url.pathname) ? PATIENCE : 0);
    if (answer.status < 502 || answer.status > 504) return answer; // a proxy that finds no house behind it
  } catch {
    // no network, or none that answers
  }
  if (event.resultingClientId) shown.add(event.resultingClientId);
  const kept = await fromShelf(READS_ONE.test(url.pathname) ? READER : SHELL);
  return kept || Response.error();
}

async function file(event, url) {
  if (shown.has(event.clientId)) {
    const kept = await fromShelf(url.pathname);
    if (kept) return kept;
  }
  try {
    return await fetch(event.request);
  } catch (fault) {
    const kept = await fromShelf(url.pathname);
    if (kept) return kept;
    throw fault;
  }
}

const fromShelf = async (path) => (await caches.open(SHELF)).match(path, { ignoreSearch: true, ignoreVary: true });

function inTime(promise, ms) {
  if (!ms) return promise;
  return Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error("late")), ms))]);
}

// --- The opened key, on its way from one page of the copy to the next -------------------------------------------
// It lives in memory only. A worker that the browser has ended knows it no more: then the PIN is asked again.

let held = null;
let timer;

self.addEventListener("message", (event) => {
  const { type, key, copy } = event.data || {};
  clearTimeout(timer);
  if (type === "hold") held = { key, copy };
  if (type === "drop") held = null;
  if (type === "ask") event.ports[0]?.postMessage(held && held.copy === copy ? held.key : null);
  if (held) timer = setTimeout(() => (held = null), HOLD);
});
