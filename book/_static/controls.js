/* Controls, quizzes and predictions of the course on the static page. No dependencies; works from file://.
   The markup and the data beside it come from lessons_lib (controls.py, quizzes.py). */
(function () {
  "use strict";

  var STEP_MS = 700; /* for a step of the play button; the same number is in controls.py */

  function each(root, selector, act) {
    Array.prototype.forEach.call(root.querySelectorAll(selector), act);
  }

  function dataOf(root) {
    return JSON.parse(root.querySelector('script[type="application/json"]').textContent);
  }

  /* What the reader answered stays on the device; without storage the page works, but forgets. */
  var memory = {
    name: function (key) { return "lessons:" + key; },
    read: function (key) {
      try { return JSON.parse(localStorage.getItem(memory.name(key))) || {}; } catch (error) { return {}; }
    },
    write: function (key, answers) {
      try { localStorage.setItem(memory.name(key), JSON.stringify(answers)); } catch (error) { /* forgets */ }
    },
    clear: function (key) {
      try { localStorage.removeItem(memory.name(key)); } catch (error) { /* nothing was kept */ }
    }
  };

  function setUpExplore(root) {
    var data = dataOf(root);
    var svg = root.querySelector("svg");
    var slots = svg.querySelectorAll(".ll-moving");
    var inputs = root.querySelectorAll(".ll-input");
    var shown = data.frames[data.shown].slice();

    function position(box) {
      var tick = box.querySelector("input[type=checkbox]");
      if (tick) { return tick.checked ? +tick.dataset.on : 1 - tick.dataset.on; }
      var field = box.querySelector("input[type=range], select, input:checked");
      return +field.value;
    }

    function update() {
      var frame = 0;
      Array.prototype.forEach.call(inputs, function (box, choice) {
        var words = data.words[choice];
        var chosen = position(box);
        var output = box.querySelector("output");
        frame = frame * words.length + chosen;
        if (output && output.textContent !== words[chosen]) {
          output.textContent = words[chosen];
          box.querySelector("input").setAttribute("aria-valuetext", words[chosen]);
        }
      });
      data.frames[frame].forEach(function (variant, slot) {
        if (shown[slot] !== variant) {
          slots[slot].innerHTML = data.variants[variant];
          shown[slot] = variant;
        }
      });
      svg.setAttribute("aria-label", data.alts[frame]);
    }

    each(root, "input, select", function (field) {
      field.addEventListener("input", update);
      field.addEventListener("change", update);
    });
    each(root, ".ll-play", setUpPlay);
    update();
  }

  /* Steps a slider to its end; from the end it starts over. Any touch of the slider stops it. */
  function setUpPlay(button) {
    var slider = button.parentNode.querySelector("input");
    var timer = null;

    function stop() {
      clearInterval(timer);
      timer = null;
      button.classList.remove("ll-playing");
      button.firstChild.textContent = button.dataset.play;
    }

    function go(value) {
      slider.value = value;
      slider.dispatchEvent(new Event("change", { bubbles: true }));
      if (+slider.value === +slider.max) { stop(); }
    }

    button.addEventListener("click", function () {
      if (timer) { stop(); return; }
      button.classList.add("ll-playing");
      button.firstChild.textContent = button.dataset.pause;
      timer = setInterval(function () { go(+slider.value + 1); }, STEP_MS);
      go(+slider.value === +slider.max ? 0 : +slider.value + 1);
    });
    each(slider.parentNode, "input", function (field) { field.addEventListener("input", stop); });
  }

  function given(question) {
    var field = question.querySelector("input[type=text]");
    if (field) { return field.value; }
    return Array.prototype.map.call(question.querySelectorAll("input:checked"), function (box) { return +box.value; });
  }

  function restore(question, answer) {
    var field = question.querySelector("input[type=text]");
    if (field) { field.value = typeof answer === "string" ? answer : ""; return; }
    each(question, "input", function (box) { box.checked = Array.isArray(answer) && answer.indexOf(+box.value) >= 0; });
  }

  /* Reads a number by the rules in the page's data; NaN when it is not a number. */
  function parseNumber(written, data) {
    data.replaced.forEach(function (pair) { written = written.replace(new RegExp(pair[0], "g"), pair[1]); });
    return new RegExp(data.number).test(written) ? Number(written) : NaN;
  }

  /* The [state, HTML] that quizzes.py made for this answer. */
  function replyTo(question, answer, data) {
    if (question.kind !== "number") { return question.replies[answer.join()]; }
    var value = parseNumber(answer, data);
    var close = Math.abs(value - question.answer) <= question.tolerance;
    return question.replies[isNaN(value) ? "not_number" : close ? "right" : "wrong"];
  }

  function setUpQuiz(root) {
    var data = dataOf(root);
    var answers = memory.read(data.key);
    var note = root.querySelector(".ll-clear [role=status]");
    var blocks = root.querySelectorAll(".ll-question");

    Array.prototype.forEach.call(blocks, function (block, position) {
      var question = data.questions[position];
      var feedback = block.querySelector(".ll-feedback");

      function forget() { feedback.textContent = ""; block.removeAttribute("data-state"); }

      function show() {
        var reply = replyTo(question, given(block), data);
        block.setAttribute("data-state", reply[0]);
        feedback.innerHTML = reply[1];
        return reply[0];
      }

      function check() {
        if (show() !== "none") {
          answers[question.id] = given(block);
          memory.write(data.key, answers);
          note.textContent = "";
        }
      }

      each(block, "input", function (field) {
        field.addEventListener("input", forget);
        field.addEventListener("keydown", function (event) {
          if (event.key === "Enter") { event.preventDefault(); check(); }
        });
      });
      restore(block, answers[question.id]);
      if (answers[question.id] !== undefined) { show(); }
      block.querySelector("button").addEventListener("click", check);
      block.addEventListener("lessons:clear", function () { restore(block, null); forget(); });
    });

    root.querySelector(".ll-clear button").addEventListener("click", function () {
      memory.clear(data.key);
      answers = {};
      each(document, ".ll-question", function (block) { block.dispatchEvent(new Event("lessons:clear")); });
      note.textContent = data.cleared;
    });
  }

  function setUpPredict(root) {
    var data = dataOf(root);
    var block = root.querySelector(".ll-question");
    var feedback = root.querySelector(".ll-feedback");
    var skip = root.querySelector(".ll-skip");
    var button = root.querySelector("button");
    var committed;

    /* The reply to what is chosen, or none yet; the finding is there for paper even while it is closed. */
    function show(reply, open) {
      committed = reply[0] !== "none";
      each(root, "input", function (field) { field.disabled = committed; });
      each(root, ".ll-mark", function (mark) { mark.remove(); });
      block.setAttribute("data-state", reply[0]);
      button.textContent = committed ? data.words.change : data.words.commit;
      skip.hidden = open;
      feedback.innerHTML = reply[1] + "<div" + (open ? ">" : " hidden>") + data.finding + "</div>";
      if (committed) {
        var mark = document.createElement("span");
        mark.className = "ll-mark";
        mark.textContent = data.words.yours;
        root.querySelector("input:checked").parentNode.appendChild(mark);
      }
    }

    function reply() { return data.replies[given(root).join()]; }

    function ask() {
      memory.clear(data.key);
      show(["none", ""], false);
    }

    restore(root, memory.read(data.key)[data.id]);
    if (given(root).length) { show(reply(), true); } else { show(["none", ""], false); }
    button.addEventListener("click", function () {
      if (committed) {
        ask();
        root.querySelector("input:checked").focus();
        return;
      }
      show(reply(), skip.hidden || given(root).length > 0);
      if (committed) {
        var kept = {};
        kept[data.id] = given(root);
        memory.write(data.key, kept);
      }
    });
    skip.addEventListener("click", function () {
      show(["none", ""], true);
      button.focus(); /* the pressed button is gone */
    });
    block.addEventListener("lessons:clear", function () { restore(root, null); ask(); });
  }

  function start(root) {
    each(root, ".ll-explore", setUpExplore);
    each(root, ".ll-quiz", setUpQuiz);
    each(root, ".ll-predict", setUpPredict);
  }

  window.llSetUp = start; /* for what a cell draws that runs on the page: lab.js */
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", function () { start(document); });
  } else { start(document); }
})();
