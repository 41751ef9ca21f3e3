import type { Labels } from '@opsloop/contracts';

/**
 * How names become the texts that InfluxDB indexes: only letters, digits and `_.-/%:;` appear, so line protocol, Flux
 * strings and CSV rows need no quoting, and whatever a name holds comes back exactly.
 */

const unsafe = /[^A-Za-z0-9_.\-/]/g;
/** What stands for a series without labels; a text of labels always has a colon. */
const noLabels = '-';

/** Every other UTF-16 unit becomes % and four hex digits. */
export function escapeName(name: string): string {
  return name.replace(unsafe, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function unescapeName(text: string): string {
  return text.includes('%') ? text.replace(/%([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) : text;
}

/** The measurement of a tenant's metric: `tenant:metric`. */
export function measurementOf(tenant: string, metric: string): string {
  return `${escapeName(tenant)}:${escapeName(metric)}`;
}

export function metricOf(measurement: string): string {
  return unescapeName(measurement.slice(measurement.indexOf(':') + 1));
}

/** Labels as one tag, sorted: `device:sda;path:/`. */
export function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return noLabels;
  return pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${escapeName(key)}:${escapeName(value)}`).join(';');
}

export function parseLabels(text: string): Labels {
  if (text === noLabels) return {};
  return Object.fromEntries(text.split(';').map((pair) => {
    const colon = pair.indexOf(':');
    return [unescapeName(pair.slice(0, colon)), unescapeName(pair.slice(colon + 1))];
  }));
}
