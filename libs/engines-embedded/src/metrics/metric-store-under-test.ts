/** A store in a folder of its own, for tests. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { createEmbeddedMetricStore, type EmbeddedMetricStore, type EmbeddedMetricStoreOptions } from '@opsloop/engines-embedded';
import { createTempDir, type MetricStoreUnderTest } from '@opsloop/testing';

export type UnderTest = Omit<MetricStoreUnderTest, 'reopen'> & { readonly store: EmbeddedMetricStore; readonly folder: string; reopen(more?: Partial<EmbeddedMetricStoreOptions>): Promise<void> };

export async function createUnderTest(more: Partial<EmbeddedMetricStoreOptions> = {}): Promise<UnderTest> {
  const dir = createTempDir();
  const options = { dataDir: dir.path, windowMs: 10_000, ...more };
  const open = async (changed: Partial<EmbeddedMetricStoreOptions> = {}) => {
    const opened = createEmbeddedMetricStore({ ...options, ...changed });
    await opened.start();
    return opened;
  };
  let store = await open();
  return {
    get store() {
      return store;
    },
    folder: join(dir.path, 'metrics'),
    close: () => store.stop(5_000),
    async reopen(changed) {
      await store.stop(5_000);
      store = await open(changed);
    },
    async destroy() {
      await store.stop(5_000);
      dir.remove();
    },
    child: { module: '@opsloop/engines-embedded', factory: 'createEmbeddedMetricStore', options },
  };
}

/** Runs statements in the file of a closed store; the rows of the last one. */
export async function runInFile({ folder }: Pick<UnderTest, 'folder'>, statements: readonly string[]): Promise<readonly unknown[][]> {
  const instance = await DuckDBInstance.create(join(folder, 'history.duckdb'));
  const connection = await instance.connect();
  let rows: readonly unknown[][] = [];
  for (const sql of statements) rows = (await connection.runAndReadAll(sql)).getRows();
  connection.disconnectSync();
  instance.closeSync();
  return rows;
}
