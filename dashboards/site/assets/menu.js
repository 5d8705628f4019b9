/* On a phone the sections fold behind one button; without this script they stand in lines, all in sight. */
(function () {
  "use strict";
  var nav = document.querySelector(".nav");
  if (!nav) { return; }
  var button = document.createElement("button");
  button.type = "button";
  button.className = "menu";
  button.textContent = "目录";
  nav.id = "sections";
  button.setAttribute("aria-controls", nav.id);
  function show(open) {
    nav.classList.toggle("is-folded", !open);
    button.setAttribute("aria-expanded", String(open));
  }
  button.addEventListener("click", function () { show(nav.classList.contains("is-folded")); });
  nav.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { show(false); button.focus(); }
  });
  nav.before(button);
  show(false);
}());
