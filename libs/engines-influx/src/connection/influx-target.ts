/** One InfluxDB database: a server, an organization in it, and how the names of its buckets begin. */
export interface InfluxTarget {
  /** Its name in the routing table; undefined for the one of the plain settings. */
  readonly name?: string | undefined;
  readonly url: string;
  readonly org: string;
  readonly token: string;
  readonly bucket: string;
}

/** What a person has to look at to change a part of a target. */
export function settingOf({ name }: InfluxTarget, part: 'url' | 'org' | 'token' | 'bucket'): string {
  const setting = `OPSLOOP_INFLUXDB_${part.toUpperCase()}`;
  return name === undefined ? setting : `"${part}" of the database "${name}" in OPSLOOP_INFLUXDB_ROUTES (or ${setting})`;
}

/** The target in the words of a message. */
export function nameOfTarget({ name, url }: InfluxTarget): string {
  return name === undefined ? `InfluxDB at ${url}` : `the InfluxDB database "${name}" at ${url}`;
}
