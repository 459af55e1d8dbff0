/* The service worker of a reader who has saved the site. extensions/service_worker.py puts SITE before this: the name of
   the course, the files of the site and those of Python on its pages with their hashes, and the version, which is the
   hash of these lists. Its own address says whether Python is saved too.

   A version is saved completely or not at all, and takes over on its own: an open page stays as it is, the next one
   comes from the new version. What is not in the list (downloads, JupyterLite) goes to the network as usual. */
"use strict";

const AT_ONCE = 6;
const HASH = "X-Integrity";
const SCOPE = self.registration.scope;
const OURS = `${SITE.course} ${SCOPE} `; // switch.js has the same
const CACHE = OURS + SITE.version;
const WANTED = new URL(self.location).searchParams.has("python") ? {...SITE.files, ...SITE.python} : SITE.files;
const HASHES = new Map(Object.entries(WANTED).map(([name, hash]) => [new URL(name, SCOPE).href, hash]));

const ours = async () => (await caches.keys()).filter(name => name.startsWith(OURS));

/* From a cache with exactly this content, this version's own first: an interrupted save resumes where it stopped. */
async function saved(address, hash) {
  for (const name of [CACHE, ...await ours()]) {
    const response = await caches.match(address, {cacheName: name});
    if (response && response.headers.get(HASH) === hash) { return response; }
  }
  return null;
}

/* The browser refuses content with another hash: a server that still sends an older page cannot mix two versions. */
async function loaded(address, hash) {
  const response = await fetch(address, {integrity: hash, cache: "no-cache"});
  if (!response.ok) { throw new Error(`${address}: ${response.status}`); }
  const headers = {"Content-Type": response.headers.get("Content-Type") || "", [HASH]: hash};
  return new Response(await response.blob(), {headers});
}

async function save() {
  const cache = await caches.open(CACHE);
  const queue = [...HASHES];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      await cache.put(next[0], await saved(...next) || await loaded(...next));
    }
  };
  try {
    await Promise.all(Array.from({length: AT_ONCE}, work));
  } catch (error) {
    if (error.name === "QuotaExceededError") { await caches.delete(CACHE); } // half a site is of no use on a full device
    throw error;
  }
  await self.skipWaiting();
}

async function takeOver() {
  const old = (await ours()).filter(name => name !== CACHE);
  await Promise.all(old.map(name => caches.delete(name)));
  await self.clients.claim();
}

async function answer(request, address) {
  return await caches.match(address, {cacheName: CACHE}) || fetch(request);
}

self.addEventListener("install", event => event.waitUntil(save()));
self.addEventListener("activate", event => event.waitUntil(takeOver()));
self.addEventListener("fetch", event => {
  const address = event.request.url.replace(/[?#].*$/, "").replace(/\/$/, "/index.html");
  if (event.request.method === "GET" && HASHES.has(address)) { event.respondWith(answer(event.request, address)); }
});
