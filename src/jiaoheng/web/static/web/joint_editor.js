// Writing a part: words are put in at the caret, a fault leads to its line, what is not saved is not left by mistake.
// Without this file the part is written too: measures show what to type, and the preview comes with the page.
(function () {
  "use strict";
  var box = document.getElementById("text");
  var form = document.getElementById("writing");
  if (!box || !form) { return; }
  var first = box.value;
  var caret = document.getElementById("caret");
  function where() {
    var before = box.value.slice(0, box.selectionStart).split("\n");
    caret.textContent = caret.dataset.line + " " + before.length + " : " + (before[before.length - 1].length + 1);
  }
  ["keyup", "click", "input", "focus"].forEach(function (kind) { box.addEventListener(kind, where); });
  where();
  function goto(line) {
    var lines = box.value.split("\n"), start = 0;
    for (var at = 0; at < Math.min(line - 1, lines.length - 1); at += 1) { start += lines[at].length + 1; }
    box.focus();
    box.setSelectionRange(start, start + (lines[line - 1] || "").length);
    var style = window.getComputedStyle(box), rows = parseFloat(style.lineHeight) || 20;
    var sign = (parseFloat(style.fontSize) || 13) * 0.62, wide = Math.max(1, Math.floor(box.clientWidth / sign)), above = 0;
    lines.slice(0, line - 1).forEach(function (one) {
      var width = Array.from(one).reduce(function (sum, letter) { return sum + (letter.charCodeAt(0) > 255 ? 2 : 1); }, 0);
      above += Math.max(1, Math.ceil(width / wide));
    });
    box.scrollTop = Math.max(0, above * rows - box.clientHeight / 3);
    where();
  }
  document.addEventListener("click", function (event) {
    var jump = event.target.closest("[data-goto]"), put = event.target.closest("[data-insert]");
    if (jump) { goto(parseInt(jump.dataset.goto, 10)); }
    if (put) {
      box.focus();
      var words = put.dataset.insert.replace(/\\n/g, "\n");
      box.setRangeText(words, box.selectionStart, box.selectionEnd, "end");
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  // While the text is wrong, what it read like before stays below the fault.
  var good = "";
  document.body.addEventListener("htmx:beforeSwap", function (event) {
    var shown = event.detail.target;
    if (shown.id === "preview" && !shown.querySelector(".said.error") && shown.querySelector("h1, h2, h3, p")) { good = shown.innerHTML; }
  });
  document.body.addEventListener("htmx:afterSwap", function (event) {
    var shown = event.detail.target;
    if (shown.id !== "preview" || !good || !shown.querySelector(".said.error")) { return; }
    var before = document.createElement("div");
    before.className = "stale";
    before.innerHTML = good;
    shown.appendChild(before);
  });
  // What is selected in the text is what a comment speaks of.
  var said = document.getElementById("words"), quote = document.getElementById("quote");
  if (said && quote) {
    said.addEventListener("focus", function () {
      var chosen = box.value.slice(box.selectionStart, box.selectionEnd).trim();
      if (!chosen) { return; }
      var option = quote.querySelector("[data-chosen]") || quote.insertBefore(document.createElement("option"), quote.options[1] || null);
      option.dataset.chosen = "1";
      option.value = chosen;
      option.textContent = "“" + chosen.slice(0, 40) + "”";
      option.selected = true;
    });
  }
  var sent = false;
  form.addEventListener("submit", function () { sent = true; });
  window.addEventListener("beforeunload", function (event) { if (!sent && box.value !== first) { event.preventDefault(); } });
  var line = /^#line-(\d+)$/.exec(window.location.hash);
  if (line) { goto(parseInt(line[1], 10)); }
})();
