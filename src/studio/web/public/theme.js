// Before the first paint, so that a chosen theme does not flash. A file of its own: inline scripts may be forbidden.
try {
  const theme = JSON.parse(localStorage.getItem("jigsaw:theme"));
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {}
