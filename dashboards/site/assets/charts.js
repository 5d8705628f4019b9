/* The one chart of the site: drawn by plotly from the data beside it when it comes into view, with the site's one theme,
   light or dark as the reader's machine is, and taken away as SVG, PNG or CSV. Nothing is fetched from elsewhere. */
(function () {
  "use strict";
  const Shixun = window.Shixun;
  const MONTHS = ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"];
  const DAYS = ["日", "一", "二", "三", "四", "五", "六"];
  const CONFIG = { displayModeBar: false, showSendToCloud: false, plotlyServerURL: "", responsive: true, scrollZoom: false,
    doubleClick: false, showTips: false, locale: "zh-CN" };
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const paper = window.matchMedia("print");
  const IMAGE = { width: 960, height: 480, scale: 2 };
  const drawn = new Map();

  function library() {
    return Promise.all([Shixun.load("plotly-cartesian.min.js"), Shixun.load("theme.js")]).then(function () {
      Plotly.register({ moduleType: "locale", name: "zh-CN", dictionary: {},
        format: { days: DAYS, shortDays: DAYS, months: MONTHS, shortMonths: MONTHS, date: "%Y-%m-%d" } });
    });
  }

  /** A figure in the colours of the screen; paper and files are always light. */
  function coloured(figure, isDark) {
    let text = JSON.stringify(figure);
    if (isDark) {
      Object.keys(window.SHIXUN_NIGHT).forEach(function (colour) { text = text.replaceAll(colour, window.SHIXUN_NIGHT[colour]); });
    }
    const copy = JSON.parse(text);
    copy.layout.template = isDark ? window.SHIXUN_DARK : window.SHIXUN_THEME;
    copy.layout.dragmode = false;
    return copy;
  }

  function draw(holder) {
    const figure = drawn.get(holder);
    const copy = coloured(figure, dark.matches && !paper.matches);
    return Plotly.react(holder, copy.data, copy.layout, CONFIG);
  }

  function bytes(url) {
    const at = url.indexOf(",");
    return Uint8Array.from(atob(url.slice(at + 1)), function (letter) { return letter.charCodeAt(0); });
  }

  function picture(figure, title, format) {
    return library().then(function () {
      const copy = coloured(figure, false);
      const size = Object.assign({}, IMAGE, { format: format, height: Math.max(IMAGE.height, figure.layout.height || 0) });
      copy.layout = Object.assign(copy.layout, { width: size.width, height: size.height, paper_bgcolor: "#ffffff",
        title: { text: title, font: { size: 18 }, x: 0.02, xanchor: "left", yref: "container", y: 0.97, yanchor: "top" },
        margin: { l: 60, r: 24, t: 100, b: 70 },
        annotations: (copy.layout.annotations || []).concat({ text: Shixun.about().join("　"), xref: "paper", yref: "paper", x: 0,
          y: 0, yshift: -62, xanchor: "left", yanchor: "bottom", showarrow: false, font: { size: 11, color: "#55636f" } }) });
      return Plotly.toImage(copy, size);
    }).then(function (url) {
      if (format === "svg") {
        Shixun.save(title + ".svg", decodeURIComponent(url.slice(url.indexOf(",") + 1)), "image/svg+xml");
      } else {
        Shixun.save(title + ".png", bytes(url), "image/png");
      }
    });
  }

  /** Puts the buttons SVG, PNG and CSV under a figure; the table inside it is what CSV takes. */
  Shixun.chartFiles = function (box, figure, title) {
    const group = document.createElement("div");
    group.className = "table-files chart-files";
    const add = function (word, act) {
      const node = document.createElement("button");
      node.type = "button";
      node.textContent = word;
      node.setAttribute("aria-label", "下载" + word + "：" + title);
      node.addEventListener("click", act);
      group.appendChild(node);
    };
    add("SVG", function () { picture(figure, title, "svg"); });
    add("PNG", function () { picture(figure, title, "png"); });
    const table = box.querySelector("table");
    if (table) {
      add("CSV", function () {
        const found = Shixun.content(table);
        Shixun.csv(title, found.header, found.rows);
      });
    }
    box.appendChild(group);
  };

  /** Draws `figure` (plotly's data and layout) into `holder`, now or anew: for scripts that make figures of their own. */
  Shixun.chart = function (holder, figure) {
    drawn.set(holder, figure);
    return library().then(function () { return draw(holder); });
  };

  function start(holder) {
    if (drawn.has(holder)) { return Promise.resolve(); }
    return Shixun.chart(holder, JSON.parse(document.getElementById(holder.dataset.figure).textContent));
  }

  const holders = Array.from(document.querySelectorAll("[data-figure]"));
  const watch = new IntersectionObserver(function (seen) {
    seen.forEach(function (entry) {
      if (entry.isIntersecting) {
        watch.unobserve(entry.target);
        start(entry.target);
      }
    });
  }, { rootMargin: "120px" });
  holders.forEach(function (holder) {
    watch.observe(holder);
    const box = holder.closest("figure");
    Shixun.chartFiles(box, JSON.parse(document.getElementById(holder.dataset.figure).textContent),
      box.querySelector("figcaption").textContent.trim());
  });
  dark.addEventListener("change", function () { drawn.forEach(function (_, holder) { draw(holder); }); });

  // A printed page has another width than the screen, and print styles come too late to measure it: charts get the
  // width of a column on A4, and the screen's width back afterwards. One not drawn yet is printed as its table.
  const FULL = 640, HALF = 310;
  paper.addEventListener("change", function (now) { if (now.matches) { holders.forEach(start); } });
  window.addEventListener("beforeprint", function () {
    holders.forEach(function (holder) {
      if (holder.querySelector(".main-svg")) {
        draw(holder);
        Plotly.relayout(holder, { autosize: false, width: holder.closest(".charts") ? HALF : FULL });
      } else {
        const table = holder.closest("figure").querySelector("details");
        if (table) { table.open = true; }
      }
    });
  });
  window.addEventListener("afterprint", function () {
    drawn.forEach(function (_, holder) {
      if (holder.querySelector(".main-svg")) {
        draw(holder);
        Plotly.relayout(holder, { autosize: true, width: null });
      }
    });
  });
}());
