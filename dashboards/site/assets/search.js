/* Finding a place, institution, school, clause or term from every page, without a server: the index is a script that is
   loaded when the box is first used. */
(function () {
  "use strict";
  const Shixun = window.Shixun;
  const form = document.getElementById("find");
  if (!form) { return; }
  const box = form.querySelector("input"), list = form.querySelector("ul"), told = form.querySelector("[role=status]");
  const MOST = 12;
  let entries = null;

  function plain(text) { return text.normalize("NFKC").toLowerCase().replace(/\s+/g, ""); }

  function load() {
    if (entries) { return entries; }
    entries = Promise.all(form.dataset.index.split(" ").map(Shixun.load)).then(function () {
      return [].concat.apply([], Object.values(window.SHIXUN_INDEX).map(function (index) {
        return index.entries.map(function (entry) {
          return { name: entry[0], kind: entry[1], href: index.base + entry[2], text: plain(entry[0] + entry[3]) };
        });
      }));
    });
    return entries;
  }

  // A name that begins with what was typed comes before one that only holds it; shorter names first.
  function found(all, wanted) {
    const places = all.map(function (entry) { return { entry: entry, at: entry.text.indexOf(wanted) }; });
    return places.filter(function (one) { return one.at >= 0; }).sort(function (one, other) {
      return (one.at > 0) - (other.at > 0) || one.entry.text.length - other.entry.text.length;
    }).map(function (one) { return one.entry; });
  }

  function show() {
    const wanted = plain(box.value);
    load().then(function (all) {
      if (wanted !== plain(box.value)) { return; }
      const hits = wanted ? found(all, wanted) : [];
      list.textContent = "";
      hits.slice(0, MOST).forEach(function (hit) {
        const item = document.createElement("li"), link = document.createElement("a"), kind = document.createElement("small");
        link.href = hit.href;
        link.textContent = hit.name;
        kind.textContent = hit.kind;
        link.appendChild(kind);
        item.appendChild(link);
        list.appendChild(item);
      });
      told.textContent = !wanted ? "" : !hits.length ? "没有找到" : "找到 " + hits.length + " 项" + (hits.length > MOST ? "，只列前 " + MOST + " 项" : "");
      form.classList.toggle("is-open", Boolean(wanted));
    });
  }

  box.addEventListener("focus", load);
  box.addEventListener("input", show);
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    const first = list.querySelector("a");
    if (first) { window.location.href = first.href; }
  });
  form.addEventListener("keydown", function (event) {
    const links = Array.from(list.querySelectorAll("a")), at = links.indexOf(document.activeElement);
    if (event.key === "Escape") { box.value = ""; show(); box.focus(); }
    if (event.key === "ArrowDown" && links.length) { event.preventDefault(); links[Math.min(at + 1, links.length - 1)].focus(); }
    if (event.key === "ArrowUp" && at >= 0) { event.preventDefault(); (links[at - 1] || box).focus(); }
  });
  document.addEventListener("click", function (event) { if (!form.contains(event.target)) { form.classList.remove("is-open"); } });
  form.hidden = false;
}());
