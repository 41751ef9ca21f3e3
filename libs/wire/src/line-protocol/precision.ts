/** Units of timestamps, by the names of both InfluxDB APIs. */
export const precisions = ['ns', 'us', 'ms', 's', 'm', 'h'] as const;
export type Precision = (typeof precisions)[number];

interface Unit {
  /** Trailing decimal digits of a timestamp that are below the millisecond. */
  readonly decimals: number;
  /** Milliseconds of one unit, when it is no shorter than that. */
  readonly ms: number;
  readonly ns: bigint;
}

export const units: Readonly<Record<Precision, Unit>> = {
  ns: { decimals: 6, ms: 1, ns: 1n },
  us: { decimals: 3, ms: 1, ns: 1_000n },
  ms: { decimals: 0, ms: 1, ns: 1_000_000n },
  s: { decimals: 0, ms: 1_000, ns: 1_000_000_000n },
  m: { decimals: 0, ms: 60_000, ns: 60_000_000_000n },
  h: { decimals: 0, ms: 3_600_000, ns: 3_600_000_000_000n },
};

/** InfluxDB keeps both ends of the int64 range of nanoseconds for itself. */
const maxNs = 2n ** 63n - 2n;

/**
 * Milliseconds since the epoch of a timestamp written as decimal digits with an optional minus, with the fraction
 * that a double can still hold (a quarter of a microsecond today); undefined outside the range of InfluxDB.
 */
export function timestampMs(text: string, precision: Precision): number | undefined {
  const unit = units[precision];
  const ns = BigInt(text) * unit.ns;
  if (ns > maxNs || ns < -maxNs) return undefined;
  const digits = ns < 0n ? -ns : ns;
  const ms = Number(digits / 1_000_000n) + Number(digits % 1_000_000n) / 1e6;
  return ns < 0n ? -ms : ms;
}

/** The time of a line without a timestamp: the arrival, cut to the precision as InfluxDB does. */
export function defaultTimeMs(arrivalMs: number, precision: Precision): number {
  const { ms } = units[precision];
  return Math.floor(arrivalMs / ms) * ms;
}
