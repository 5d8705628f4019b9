/* 自助制表 as a page: the question from the form or the address, the answer as table, chart and map, and all of it to take
   away. Figures come from ask.js. The address keeps the question behind #, so that it works from a disk. */
(function () {
  "use strict";
  const Shixun = window.Shixun, offer = Shixun && Shixun.offer;
  if (!offer) { return; }
  const MOST = 4000, BARS = 40, SERIES = 8;
  const AXES = { place: "地方", period: "期间", first: "分类", second: "再分类", measure: "指标" };
  const find = function (id) { return document.getElementById(id); };
  const form = find("ask-form"), table = find("ask-table"), facts = document.body.dataset;
  let shown = null, turn = 0;

  function element(name, attributes, text) {
    const node = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    if (text !== undefined) { node.textContent = text; }
    return node;
  }

  // ---- the question, in the form and in the address

  function box(name, value, word) {
    const label = element("label", { "class": "choice" });
    const input = element("input", { type: "checkbox", name: name, value: value });
    label.append(input, document.createTextNode(" " + word));
    return label;
  }

  function fill() {
    const choice = function (name) { return form.querySelector("[data-choice=" + name + "]"); };
    offer.measures.forEach(function (one) { choice("measure").append(box("measure", one.key, one.title)); });
    choice("place").append(box("place", "province", Shixun.placeName(offer.province)));
    offer.groups.forEach(function (one) { choice("place").append(box("place", one[0], one[1] + "（" + one[2].length + "）")); });
    offer.places.slice(1).forEach(function (one) { choice("place").append(box("place", one[0], one[1])); });
    const periods = Array.from(new Set(Object.values(offer.periods).flat())).sort().reverse();
    periods.forEach(function (one) { choice("period").append(box("period", one, period(one))); });
    ["first", "second"].forEach(function (name) {
      form[name].append(element("option", { value: "" }, "不分"));
      Object.keys(offer.breakdowns).forEach(function (key) {
        form[name].append(element("option", { value: key }, offer.breakdowns[key].title));
      });
    });
    Object.keys(AXES).forEach(function (key) { form.across.append(element("option", { value: key }, AXES[key])); });
  }

  /** `2020年`, `2019—2020学年` where the second year follows the first, `2016—2020周期`. */
  function period(one) {
    const years = one.split("-").map(Number);
    if (years.length === 2) { return one.replace("-", "—") + (years[1] - years[0] === 1 ? "学年" : "周期"); }
    return /^\d{4}$/.test(one) ? one + "年" : one;
  }

  function list(query, name) { return (query.get(name) || "").split(",").filter(Boolean); }

  function fromAddress() {
    const query = new URLSearchParams(window.location.hash.slice(1));
    const first = offer.measures.find(function (one) { return one.key === "coverage"; }) || offer.measures[0];
    const question = { measure: list(query, "measure"), place: list(query, "place"), period: list(query, "period"), by: list(query, "by"),
      across: query.get("across") || "period", swap: query.has("swap"), release: query.get("release") || "" };
    question.measure = question.measure.filter(Shixun.measureOf);
    if (!question.measure.length && first) { question.measure = [first.key]; }
    if (!Shixun.placesOf(question.place).length) { question.place = ["province"]; }
    if (!AXES[question.across]) { question.across = "period"; }
    return question;
  }

  function fromForm() {
    const picked = function (name) {
      return Array.from(form.querySelectorAll("input[name=" + name + "]:checked"), function (one) { return one.value; });
    };
    const by = [form.first.value, form.second.value].filter(Boolean);
    return { measure: picked("measure"), place: picked("place"), period: picked("period"), by: Array.from(new Set(by)),
      across: form.across.value, swap: form.swap.checked, release: form.pin.checked ? facts.release : "" };
  }

  function address(question) {
    const query = [];
    ["measure", "place", "period", "by"].forEach(function (name) {
      if (question[name].length) { query.push(name + "=" + question[name].map(encodeURIComponent).join(",")); }
    });
    query.push("across=" + question.across);
    if (question.swap) { query.push("swap=1"); }
    if (question.release) { query.push("release=" + encodeURIComponent(question.release)); }
    return "#" + query.join("&");
  }

  function toForm(question) {
    ["measure", "place", "period"].forEach(function (name) {
      form.querySelectorAll("input[name=" + name + "]").forEach(function (one) { one.checked = question[name].includes(one.value); });
    });
    form.first.value = question.by[0] || "";
    form.second.value = question.by[1] || "";
    form.across.value = question.across;
    form.swap.checked = question.swap;
    form.pin.checked = question.release === facts.release;
    allow(question);
  }

  /** Only what every chosen measure can be broken down by is offered, and only periods that one of them has. */
  function allow(question) {
    const chosen = question.measure.map(Shixun.measureOf);
    const known = new Set(question.measure.flatMap(function (key) { return offer.periods[key]; }));
    form.querySelectorAll("input[name=period]").forEach(function (one) {
      one.parentNode.hidden = !known.has(one.value) && !one.checked;
    });
    ["first", "second"].forEach(function (name) {
      Array.from(form[name].options).forEach(function (one) {
        one.disabled = Boolean(one.value) && !chosen.every(function (measure) { return measure.breakdowns.includes(one.value); });
      });
    });
  }

  // ---- the answer as rows and columns

  function label(axis, value, by) {
    if (axis === "place") { return Shixun.placeName(value); }
    if (axis === "measure") { return Shixun.measureOf(value).title; }
    if (axis === "period") { return period(value); }
    const words = (offer.breakdowns[by[axis === "first" ? 0 : 1]] || {}).words;
    return value === offer.whole ? "合计" : words && words[value] || value;
  }

  function product(axes, names) {
    return names.reduce(function (spots, name) {
      return spots.flatMap(function (spot) {
        return axes[name].map(function (value) { return Object.assign({}, spot, { [name]: value }); });
      });
    }, [{}]);
  }

  function laid(answer, question) {
    const fixed = {};
    Object.keys(AXES).forEach(function (name) { if (answer.axes[name].length === 1) { fixed[name] = answer.axes[name][0]; } });
    const free = Object.keys(AXES).filter(function (name) { return !(name in fixed); });
    const across = free.includes(question.across) ? question.across : free[free.length - 1];
    let rows = free.filter(function (name) { return name !== across; }), columns = across ? [across] : [];
    if (question.swap) { const kept = rows; rows = columns; columns = kept; }
    return { fixed: fixed, rows: rows, columns: columns, answer: answer };
  }

  function title(axis, by) {
    return axis === "first" || axis === "second" ? offer.breakdowns[by[axis === "first" ? 0 : 1]].title : AXES[axis];
  }

  function grid(layout) {
    const answer = layout.answer, by = answer.by;
    const down = product(answer.axes, layout.rows), over = product(answer.axes, layout.columns);
    const name = function (spot, axes) { return axes.map(function (axis) { return label(axis, spot[axis], by); }).join("，"); };
    const header = (layout.rows.length ? layout.rows.map(function (axis) { return title(axis, by); }) : [""])
      .concat(over.map(function (spot) { return name(spot, layout.columns) || "数值"; }));
    const rows = down.map(function (spot) {
      return { heads: layout.rows.length ? layout.rows.map(function (axis) { return label(axis, spot[axis], by); }) : ["合计"],
        cells: over.map(function (one) {
          const whole = Object.assign({}, layout.fixed, spot, one), found = answer.at(whole);
          return { spot: whole, found: found, text: Shixun.figure(Shixun.measureOf(whole.measure), found) };
        }) };
    });
    return { header: header, rows: rows, heads: Math.max(1, layout.rows.length) };
  }

  // ---- words

  function named(values, word) { return values.length > 3 ? values.slice(0, 2).join("、") + "等" + values.length + word : values.join("、"); }

  function sentence(answer, question) {
    const axes = answer.axes;
    const where = named(axes.place.map(Shixun.placeName), "个地方");
    const when = named(axes.period.map(period), "个期间");
    const what = axes.measure.map(function (key) { return Shixun.measureOf(key).title; }).join("、");
    const by = answer.by.map(function (name) { return offer.breakdowns[name].title; }).join("和");
    return where + when + "的" + what + (by ? "，按" + by + "分" : "") + "。" + (question.swap ? "行列已互换。" : "");
  }

  function notes(answer, cells) {
    const found = answer.axes.measure.map(Shixun.measureOf).map(function (one) {
      return one.title + "（" + one.unit + "）＝" + one.definition + "。";
    });
    const count = function (test) { return cells.filter(test).length; };
    const hidden = count(function (cell) { return cell.found.why; });
    if (hidden) { found.push("＊：" + hidden + "格因涉及人数较少，不予公布：公布的人数取到十位，20以下的不予公布，满意率所依据的答卷不足20份的也不公布。"); }
    if (count(function (cell) { return cell.found.step; })) { found.push("“约”和区间：一方人数较少，或公布答卷数会透露个别项目，只公布比例所在的区间。"); }
    const bad = count(function (cell) { return cell.found.none; });
    if (bad) { found.push("—：" + bad + "格的指标不能这样分。"); }
    if (count(function (cell) { return !cell.found.none && cell.text === "—"; })) { found.push("—：没有数据，不等于0。"); }
    found.push("人数取到十位，各类相加与合计可能略有出入。");
    return found;
  }

  function cite(words) {
    return facts.place + "教师培训质量监测：" + words + "数据截至" + facts.asOf + "，发布号" + facts.release + "。" + pinnedAddress();
  }

  function pinnedAddress() {
    return window.location.href.split("#")[0] + address(Object.assign({}, shown.question, { release: facts.release }));
  }

  // ---- the page

  function write(made) {
    const head = element("tr"), body = document.createDocumentFragment();
    made.header.forEach(function (word, at) {
      head.append(element("th", at < made.heads ? { scope: "col" } : { scope: "col", "class": "n" }, word));
    });
    made.rows.forEach(function (row) {
      const line = element("tr");
      row.heads.forEach(function (word) { line.append(element("th", { scope: "row" }, word)); });
      row.cells.forEach(function (cell) {
        const node = element("td", { "class": "n" }, cell.text);
        const why = cell.found.why || cell.found.none;
        if (why) { node.title = why; }
        if (cell.found.lower && cell.found.upper !== undefined) { node.title = cell.found.upper + "÷" + cell.found.lower; }
        line.append(node);
      });
      body.append(line);
    });
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(body);
  }

  function chart(layout, made) {
    const panel = find("ask-chart-panel"), figure = find("ask-chart");
    const first = Shixun.measureOf(layout.answer.axes.measure[0]);
    const isLine = layout.columns.length === 1 && layout.columns[0] === "period";
    const columns = made.header.slice(made.heads);
    const value = function (cell) {
      return cell.spot.measure === first.key && cell.found.value !== undefined ? cell.found.value : null;
    };
    const names = made.rows.map(function (row) { return row.heads.join("，"); });
    const data = isLine
      ? made.rows.slice(0, SERIES).map(function (row, at) {
        return { type: "scatter", mode: "lines+markers", name: names[at], x: columns, y: row.cells.map(value) };
      })
      : columns.slice(0, SERIES).map(function (word, at) {
        return { type: "bar", name: word, x: names.slice(0, BARS), y: made.rows.slice(0, BARS).map(function (row) { return value(row.cells[at]); }) };
      });
    panel.hidden = !data.some(function (one) { return one.y.some(function (y) { return y !== null; }); });
    if (panel.hidden) { return; }
    const rest = (isLine ? made.rows.length > SERIES : columns.length > SERIES || made.rows.length > BARS) ? "（图上只画前面的）" : "";
    const caption = first.title + rest;
    figure.querySelector("figcaption").textContent = caption;
    const drawn = { data: data, layout: { xaxis: { type: "category" }, yaxis: { title: { text: first.unit }, rangemode: "tozero" },
      showlegend: data.length > 1, height: 420 } };
    figure.querySelectorAll(".chart-files").forEach(function (node) { node.remove(); });
    Shixun.chart(figure.querySelector(".plot"), drawn);
    Shixun.chartFiles(figure, drawn, shown.words.slice(0, -1));
  }

  // ---- the map: one measure, one period, in four classes of the values shown

  const NS = "http://www.w3.org/2000/svg", SIDE = 64;
  const TONES = { p1: ["#e9eef3", "#17232f"], p2: ["#d5e0ea", "#17232f"], p3: ["#b7cddf", "#17232f"], p4: ["#8fb2cf", "#17232f"],
    hidden: ["#ffffff", "#3c4955"], none: ["#ffffff", "#55636f"] };

  function drawing(name, attributes, text) {
    const node = document.createElementNS(NS, name);
    Object.keys(attributes).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    if (text !== undefined) { node.textContent = text; }
    return node;
  }

  function map(answer) {
    const panel = find("ask-map-panel");
    const wanted = new Set(answer.axes.place);
    const tiles = offer.tiles.filter(function (tile) { return wanted.has(tile[0]); });
    panel.hidden = tiles.length < 3 || !answer.axes.period.length;
    if (panel.hidden) { return; }
    const measure = Shixun.measureOf(answer.axes.measure[0]);
    const spot = { measure: measure.key, period: answer.axes.period[answer.axes.period.length - 1],
      first: answer.axes.first[0], second: answer.axes.second[0] };
    const cells = tiles.map(function (tile) { return answer.at(Object.assign({ place: tile[0] }, spot)); });
    const values = cells.map(function (one) { return one.value; }).filter(function (one) { return one !== undefined; }).sort(function (a, b) { return a - b; });
    const edges = [0.25, 0.5, 0.75].map(function (part) { return values[Math.floor(part * values.length)]; });
    const tone = function (one) {
      if (one.why) { return "hidden"; }
      return one.value === undefined ? "none" : "p" + (1 + edges.filter(function (edge) { return one.value >= edge; }).length);
    };
    const left = Math.min.apply(null, tiles.map(function (tile) { return tile[3]; }));
    const top = Math.min.apply(null, tiles.map(function (tile) { return tile[2]; }));
    const wide = Math.max.apply(null, tiles.map(function (tile) { return tile[3]; })) - left + 1;
    const high = Math.max.apply(null, tiles.map(function (tile) { return tile[2]; })) - top + 1;
    const parts = [measure.title, period(spot.period)].concat(["first", "second"].filter(function (axis) { return spot[axis] !== offer.whole; })
      .map(function (axis) { return label(axis, spot[axis], answer.by); }));
    const svg = drawing("svg", { xmlns: NS, viewBox: "0 0 " + wide * SIDE + " " + high * SIDE, "class": "tiles", role: "img",
      "aria-label": parts.join("，") + "，各县方格图，数值见结果表" });
    tiles.forEach(function (tile, at) {
      const x = (tile[3] - left) * SIDE, y = (tile[2] - top) * SIDE, colours = TONES[tone(cells[at])];
      const node = drawing("g", {});
      const text = Shixun.figure(measure, cells[at]);
      node.append(drawing("title", {}, Shixun.placeName(tile[0]) + " " + text),
        drawing("rect", { x: x + 1, y: y + 1, width: 62, height: 62, rx: 3, fill: colours[0], stroke: "#8d99a4" }),
        drawing("text", { x: x + 32, y: y + 29, fill: colours[1], "text-anchor": "middle", "font-size": 17 }, tile[1]),
        drawing("text", { x: x + 32, y: y + 50, fill: colours[1], "text-anchor": "middle", "font-size": 14 }, text));
      svg.append(node);
    });
    find("ask-map-title").textContent = parts.join("，");
    find("ask-map").replaceChildren(svg);
    find("ask-legend").replaceChildren.apply(find("ask-legend"), ["最低的四分之一", "其次", "再次", "最高的四分之一"].map(function (word, at) {
      const line = element("li");
      line.append(element("i", { "data-tone": "p" + (at + 1) }), document.createTextNode(word));
      return line;
    }));
  }

  function picture(kind) {
    const svg = find("ask-map").querySelector("svg").cloneNode(true);
    const size = svg.getAttribute("viewBox").split(" ").map(Number), name = find("ask-map-title").textContent;
    svg.setAttribute("viewBox", "0 0 " + size[2] + " " + (size[3] + 60));
    svg.setAttribute("width", size[2] * 3);
    svg.setAttribute("height", (size[3] + 60) * 3);
    svg.append(drawing("text", { x: 4, y: size[3] + 24, "font-size": 16, fill: "#17232f" }, name),
      drawing("text", { x: 4, y: size[3] + 46, "font-size": 12, fill: "#55636f" }, Shixun.about().join("　")));
    const text = new XMLSerializer().serializeToString(svg);
    if (kind === "svg") { Shixun.save(name + ".svg", text, "image/svg+xml"); return; }
    const image = new Image();
    image.onload = function () {
      const canvas = element("canvas", { width: size[2] * 3, height: (size[3] + 60) * 3 });
      const brush = canvas.getContext("2d");
      brush.fillStyle = "#ffffff";
      brush.fillRect(0, 0, canvas.width, canvas.height);
      brush.drawImage(image, 0, 0);
      canvas.toBlob(function (blob) { Shixun.save(name + ".png", blob, "image/png"); });
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
  }

  // ---- to take away

  function copied(text, word) {
    const done = function () { find("ask-taken").textContent = word + "已复制"; };
    const byHand = function () {
      const area = element("textarea", { "class": "sr", "aria-label": word });
      area.value = text;
      document.body.append(area);
      area.select();
      const worked = document.execCommand("copy");
      area.remove();
      if (worked) { done(); } else { find("ask-taken").textContent = "浏览器不让复制，请自行选中"; }
    };
    if (navigator.clipboard) { navigator.clipboard.writeText(text).then(done, byHand); } else { byHand(); }
  }

  function take(kind) {
    const rows = shown.made.rows.map(function (row) { return row.heads.concat(row.cells.map(function (cell) { return cell.text; })); });
    const about = [shown.words].concat(shown.notes, ["来源：" + facts.place + "教师培训平台数据，师训统计", "网址：" + pinnedAddress()]);
    const name = shown.words.slice(0, -1);
    if (kind === "csv") {
      Shixun.csv(name, shown.made.header, rows.concat([[""]], about.concat(Shixun.about()).map(function (line) { return [line]; })));
    } else if (kind === "xlsx") { Shixun.xlsx(name, shown.made.header, rows, about); }
    else if (kind === "cite") { copied(cite(shown.words), "引用"); }
    else if (kind === "link") { copied(window.location.href.split("#")[0] + address(shown.question), "网址"); }
    else {
      const lines = [shown.made.header].concat(rows).map(function (row) { return row.join("\t"); });
      copied([shown.words].concat(lines, shown.notes, Shixun.about()).join("\n"), "文字");
    }
  }

  // ---- from question to answer

  function refuse(words) {
    shown = null;
    find("ask-words").textContent = words;
    table.tHead.replaceChildren();
    table.tBodies[0].replaceChildren();
    find("ask-notes").replaceChildren();
    find("ask-cite").textContent = "";
    find("ask-chart-panel").hidden = find("ask-map-panel").hidden = true;
  }

  function pinned(question) {
    const node = find("ask-pinned");
    node.hidden = !question.release || question.release === facts.release;
    node.textContent = node.hidden ? "" : "这个网址引用的是发布 " + question.release + "，本页是发布 " + facts.release
      + "，数字可能已有修订。原发布已固定存档的，可查看";
    if (node.hidden || !/^[0-9]{8}-[0-9a-f]{6,16}$/.test(question.release)) { return; }
    const kept = document.createElement("a");
    const shelf = /\/archive\/[^/]+\/table\//.test(window.location.pathname) ? "../../" : "../../archive/";
    kept.href = shelf + question.release + "/table/index.html" + address(question);
    kept.textContent = "存档页";
    node.append(kept, "；没有存档的，请凭发布号向发布单位索取。");
  }

  function show(question) {
    const mine = turn += 1;
    toForm(question);
    pinned(question);
    return Shixun.ask(question).then(function (answer) {
      if (mine !== turn) { return; }
      const size = Object.values(answer.axes).reduce(function (product_, axis) { return product_ * axis.length; }, 1);
      if (!size) { refuse("这样问没有数据：请至少选一项指标、一个地方，并看所选期间是否有数。"); return; }
      if (size > MOST) { refuse("这样问有" + size + "格，多于" + MOST + "格；请少选一些地方、期间或分类。全部数字可在“下载”里取。"); return; }
      const layout = laid(answer, question), made = grid(layout);
      const cells = made.rows.flatMap(function (row) { return row.cells; });
      shown = { question: question, made: made, words: sentence(answer, question), notes: notes(answer, cells) };
      find("ask-words").textContent = shown.words;
      write(made);
      find("ask-notes").replaceChildren.apply(find("ask-notes"), shown.notes.map(function (line) { return element("li", {}, line); }));
      find("ask-cite").textContent = "引用：" + cite(shown.words);
      chart(layout, made);
      map(answer);
    }).then(function () { document.body.dataset.answered = String(mine); });
  }

  fill();
  find("ask").hidden = false;
  form.addEventListener("change", function () {
    const question = fromForm();
    allow(question);
    question.by = question.by.filter(function (name) {
      return question.measure.every(function (key) { return Shixun.measureOf(key).breakdowns.includes(name); });
    });
    window.history.replaceState(null, "", address(question));
    show(question);
  });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  window.addEventListener("hashchange", function () { show(fromAddress()); });
  document.querySelectorAll("[data-take]").forEach(function (node) {
    node.addEventListener("click", function () { if (shown) { take(node.dataset.take); } });
  });
  document.querySelectorAll("[data-map]").forEach(function (node) {
    node.addEventListener("click", function () { picture(node.dataset.map); });
  });
  show(fromAddress());
}());
