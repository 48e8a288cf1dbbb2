// The shell around the pages: theme switch, sign-out, and the theme as a store that charts follow.
(() => {
  document.addEventListener("click", (event) => {
    if (event.target.closest("#theme-switch")) window.salesgateTheme.toggle();
  });
  document.addEventListener("salesgate:theme", (event) => {
    if (document.getElementById("theme-switch")) window.dash_clientside.set_props("theme", { data: event.detail });
  });
})();
