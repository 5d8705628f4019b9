/* The view of the map and of the unit table: measure, period, stage and convention, kept in the address so that a view
   can be sent to someone. All values come ready-made from the page; nothing is computed here. */
(function () {
  "use strict";
  var source = document.getElementById("view-data");
  if (!source) { return; }
  var data = JSON.parse(source.textContent);
  var form = document.getElementById("view-form");
  var names = ["measure", "period", "stage", "convention"];

  function field(name) { return form.querySelector("[name=" + name + "]"); }

  function key(view) { return names.map(function (name) { return view[name]; }).join("|"); }

  function fill(name, options, wanted) {
    var select = field(name);
    select.textContent = "";
    options.forEach(function (option) {
      var node = document.createElement("option");
      node.value = option[0];
      node.textContent = option[1];
      select.appendChild(node);
    });
    select.value = options.some(function (option) { return option[0] === wanted; }) ? wanted : options[0][0];
    select.closest(".field").hidden = options.length < 2;
    return select.value;
  }

  function settle(wanted) {
    var measure = data.measures[wanted.measure] ? wanted.measure : data.start.measure;
    var offer = data.measures[measure];
    return {
      measure: fill("measure", data.order.map(function (name) { return [name, data.measures[name].title]; }), measure),
      period: fill("period", offer.periods, wanted.period || offer.period),
      stage: fill("stage", offer.stages, wanted.stage || offer.stages[0][0]),
      convention: fill("convention", offer.conventions, wanted.convention || offer.conventions[0][0])
    };
  }

  function show(view) {
    var cells = data.cells[key(view)] || {};
    var none = ["—", "none", "", "", "没有数据"];
    Array.prototype.forEach.call(document.querySelectorAll("[data-unit], [data-also]"), function (node) {
      var cell = cells[node.dataset.unit || node.dataset.also] || none;
      node.setAttribute("data-tone", cell[1]);
      var value = node.querySelector(".value");
      if (value) { value.textContent = cell[0]; }
      var shape = node.querySelector(".shape");
      if (shape) { shape.textContent = cell[2]; }
      var word = node.querySelector(".word");
      if (word) { word.textContent = cell[3]; }
      var detail = node.querySelector(".detail");
      if (detail) { detail.textContent = cell[4]; }
      if (node.dataset.name) {
        node.setAttribute("aria-label", node.dataset.name + "，" + cell[0] + (cell[3] ? "，" + cell[3] : "") + "。" + cell[4]);
      }
    });
    var offer = data.measures[view.measure];
    var period = field("period").selectedOptions[0].textContent;
    Array.prototype.forEach.call(document.querySelectorAll("[data-view-title]"), function (node) {
      node.textContent = offer.title + " · " + period;
    });
    Array.prototype.forEach.call(document.querySelectorAll("[data-legend]"), function (node, index) {
      node.textContent = offer.legend[index];
    });
    document.getElementById("view-note").textContent = offer.note;
    document.documentElement.dataset.view = key(view);
  }

  function wanted() {
    var query = new URLSearchParams(window.location.search);
    var view = {};
    names.forEach(function (name) { if (query.has(name)) { view[name] = query.get(name); } });
    view.measure = view.measure || data.start.measure;
    return view;
  }

  function current() {
    var view = {};
    names.forEach(function (name) { view[name] = field(name).value; });
    return view;
  }

  form.addEventListener("change", function (event) {
    var view = event.target.name === "measure" ? { measure: event.target.value } : current();
    var settled = settle(view);
    show(settled);
    var query = new URLSearchParams(window.location.search);
    names.forEach(function (name) { query.set(name, settled[name]); });
    window.history.replaceState(null, "", "?" + query.toString());
  });
  window.addEventListener("popstate", function () { show(settle(wanted())); });
  form.hidden = false;
  show(settle(wanted()));
}());
