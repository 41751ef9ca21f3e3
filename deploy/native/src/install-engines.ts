import { installInfluxd } from './install-influxd.js';
import { installKafka } from './install-kafka.js';
import { installMongoServer, type MongoServerProgram } from './install-mongo-server.js';

export interface EnginePrograms {
  readonly kafka: string;
  readonly influxd: string;
  readonly mongo: MongoServerProgram;
}

/** What a cluster runs on, installed on first use. A reason, where one of them cannot be had. */
export async function installEngines(environment: Readonly<Record<string, string | undefined>>): Promise<EnginePrograms | { readonly reason: string }> {
  const [kafka, influxd, mongo] = await Promise.all([installKafka(environment), installInfluxd(environment), installMongoServer(environment)]);
  if ('reason' in kafka) return kafka;
  if ('reason' in influxd) return influxd;
  if ('reason' in mongo) return mongo;
  return { kafka: kafka.path, influxd: influxd.path, mongo };
}
