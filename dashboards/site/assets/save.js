/* What is shown, taken away: rows as CSV or XLSX made in the browser, and the loading of scripts that only some readers
   need. Nothing is computed here and nothing leaves the machine. */
(function () {
  "use strict";
  const Shixun = window.Shixun = window.Shixun || {};
  const home = document.currentScript.src.replace(/[^/]*$/, "");
  const loads = {};

  /** Loads a script that lies beside this one, once; works from a disk too. */
  Shixun.load = function (name) {
    loads[name] = loads[name] || new Promise(function (done, failed) {
      const script = document.createElement("script");
      script.src = home + name;
      script.onload = done;
      script.onerror = failed;
      document.head.appendChild(script);
    });
    return loads[name];
  };

  /** Gives the reader a file of these bytes or this text. */
  Shixun.save = function (name, content, type) {
    const link = document.createElement("a");
    const url = URL.createObjectURL(new Blob([content], { type: type }));
    link.href = url;
    link.download = name.replace(/[\\/:*?"<>|\s]+/g, "_").slice(0, 80);
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(url); }, 10000);
  };

  /** What says where a page's figures come from, one fact a line. */
  Shixun.about = function () {
    const facts = document.body.dataset;
    return [facts.sample, facts.place, facts.asOf && "数据截至 " + facts.asOf, facts.release && "发布号 " + facts.release,
      "因涉及人数较少而不公布的数字以＊代替，公开的人数取到十位"].filter(Boolean);
  };

  // A spreadsheet runs what begins like a formula; a signed number is none.
  function harmless(text) {
    return /^[=+\-@＝＋－＠\t\r]/.test(text) && !/^[+\-]?[\d,.]+%?$/.test(text) ? "'" + text : text;
  }

  /** Saves `rows` (arrays of text) below `header` as CSV. */
  Shixun.csv = function (name, header, rows) {
    const line = function (row) {
      return row.map(function (cell) { return '"' + harmless(cell).replace(/"/g, '""') + '"'; }).join(",");
    };
    Shixun.save(name + ".csv", "\ufeff" + [header].concat(rows).map(line).join("\r\n") + "\r\n", "text/csv");
  };

  const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
  const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
  const REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const PLAIN = 0, BOLD = 1, SHARE = 2;

  function escaped(text) {
    return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
      .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }

  function cell(text, style) {
    if (/^-?(0|[1-9]\d{0,2}(,\d{3})+|[1-9]\d{0,14})(\.\d+)?$/.test(text)) {
      return '<c s="' + style + '"><v>' + text.replace(/,/g, "") + "</v></c>";
    }
    if (/^-?\d{1,4}(\.\d+)?%$/.test(text)) {
      return '<c s="' + SHARE + '"><v>' + Number((parseFloat(text) / 100).toFixed(8)) + "</v></c>";
    }
    return '<c s="' + style + '" t="inlineStr"><is><t xml:space="preserve">' + escaped(text) + "</t></is></c>";
  }

  function sheet(rows, frozen) {
    const widths = rows.length ? rows[0].map(function (_, column) {
      const longest = Math.max.apply(null, rows.slice(0, 200).map(function (row) { return (row[column] || "").length; }));
      return '<col min="' + (column + 1) + '" max="' + (column + 1) + '" width="' + Math.min(60, 4 + 2 * longest)
        + '" customWidth="1"/>';
    }).join("") : "";
    const body = rows.map(function (row, place) {
      return "<row>" + row.map(function (text) { return cell(text, frozen && !place ? BOLD : PLAIN); }).join("") + "</row>";
    }).join("");
    const pane = frozen ? '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' : "";
    return XML + "<worksheet " + MAIN + '><sheetViews><sheetView workbookViewId="0">' + pane + "</sheetView></sheetViews>"
      + (widths && "<cols>" + widths + "</cols>") + "<sheetData>" + body + "</sheetData></worksheet>";
  }

  function parts(rows, notes) {
    const type = "application/vnd.openxmlformats-officedocument.spreadsheetml.";
    const override = function (part, kind) {
      return '<Override PartName="/xl/' + part + '.xml" ContentType="' + type + kind + '+xml"/>';
    };
    const relation = function (id, kind, target) {
      return '<Relationship Id="' + id + '" Type="' + REL + "/" + kind + '" Target="' + target + '"/>';
    };
    const relations = function (inner) {
      return XML + '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">' + inner + "</Relationships>";
    };
    return {
      "[Content_Types].xml": XML + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        + '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        + '<Default Extension="xml" ContentType="application/xml"/>' + override("workbook", "sheet.main")
        + override("worksheets/sheet1", "worksheet") + override("worksheets/sheet2", "worksheet")
        + override("styles", "styles") + "</Types>",
      "_rels/.rels": relations(relation("r1", "officeDocument", "xl/workbook.xml")),
      "xl/workbook.xml": XML + "<workbook " + MAIN + ' xmlns:r="' + REL + '"><sheets><sheet name="数据" sheetId="1" r:id="r1"/>'
        + '<sheet name="说明" sheetId="2" r:id="r2"/></sheets></workbook>',
      "xl/_rels/workbook.xml.rels": relations(relation("r1", "worksheet", "worksheets/sheet1.xml")
        + relation("r2", "worksheet", "worksheets/sheet2.xml") + relation("r3", "styles", "styles.xml")),
      "xl/styles.xml": XML + "<styleSheet " + MAIN + '><numFmts count="1"><numFmt numFmtId="164" formatCode="0.0%"/></numFmts>'
        + "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"等线\"/></font><font><b/><sz val=\"11\"/><name val=\"等线\"/></font></fonts>"
        + '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        + '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        + '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3">'
        + '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        + '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
        + '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>',
      "xl/worksheets/sheet1.xml": sheet(rows, true),
      "xl/worksheets/sheet2.xml": sheet(notes.map(function (note) { return [note]; }), false)
    };
  }

  /** Saves `rows` (arrays of text) below `header` as a workbook; `notes` stand on its second sheet. */
  Shixun.xlsx = function (name, header, rows, notes) {
    return Shixun.load("fflate.js").then(function () {
      const files = parts([header].concat(rows), [name].concat(notes || [], Shixun.about()));
      const packed = {};
      Object.keys(files).forEach(function (path) { packed[path] = window.fflate.strToU8(files[path]); });
      Shixun.save(name + ".xlsx", window.fflate.zipSync(packed),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    });
  };
}());
