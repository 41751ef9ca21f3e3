import type { InfluxConnection } from '../connection/influx-connection.js';

/** Nobody waits before a screen for these, and whoever gives one up has to ask it again: longer than people's queries. */
const limitMs = 120_000;

/** One stored window, in the texts of the tags. */
export interface StoredRevision {
  readonly resource: string;
  /** `measurement,labels=…`, as line protocol begins it. */
  readonly series: string;
  readonly width: string;
  readonly startMs: number;
  readonly revision: number;
}

/** Streams the stored revisions that a script of the field `revision` finds; its rows keep all tags. */
export async function readRevisions(connection: InfluxConnection, script: string, onStored: (stored: StoredRevision) => void): Promise<void> {
  let shape: readonly string[] | undefined;
  let at = { time: -1, value: -1, measurement: -1, resource: -1, labels: -1, width: -1 };
  await connection.query(script, (cells, columns) => {
    if (columns !== shape) {
      shape = columns;
      at = { time: columns.indexOf('_time'), value: columns.indexOf('_value'), measurement: columns.indexOf('_measurement'), resource: columns.indexOf('resource'), labels: columns.indexOf('labels'), width: columns.indexOf('width') };
    }
    onStored({
      resource: cells[at.resource]!, series: `${cells[at.measurement]!},labels=${cells[at.labels]!}`, width: cells[at.width]!,
      startMs: Date.parse(cells[at.time]!), revision: Number(cells[at.value]),
    });
  }, limitMs);
}
