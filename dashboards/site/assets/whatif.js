/* The try-out: how many published verdicts another threshold would change. Counts are exact integers; nothing here
   changes a verdict of the release. Positions live in the address beside the view of the map, so that a link keeps
   them; a position the page does not know is left at the law's own. */
(function () {
  "use strict";
  var source = document.getElementById("whatif-data");
  if (!source) { return; }
  var data = JSON.parse(source.textContent);
  var SHOWN = 12;

  function text(node, selector, value) { node.querySelector(selector).textContent = value; }

  /* A count with thousands set apart, as on the rest of the page. */
  function told(count) { return String(count).replace(/\B(?=(\d{3})+$)/g, ","); }

  function names(list) {
    if (!list.length) { return ""; }
    var rest = list.length > SHOWN ? "等" + list.length + "个" : "";
    return "改变的：" + list.slice(0, SHOWN).join("、") + rest;
  }

  /* Puts a slider where the address says, and writes to the address where it is left: what the slider stands for
     (20 %, 360 hours), not its place on the scale, which may differ in the next release. */
  function keep(input, values) {
    var asked = new URLSearchParams(window.location.search).get(input.id);
    var start = input.value;
    var place = values && asked !== null ? values.map(String).indexOf(asked) : asked;
    if (place !== null && place !== "" && Number(place) >= Number(input.min) && Number(place) <= Number(input.max)) {
      input.value = String(Math.round(Number(place)));
    }
    input.addEventListener("change", function () {
      var query = new URLSearchParams(window.location.search);
      if (input.value === start) { query.delete(input.id); }
      else { query.set(input.id, values ? values[Number(input.value)] : input.value); }
      var text = query.toString();
      window.history.replaceState(null, "", window.location.pathname + (text ? "?" + text : "") + window.location.hash);
    });
  }

  function coverage(node) {
    var input = node.querySelector("input");
    var part = data.coverage;
    keep(input);
    function met(row, limit) { return row[1] * 100 >= limit * row[2]; }
    function show() {
      var limit = Number(input.value);
      var now = part.rows.filter(function (row) { return met(row, part.limit); }).length;
      var then = part.rows.filter(function (row) { return met(row, limit); }).length;
      var flipped = part.rows.filter(function (row) { return met(row, limit) !== met(row, part.limit); });
      text(node, "output", limit + "%" + (limit === part.limit ? "（现行）" : ""));
      text(node, ".result", "达标 " + then + " 个县（现行 " + now + " 个），" + flipped.length + " 个县的结论改变");
      text(node, ".names", names(flipped.map(function (row) { return row[0]; })));
    }
    input.addEventListener("input", show);
    show();
  }

  function satisfaction(node) {
    var input = node.querySelector("input");
    var part = data.satisfaction;
    keep(input);
    function crossed(row, limit) {
      return part.inclusive ? row[1] * 100 <= limit * row[2] : row[1] * 100 < limit * row[2];
    }
    function show() {
      var limit = Number(input.value);
      var now = part.rows.filter(function (row) { return crossed(row, part.limit); }).length;
      var then = part.rows.filter(function (row) { return crossed(row, limit); }).length;
      var flipped = part.rows.filter(function (row) { return crossed(row, limit) !== crossed(row, part.limit); });
      text(node, "output", limit + "%" + (limit === part.limit ? "（现行）" : ""));
      text(node, ".result", "疑似触发 " + then + " 家（现行 " + now + " 家），" + flipped.length + " 家的结论改变");
      text(node, ".names", names(flipped.map(function (row) { return row[0]; })));
    }
    input.addEventListener("input", show);
    show();
  }

  function cycle(node) {
    var part = data.cycles[Number(node.dataset.cycle)];
    var inputs = node.querySelectorAll("input");
    function value(axis, fallback) {
      var input = node.querySelector("[data-axis=" + axis + "]");
      return input ? part[axis][Number(input.value)] : fallback;
    }
    function show() {
      var credits = value("credits", part.credits[0]);
      var hours = value("hours", part.hours[0]);
      var then = part.met[credits + "|" + hours];
      var now = part.met[part.start[0] + "|" + part.start[1]];
      Array.prototype.forEach.call(inputs, function (input) {
        var isCredits = input.dataset.axis === "credits";
        var current = isCredits ? credits : hours;
        var start = part.start[isCredits ? 0 : 1];
        node.querySelector("output[for=" + input.id + "]").textContent =
          current + (isCredits ? " 学分" : " 学时") + (current === start ? "（现行）" : "");
      });
      text(node, ".result", "约 " + told(then) + " 人达到（现行约 " + told(now) + " 人，共约 " + told(part.teachers) +
        " 人），约 " + told(Math.abs(then - now)) + " 人的结论改变");
    }
    Array.prototype.forEach.call(inputs, function (input) {
      keep(input, part[input.dataset.axis]);
      input.addEventListener("input", show);
    });
    show();
  }

  var kinds = { coverage: coverage, satisfaction: satisfaction, cycle: cycle };
  Array.prototype.forEach.call(document.querySelectorAll("[data-try]"), function (node) { kinds[node.dataset.try](node); });
  document.getElementById("whatif").hidden = false;
}());
