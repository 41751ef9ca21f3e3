import { z } from 'zod';
import { parseDurationMs } from './duration.js';
import { influxRoutesSchema } from './influx-routes.js';

const onOff = z.enum(['on', 'off']).transform((value) => value === 'on');
const integer = (min: number, max: number) => {
  const error = `is no whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};
const sizeBytes = z.string().regex(/^\d+(KiB|MiB|GiB)?$/, { error: 'is not a size: write bytes, or a number with KiB, MiB or GiB' }).transform((text) => {
  const factor = text.endsWith('KiB') ? 2 ** 10 : text.endsWith('MiB') ? 2 ** 20 : text.endsWith('GiB') ? 2 ** 30 : 1;
  return Number.parseInt(text, 10) * factor;
});
/** Milliseconds, or Infinity for `forever`. */
const retention = z.string().refine((text) => text === 'forever' || parseDurationMs(text) !== undefined, { error: 'is not a retention: write a duration such as 48h, or forever' })
  .transform((text) => (text === 'forever' ? Infinity : parseDurationMs(text)!));
/** With a host, and without what a password becomes whose signs were not escaped. */
function isSmtpUrl(text: string): boolean {
  if (!/^smtps?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { hostname, pathname, hash } = new URL(text);
  return hostname !== '' && hash === '' && (pathname === '' || pathname === '/');
}

/**
 * Every setting, one environment variable each: OPSLOOP_ + the key. The description becomes docs/configuration.md.
 * Secrets (marked in `secretSettings`) may come from a file: the same name with _FILE.
 */
export const settingsSchema = z.object({
  HTTP_PORT: integer(0, 65535).default(8080).describe('port of the HTTP server; 0 takes a free one'),
  HTTP_HOST: z.string().default('127.0.0.1').describe('address it listens on'),
  DATA_DIR: z.string().default('./data').describe('where the embedded engines keep their files'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('least level that is logged'),
  BUS: z.enum(['embedded', 'kafka']).default('embedded').describe('engine of the bus'),
  METRICS: z.enum(['embedded', 'influxdb']).default('embedded').describe('engine of the metric store'),
  DOCUMENTS: z.enum(['embedded', 'mongodb']).default('embedded').describe('engine of the documents'),
  KAFKA_BROKERS: z.string().regex(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/, { error: 'is not a list of brokers: write host:port, more of them with commas between' }).optional().describe('brokers to begin with, host:port with commas between; needed with OPSLOOP_BUS=kafka'),
  KAFKA_CLIENT_ID: z.string().regex(/^[A-Za-z0-9._-]{1,200}$/, { error: 'may hold letters, digits, dots, dashes and underscores' }).default('opsloop').describe('name of this process in the logs and quotas of Kafka'),
  KAFKA_PREFIX: z.string().regex(/^[A-Za-z0-9._-]{0,100}$/, { error: 'may hold letters, digits, dots, dashes and underscores' }).default('').describe('put in front of the names of topics and groups, where several installations share a Kafka'),
  KAFKA_REPLICATION: integer(1, 7).default(3).describe('copies of each topic that is created; with 3, one broker may be lost without a pause for good; 1 for a single broker'),
  KAFKA_RETENTION: retention.prefault('7d').describe('how long Kafka keeps the records of topics that are created, read or not'),
  KAFKA_SESSION_MS: integer(1_000, 300_000).default(10_000).describe('silence after which a process loses its partitions to others, ms; Kafka itself takes no less than 6000 unless told to'),
  KAFKA_TLS: onOff.prefault('off').describe('speak TLS with the brokers'),
  KAFKA_TLS_CA: z.string().optional().describe('file with the certificates (PEM) that brokers are trusted by; default: those that Node trusts'),
  KAFKA_TLS_CERT: z.string().optional().describe('file with the certificate (PEM) that this process shows to the brokers'),
  KAFKA_TLS_KEY: z.string().optional().describe('file with the key (PEM) of that certificate'),
  KAFKA_SASL: z.enum(['none', 'plain', 'scram-sha-256', 'scram-sha-512']).default('none').describe('how this process proves who it is'),
  KAFKA_USER: z.string().optional().describe('user for SASL'),
  KAFKA_PASSWORD: z.string().optional().describe('password for SASL'),
  INFLUXDB_URL: z.string().regex(/^https?:\/\//, { error: 'is not an address: write http://host:8086 or https://...' }).optional().describe('address of InfluxDB 2, for METRICS=influxdb'),
  INFLUXDB_ORG: z.string().min(1).default('opsloop').describe('organization in InfluxDB'),
  INFLUXDB_TOKEN: z.string().min(1).optional().describe('token of InfluxDB that may read, write, create and delete in the buckets'),
  INFLUXDB_BUCKET: z.string().min(1).default('opsloop').describe('start of the names of the buckets: one a tier (_base, _1m, _1h, _1d) and _state; missing ones are created'),
  INFLUXDB_ROUTES: influxRoutesSchema.optional().describe('which databases keep the history of which regions, JSON: {"databases": {"eu-1": {"url": "http://...", "org": "...", "token": "...", "bucket": "..."}}, "routes": [{"regions": ["eu-*"], "databases": ["eu-1"]}]}; org, token and bucket default to those above, the first route that fits wins, a resource stays on one of its databases, and all other regions go to INFLUXDB_URL'),
  MONGODB_URL: z.string().regex(/^mongodb(\+srv)?:\/\//, { error: 'is not an address of MongoDB: write mongodb://user:password@host:27017/name' }).optional().describe('address of MongoDB with the name of the database, which is opsloop when left out; needed with OPSLOOP_DOCUMENTS=mongodb'),
  COLLECTOR_URL: z.string().regex(/^https?:\/\//, { error: 'is not an address: write http://host:8080 or https://...' }).default('http://127.0.0.1:8080').describe('where a host agent that runs alone sends what it measures'),
  INTAKE_TENANT: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'may hold letters, digits, dots, dashes and underscores' }).default('default').describe('tenant of what agents write to the topic metrics.intake.v1 themselves'),
  SMTP_URL: z.string().refine(isSmtpUrl, { error: 'is not an SMTP address: write smtp://user:password@host:port or smtps://..., and in the password %23 for #, %2F for /, %3F for ?, %40 for @' }).optional().describe('mail server, smtp://user:password@host:port or smtps://...; without it mail stays in the outbox'),
  MAIL_FROM: z.string().default('Opsloop <opsloop@localhost>').describe('sender of mail'),
  PUBLIC_URL: z.url().optional().describe('address of the page as people reach it, for links in notices; with https:// the cookie of a session travels over TLS alone; default: what it listens on'),
  ADMIN_TOKEN: z.string().min(16).optional().describe('fixed admin token; default: one is made at the first start'),
  INGEST_TOKEN: z.string().min(16).optional().describe('fixed token for agents; default: one is made at the first start'),
  WINDOW_MS: integer(1000, 3_600_000).refine((ms) => 86_400_000 % ms === 0, { error: 'must divide a day evenly, for example 10000 or 60000' }).default(10_000).describe('width of base windows, ms; must divide a day evenly'),
  GRACE_MS: integer(0, 3_600_000).default(2_000).describe('how far the watermark must pass the end of a window before it closes, ms'),
  LATENESS_MS: integer(0, 86_400_000).default(60_000).describe('how late a sample may be and still correct its window, ms'),
  IDLE_MS: integer(1000, 86_400_000).optional().describe('silence of a source that closes its windows, ms; default: three windows'),
  RETENTION_RAW: retention.prefault('48h').describe('how long base windows are kept; older samples are refused'),
  RETENTION_1M: retention.prefault('14d').describe('how long 1-minute windows are kept'),
  RETENTION_1H: retention.prefault('400d').describe('how long 1-hour windows are kept'),
  RETENTION_1D: retention.prefault('1825d').describe('how long 1-day windows are kept'),
  RETENTION_RECORDS: retention.prefault('400d').describe('how long resolved alarms, notices, and finished work orders with their runs are kept, from their last change; what is open or waits for somebody is kept however old'),
  RETENTION_RUN_LOGS: retention.prefault('90d').describe('how long the logs of runs are kept; the end of each output stays with its run'),
  RETENTION_DEAD_LETTERS: retention.prefault('90d').describe('how long records that could never succeed are kept, to be put back'),
  BUS_MAX_BYTES: sizeBytes.prefault('4GiB').describe('size of the embedded log above which writers are told to wait (429)'),
  CHECKPOINT_MS: integer(100, 3_600_000).default(60_000).describe('time between two checkpoints of a partition, ms'),
  MAX_BODY_BYTES: sizeBytes.prefault('32MiB').describe('largest request body, after decompression, that is accepted for ingest'),
  MAX_SERIES_PER_RESOURCE: integer(1, 1_000_000).default(10_000).describe('series of one resource; more are refused and counted'),
  MAX_SERIES_PER_TENANT: integer(1, 100_000_000).default(2_000_000).describe('series of one tenant; more are refused and counted'),
  HOST_AGENT: onOff.prefault('on').describe('measure this host and push it to the collector'),
  HOST_NAME: z.string().min(1).optional().describe('name of this host in what it measures of itself; default: what the system calls it'),
  DEMO: onOff.prefault('on').describe('run the small demo service that `simulate` stops'),
  HTTP_TARGETS: z.string().regex(/^\s*(\*\.)?[\w.:-]+(\/\d{1,3})?\s*(,\s*(\*\.)?[\w.:-]+(\/\d{1,3})?\s*)*$/, { error: 'is not a list of hosts: write names, *.names, addresses and networks, separated by commas, for example api.example.com,*.shop.example.com,10.0.0.0/8' }).optional().describe('where the http steps of playbooks may be sent: host names, *.names, addresses and networks, separated by commas; default: anywhere but link-local and metadata addresses (169.254.0.0/16 and the like), which only a network in this list allows'),
  POLICY_DIR: z.string().optional().describe('folder of definition files that are applied at the start and managed by file; what has left it is deleted at the next start, unless something still names it'),
  INSTANCE: z.string().optional().describe('name of this process among its peers; default: host name and process id'),
  FAULT_POINT: z.string().regex(/^[a-z0-9.-]+:\d+$/, { error: 'is not a fault point: write name:count' }).optional().describe('for fault tests: kill -9 this process at the count-th passing of the named point'),
});
export type Settings = z.infer<typeof settingsSchema>;

export const secretSettings: readonly (keyof Settings)[] = ['MONGODB_URL', 'KAFKA_PASSWORD', 'ADMIN_TOKEN', 'INGEST_TOKEN', 'SMTP_URL', 'INFLUXDB_TOKEN', 'INFLUXDB_ROUTES'];
