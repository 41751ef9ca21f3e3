import type { Admin } from 'kafkajs';
import { EngineError } from '@opsloop/ports';
import { failureOf, toEngineError } from './connection/kafka-failure.js';
import type { KafkaBusOptions } from './kafka-bus-options.js';
import type { TopicCatalog } from './topics/topic-catalog.js';

const lostConnection: ReadonlySet<string> = new Set(['KafkaJSConnectionError', 'KafkaJSConnectionClosedError', 'KafkaJSRequestTimeoutError', 'KafkaJSBrokerNotFound']);

/** Throws a non-retryable EngineError of one line, naming the setting and the mend, when this Kafka cannot be used as configured. */
export async function refuseStart(admin: Admin, options: KafkaBusOptions, catalog: TopicCatalog, warn: (message: string, error: unknown) => void): Promise<void> {
  const alive = await findBrokers(admin, options);
  const { missing, brokerIds } = await catalog.check();
  const { replication } = options;
  if (alive.length >= replication) return;
  // The cluster names only brokers that are up. One that has copies is away, and comes back: nobody must wait for it.
  const count = new Set([...alive, ...brokerIds]).size;
  if (missing.length > 0 && count < replication) refuse(`OPSLOOP_KAFKA_REPLICATION=${replication} needs as many brokers, and this cluster has ${count}: set it to ${count}, or start more brokers`);
  warn(`OPSLOOP_KAFKA_REPLICATION=${replication} needs as many brokers, and ${alive.length} are up: until the others are, records have fewer copies, and topics that are not there yet may not be created`, undefined);
}

async function findBrokers(admin: Admin, options: KafkaBusOptions): Promise<number[]> {
  try {
    await admin.connect();
  } catch (error) {
    refuse(tellWhy(options, error), error);
  }
  try {
    const { brokers } = await admin.describeCluster();
    return brokers.map(({ nodeId }) => nodeId);
  } catch (error) {
    // One broker has answered, so the settings are right: a broker that has just died is named by the others for a while.
    if (lostConnection.has(failureOf(error).name)) throw toEngineError('the brokers of Kafka cannot be counted', error);
    return refuse(tellWhy(options, error), error);
  }
}

function tellWhy({ brokers, tls, sasl }: KafkaBusOptions, error: unknown): string {
  const { name, message } = failureOf(error);
  const reason = message.replaceAll(/\s+/g, ' ').slice(0, 200);
  const address = `OPSLOOP_KAFKA_BROKERS=${brokers.join()}`;
  if (/SASL mechanism/i.test(message)) return `OPSLOOP_KAFKA_SASL=${sasl?.mechanism ?? 'none'} is not offered by the brokers (${reason}): set it to a mechanism that they have`;
  if (name === 'KafkaJSSASLAuthenticationError') return `OPSLOOP_KAFKA_USER and OPSLOOP_KAFKA_PASSWORD are refused by the brokers (${reason}): set them to a user that they know`;
  if (/certificate|self.signed|altname/i.test(message)) return `OPSLOOP_KAFKA_TLS_CA does not vouch for the brokers (${reason}): set it to a file with the certificates that they are signed by`;
  if (tls && /wrong version|SSL|TLS|EPROTO|disconnect|closed/i.test(message)) return `OPSLOOP_KAFKA_TLS=on, and ${brokers.join()} does not speak TLS there (${reason}): set it to off, or name the port for TLS in OPSLOOP_KAFKA_BROKERS`;
  if (/closed|timed? ?out|disconnect|ECONNRESET/i.test(message) && !/ECONNREFUSED|ENOTFOUND/.test(message)) {
    return `${address} takes connections and does not answer as a Kafka broker (${reason}): check the port, and whether it asks for OPSLOOP_KAFKA_TLS=on or OPSLOOP_KAFKA_SASL`;
  }
  return `${address} cannot be reached (${reason}): check host and port, and that the brokers run`;
}

function refuse(message: string, cause?: unknown): never {
  throw new EngineError(message, { retryable: false, cause });
}
