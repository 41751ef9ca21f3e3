import type { Settings } from '@opsloop/contracts';
import type { Bus, Clock } from '@opsloop/ports';
import { tellTrouble, type Checked, type EngineLog, type EnginePart } from './engine-part.js';

/** Counters of a bus, for the own metrics of its process. */
export type BusCounters = Readonly<Record<string, { readonly help: string; read(): number }>>;

/** Loads only the engine that the settings choose. */
export async function openBus(settings: Settings, clock: Clock, logger: EngineLog): Promise<Bus & EnginePart & Checked & { readonly counters?: BusCounters }> {
  const onHandlerFailure = (message: string, error: unknown): void => logger.warn({ err: error }, message);
  if (settings.BUS === 'kafka') {
    const { createKafkaBus } = await import('@opsloop/engines-kafka');
    const bus = createKafkaBus({ ...kafkaOptions(settings), clock, onHandlerFailure, onTrouble: tellTrouble(logger, 'Kafka takes no records; publishers wait and try again', 'Kafka takes records again') });
    const counters: BusCounters = {
      bus_client_restarts_total: { help: 'Clients of Kafka that failed for so long that new ones replaced them', read: () => bus.counts().clientRestarts },
      bus_lost_records_total: { help: 'Records that the retention of Kafka took away before they were read, that a log lost at its end, or that cannot be decompressed', read: () => bus.counts().lostRecords },
    };
    return { ...bus, counters };
  }
  const { createEmbeddedBus } = await import('@opsloop/engines-embedded');
  return createEmbeddedBus({
    dataDir: settings.DATA_DIR,
    clock,
    maxBytes: settings.BUS_MAX_BYTES,
    faultPoint: settings.FAULT_POINT,
    onHandlerFailure,
    tell: (message) => logger.info({}, message),
    onTrouble: tellTrouble(logger, 'the log cannot be written; publishers wait and try again', 'the log can be written again'),
  });
}

function kafkaOptions(settings: Settings) {
  const { KAFKA_SASL: mechanism, KAFKA_USER: user, KAFKA_PASSWORD: password } = settings;
  return {
    brokers: settings.KAFKA_BROKERS!.split(','),
    clientId: settings.KAFKA_CLIENT_ID,
    prefix: settings.KAFKA_PREFIX,
    replication: settings.KAFKA_REPLICATION,
    retentionMs: settings.KAFKA_RETENTION,
    sessionMs: settings.KAFKA_SESSION_MS,
    ...(settings.KAFKA_TLS && { tls: { caFile: settings.KAFKA_TLS_CA, certFile: settings.KAFKA_TLS_CERT, keyFile: settings.KAFKA_TLS_KEY } }),
    ...(mechanism !== 'none' && { sasl: { mechanism, user: user!, password: password! } }),
  };
}
