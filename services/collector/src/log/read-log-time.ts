/** Numbers up to here are seconds, then ms, then us; larger ones are ns: each range ends in the year 5138. */
const mostSeconds = 1e11;
const mostMs = 1e14;
const mostUs = 1e17;
const isoTime = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?)?$/i;

/** A time as senders of logs write it: epoch seconds, ms, us or ns, or ISO 8601 (without a zone: UTC). Undefined: none of them. */
export function readLogTime(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value > 0 ? epochMs(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return epochMs(Number(text));
  const [, day, time = '00:00', zone = 'Z'] = isoTime.exec(text) ?? [];
  if (!day) return undefined;
  const offset = /^(?:Z|UTC|GMT)$/i.test(zone) ? 'Z' : zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  // JavaScript reads milliseconds; what is finer does not order lines.
  const ms = Date.parse(`${day}T${time.replace(',', '.').replace(/(\.\d{3})\d+$/, '$1')}${offset}`);
  return Number.isNaN(ms) ? undefined : ms;
}

function epochMs(value: number): number {
  if (value < mostSeconds) return value * 1_000;
  if (value < mostMs) return value;
  return value < mostUs ? value / 1e3 : value / 1e6;
}
