// Runs before the first paint, so that a chosen theme does not flash. It is a file of its own because the content
// security policy allows no inline script.
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the system's theme stays.
}
