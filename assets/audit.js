// Fills the Audit log page from its stores, and sends for the export.
(() => {
  const { make, text, key } = window.salesgateTables;
  const { slot, button, notice, plain, list, address, callbacks } = window.salesgateAdmin;
  const ask = (table) => window.dash_clientside.set_props("audit-table", { data: table });
  const PARTS = ["kind", "outcome", "text", "from", "to"];

  const details = (cell) => {
    const pairs = key(cell).flatMap(([term, words]) => [make("dt", { textContent: term }), make("dd", { textContent: words })]);
    return make("details", {}, make("summary", { textContent: text(cell) }), make("dl", { className: "sg-facts" }, ...pairs));
  };
  const outcome = (cell) => make("span", { className: `sg-state${key(cell) === "ok" ? "" : " sg-state-shut"}`, textContent: text(cell) });

  // A form of its own: the answer is a file, and the browser keeps it without holding it in memory.
  function send(format, filters) {
    const token = (document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/) || [])[1] || "";
    const values = { ...filters, format, csrf_token: decodeURIComponent(token) };
    const fields = Object.entries(values).map(([name, value]) => make("input", { type: "hidden", name, value }));
    const form = make("form", { method: "post", action: "/audit/export", hidden: true }, ...fields);
    document.body.append(form);
    form.submit();
    form.remove();
  }

  function events(data) {
    const filters = Object.fromEntries(PARTS.map((part, i) => [part, data.of[i]]));
    address(filters);
    const place = slot("audit.export");
    if (data.error) {
      place.replaceChildren();
      slot("audit.table").replaceChildren();
      slot("audit.status").replaceChildren(notice(data.error, "danger"));
      return;
    }
    const none = Object.values(filters).some(Boolean) ? "No event fits. Choose other filters." : "Nothing has happened yet.";
    list("audit", data, { caption: "Events, latest first", noun: ["event", "events"], none, dress: { event: details, outcome }, ask });
    place.replaceChildren(
      button("Export as CSV", plain, () => send("csv", filters)),
      button("Export as JSON lines", plain, () => send("jsonl", filters)),
      make("span", { className: "sg-hint", textContent: "All events that fit, oldest first. The export is written to the log." }),
    );
  }

  function verdict(answer) {
    if (!answer) return;
    const box = notice(answer.words, answer.ok ? "success" : "danger");
    if (answer.head) box.append(make("div", { className: "sg-hint" }, "Digest of the last event that holds: ", make("code", { textContent: answer.head })));
    slot("audit.verdict").replaceChildren(box);
  }

  callbacks({ events: ["audit.table", events], verdict: ["audit.verdict", verdict] });
})();
