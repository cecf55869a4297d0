// What an appearance adds to a question: a slider, plus and minus, a box that finds choices, a pad to draw on, an answer taken back.
// Each only writes into the question's own input, so that without this file the question is asked all the same.
(function () {
  "use strict";
  var form = document.getElementById("entry");
  if (!form) { return; }
  form.classList.add("live");
  function told(box) {
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function box(one) { return document.getElementById(one); }

  form.addEventListener("click", function (event) {
    var step = event.target.closest("[data-step]"), clear = event.target.closest("[data-clear]"), blank = event.target.closest("[data-blank]");
    if (step) {
      var number = box(step.dataset.of), by = Number(number.step) || 1;
      number.value = String(Math.round(((Number(number.value) || 0) + Number(step.dataset.step) * by) * 1e9) / 1e9);
      told(number);
    }
    if (clear) {
      var inputs = clear.closest("fieldset").querySelectorAll("input[type=radio]");
      inputs.forEach(function (one) { one.checked = false; });
      if (inputs.length) { inputs[0].focus(); told(inputs[0]); }
    }
    if (blank) {
      var pad = blank.parentElement.querySelector("canvas"), file = box(pad.dataset.draw);
      pad.getContext("2d").clearRect(0, 0, pad.width, pad.height);
      file.value = "";
      told(file);
    }
  });

  // A slider beside the number: the number is the answer, so that a question may stay without one.
  form.addEventListener("input", function (event) {
    var slider = event.target.closest("[data-slide]");
    if (slider) { event.stopPropagation(); box(slider.dataset.slide).value = slider.value; slider.classList.remove("unset"); return; }
    var beside = event.target.type === "number" && form.querySelector("[data-slide='" + event.target.id + "']");
    if (beside) { beside.classList.toggle("unset", !event.target.value); if (event.target.value) { beside.value = event.target.value; } }
    if (event.target.closest("[data-filter]")) { event.stopPropagation(); find(event.target); }
  }, true);
  form.addEventListener("change", function (event) {
    var slider = event.target.closest("[data-slide]");
    if (slider) { event.stopPropagation(); told(box(slider.dataset.slide)); return; }
    if (event.target.closest("[data-filter]")) { event.stopPropagation(); return; }
    var fold = event.target.closest("details.fold");
    if (fold) {
      var said = Array.from(fold.querySelectorAll(".choices :checked")).map(function (one) { return one.closest("label").textContent.trim(); });
      fold.querySelector("summary span").textContent = said.join("、") || fold.dataset.none;
    }
  }, true);
  form.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.closest("[data-filter]")) { event.preventDefault(); }
  });
  function find(search) {
    var wanted = search.value.trim().toLowerCase(), found = 0;
    search.closest("fieldset").querySelectorAll(".choices label").forEach(function (line) {
      var shown = !wanted || line.textContent.toLowerCase().indexOf(wanted) >= 0;
      line.hidden = !shown && !line.querySelector(":checked");
      if (shown) { found += 1; }
    });
    search.nextElementSibling.textContent = wanted ? search.dataset.found.replace("0", found) : "";
  }

  // A pad: what is drawn becomes the picture of the question's file input.
  var pen = null;
  form.addEventListener("pointerdown", function (event) {
    var pad = event.target.closest("canvas[data-draw]");
    if (!pad) { return; }
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    var lines = pad.getContext("2d");
    lines.lineWidth = 3; lines.lineCap = "round"; lines.lineJoin = "round"; lines.strokeStyle = "#1d2126";
    lines.beginPath();
    pen = pad;
    draw(event);
  });
  form.addEventListener("pointermove", function (event) { if (pen) { draw(event); } });
  form.addEventListener("pointerup", function () {
    if (!pen) { return; }
    var pad = pen, file = box(pad.dataset.draw), white = document.createElement("canvas");
    pen = null;
    white.width = pad.width; white.height = pad.height;
    var sheet = white.getContext("2d");
    sheet.fillStyle = "#fff"; sheet.fillRect(0, 0, white.width, white.height); sheet.drawImage(pad, 0, 0);
    white.toBlob(function (picture) {
      var held = new DataTransfer();
      held.items.add(new File([picture], pad.dataset.name, { type: "image/png" }));
      file.files = held.files;
      told(file);
    }, "image/png");
  });
  function draw(event) {
    var edge = pen.getBoundingClientRect(), lines = pen.getContext("2d");
    lines.lineTo((event.clientX - edge.left) * pen.width / edge.width, (event.clientY - edge.top) * pen.height / edge.height);
    lines.stroke();
  }
})();
