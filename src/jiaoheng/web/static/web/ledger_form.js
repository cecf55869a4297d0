// A ledger's form: each answer is evaluated on the server; what is typed is kept on this device until it is stored, personal answers only
// as long as the tab is open.
// Without this file the form works too: it is sent, checked, and shown again with what is wrong.
(function () {
  "use strict";
  var form = document.getElementById("entry");
  if (!form || !window.htmx) { return; }
  var key = "draft:" + form.dataset.draft;
  var said = document.getElementById("entry-said");
  var answers = function () { return document.getElementById("answers"); };

  // What is typed, kept on this device.
  function typed() {
    return Array.from(new FormData(form)).filter(function (pair) {
      return typeof pair[1] === "string" && pair[0] !== "csrfmiddlewaretoken" && pair[0] !== "seen" && pair[0] !== "sent";
    });
  }
  // Personal answers go with this tab; all others stay on this device until the row is stored.
  var personal = (form.dataset.personal || "").split(" ");
  function isPersonal(pair) {
    return personal.indexOf(pair[0].replace(/:(kept|erase)$/, "").replace(/\/\d+(?=\/)/g, "")) >= 0;
  }
  function keep() { put(typed()); }
  function put(pairs) {
    var at = Date.now();
    var own = pairs.filter(isPersonal), others = pairs.filter(function (pair) { return !isPersonal(pair); });
    try { localStorage.setItem(key, JSON.stringify({ at: at, parted: 1, answers: others })); } catch (full) { /* no room: nothing is kept */ }
    try { sessionStorage.setItem(key, JSON.stringify({ at: at, answers: own })); } catch (full) { /* no room: nothing is kept */ }
  }
  function drop() {
    try { localStorage.removeItem(key); sessionStorage.removeItem(key); } catch (closed) { /* nothing to drop */ }
  }
  function read(store) {
    try { return JSON.parse(store().getItem(key) || "null"); } catch (broken) { return null; }
  }
  function kept() {
    var here = read(function () { return localStorage; }), own = read(function () { return sessionStorage; });
    return here && { at: here.at, answers: (here.answers || []).filter(function (pair) { return !isPersonal(pair); }).concat(own ? own.answers : []) };
  }
  // Drafts written before the two were kept apart may hold personal answers: they go.
  try {
    Object.keys(localStorage).forEach(function (name) {
      if (name.indexOf("draft:") === 0 && (localStorage.getItem(name) || "").indexOf('"parted":1') < 0) { localStorage.removeItem(name); }
    });
  } catch (closed) { /* nothing is kept */ }
  var later;
  form.addEventListener("input", function () { window.clearTimeout(later); later = window.setTimeout(keep, 200); });
  form.addEventListener("change", keep);
  window.addEventListener("pagehide", function () { if (later) { keep(); } });

  var draft = form.dataset.fresh === "1" ? kept() : null;
  var banner = document.getElementById("draft");
  if (draft && draft.answers) {
    var body = new URLSearchParams(draft.answers.filter(function (pair) { return pair[0] !== "instance" && pair[0] !== "note" && pair[0] !== "process"; }));
    body.set("row", form.elements.row ? form.elements.row.value : "");
    fetch(form.dataset.live, { method: "POST", body: body, headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value, "HX-Request": "true" } })
      .then(function (response) { return response.ok ? response.text() : Promise.reject(response.status); })
      .then(function (html) {
        answers().innerHTML = html;
        draft.answers.forEach(function (pair) {
          var box = ["note", "process", "instance"].indexOf(pair[0]) >= 0 ? form.elements[pair[0]] : null;
          if (box && "value" in box) { box.value = pair[1]; }
        });
        banner.hidden = false;
        banner.querySelector("time").textContent = new Date(draft.at).toLocaleString();
      })
      .catch(function () { said.textContent = form.dataset.offline; });
  }
  document.addEventListener("click", function (event) {
    if (event.target.closest("#draft-drop")) { drop(); window.location.reload(); }
    var locate = event.target.closest("[data-locate]");
    if (locate && navigator.geolocation) {
      locate.disabled = true;
      navigator.geolocation.getCurrentPosition(function (found) {
        var at = found.coords, box = document.getElementById(locate.dataset.locate);
        var place = [at.latitude.toFixed(6), at.longitude.toFixed(6), (at.altitude || 0).toFixed(1), (at.accuracy || 0).toFixed(1)].join(" ");
        box.value = box.dataset.many && box.value.trim() ? box.value.trim().replace(/;$/, "") + "; " + place : place;
        locate.disabled = false;
        box.dispatchEvent(new Event("change", { bubbles: true }));
      }, function () { locate.disabled = false; said.textContent = form.dataset.noplace; }, { enableHighAccuracy: true, timeout: 20000 });
    }
  });

  // Whoever writes in a part that is shown anew goes on writing there.
  function replace(old, fresh) {
    var at = old.contains(document.activeElement) ? document.activeElement : null;
    old.replaceWith(fresh);
    var again = at && (at.id ? document.getElementById(at.id) : Array.from(fresh.querySelectorAll("[name]")).find(function (one) {
      return one.name === at.name && one.value === at.value;
    }));
    if (again) { again.focus(); }
  }
  function faults() {
    return Array.from(answers().querySelectorAll(".faults p")).filter(function (one) { return !one.closest("[hidden]"); })
      .map(function (one) { return one.textContent; });
  }

  // The server's answer is laid over the page without disturbing whoever is writing.
  function lay(old, fresh) {
    if (old.dataset.kids !== fresh.dataset.kids) { replace(old, fresh); return; }
    old.hidden = fresh.hidden;
    if (old.dataset.kids !== undefined) {
      var title = ":scope > legend, :scope > summary, :scope > .faults";
      fresh.querySelectorAll(title).forEach(function (one, number) {
        var mine = old.querySelectorAll(title)[number];
        if (mine && mine.innerHTML !== one.innerHTML) { mine.innerHTML = one.innerHTML; }
      });
      Array.from(fresh.querySelectorAll("[data-q]")).filter(function (one) { return one.parentElement.closest("[data-q]") === fresh || fresh.id === "answers-new" && !one.parentElement.closest("[data-q]"); })
        .forEach(function (one) { var mine = document.getElementById(one.id); if (mine) { lay(mine, one); } });
      return;
    }
    if (old.dataset.digest === fresh.dataset.digest) { return; }
    var writing = old.contains(document.activeElement) && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    var file = old.querySelector("input[type=file]");
    if (writing || (file && file.files.length)) {
      var mine = old.querySelector(".faults"), theirs = fresh.querySelector(".faults");
      if (mine && theirs) { mine.innerHTML = theirs.innerHTML; }
      var box = document.activeElement;
      if (writing && !/radio|checkbox/.test(box.type)) { box.setAttribute("aria-invalid", theirs && theirs.textContent.trim() ? "true" : "false"); }
      old.classList.toggle("wrong", fresh.classList.contains("wrong"));
      if (writing && /radio|checkbox/.test(box.type)) { return; }
      old.dataset.digest = writing ? "" : fresh.dataset.digest;
    } else { old.replaceWith(fresh); }
  }
  document.body.addEventListener("htmx:afterRequest", function (event) {
    var xhr = event.detail.xhr;
    if (event.detail.elt.id === "answers" && event.detail.successful) {
      said.textContent = "";
      var fresh = document.createElement("div");
      fresh.innerHTML = xhr.responseText;
      fresh.id = "answers-new";
      var tops = Array.from(fresh.children).filter(function (one) { return one.dataset.q !== undefined; });
      var before = faults();
      tops.forEach(function (one) { var mine = document.getElementById(one.id); if (mine) { lay(mine, one); } else { answers().appendChild(one); } });
      document.getElementById("entry-heard").textContent = faults().filter(function (one) { return before.indexOf(one) < 0; }).join(" ");
      document.querySelectorAll("#wrong li").forEach(function (line) {
        var box = document.querySelector(line.querySelector("a").getAttribute("href").replace(/\./g, "\\."));
        line.hidden = !box || !box.closest(".wrong, .repeat");
      });
    }
    if (event.detail.elt === form && xhr && xhr.getResponseHeader("HX-Redirect")) { window.clearTimeout(later); later = null; drop(); }
  });
  document.body.addEventListener("htmx:configRequest", function (event) {
    if (event.detail.elt.id !== "answers" || !document.activeElement) { return; }
    event.detail.parameters["changed"] = document.activeElement.name || "";
  });
  // After an entry is added its first question is next; after one is taken away, the button that adds.
  var pressed = null;
  form.addEventListener("click", function (event) {
    var button = event.target.closest("button[name=add], button[name=remove]");
    pressed = button && { added: button.name === "add", repeat: button.name === "add" ? button.value : button.value.replace(/\/\d+$/, "") };
  }, true);
  function goOn(done) {
    var button = Array.from(form.querySelectorAll("button[name=add]")).find(function (one) { return one.value === done.repeat; });
    var section = button && button.closest("section");
    var entries = section ? section.querySelectorAll(":scope > fieldset") : [];
    var first = done.added && entries.length && Array.from(
      entries[entries.length - 1].querySelectorAll("input:not([type=hidden]), select, textarea, summary")
    ).find(function (one) { return !one.closest("[hidden]") && !one.disabled && one.offsetParent; });
    if (first || button) { (first || button).focus(); }
  }
  document.body.addEventListener("htmx:afterSwap", function (event) {
    if (event.detail.target.id === "entry-body" && pressed) {
      goOn(pressed);
      pressed = null;
    } else if (event.detail.target.id === "entry-body") {
      var summary = document.getElementById("wrong");
      if (summary) { summary.focus(); }
    }
  });
  document.body.addEventListener("htmx:sendError", function () { said.textContent = form.dataset.offline; keep(); });
  document.body.addEventListener("htmx:responseError", function (event) {
    if (event.detail.elt === form || event.detail.elt.id === "answers") { said.textContent = form.dataset.failed; keep(); }
  });
  window.addEventListener("online", function () { if (said.textContent === form.dataset.offline) { said.textContent = form.dataset.online; } });
})();
