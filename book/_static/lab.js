/* Python on the page: cells run where they stand, answers are checked there. What is needed to run is loaded when the
   reader asks (extensions/lab.py puts it into python/). Works from a server and from a folder. */
(function () {
  "use strict";

  const place = document.getElementById("ll-lab");
  if (!place || typeof Worker === "undefined" || typeof DecompressionStream === "undefined") { return; }
  const {page, root, words, tasks, megabytes} = JSON.parse(place.textContent);
  const CHECK_SECONDS = 8; // a check ends by itself after 2.5; a call inside of C does not
  const said = (key, values = {}) => words[`lab.${key}`].replace(/\{(\w+)\}/g, (_, name) => values[name]);

  function make(tag, attributes = {}, ...inside) {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...inside);
    return element;
  }

  const button = (key, act, name = "") => make("button", {
    type: "button", className: `ll-button ll-lab-${key} ${name}`, textContent: said(key), onclick: act});

  function script(address) {
    return new Promise((resolve, reject) => document.head.append(make("script", {
      src: root + address, onload: resolve, onerror: () => reject(new Error(address))})));
  }

  /* ---- what the reader wrote ---- */

  const memory = {
    key: `lessons:lab:${page}`,
    kept: true,
    read() {
      try { return JSON.parse(localStorage.getItem(memory.key)) || {}; } catch { return {}; }
    },
    write(id, entry) {
      const all = {...memory.read(), [id]: entry};
      if (!entry) { delete all[id]; }
      try { localStorage.setItem(memory.key, JSON.stringify(all)); } catch {
        memory.kept = false;
        document.querySelectorAll(".ll-lab-status").forEach(status => { status.textContent = said("not_kept"); });
      }
    },
  };

  /* ---- Python ---- */

  const python = {worker: null, ready: null, ran: new Set(), jobs: new Map(), next: 0, site: null};

  async function bytesFromScript(name) {
    const packed = await new Promise((resolve, reject) => {
      window.llFile = (given, content) => given === name && resolve(content);
      script(`python/file/${name}.js`).catch(reject);
    });
    const raw = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0));
    const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  let brought = Promise.resolve(); // one script after the other: they share one name

  function bring(name, worker) {
    brought = brought.then(() => bytesFromScript(name)).then(
      bytes => worker.postMessage({name, bytes}, [bytes.buffer]),
      error => python.worker === worker && end(said("failed", {why: error.message})));
  }

  function heard(worker, {data}) {
    if (data.want) { bring(data.want, worker); return; }
    const job = python.jobs.get(data.id);
    if (data.loaded) { python.jobs.forEach(each => each.loads(data.loaded)); return; }
    if (data.ready) { python.begun(); return; }
    if (data.failed) { end(said("failed", {why: data.failed})); return; }
    if (!job) { return; }
    if (data.output) { job.shows(data.output); }
    if (data.again) { job.clears(); }
    if ("begins" in data) { job.begins(data.begins); }
    if (data.done) { python.jobs.delete(data.id); job.ends(data.fine); }
  }

  /* Ends the worker; what waits is told why. The next run starts a new one. */
  function end(why) {
    if (python.worker) { python.worker.terminate(); }
    const jobs = [...python.jobs.values()];
    Object.assign(python, {worker: null, ready: null, ran: new Set(), jobs: new Map()});
    jobs.forEach(job => job.breaks(why));
  }

  function started() {
    if (!python.ready) {
      python.ready = (async () => {
        if (!python.site) {
          await script("python/site.js");
          python.site = window.llSite;
        }
        const worker = new Worker(URL.createObjectURL(new Blob([python.site.worker], {type: "text/javascript"})));
        python.worker = worker;
        worker.onmessage = event => heard(worker, event);
        worker.onerror = event => end(said("failed", {why: event.message}));
        const begun = new Promise(resolve => { python.begun = resolve; });
        const isFile = location.protocol === "file:";
        const {files, cells, language} = python.site;
        worker.postMessage({start: {files, cells, language, isFile, base: new URL(`${root}python/`, location.href).href}});
        await begun;
      })();
    }
    return python.ready;
  }

  /* ---- an editor: a textarea, with the colours of its text drawn behind it ---- */

  function editor(source, label, changed, run) {
    const area = make("textarea", {value: source, spellcheck: false, wrap: "off", className: "ll-lab-code"});
    area.setAttribute("aria-label", label);
    area.setAttribute("autocapitalize", "off");
    area.setAttribute("autocomplete", "off");
    area.setAttribute("autocorrect", "off");
    const colours = make("pre", {ariaHidden: "true", className: "ll-lab-colours"});
    let keepsTab = true;

    function draw() {
      area.rows = area.value.split("\n").length + 1;
      if (window.hljs) {
        colours.innerHTML = `${window.hljs.highlight(area.value, {language: "python"}).value}\n`;
        area.classList.add("ll-lab-coloured");
      }
    }

    const insert = text => document.execCommand("insertText", false, text); // the browser's own undo stays whole

    area.addEventListener("keydown", event => {
      const line = area.value.slice(0, area.selectionStart).split("\n").pop();
      if (event.key === "Escape") { keepsTab = false; }
      else if (event.key === "Tab" && keepsTab && !event.ctrlKey && !event.altKey) {
        event.preventDefault();
        if (event.shiftKey) {
          const begin = area.selectionStart - line.length;
          const spaces = area.value.slice(begin).match(/^ {0,4}/)[0].length;
          area.setSelectionRange(begin, begin + spaces);
          if (spaces) { insert(""); }
        } else { insert("    "); }
      } else if (event.key === "Enter" && (event.shiftKey || event.ctrlKey)) {
        event.preventDefault();
        run();
      } else if (event.key === "Enter") {
        event.preventDefault();
        insert(`\n${line.match(/^ */)[0]}${/:\s*$/.test(line) ? "    " : ""}`);
      }
    });
    area.addEventListener("blur", () => { keepsTab = true; });
    area.addEventListener("focus", () => {
      if (!window.hljs) { script("python/highlight.min.js").then(draw, () => { /* stays without colours */ }); }
    }, {once: true});
    area.addEventListener("input", () => { draw(); changed(area.value); });
    area.addEventListener("scroll", () => { colours.scrollLeft = area.scrollLeft; });
    draw();
    return {
      box: make("div", {className: "ll-lab-editor"}, colours, area),
      get value() { return area.value; },
      set value(text) { area.value = text; draw(); },
      focus() { area.focus(); },
    };
  }

  /* ---- cells ---- */

  const cells = [...document.querySelectorAll('.cell[id^="cell-"]')].map(box => {
    const id = box.id.slice("cell-".length);
    const code = box.querySelector(".cell_input pre");
    const original = code ? code.textContent.replace(/\n$/, "") : "";
    return {box, id, original, source: () => original, task: tasks[id]};
  }).filter(cell => cell.original);
  const byId = Object.fromEntries(cells.map(cell => [cell.id, cell]));

  function drawn(output) {
    if (output.kind === "text") { return make("pre", {textContent: output.text}); }
    if (output.kind === "error") { return make("pre", {className: "ll-lab-error", textContent: output.text}); }
    const box = make("div", {className: `ll-lab-${output.kind}`});
    box.innerHTML = output[output.kind];
    return box;
  }

  /* Runs cells into a place of the page; `quiet` ones only prepare. Resolves with whether the last one was fine. */
  async function run(quiet, loud, to, status, limit = 0) {
    if (status.dataset.busy) { return false; }
    status.dataset.busy = "1";
    const stop = button("stop", () => end(said("stopped")));
    const say = words => { status.textContent = words; status.append(" ", stop); };
    to.replaceChildren();
    say(python.ready ? said("running") : said("first", {megabytes: local(megabytes.python)}));
    let timer;
    try {
      return await new Promise((resolve, reject) => {
        const id = python.next++;
        let current = -1, shown = [];
        python.jobs.set(id, {
          loads: bytes => say(said("loading", {part: Math.min(99, Math.round(bytes / megabytes.python / 1e4))})),
          begins(step) {
            say(said("running"));
            current = step;
            shown = [];
            if (step < quiet.length) { python.ran.add(quiet[step].id); }
            if (limit && step === quiet.length + loud.length - 1) {
              timer = setTimeout(() => end(said("endless", {seconds: limit})), 1000 * limit);
            }
          },
          shows(output) {
            if (output.kind === "verdict") { resolve.verdict = output; to.dataset.passed = output.passed; return; }
            if (current < quiet.length) { return; }
            const last = shown.at(-1);
            if (output.kind === "text" && last?.dataset.kind === "text") { last.textContent += output.text; return; }
            const box = drawn(output);
            box.dataset.kind = output.kind;
            shown.push(box);
            to.append(box);
            window.llSetUp(box);
          },
          clears() { shown.forEach(box => box.remove()); shown = []; },
          ends: resolve,
          breaks: why => reject(new Error(why)),
        });
        const sources = [...quiet.map(cell => ({source: cell.source(), quiet: true})), ...loud.map(source => ({source}))];
        started().then(() => python.worker.postMessage({id, cells: sources}), error => end(said("failed", {why: error.message})));
      });
    } catch (error) {
      to.append(make("p", {className: "ll-lab-broken", textContent: error.message}));
      return false;
    } finally {
      clearTimeout(timer);
      delete status.dataset.busy;
      status.textContent = "";
    }
  }

  const local = number => number.toLocaleString(document.documentElement.lang, {maximumFractionDigits: 1});

  /* What stands above a cell and has not run yet. */
  const above = cell => cells.slice(0, cells.indexOf(cell)).filter(each => !python.ran.has(each.id) && !each.isCheck);

  function setUpCell(cell) {
    const input = cell.box.querySelector(".cell_input");
    const committed = cell.box.querySelector(".cell_output");
    const output = make("div", {className: "ll-lab-output", ariaLive: "polite"});
    const status = make("span", {className: "ll-lab-status", role: "status"});
    const note = make("span", {className: "ll-lab-note"});
    let field = null;
    const saved = memory.read()[cell.id];
    cell.source = () => field ? field.value : cell.original;

    function changed(text) {
      const same = text === cell.original;
      memory.write(cell.id, same ? null : {source: text});
      note.textContent = same ? "" : said("changed");
      reset.hidden = same;
      python.ran.delete(cell.id);
    }

    function edit(text) {
      field = editor(text, said("code"), changed, go);
      input.hidden = true;
      input.after(field.box);
      change.hidden = true;
      changed(text);
    }

    async function go() {
      if (committed) { committed.hidden = true; }
      await run(above(cell), [cell.source()], output, status);
      python.ran.add(cell.id);
    }

    const start = button("run", go);
    const change = button("change", () => { edit(cell.original); field.focus(); });
    const reset = button("reset", () => {
      field.box.remove();
      field = null;
      input.hidden = change.hidden = false;
      change.hidden = false;
      if (committed) { committed.hidden = false; }
      output.replaceChildren();
      changed(cell.original);
      change.focus();
    });
    reset.hidden = true;
    const bar = make("div", {className: "ll-lab-bar"}, start, change, reset, note, status);
    input.after(bar); // where the code is folded, the buttons are folded with it
    (committed || bar).after(output);
    if (saved) { edit(saved.source); }
  }

  /* ---- tasks ---- */

  const solved = () => {
    const all = memory.read();
    return Object.keys(tasks).filter(id => all[id]?.passed);
  };
  const marks = [];

  /* Lines of a program, put in order by dragging, by buttons, by the keys ↑ and ↓ on a line. */
  function order(task, changed) {
    const rows = task.lines.map((line, i) => {
      const grip = make("span", {className: "ll-lab-number", textContent: `⠿ ${i + 1}`});
      const text = make("button", {type: "button", className: "ll-lab-line",
        ariaLabel: said("line", {place: i + 1, line: line.trim()}),
        onclick: () => { if (row.parentNode === heap) { move(row, mine); } }}, make("code", {textContent: line}));
      const row = make("li", {}, grip, text);
      const put = make("button", {type: "button", className: "ll-button", onclick: () => move(row, row.parentNode === mine ? null : mine)});
      row.append(put);
      return Object.assign(row, {number: i + 1, line, grip, text, put});
    });
    const heap = make("ol", {className: "ll-lab-heap", ariaLabel: said("heap")});
    const mine = make("ol", {className: "ll-lab-mine", ariaLabel: said("answer")});

    function draw() {
      rows.forEach(row => {
        const isMine = row.parentNode === mine;
        row.put.textContent = isMine ? "×" : "+";
        row.put.ariaLabel = said(isMine ? "take_out" : "put_in", {line: row.line.trim()});
      });
    }

    function home(row) {
      const after = [...heap.children].find(other => other.number > row.number);
      heap.insertBefore(row, after || null);
    }

    function move(row, list, before = null) {
      const held = row.contains(document.activeElement) && document.activeElement;
      if (list) { list.insertBefore(row, before); } else { home(row); }
      draw();
      held?.focus();
      changed();
    }

    rows.forEach(row => {
      row.text.addEventListener("keydown", event => {
        if (row.parentNode !== mine || !["ArrowUp", "ArrowDown"].includes(event.key)) { return; }
        event.preventDefault();
        const next = event.key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling;
        if (next) { move(row, mine, event.key === "ArrowUp" ? next : next.nextElementSibling); }
      });
      row.grip.addEventListener("pointerdown", event => {
        row.grip.setPointerCapture(event.pointerId);
        const drag = ({clientX, clientY}) => {
          const over = document.elementFromPoint(clientX, clientY);
          const [list, other] = [over?.closest(".ll-lab-mine, .ll-lab-heap"), over?.closest("li")];
          if (list === heap && row.parentNode === mine) { move(row, null); }
          if (list !== mine || other === row) { return; }
          const box = other?.getBoundingClientRect();
          move(row, mine, other && clientY < box.top + box.height / 2 ? other : other?.nextElementSibling);
        };
        row.grip.addEventListener("pointermove", drag);
        row.grip.addEventListener("lostpointercapture", () => row.grip.removeEventListener("pointermove", drag), {once: true});
      });
    });
    heap.append(...rows);
    draw();
    return {
      box: make("div", {className: "ll-lab-order"}, make("p", {className: "ll-lab-head", textContent: task.head}), mine,
        make("p", {textContent: said("heap")}), heap),
      get value() { return `${task.name} = ${mine.children.length ? `[${[...mine.children].map(row => row.number).join(", ")}]` : "None"}`; },
      set value(source) {
        rows.forEach(home);
        (source.match(/\[([\d,\s]*)\]/)?.[1].match(/\d+/g) || []).forEach(number => rows[number - 1] && mine.append(rows[number - 1]));
        draw();
      },
    };
  }

  function fields(task, changed, check) {
    const fromText = text => text.trim().replace("−", "-").replace(/^([+-]?\d*),(\d+)$/, "$1.$2");
    if (task.kind === "choice") {
      const list = make("fieldset", {className: "ll-lab-fields"}, make("legend", {textContent: said("answer")}));
      const inputs = Array.from({length: task.options}, (_, i) => make("input", {
        type: "radio", name: `ll-lab-${task.name}`, value: i + 1, onchange: changed}));
      inputs.forEach((input, i) => list.append(make("label", {}, input, ` ${i + 1}`)));
      return {
        box: list,
        get value() { return `${task.name} = ${inputs.find(input => input.checked)?.value ?? "None"}`; },
        set value(source) {
          const found = source.match(/=\s*(\d+)\s*$/)?.[1];
          inputs.forEach(input => { input.checked = input.value === found; });
        },
      };
    }
    const list = make("div", {className: "ll-lab-fields", role: "group", ariaLabel: said("answer")});
    const inputs = Array.from({length: task.size}, () => make("input", {
      type: "text", inputMode: "decimal", autocomplete: "off", size: 10, oninput: changed,
      onkeydown: event => { if (event.key === "Enter") { check(); } }}));
    inputs.forEach((input, i) => list.append(make("label", {},
      `${task.size > 1 ? said("number_of", {place: i + 1}) : said("number")} `, input)));
    return {
      box: list,
      get value() {
        const parts = inputs.map(input => fromText(input.value));
        const inside = parts.every(part => !part) ? "None" : parts.map(part => part || "None").join(", ");
        return `${task.name} = ${task.size > 1 && inside !== "None" ? `(${inside})` : inside}`;
      },
      set value(source) {
        const inside = source.replace(/^[^=]*=\s*/, "").replace(/[()]/g, "").split(",").map(part => part.trim());
        inputs.forEach((input, i) => { input.value = inside[i] && inside[i] !== "None" ? inside[i] : ""; });
      },
    };
  }

  function setUpTask(cell) {
    const {task} = cell;
    const input = cell.box.querySelector(".cell_input");
    const checks = byId[`${cell.id}-check`];
    const output = make("div", {className: "ll-lab-output", ariaLive: "polite"});
    const status = make("span", {className: "ll-lab-status", role: "status"});
    const mark = make("span", {className: "ll-lab-mark"});
    const saved = memory.read()[cell.id];

    function changed() {
      python.ran.delete(cell.id);
      const before = memory.read()[cell.id];
      keep({passed: false, tried: before?.tried});
      reset.hidden = cell.source() === cell.original;
    }

    function keep(entry) {
      memory.write(cell.id, {source: cell.source(), stub: task.stub, ...entry});
      mark.textContent = entry.passed ? `✓ ${said("passed")}` : "";
      marks.forEach(draw => draw());
    }

    async function check() {
      const before = cells.slice(0, cells.indexOf(cell)).filter(each => !each.isCheck && !python.ran.has(each.id)
        && (!each.task || each.source() !== each.original));
      delete output.dataset.passed;
      await run(before, [cell.source(), checks.original], output, status, CHECK_SECONDS);
      python.ran.add(cell.id);
      if (output.dataset.passed) { keep({passed: output.dataset.passed === "true", tried: true}); }
    }

    const makes = {number: fields, choice: fields, order};
    const field = makes[task.kind]?.(task, changed, check) || editor(cell.original, said("answer"), changed, check);
    cell.source = () => field.value;
    cell.take = source => { field.value = source; changed(); };
    const reset = button("reset", () => {
      field.value = cell.original;
      output.replaceChildren();
      memory.write(cell.id, null);
      reset.hidden = true;
      mark.textContent = "";
      marks.forEach(draw => draw());
    });
    reset.hidden = true;
    input.hidden = true;
    checks.box.hidden = checks.isCheck = true;
    input.after(field.box, make("div", {className: "ll-lab-bar"}, button("check", check), reset, mark, status), output);
    if (saved) {
      field.value = saved.source;
      reset.hidden = saved.source === cell.original;
      if (saved.passed) { mark.textContent = `✓ ${said("passed")}`; }
      if (saved.stub !== task.stub) { output.append(make("p", {textContent: said("older")})); }
    }
  }

  /* ---- the notebook with the answers ---- */

  async function notebook() {
    if (!window.llNotebook) { await script(`python/pages/${page}.js`); }
    return window.llNotebook;
  }

  async function save() {
    const book = structuredClone(await notebook());
    book.cells.filter(cell => byId[cell.id] && cell.cell_type === "code").forEach(cell => {
      cell.source = byId[cell.id].source();
    });
    const file = new Blob([`${JSON.stringify(book, null, 1)}\n`], {type: "application/x-ipynb+json"});
    const link = make("a", {href: URL.createObjectURL(file), download: `${page.split("/").pop()}.ipynb`});
    link.click();
    URL.revokeObjectURL(link.href);
  }

  async function open(file, status) {
    try {
      const found = new Map(JSON.parse(await file.text()).cells.map(
        cell => [cell.metadata?.nbgrader?.grade_id || cell.id, [cell.source].flat().join("")]));
      const taken = cells.filter(cell => cell.task && found.has(cell.id));
      if (!taken.length) { throw new Error(); }
      taken.forEach(cell => cell.take(found.get(cell.id)));
      status.textContent = said("opened", {count: taken.length});
    } catch { status.textContent = said("not_this", {name: file.name}); }
  }

  function setUpNotebook() {
    const status = make("span", {className: "ll-lab-status", role: "status"});
    const bar = make("div", {className: "ll-lab-bar ll-lab-notebook"});
    const progress = make("p", {className: "ll-lab-progress", role: "status"});
    const chooser = make("input", {type: "file", accept: ".ipynb", hidden: true,
      onchange: () => { if (chooser.files[0]) { open(chooser.files[0], status); } chooser.value = ""; }});
    const points = ids => ids.reduce((sum, id) => sum + tasks[id].points, 0);
    const draw = () => {
      const done = solved();
      progress.textContent = said("progress", {
        solved: done.length, tasks: Object.keys(tasks).length, points: points(done), all_points: points(Object.keys(tasks))});
    };
    marks.push(draw);
    draw();
    bar.append(button("save", save), button("open", () => chooser.click()), chooser, status);
    const last = byId.progress;
    last.box.hidden = last.isCheck = true;
    last.box.after(progress, bar);
  }

  if (Object.keys(tasks).length) { setUpNotebook(); }
  cells.filter(cell => cell.task).forEach(setUpTask);
  cells.filter(cell => !cell.task && !cell.isCheck).forEach(setUpCell);
})();
