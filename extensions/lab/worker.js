/* Python in a worker of its own. Over http it loads its files with the hash that each must have; on a page that was
   opened as a file it asks the page for them, which may load scripts.
   Messages in: {start: site}, {name, bytes}, {id, cells: [{source, quiet}, …]}.
   Messages out: {want: name}, {loaded: bytes}, {ready}, {id, begins: step}, {id, output},
   {id, again}, {id, done, fine}, {id, failed: words}. */
"use strict";

const TYPES = {wasm: "application/wasm", json: "application/json"};
const browsersFetch = self.fetch.bind(self);
const files = new Map(); // name → promise of its bytes
const waiting = new Map(); // name → who takes it when the page has brought it
let site, python, runCell, loaded = 0;

async function overHttp(name) {
  const answer = await browsersFetch(site.base + name, {integrity: site.files[name].integrity});
  if (!answer.ok) { throw new Error(`${name}: ${answer.status}`); }
  return new Uint8Array(await answer.arrayBuffer());
}

function fromPage(name) {
  self.postMessage({want: name});
  return new Promise(resolve => waiting.set(name, resolve));
}

async function load(address) {
  const name = String(address).split("/").pop();
  if (!(name in site.files)) { throw new TypeError(`${name} is not part of the course`); }
  if (!files.has(name)) {
    files.set(name, (site.isFile ? fromPage : overHttp)(name));
    await files.get(name);
    loaded += site.files[name].transfer;
    self.postMessage({loaded});
  }
  return files.get(name);
}

async function start(given) {
  site = given;
  self.fetch = async address => {
    const type = TYPES[String(address).split(".").pop()] || "application/octet-stream";
    return new Response(await load(address), {headers: {"Content-Type": type}});
  };
  const scripts = {};
  for (const name of ["pyodide.js", "pyodide.asm.js"]) { scripts[name] = new TextDecoder().decode(await load(name)); }
  self.importScripts = (...addresses) => addresses.forEach(
    address => (0, eval)(scripts[address.split("/").pop()]));
  self.importScripts("pyodide.js");
  python = await loadPyodide({indexURL: site.base, packages: ["numpy"], env: {LESSONS_LANG: site.language}});
  python.unpackArchive((await load("course.zip")).slice().buffer, "zip", {extractDir: "/course"});
  python.FS.writeFile("/course/page_cells.py", site.cells);
  python.runPython(`import sys; sys.path.insert(0, "/course")`);
  runCell = python.pyimport("page_cells").run;
  self.postMessage({ready: true});
}

/* A package that is not there yet, matplotlib above all, is loaded, and the cell runs again. */
async function runCells({id, cells}) {
  const tell = output => {
    self.postMessage({id, output: output.toJs({dict_converter: Object.fromEntries})});
    output.destroy();
  };
  let ended = "";
  for (const [step, {source, quiet}] of cells.entries()) {
    self.postMessage({id, begins: step});
    ended = runCell(source, tell);
    while (ended.startsWith("lacks ")) {
      await python.loadPackage(ended.slice("lacks ".length), {messageCallback() {}, errorCallback() {}});
      self.postMessage({id, again: true});
      ended = runCell(source, tell);
    }
    if (ended && !quiet) { break; }
  }
  self.postMessage({id, done: true, fine: !ended});
}

let turn = Promise.resolve(); // one request after the other
self.onmessage = ({data}) => {
  if (data.bytes) { waiting.get(data.name)(data.bytes); return; }
  const act = data.start ? () => start(data.start) : () => runCells(data);
  turn = turn.then(act).catch(error => self.postMessage({id: data.id, failed: String(error?.message ?? error)}));
};
