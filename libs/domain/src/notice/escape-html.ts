export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

const address = /https?:\/\/[^\s<>"]+$/;

/** A line that ends in an address shows it as a link. */
export function linkedHtml(line: string): string {
  const url = address.exec(line)?.[0];
  if (url === undefined) return escapeHtml(line);
  return `${escapeHtml(line.slice(0, -url.length))}<a href="${escapeHtml(url)}">${escapeHtml(url)}</a>`;
}
