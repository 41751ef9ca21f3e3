import { createInfluxMetricStore, type InfluxMetricStore, type InfluxMetricStoreOptions } from '@opsloop/engines-influx';
import { installInfluxd, startInfluxd, type Influxd } from '@opsloop/native';
import { createTempDir, metricStoreConformance, type MetricStoreUnderTest } from '@opsloop/testing';

const installed = await installInfluxd(process.env);
const sometimes = 'path' in installed ? describe : describe.skip;

sometimes('reason' in installed ? `InfluxDB (skipped: ${installed.reason})` : 'on InfluxDB', () => {
  const dir = createTempDir();
  let server: Influxd;
  let stores = 0;

  beforeAll(async () => {
    if ('path' in installed) server = await startInfluxd({ path: installed.path, dataDir: dir.path });
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
