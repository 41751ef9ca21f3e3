import { collections, type WorkOrder } from '@opsloop/contracts';
import { createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { createSkewedClock, createTempDir } from '@opsloop/testing';
import { findOrders, type OrderSearch } from './find-orders.js';

const folder = createTempDir('orders-');
const documents = createEmbeddedDocuments({ dataDir: folder.path, clock: createSkewedClock() });
const orders = documents.collection<WorkOrder>(collections.workOrders);
const total = 2_500;
const every = 50;
const isWanted = (order: WorkOrder): boolean => order.title === 'wanted';

beforeAll(async () => {
  await documents.start();
  await Promise.all(Array.from({ length: total }, (_, index) => orders.insert({ id: `default/${index}`, tenant: 'default', createdAtMs: index, title: index % every === 0 ? 'wanted' : 'other' } as WorkOrder)));
});
afterAll(async () => {
  await documents.stop(1_000);
  folder.remove();
});

async function pagesOf(search: Partial<OrderSearch>): Promise<number[][]> {
  const pages: number[][] = [];
  let cursor: string | undefined;
  do {
    const page = await findOrders(orders, { filter: { tenant: 'default' }, limit: 10, cursor, ...search, ...(cursor !== undefined && { cursor }) });
    pages.push(page.items.map(({ doc }) => doc.createdAtMs));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return pages;
}

describe('findOrders', () => {
  it('finds every order that matches once, newest first, in pages up to the limit', async () => {
    const pages = await pagesOf({ matches: isWanted });
    expect(pages.flat()).toEqual(Array.from({ length: total / every }, (_, index) => total - every - index * every));
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(10);
    // Found more than half of the limit each time, but for the last.
    for (const page of pages.slice(0, -1)) expect(page.length).toBeGreaterThanOrEqual(5);
  });

  it('looks at a bounded number of orders for one answer, and says where to go on', async () => {
    const pages = await pagesOf({ matches: (order) => order.createdAtMs === 0, limit: 1_000 });
    expect(pages).toEqual([[], [0]]);
  });

  it('fills the page where nothing is to be matched', async () => {
    expect((await findOrders(orders, { filter: { tenant: 'default' }, limit: 1_000 })).items).toHaveLength(1_000);
  });
});
