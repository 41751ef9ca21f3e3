/** Looks whether a database can be used, and creates what it lacks. What a person has to mend is one line that names the setting. */
import { HttpError } from '@influxdata/influxdb-client';
import { BucketsAPI, OrgsAPI, type Bucket } from '@influxdata/influxdb-client-apis';
import { tiers, type Tier } from '@opsloop/contracts';
import { EngineError } from '@opsloop/ports';
import { stateScript } from './read/history-flux.js';
import type { InfluxConnection } from './connection/influx-connection.js';
import { nameOfTarget, settingOf, type InfluxTarget } from './connection/influx-target.js';
import { bucketOfTier, stateBucketOf } from './tiers/tier-buckets.js';
import { messageOf, toInfluxError } from './connection/to-influx-error.js';

/** Rises when windows are stored in another form. */
const formatVersion = 1;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Windows may be on their way for a while when their retention ends. */
export const retentionSlackMs = hourMs;
/** A shard holds all series once more: few points a shard make InfluxDB slow and big. */
const shardMs: Readonly<Record<Tier, number>> = { base: dayMs, '1m': dayMs, '1h': 28 * dayMs, '1d': 364 * dayMs };

/** How long each tier is kept, ms; Infinity for ever. */
export type Retentions = Readonly<Record<Tier, number>>;

const retentionSettings: Readonly<Record<Tier, string>> = { base: 'OPSLOOP_RETENTION_RAW', '1m': 'OPSLOOP_RETENTION_1M', '1h': 'OPSLOOP_RETENTION_1H', '1d': 'OPSLOOP_RETENTION_1D' };

interface WantedBucket {
  readonly name: string;
  /** 0 for ever. */
  readonly everySeconds: number;
  readonly shardSeconds: number;
  /** The setting that says how long. */
  readonly setting: string | undefined;
}

/** Retryable EngineError while the server does not answer, non-retryable when a person has to mend something. */
export async function prepareDatabase(connection: InfluxConnection, retentions: Retentions): Promise<void> {
  const { target } = connection;
  await checkVersion(connection);
  const existing = await readBuckets(connection);
  const wanted: WantedBucket[] = [
    ...tiers.map((tier) => wantedBucket(target, tier, retentions[tier])),
    { name: stateBucketOf(target.bucket), everySeconds: 0, shardSeconds: (28 * dayMs) / 1000, setting: undefined },
  ];
  for (const bucket of wanted) await ensureBucket(connection, bucket, existing.get(bucket.name));
  await checkFormat(connection);
}

async function checkVersion(connection: InfluxConnection): Promise<void> {
  const version = await connection.version();
  const major = /^v?(\d+)\./.exec(version)?.[1];
  // Servers that were built by hand call themselves otherwise; those without the API of version 2 fail below.
  if (major !== undefined && major !== '2') throw refused(`${nameOfTarget(connection.target)} is version ${version}, but InfluxDB 2 is needed: set ${settingOf(connection.target, 'url')} to an InfluxDB 2 server`);
}

async function readBuckets({ client, target }: InfluxConnection): Promise<Map<string, Bucket>> {
  const found = new Map<string, Bucket>();
  const api = new BucketsAPI(client);
  for (const name of [...tiers.map((tier) => bucketOfTier(target.bucket, tier)), stateBucketOf(target.bucket)]) {
    try {
      const { buckets = [] } = await api.getBuckets({ org: target.org, name });
      for (const bucket of buckets) found.set(bucket.name, bucket);
    } catch (error) {
      if (error instanceof HttpError && error.statusCode === 404 && /bucket/.test(messageOf(error))) continue;
      throw toStartError(target, error);
    }
  }
  return found;
}

