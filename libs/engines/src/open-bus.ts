import type { Settings } from '@opsloop/contracts';
import type { Bus, Clock } from '@opsloop/ports';
import { tellTrouble, type Checked, type EngineLog, type EnginePart } from './engine-part.js';

/** Loads only the engine that the settings choose. */
export async function openBus(settings: Settings, clock: Clock, logger: EngineLog): Promise<Bus & EnginePart & Checked> {
  const onHandlerFailure = (message: string, error: unknown): void => logger.warn({ err: error }, message);
  if (settings.BUS === 'kafka') {
    const { createKafkaBus } = await import('@opsloop/engines-kafka');
    return createKafkaBus({ ...kafkaOptions(settings), clock, onHandlerFailure, onTrouble: tellTrouble(logger, 'Kafka takes no records; publishers wait and try again', 'Kafka takes records again') });
  }
  const { createEmbeddedBus } = await import('@opsloop/engines-embedded');
  return createEmbeddedBus({
    dataDir: settings.DATA_DIR,
    clock,
    maxBytes: settings.BUS_MAX_BYTES,
    faultPoint: settings.FAULT_POINT,
    onHandlerFailure,
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
