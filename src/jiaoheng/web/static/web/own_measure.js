// Writing a measure: a click on a column or a code writes it where the writer was. The page works without it.
(function () {
  "use strict";
  var last = "numerator";
  document.addEventListener("focusin", function (event) {
    if (event.target.hasAttribute("data-expression")) { last = event.target.id; }
  });
  document.addEventListener("click", function (event) {
    var chosen = event.target.closest("[data-insert]"), field = document.getElementById(last);
    if (!chosen || !field) { return; }
    field.focus();
    field.setRangeText(chosen.getAttribute("data-insert"), field.selectionStart, field.selectionEnd, "end");
  });
})();
