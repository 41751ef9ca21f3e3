import { createInfluxMetricStore, type InfluxMetricStore, type InfluxMetricStoreOptions } from '@opsloop/engines-influx';
import { influxdForTests, type Influxd } from '@opsloop/native';
import { createTempDir, metricStoreConformance, type MetricStoreUnderTest } from '@opsloop/testing';

const engine = await influxdForTests(process.env);
const sometimes = 'start' in engine ? describe : describe.skip;

sometimes('reason' in engine ? `InfluxDB (skipped: ${engine.reason})` : `on ${engine.on}`, () => {
  const dir = createTempDir();
  let server: Influxd;
  let stores = 0;

  beforeAll(async () => {
    if ('start' in engine) server = await engine.start({ dataDir: dir.path });
  }, 120_000);

  afterAll(async () => {
    await server.stop();
    dir.remove();
  });

  async function createUnderTest(windowMs: number, more: Partial<InfluxMetricStoreOptions> = {}): Promise<MetricStoreUnderTest> {
    const options = { url: server.url, org: server.org, token: server.token, bucket: `t${++stores}`, windowMs };
    const open = async (): Promise<InfluxMetricStore> => {
      const opened = createInfluxMetricStore({ ...options, ...more });
      await opened.start();
      return opened;
    };
    let store = await open();
    return {
      get store() {
        return store;
      },
      close: () => store.stop(5_000),
      async reopen() {
        await store.stop(5_000);
        store = await open();
      },
      destroy: () => store.stop(5_000),
      child: { module: '@opsloop/engines-influx', factory: 'createInfluxMetricStore', options },
    };
  }

  metricStoreConformance('the InfluxDB metric store', (windowMs) => createUnderTest(windowMs));
});
