/* The one table of the site. A table is written whole into its page, inside <section class="scroll" aria-label="…">, and
   reads and prints so; here it gets sorting, search, filters, pages of 50, a count, CSV and XLSX of what is shown, and
   cards on a phone. DataTables does the sorting, searching and paging. */
(function () {
  "use strict";
  const Shixun = window.Shixun;
  const PAGE = 50, FEW = 10, CHOICES = 15, LONG = 16, NARROW = 3;
  const MISSING = /^(|—|＊|－)$/;

  /** The text of a cell as it is read: what is folded away or drawn only for the eye is left out. */
  function shown(node) {
    const copy = node.cloneNode(true);
    copy.querySelectorAll("details > :not(summary), [aria-hidden], svg, .dt-column-order").forEach(function (hidden) {
      hidden.remove();
    });
    copy.querySelectorAll("br").forEach(function (end) { end.replaceWith("；"); });
    return copy.textContent.replace(/\s+/g, " ").trim();
  }

  function number(text) {
    const found = /[-−－+]?\d[\d,]*(\.\d+)?/.exec(text);
    return found ? Number(found[0].replace(/[,+]/g, "").replace(/[−－]/, "-")) : NaN;
  }

  // What is missing or hidden stays last whichever way a column is sorted: it is neither the least nor the most.
  function ordered(compare, way) {
    return function (one, other) {
      const gone = MISSING.test(one) - MISSING.test(other);
      return gone || way * compare(one, other);
    };
  }
  const words = new Intl.Collator("zh-CN", { numeric: true });
  const kinds = {
    words: words.compare,
    figures: function (one, other) { return (number(one) - number(other)) || words.compare(one, other); }
  };
  Object.keys(kinds).forEach(function (name) {
    DataTable.type("shixun-" + name, {
      detect: function () { return false; },
      order: { asc: ordered(kinds[name], 1), desc: ordered(kinds[name], -1) },
      search: function (text) { return text; }
    });
  });

  function element(name, attributes, text) {
    const node = document.createElement(name);
    Object.keys(attributes).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    if (text) { node.textContent = text; }
    return node;
  }

  /** Name of a table for a reader and for a file. */
  function title(table) {
    return table.closest("section").getAttribute("aria-label") || document.title;
  }

  /** Rows as they are shown now, over all pages; a verdict beside a figure becomes a column of its own. */
  function content(table, grid) {
    const heads = Array.from(table.tHead.rows[0].cells, shown);
    const rows = grid ? grid.rows({ search: "applied", order: "applied" }).nodes().toArray() : Array.from(table.tBodies[0].rows);
    const marked = heads.map(function (_, column) {
      return rows.some(function (row) { return row.cells[column] && row.cells[column].querySelector(".mini .sr"); });
    });
    const line = function (row) {
      return Array.from(row.cells).reduce(function (found, node, column) {
        if (!marked[column]) { return found.concat(shown(node)); }
        const mark = node.querySelector(".mini .sr");
        const figure = node.cloneNode(true);
        figure.querySelectorAll(".mini").forEach(function (one) { one.remove(); });
        return found.concat(shown(figure), mark ? mark.textContent : "");
      }, []);
    };
    const header = heads.reduce(function (found, head, column) {
      return found.concat(head, marked[column] ? [head + " 结论"] : []);
    }, []);
    return { header: header, rows: rows.map(line) };
  }

  function exports(table, grid) {
    const box = element("div", { "class": "table-files" });
    const button = function (word, save) {
      const node = element("button", { type: "button", "aria-label": "下载" + word + "：" + title(table) }, word);
      node.addEventListener("click", function () {
        const found = content(table, grid());
        save(title(table), found.header, found.rows);
      });
      box.appendChild(node);
    };
    button("CSV", Shixun.csv);
    button("XLSX", Shixun.xlsx);
    return box;
  }

  const anchor = decodeURIComponent(window.location.hash.slice(1));
  const grids = [];
  let made = 0;
  function labelled(box, word, control) {
    const holder = element("span", { "class": "field" });
    control.id = "table-tool-" + (made += 1);
    holder.append(element("label", { "for": control.id }, word), control);
    box.appendChild(holder);
    return control;
  }

  function options(select, all, values) {
    select.append(element("option", { value: "" }, all));
    values.forEach(function (value) { select.append(element("option", { value: value }, value)); });
  }

  /** Columns of words with few different values can be chosen from. */
  function choices(table, column) {
    const head = table.tHead.rows[0].cells[column];
    if (!column || head.classList.contains("n")) { return []; }
    const found = new Set();
    for (const row of table.tBodies[0].rows) {
      const text = row.cells[column] ? row.cells[column].dataset.search : "";
      if (text.length > LONG || found.size > CHOICES) { return []; }
      if (text) { found.add(text); }
    }
    return found.size > 1 && found.size <= CHOICES ? Array.from(found).sort(words.compare) : [];
  }

  function toolbar(table, grid, heads) {
    const bar = element("div", { "class": "table-tools", role: "group", "aria-label": title(table) + "：工具" });
    const search = labelled(bar, "查找", element("input", { type: "search", autocomplete: "off" }));
    search.addEventListener("input", function () { grid.search(search.value).draw(); });
    heads.forEach(function (head, column) {
      const values = choices(table, column);
      if (!values.length) { return; }
      const select = labelled(bar, head, element("select", {}));
      options(select, "全部", values);
      select.addEventListener("change", function () {
        grid.column(column).search(select.value ? function (text) { return text === select.value; } : "").draw();
      });
    });
    const order = labelled(bar, "排序", element("select", {}));
    order.parentNode.classList.add("on-phone");
    options(order, "原来的次序", []);
    heads.forEach(function (head, column) {
      order.append(element("option", { value: column + " asc" }, head + " 升序"), element("option", { value: column + " desc" }, head + " 降序"));
    });
    order.addEventListener("change", function () {
      const way = order.value.split(" ");
      grid.order(order.value ? [[Number(way[0]), way[1]]] : []).draw();
    });
    return bar;
  }

  /** Cells say which column they belong to, and stay a table for those who listen, when a phone shows them as cards. */
  function cards(table, heads) {
    if (heads.length <= NARROW) { return; }
    table.classList.add("as-cards");
    table.setAttribute("role", "table");
    for (const part of [table.tHead].concat(Array.from(table.tBodies), table.tFoot || [])) { part.setAttribute("role", "rowgroup"); }
    for (const row of table.rows) {
      row.setAttribute("role", "row");
      Array.from(row.cells).forEach(function (node, column) {
        const isHead = node.tagName === "TH";
        node.setAttribute("role", isHead ? (row.parentNode === table.tHead ? "columnheader" : "rowheader") : "cell");
        if (heads[column]) { node.dataset.label = heads[column]; }
      });
    }
  }

  function counted(grid, holder) {
    const all = grid.page.info();
    const found = all.recordsDisplay.toLocaleString("en-US"), total = all.recordsTotal.toLocaleString("en-US");
    const page = all.pages > 1 ? "，显示第 " + (all.start + 1) + "—" + all.end + " 行" : "";
    holder.textContent = (all.recordsDisplay === all.recordsTotal ? "共 " + total + " 行" : "找到 " + found + " 行，共 " + total + " 行") + page;
  }

  /** Makes one table of a page (or one just written by a script) what every table of the site is. */
  Shixun.table = function (table) {
    const body = table.tBodies[0];
    if (!table.tHead || !body || table.tBodies.length > 1 || table.matches("[data-plain]") || !body.rows.length) { return null; }
    const heads = Array.from(table.tHead.rows[0].cells, shown);
    if (body.rows.length < 2) { cards(table, heads); return null; }
    // A link to one row leads to its page of the table.
    const rows = Array.from(body.rows), wanted = rows.find(function (row) { return row.id && row.id === anchor; });
    for (const row of rows) {
      for (const node of row.cells) {
        const text = shown(node);
        node.dataset.search = text;
        node.dataset.order = node.dataset.order || text;
      }
    }
    cards(table, heads);
    const section = table.closest("section");
    const foot = element("div", { "class": "table-foot" });
    const count = element("p", { "class": "table-count", role: "status" });
    const figures = [], plain = [];
    Array.from(table.tHead.rows[0].cells).forEach(function (head, column) {
      (head.classList.contains("n") ? figures : plain).push(column);
    });
    const grid = new DataTable(table, {
      autoWidth: false, order: [], pageLength: PAGE, paging: rows.length > PAGE,
      layout: { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null, bottom: rows.length > PAGE ? "paging" : null },
      columnDefs: [{ targets: figures, type: "shixun-figures" }, { targets: plain, type: "shixun-words" }],
      language: {
        zeroRecords: "没有符合条件的行",
        aria: { orderable: "，可排序", orderableReverse: "，改为相反的次序", orderableRemove: "，恢复原来的次序",
          paginate: { first: "第一页", last: "最后一页", next: "下一页", previous: "上一页", number: "第" } },
        paginate: { first: "«", last: "»", next: "下一页", previous: "上一页" }
      }
    });
    if (wanted) { grid.page(Math.floor(rows.indexOf(wanted) / PAGE)).draw("page"); wanted.scrollIntoView(); }
    grid.on("draw", function () { counted(grid, count); });
    counted(grid, count);
    foot.append(count, exports(table, function () { return grid; }));
    if (rows.length > FEW) {
      section.before(toolbar(table, grid, heads));
    }
    section.after(foot);
    const pages = section.querySelector(".dt-paging");
    if (pages) { foot.append(pages); }
    table.classList.add("is-ready");
    grids.push(grid);
    return grid;
  };

  Shixun.content = content;
  document.querySelectorAll("section.scroll > table").forEach(Shixun.table);
  // Paper has no pages to turn: all rows are printed.
  window.addEventListener("beforeprint", function () {
    grids.forEach(function (grid) { if (grid.page.info().pages > 1) { grid.page.len(-1).draw(); } });
  });
  window.addEventListener("afterprint", function () {
    grids.forEach(function (grid) { if (grid.page.len() === -1) { grid.page.len(PAGE).draw(); } });
  });
}());
