/* The switch on the first page: saves the site on this device, or removes it. Its words are on the page.
   extensions/service_worker.py puts SITE before this: the name of the course, how many files, how many megabytes. */
(function () {
  "use strict";

  const box = document.querySelector(".ll-offline");
  const link = document.querySelector("a.ll-zip");
  const root = new URL("./", document.currentScript.src).href;
  const ours = `${SITE.course} ${root} `; // worker.js has the same
  const write = (place, megabytes) => {
    place.textContent = megabytes.toLocaleString(document.documentElement.lang, {maximumFractionDigits: 1});
  };

  async function showSize(zip) {
    const answer = await fetch(zip.href, {method: "HEAD"});
    const bytes = Number(answer.headers.get("Content-Length"));
    if (!answer.ok || !bytes) { return; }
    write(zip.querySelector("[data-megabytes]"), bytes / 1e6);
    zip.querySelector("[hidden]").hidden = false;
  }

  /* Opened as a file, the page has no server to ask and is on the device already. */
  if (!location.protocol.startsWith("http")) { return; }
  if (link && navigator.onLine) { showSize(link).catch(() => { /* no network: the link stays without its size */ }); }
  if (!box || !navigator.serviceWorker) { return; }

  const tick = box.querySelector("input[name=python]");
  const part = name => box.querySelector(`.ll-offline-${name}`);
  const [save, remove, progress, status] = ["save", "remove", "progress", "status"].map(part);

  function say(name) {
    status.textContent = box.querySelector(`template[data-say="${name}"]`).content.textContent;
  }

  /* Only this site's own: another site of the same host may have one for a folder above. */
  async function registration() {
    const found = await navigator.serviceWorker.getRegistration(root);
    return found && found.scope === root ? found : null;
  }

  const files = () => SITE.files + (tick.checked ? SITE.python.files : 0);
  const savedNames = async () => (await caches.keys()).filter(name => name.startsWith(ours));

  async function unregister() {
    const found = await registration();
    if (found) { await found.unregister(); }
  }

  /* Shows the buttons that fit what is on the device, and keeps the keyboard's focus on one that is shown. */
  async function show() {
    const [found, names] = [await registration(), await savedNames()];
    const held = box.contains(document.activeElement);
    const saved = Boolean(found && found.active && names.length);
    save.hidden = tick.parentNode.hidden = saved;
    tick.parentNode.hidden ||= !SITE.python.files;
    remove.hidden = !names.length;
    box.hidden = false;
    if (held) { (saved ? remove : save).focus(); }
    return saved;
  }

  /* Resolves when the worker has saved everything, or has given up. */
  async function follow(worker) {
    const opened = {}; // each cache is opened once: opening again would bring back one that the worker has dropped
    const count = async () => {
      for (const name of await savedNames()) {
        opened[name] = opened[name] || await caches.open(name);
        progress.value = Math.max(progress.value, (await opened[name].keys()).length / files());
      }
    };
    const timer = setInterval(count, 300);
    await new Promise(done => {
      const look = () => (worker.state === "activated" || worker.state === "redundant") && done();
      worker.addEventListener("statechange", look);
      look();
    });
    clearInterval(timer);
    return worker.state === "activated";
  }

  /* How the saving ended. A worker that has not saved everything is removed; what it saved waits for the next try. */
  async function outcome() {
    try {
      // A worker just removed lives on while its pages are open. If the old address were registered again, Chromium
      // would take that worker, and it would save nothing.
      const found = await navigator.serviceWorker.register(
        `${root}sw.js?since=${Date.now()}${tick.checked ? "&python" : ""}`, {scope: root});
      if (await follow(found.installing)) { return "saved"; }
      await unregister();
      return (await savedNames()).length ? "broken" : "full";
    } catch (error) {
      return error.name === "SecurityError" ? "refused" : "broken";
    }
  }

  async function turnOn() {
    if (!progress.hidden) { return; }
    progress.value = 0;
    progress.hidden = false;
    say("saving");
    const ended = await outcome();
    if (ended === "saved" && navigator.storage.persist) { navigator.storage.persist(); }
    progress.hidden = true;
    say(ended);
    await show();
  }

  async function turnOff() {
    await unregister();
    await Promise.all((await savedNames()).map(name => caches.delete(name)));
    say("removed");
    await show();
  }

  box.querySelectorAll("[data-megabytes]").forEach(place => write(
    place, place.dataset.megabytes.split(".").reduce((data, name) => data[name], SITE)));
  save.addEventListener("click", turnOn);
  remove.addEventListener("click", turnOff);
  show().then(saved => saved && say("saved"), () => {
    save.hidden = true;
    box.hidden = false;
    say("refused");
  });
})();
