import type { Settings } from '@opsloop/contracts';
import { EngineError } from '@opsloop/ports';

type Key = keyof Settings;

/** Per choice of an engine: what it needs, and what nobody would read without it. */
const needs: readonly { readonly choice: 'BUS' | 'METRICS' | 'DOCUMENTS'; readonly engine: string; readonly all: readonly Key[]; readonly unused: readonly Key[]; readonly example: string }[] = [
  { choice: 'BUS', engine: 'kafka', all: ['KAFKA_BROKERS'], unused: ['KAFKA_BROKERS', 'KAFKA_TLS_CA', 'KAFKA_TLS_CERT', 'KAFKA_TLS_KEY', 'KAFKA_USER', 'KAFKA_PASSWORD'], example: 'kafka-1:9092,kafka-2:9092' },
  { choice: 'METRICS', engine: 'influxdb', all: ['INFLUXDB_URL', 'INFLUXDB_TOKEN'], unused: ['INFLUXDB_URL', 'INFLUXDB_TOKEN', 'INFLUXDB_ROUTES'], example: 'http://influxdb:8086 and its token' },
  { choice: 'DOCUMENTS', engine: 'mongodb', all: ['MONGODB_URL'], unused: ['MONGODB_URL'], example: 'mongodb://user:password@mongodb:27017/opsloop' },
];

/** Throws one line that names a setting and its mend when the settings of engines do not go together. */
export function checkEngineSettings(settings: Settings, lone: boolean): void {
  for (const { choice, engine, all, unused, example } of needs) {
    const chosen = settings[choice];
    if (lone && chosen === 'embedded') refuse(`OPSLOOP_${choice}=embedded works in all-in-one only (npm start), because an embedded engine has one owner: set OPSLOOP_${choice}=${engine} for a service that runs alone`);
    const missing = all.find((key) => settings[key] === undefined);
    if (chosen === engine && missing) refuse(`OPSLOOP_${missing} is needed with OPSLOOP_${choice}=${engine}: set it, for example ${example}`);
    const idle = unused.find((key) => settings[key] !== undefined);
    if (chosen !== engine && idle) refuse(`OPSLOOP_${idle} is set, but OPSLOOP_${choice}=${chosen} does not use it: set OPSLOOP_${choice}=${engine}, or leave it out`);
  }
  checkKafkaSecurity(settings);
}

function checkKafkaSecurity({ KAFKA_TLS, KAFKA_TLS_CA, KAFKA_TLS_CERT, KAFKA_TLS_KEY, KAFKA_SASL, KAFKA_USER, KAFKA_PASSWORD }: Settings): void {
  const file = Object.entries({ KAFKA_TLS_CA, KAFKA_TLS_CERT, KAFKA_TLS_KEY }).find(([, path]) => path !== undefined)?.[0];
  if (file && !KAFKA_TLS) refuse(`OPSLOOP_${file} is set, but OPSLOOP_KAFKA_TLS=off does not use it: set OPSLOOP_KAFKA_TLS=on, or leave it out`);
  if ((KAFKA_TLS_CERT === undefined) !== (KAFKA_TLS_KEY === undefined)) refuse('OPSLOOP_KAFKA_TLS_CERT and OPSLOOP_KAFKA_TLS_KEY belong together: set both, or neither');
  const identified = KAFKA_USER !== undefined && KAFKA_PASSWORD !== undefined;
  if (KAFKA_SASL !== 'none' && !identified) refuse(`OPSLOOP_KAFKA_SASL=${KAFKA_SASL} needs OPSLOOP_KAFKA_USER and OPSLOOP_KAFKA_PASSWORD: set both`);
  if (KAFKA_SASL === 'none' && (KAFKA_USER !== undefined || KAFKA_PASSWORD !== undefined)) refuse('OPSLOOP_KAFKA_USER and OPSLOOP_KAFKA_PASSWORD are not used with OPSLOOP_KAFKA_SASL=none: choose plain, scram-sha-256 or scram-sha-512, or leave them out');
}

function refuse(message: string): never {
  throw new EngineError(message, { retryable: false });
}
