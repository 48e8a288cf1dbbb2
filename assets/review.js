// Fills the Access review page from its stores.
(() => {
  const { make, text, key } = window.salesgateTables;
  const { slot, button, plain, list, address, callbacks } = window.salesgateAdmin;
  const ask = (table) => window.dash_clientside.set_props("review-table", { data: table });

  function findings(data, counts) {
    const [kind] = data.of;
    const bar = slot("review.kinds");
    const used = bar.contains(document.activeElement);
    const choice = ([value, name, count]) => {
      const one = button(`${name} (${count})`, plain, () => ask({ kind: value }));
      one.setAttribute("aria-pressed", value === kind);
      return one;
    };
    bar.replaceChildren(...counts.map(choice));
    if (used) bar.querySelector("[aria-pressed=true]")?.focus();
    slot("review.advice").textContent = data.advice;
    const dress = { person: (cell) => make("a", { href: `/users?user=${key(cell)}`, textContent: text(cell) }) };
    const none = kind ? "Nothing of this kind. Well kept." : "Nothing to review. Well kept.";
    list("review", data, { caption: "Findings", noun: ["finding", "findings"], none, dress, ask: (table) => ask({ ...table, kind }) });
    address({ kind });
  }

  callbacks({ findings: ["review.table", findings] });
})();
