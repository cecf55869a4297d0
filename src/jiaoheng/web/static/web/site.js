// Small comforts; every page works without them. "/" goes to the search box, the menu opens on a phone, files can be dropped.
(function () {
  "use strict";
  var menu = document.querySelector(".burger");
  if (menu) {
    menu.addEventListener("click", function () {
      var open = document.getElementById("side").classList.toggle("open");
      menu.setAttribute("aria-expanded", String(open));
    });
  }
  var found = function () { return document.getElementById("found"); };
  document.addEventListener("keydown", function (event) {
    var box = document.getElementById("find");
    var writing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && box && !writing) { event.preventDefault(); box.focus(); }
    if (event.key === "Escape") {
      if (found()) { found().textContent = ""; }
      document.querySelectorAll("details[open].year").forEach(function (one) { one.open = false; });
    }
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && found() && found().childElementCount) {
      var stops = [box].concat(Array.from(found().querySelectorAll("a")));
      var at = stops.indexOf(document.activeElement);
      if (at >= 0) { event.preventDefault(); stops[(at + (event.key === "ArrowDown" ? 1 : stops.length - 1)) % stops.length].focus(); }
    }
  });
  document.addEventListener("click", function (event) {
    if (found() && !event.target.closest(".find")) { found().textContent = ""; }
    document.querySelectorAll("details[open].year").forEach(function (one) { if (!one.contains(event.target)) { one.open = false; } });
  });
  document.querySelectorAll(".drop").forEach(function (zone) {
    var input = zone.querySelector("input[type=file]");
    ["dragover", "dragleave", "drop"].forEach(function (kind) {
      zone.addEventListener(kind, function (event) {
        event.preventDefault();
        zone.classList.toggle("over", kind === "dragover");
        if (kind === "drop" && event.dataTransfer.files.length) { input.files = event.dataTransfer.files; }
      });
    });
  });
  document.querySelectorAll("form[data-once]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if (event.submitter && event.submitter.hasAttribute("data-download")) { return; }
      form.classList.add("htmx-request");
      window.setTimeout(function () { form.querySelectorAll("button").forEach(function (one) { one.disabled = true; }); }, 0);
    });
  });
  document.querySelectorAll("[data-submit]").forEach(function (one) { one.addEventListener("change", function () { one.form.requestSubmit(); }); });
  document.querySelectorAll("[data-print]").forEach(function (one) { one.addEventListener("click", function () { window.print(); }); });
})();
