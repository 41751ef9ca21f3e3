import type { Tier } from '@opsloop/contracts';
import { stateScript } from '../read/history-flux.js';
import type { InfluxConnection } from '../connection/influx-connection.js';

/** Before these times tiers have been dropped: what is missing there must not be computed again. Tiers that kept everything are left out. */
export type Floors = ReadonlyMap<Tier, number>;

export async function readFloors(connection: InfluxConnection, stateBucket: string): Promise<Floors> {
  const floors = new Map<Tier, number>();
  await connection.query(stateScript(stateBucket, 'floor'), (cells, columns) => void floors.set(cells[columns.indexOf('tier')] as Tier, Number(cells[columns.indexOf('_value')])));
  return floors;
}

/** Raises the floor of a tier; returns all floors. */
export async function raiseFloor(connection: InfluxConnection, stateBucket: string, tier: Tier, beforeMs: number): Promise<Floors> {
  const floors = new Map(await readFloors(connection, stateBucket));
  if (beforeMs <= (floors.get(tier) ?? -Infinity)) return floors;
  await connection.write(Buffer.from(`floor,tier=${tier} before=${beforeMs}i 0`), { bucket: stateBucket, precision: 'ms', onTooOld: () => undefined });
  return floors.set(tier, beforeMs);
}
