import type { Resource } from '@opsloop/contracts';
import type { Refusal } from './refusal.js';
import { SeriesTable } from './series-table.js';
import { TenantSeries } from './tenant-series.js';

const hourMs = 3_600_000;
const resource = (id: string): Resource => ({ id, tenant: 'default', provider: 'local', region: 'default', kind: 'host', uid: id });

function createTenant(limits: { perResource?: number; perTenant?: number } = {}) {
  const tenant = new TenantSeries({ perResource: 1_000_000, perTenant: 1_000_000, forgetAfterMs: hourMs, ...limits });
  return {
    tenant,
    add(host: string, metric: string, labels: Record<string, string> = {}, nowMs = 0): number | Refusal {
      const table = tenant.tableOf(resource(host), nowMs);
      if (!(table instanceof SeriesTable)) return table;
      table.lastUsedMs = nowMs;
      const index = tenant.labelsOf(table, labels, nowMs);
      return typeof index === 'number' ? tenant.seriesOf(table, metric, index, nowMs) : index;
    },
  };
}

describe('TenantSeries', () => {
  it('numbers series in the order of first sight, and knows them again', () => {
    const { add, tenant } = createTenant();
    expect([add('a', 'm'), add('a', 'n'), add('a', 'm', { cpu: '0' }), add('a', 'n'), add('b', 'n')]).toEqual([0, 1, 2, 1, 0]);
    expect(tenant.series).toBe(4);
  });

  it('takes up to the limit of a resource, then only what it knows', () => {
    const { add } = createTenant({ perResource: 2 });
    expect([add('a', 'm'), add('a', 'n')]).toEqual([0, 1]);
    expect(add('a', 'o')).toMatchObject({ reason: 'series', message: expect.stringContaining('OPSLOOP_MAX_SERIES_PER_RESOURCE') });
    expect([add('a', 'n'), add('b', 'o')]).toEqual([1, 0]);
  });

  it('takes up to the limit of a tenant, and again when something was forgotten', () => {
    const { add, tenant } = createTenant({ perTenant: 2 });
    add('a', 'm');
    add('b', 'm', {}, hourMs);
    expect(add('c', 'm', {}, hourMs)).toMatchObject({ reason: 'series', message: expect.stringContaining('OPSLOOP_MAX_SERIES_PER_TENANT') });
    expect(add('b', 'n', {}, hourMs)).toMatchObject({ reason: 'series' });
    tenant.forgetSilent(hourMs + 1);
    expect(tenant.series).toBe(1);
    expect(add('c', 'm', {}, hourMs + 1)).toBe(0);
  });

  it('starts a full resource anew after an hour', () => {
    const { add, tenant } = createTenant({ perResource: 1 });
    add('a', 'm');
    expect(add('a', 'n', {}, hourMs)).toMatchObject({ reason: 'series' });
    expect(add('a', 'n', {}, hourMs + 1)).toMatchObject({ reason: 'series' });
    expect(add('a', 'n', {}, hourMs + 2)).toBe(0);
    expect(tenant.series).toBe(1);
  });

  it('bounds the memory for names, however few series there are', () => {
    const { add } = createTenant({ perTenant: 1_000 });
    const long = (i: number) => ({ name: `${i}`.padEnd(1_000, 'x') });
    const results = Array.from({ length: 999 }, (_, i) => add(`host-${i}`, 'm', { ...long(i), a: 'y'.repeat(1_000), b: 'z'.repeat(10_000) }));
    const taken = results.filter((one) => typeof one === 'number').length;
    expect(taken).toBeGreaterThan(300);
    expect(taken).toBeLessThan(600);
  });

  it('keeps no label set of a series that was refused', () => {
    const { tenant, add } = createTenant({ perResource: 1 });
    add('a', 'm');
    const table = tenant.tableOf(resource('a'), 0) as SeriesTable;
    const before = table.sizeBytes;
    for (let i = 0; i < 100; i++) add('a', 'm', { n: `${i}` });
    expect(table.sizeBytes).toBe(before);
  });
});