function wantedBucket({ bucket }: InfluxTarget, tier: Tier, retentionMs: number): WantedBucket {
  const everySeconds = Number.isFinite(retentionMs) ? Math.ceil((retentionMs + retentionSlackMs) / 1000) : 0;
  const shardSeconds = shardMs[tier] / 1000;
  // A shard may not be longer than the retention; for ever allows any, and windows of some days are plenty for base windows.
  return { name: bucketOfTier(bucket, tier), everySeconds, shardSeconds: everySeconds === 0 ? Math.max(shardSeconds, (7 * dayMs) / 1000) : Math.min(shardSeconds, Math.floor(everySeconds / 3600) * 3600), setting: retentionSettings[tier] };
}

async function ensureBucket({ client, target }: InfluxConnection, { name, everySeconds, shardSeconds, setting }: WantedBucket, existing: Bucket | undefined): Promise<void> {
  const api = new BucketsAPI(client);
  const retentionRules = [{ type: 'expire' as const, everySeconds, shardGroupDurationSeconds: shardSeconds }];
  const who = settingOf(target, 'token');
  if (!existing) {
    const denied = `${nameOfTarget(target)} has no bucket "${name}", and the token of ${who} may not create it: create it (${settingOf(target, 'bucket')} is how its name begins), or use a token that may`;
    const orgID = await orgId(client, target);
    // The organization is there: its buckets could be listed.
    if (orgID === undefined) throw refused(denied);
    await api.postBuckets({ body: { orgID, name, retentionRules } }).catch((error: unknown) => {
      if (isConflict(error)) return;
      throw toStartError(target, error, denied);
    });
    return;
  }
  if ((existing.retentionRules[0]?.everySeconds ?? 0) === everySeconds || setting === undefined) return;
  await api.patchBucketsID({ bucketID: existing.id!, body: { retentionRules } }).catch((error: unknown) => {
    throw toStartError(target, error, `the bucket "${name}" of ${nameOfTarget(target)} keeps another time than ${setting} says, and the token of ${who} may not change it: set its retention to ${everySeconds} s (0 for ever), or use a token that may`);
  });
}

/** Undefined where the token may not see it. */
async function orgId(client: InfluxConnection['client'], target: InfluxTarget): Promise<string | undefined> {
  try {
    const { orgs = [] } = await new OrgsAPI(client).getOrgs({ org: target.org });
    return orgs[0]?.id;
  } catch (error) {
    if (error instanceof HttpError && isDenied(error)) return undefined;
    throw toStartError(target, error);
  }
}

/** Reads and writes once with the token, and refuses what a newer version has written. */
async function checkFormat(connection: InfluxConnection): Promise<void> {
  const { target } = connection;
  const bucket = stateBucketOf(target.bucket);
  let stored = 0;
  try {
    await connection.query(stateScript(bucket, 'format'), (cells, columns) => (stored = Number(cells[columns.indexOf('_value')])));
    if (stored > formatVersion) throw refused(`${nameOfTarget(target)} holds history in format ${stored}, this version knows ${formatVersion}: run the newer version, or set ${settingOf(target, 'bucket')} to another name`);
    if (stored < formatVersion) await connection.write(Buffer.from(`format version=${formatVersion}i 0`), { bucket, precision: 'ms', onTooOld: () => undefined });
  } catch (error) {
    throw toStartError(target, error instanceof EngineError ? (error.cause ?? error) : error);
  }
}

/** At the start nobody waits for people: what only they can mend ends it. */
function toStartError(target: InfluxTarget, error: unknown, denied?: string): EngineError {
  const known = toInfluxError(target, error);
  if (!(error instanceof HttpError) || !isDenied(error)) return known;
  return refused(denied ?? known.message, error);
}

function isDenied({ statusCode }: HttpError): boolean {
  return [401, 403, 404].includes(statusCode);
}

function isConflict(error: unknown): boolean {
  return error instanceof HttpError && error.statusCode === 422 && /exists/.test(messageOf(error));
}

function refused(message: string, cause?: unknown): EngineError {
  return new EngineError(message, { retryable: false, cause });
}
