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
      shortDays: ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
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
  // A printed page has another width than the screen: draw again for it, and back afterwards.
  function resize() {
    Array.prototype.forEach.call(document.querySelectorAll("[data-figure]"), function (holder) { Plotly.Plots.resize(holder); });
  }
  window.addEventListener("beforeprint", resize);
  window.addEventListener("afterprint", resize);
}());
