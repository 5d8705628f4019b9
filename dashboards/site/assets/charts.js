/* Draws every figure on the page from the data beside it, with the site's one theme. Nothing is fetched. */
(function () {
  "use strict";
  if (!window.Plotly) { return; }
  Plotly.register({
    moduleType: "locale",
    name: "zh-CN",
    dictionary: { "Autoscale": "自动缩放", "trace": "系列" },
    format: {
      days: ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
      shortDays: ["日", "一", "二", "三", "四", "五", "六"],
      months: ["一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"],
      shortMonths: ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"],
      date: "%Y-%m-%d"
    }
  });
  var config = {
    displayModeBar: false,
    showSendToCloud: false,
    plotlyServerURL: "",
    responsive: true,
    scrollZoom: false,
    doubleClick: false,
    showTips: false,
    locale: "zh-CN"
  };
  function draw(holder) {
    var figure = JSON.parse(document.getElementById(holder.dataset.figure).textContent);
    var layout = figure.layout;
    layout.template = window.SHIXUN_THEME;
    layout.dragmode = false;
    Plotly.newPlot(holder, figure.data, layout, config);
  }
  Array.prototype.forEach.call(document.querySelectorAll("[data-figure]"), draw);
  // A printed page has another width than the screen, and print styles come too late to measure it: charts get the
  // width of a column on A4, and the screen's width back afterwards.
  var FULL = 640, HALF = 310;
  function each(change) {
    Array.prototype.forEach.call(document.querySelectorAll("[data-figure]"), function (holder) {
      Plotly.relayout(holder, change(holder));
    });
  }
  window.addEventListener("beforeprint", function () {
    each(function (holder) { return { autosize: false, width: holder.closest(".charts") ? HALF : FULL }; });
  });
  window.addEventListener("afterprint", function () {
    each(function () { return { autosize: true, width: null }; });
  });
}());
