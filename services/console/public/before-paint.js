// Sets scheme and language before the first paint, so that nothing flashes. A file of its own: inline scripts are forbidden.
(function () {
  var read = function (key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  var scheme = read('opsloop.scheme');
  if (scheme !== 'light' && scheme !== 'dark') scheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.setAttribute('data-mantine-color-scheme', scheme);
  var language = read('opsloop.language');
  if (language !== 'ko' && language !== 'en') language = /^ko\b/i.test(navigator.language) ? 'ko' : 'en';
  document.documentElement.lang = language;
})();
