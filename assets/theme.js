// Sets the colour theme before anything is painted. The choice is kept in a cookie, so that it outlives a sign-out.
(() => {
  const NAME = "salesgate_theme";
  const YEAR = 365 * 24 * 3600;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => (document.cookie.match(/(?:^|; )salesgate_theme=(light|dark)(?:;|$)/) || [])[1];
  const current = () => chosen() || (system.matches ? "dark" : "light");

  function apply() {
    document.documentElement.dataset.bsTheme = current();
    document.dispatchEvent(new CustomEvent("salesgate:theme", { detail: current() }));
  }

  window.salesgateTheme = {
    current,
    toggle() {
      const next = current() === "dark" ? "light" : "dark";
      const secure = window.location.protocol === "https:" ? "; Secure" : "";
      document.cookie = `${NAME}=${next}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
      apply();
    },
  };
  system.addEventListener("change", apply);
  apply();
})();
