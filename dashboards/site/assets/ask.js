/* Questions to the cubes: a question (measures, places, periods, breakdowns) becomes rows with a figure each. Cubes are
   scripts beside the page, loaded when they are first asked for. Ratios are divided here, from the two sums of a row;
   no figure is added up or guessed. What the page shows of it is in ask-page.js. */
(function () {
  "use strict";
  const Shixun = window.Shixun;
  const source = document.getElementById("ask-data");
  if (!source) { return; }
  const offer = JSON.parse(source.textContent);
  const WHOLE = offer.whole, WIDE = 10;
  const measures = new Map(offer.measures.map(function (one) { return [one.key, one]; }));
  const places = new Map(offer.places.map(function (one) { return [one[0], one]; }));
  const groups = new Map(offer.groups.map(function (one) { return [one[0], one[2]]; }));
  const cubes = new Map();

  /** The cube of a name, its rows found by their key; null where there is none of that breakdown. */
  function cube(name) {
    if (!cubes.has(name)) {
      cubes.set(name, Promise.all([Shixun.load("fflate.js"), Shixun.load("../table/data/" + name + ".js")]).then(function () {
        const packed = Uint8Array.from(atob(window.SHIXUN_CUBES[name]), function (letter) { return letter.charCodeAt(0); });
        delete window.SHIXUN_CUBES[name];
        return indexed(JSON.parse(new TextDecoder().decode(window.fflate.unzlibSync(packed))));
      }, function () { return null; }));
    }
    return cubes.get(name);
  }

  function indexed(content) {
    const names = ["measure", "unit_id", "period", "value", "second_value"].filter(function (name) { return content.keys[name]; });
    const row = new Map();
    const length = content.at.unit_id.length;
    for (let at = 0; at < length; at += 1) {
      row.set(names.map(function (name) { return content.keys[name][content.at[name][at]]; }).join("\t"), at);
    }
    return { keys: content.keys, columns: content.columns, row: row };
  }

  /** The breakdowns of a measure in the order its cube has them, and whether the question asked them the other way. */
  function ordered(measure, by) {
    const known = by.filter(function (name) { return measure.breakdowns.includes(name); });
    if (known.length < by.length) { return null; }
    const sorted = known.slice().sort(function (one, other) { return measure.breakdowns.indexOf(one) - measure.breakdowns.indexOf(other); });
    return { names: [sorted[0] || WHOLE, sorted[1] || WHOLE], isTurned: sorted.length === 2 && sorted[0] !== by[0] };
  }

  function rounded(upper, lower, scale) {
    // Half up, in whole numbers as long as both are.
    if (Number.isInteger(upper) && Number.isInteger(lower) && upper < 1e11) {
      return Math.floor((20 * scale * upper + lower) / (2 * lower)) / 10;
    }
    return Math.round(scale * upper / lower * 10) / 10;
  }

  const HIDDEN = { why: "因涉及人数较少，不予公布" };

  function figure(measure, found, at) {
    const get = function (name) { return found.columns[name] ? found.columns[name][at] : null; };
    if (get("suppression")) { return HIDDEN; }
    const step = get("rounded_step");
    if (step !== null && step !== undefined) {
      return { percent: get("rounded_percent"), step: step, value: get("rounded_percent") };
    }
    const upper = get(measure.upper);
    if (upper === null || upper === undefined) { return {}; }
    if (!measure.lower) { return { value: upper, upper: upper }; }
    const lower = get(measure.lower);
    return lower ? { value: rounded(upper, lower, measure.scale), upper: upper, lower: lower } : {};
  }

  const words = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });

  /** A figure as text: ＊ for hidden, — for none. */
  Shixun.figure = function (measure, one) {
    if (one.why) { return "＊"; }
    if (one.step > WIDE) {
      const low = one.percent - Math.floor(one.step / 2);
      return low + "%—" + (low + one.step) + "%";
    }
    if (one.step) { return "约" + one.percent + "%"; }
    if (one.value === undefined) { return "—"; }
    return measure.scale === 100 ? one.value.toFixed(1) + "%" : measure.lower ? one.value.toFixed(1) : words.format(one.value);
  };

  function unique(list) { return Array.from(new Set(list)); }

  /** The places of a question, one by one; groups and unknown codes resolved. */
  Shixun.placesOf = function (tokens) {
    return unique((tokens || []).flatMap(function (token) {
      return token === "province" ? [offer.province] : groups.get(token) || [token];
    })).filter(function (code) { return places.has(code); });
  };

  function parts(name, cubesAsked, key) {
    const known = offer.breakdowns[name] ? offer.breakdowns[name].order : [];
    const found = unique(cubesAsked.flatMap(function (one) { return one ? one.cube.keys[one.isTurned ? other(key) : key] || [] : []; }));
    return found.sort(function (one, two) { return (place(known, one) - place(known, two)) || (one < two ? -1 : 1); });
  }

  function place(list, value) {
    const at = list.indexOf(value);
    return at < 0 ? list.length : at;
  }

  function other(key) { return key === "value" ? "second_value" : "value"; }

  /** The answer to a question {measure, place, period, by}: its axes and a figure for each of their combinations. */
  Shixun.ask = function (question) {
    const asked = (question.measure || []).filter(function (key) { return measures.has(key); });
    const by = (question.by || []).filter(function (name) { return name && name !== WHOLE; }).slice(0, 2);
    const codes = Shixun.placesOf(question.place);
    const periods = unique(asked.flatMap(function (key) { return offer.periods[key]; })).sort().filter(function (one) {
      return !question.period || !question.period.length || question.period.includes(one);
    });
    return Promise.all(asked.map(function (key) {
      const measure = measures.get(key), order = ordered(measure, by);
      if (!order) { return null; }
      return cube(measure.cube + "." + order.names.join(".")).then(function (found) {
        return found && { cube: found, isTurned: order.isTurned };
      });
    })).then(function (found) {
      const axes = { measure: asked, place: codes, period: periods,
        first: by[0] ? parts(by[0], found, "value") : [WHOLE], second: by[1] ? parts(by[1], found, "second_value") : [WHOLE] };
      return { by: by, axes: axes, at: function (spot) {
        const measure = measures.get(spot.measure), one = found[asked.indexOf(spot.measure)];
        if (!one) { return measure.hides && ordered(measure, by) ? HIDDEN : { none: "该指标不能这样分" }; }
        const pair = one.isTurned ? [spot.second, spot.first] : [spot.first, spot.second];
        const key = (measure.part ? [measure.part] : []).concat(spot.place, spot.period, pair).join("\t");
        const at = one.cube.row.get(key);
        if (at !== undefined) { return figure(measure, one.cube, at); }
        if (measure.cube === "clause" && places.get(spot.place)[2] === "kind") { return { none: "该指标没有同类县合计" }; }
        // Of people only rows that tell something are there: few and nobody look alike. A period that the measure never
        // has (a year, of a cycle's rate) hides nothing.
        return measure.hides && offer.periods[spot.measure].includes(spot.period) ? HIDDEN : {};
      } };
    });
  };

  Shixun.offer = offer;
  Shixun.measureOf = function (key) { return measures.get(key); };
  Shixun.placeName = function (code) { return places.get(code)[1]; };
}());
