import { settingsSchema, type Principal, type RawBatch } from '@opsloop/contracts';
import { createRawBatchDecoder } from '@opsloop/wire';
import { Intake } from './intake.js';

const arrivalMs = 1_700_000_000_000;
const hourMs = 3_600_000;
const agents: Principal = { tenant: 'default', name: 'agents', scopes: ['ingest'] };
const others: Principal = { tenant: 'default', name: 'others', scopes: ['ingest'] };

function createReader(settings: Record<string, unknown> = {}) {
  const intake = new Intake(settingsSchema.parse(settings));
  const decoder = createRawBatchDecoder();
  return {
    intake,
    decoder,
    read(body: string, { principal = agents, nowMs = 0 }: { principal?: Principal; nowMs?: number } = {}): { batches: RawBatch[]; messages: string[] } {
      const bytes = Buffer.alloc(Buffer.byteLength(body) + 1);
      bytes.write(body);
      const open = intake.begin({ principal, bytes, end: bytes.length - 1, precision: 'ms', arrivalMs });
      while (!open.scan.done) intake.read(open, 1000, nowMs);
      const batches = intake.close(open).map((record) => decoder.decode(record.value));
      return { batches, messages: open.scan.problems.map((one) => one.message) };
    },
  };
}

const pids = (from: number, count: number) => Array.from({ length: count }, (_, i) => `procstat,host=a,pid=${from + i} cpu=1`).join('\n');

describe('intake', () => {
  it('keeps resource, attributes and dictionary the same objects for a reader, whatever order lines and fields come in', () => {
    const { read } = createReader();
    const first = read('cpu,host=a,cpu=0 user=1,idle=2\nmem,host=a used=3\nsystem,host=a format="x"').batches[0]!;
    const second = read('mem,host=a used=4\nsystem,host=a format="x"\ncpu,cpu=0,host=a idle=6,user=5').batches[0]!;
    expect(second.dictionary).toBe(first.dictionary);
    expect(second.attributes).toBe(first.attributes);
    expect(second.resource).toBe(first.resource);
    expect([...second.rows[0]!.values]).toEqual([5, 6, 4]);
  });

  it('gives two senders of one resource batches of their own, with the same series', () => {
    const { read } = createReader();
    const one = read('m,host=a f=1').batches[0]!;
    const two = read('m,host=a f=1', { principal: others }).batches[0]!;
    expect([one.source, two.source]).toEqual(['agents', 'others']);
    expect(two.resource.id).toBe(one.resource.id);
    expect(two.contentHash).not.toEqual(one.contentHash);
  });

  it('takes the last value of a series at one time, also across lines', () => {
    const { read } = createReader();
    const { rows } = read(`m,host=a f=1,f=2 ${arrivalMs}\nm,host=a f=3 ${arrivalMs - 5}\nm,host=a f=4 ${arrivalMs}`).batches[0]!;
    expect(rows.map((row) => [...row.values])).toEqual([[3], [4]]);
  });

  it('merges what lines of one resource say of it: the later one wins', () => {
    const { read } = createReader();
    const tags = (host: string, name: string) => `m,ns_id=n,infra_id=i,node_id=k,host=${host} f=1,name="${name}"`;
    const { batches } = read(`${tags('a', 'x')}\n${tags('b', 'y')}`);
    expect(batches).toHaveLength(1);
    expect(batches[0]!.attributes).toEqual({ ns_id: 'n', infra_id: 'i', node_id: 'k', host: 'b', 'm.name': 'y' });
  });

  it('says with the next batch what a string has become', () => {
    const { read } = createReader();
    const states = ['up', 'up', 'down'].map((state) => read(`m,host=a f=1,state="${state}"`).batches[0]!.attributes);
    expect(states).toEqual([{ host: 'a', 'm.state': 'up' }, { host: 'a', 'm.state': 'up' }, { host: 'a', 'm.state': 'down' }]);
    expect(read('m,host=a f=1').batches[0]!.attributes).toEqual({ host: 'a' });
  });

  it('refuses strings and attributes without bound, and takes the rest of the line', () => {
    const { read } = createReader();
    const long = read(`m,host=a f=1,text="${'x'.repeat(5000)}"`);
    expect(long.messages).toEqual([expect.stringContaining('at most 4096')]);
    expect([...long.batches[0]!.rows[0]!.values]).toEqual([1]);
    const many = read(`m,host=a ${Array.from({ length: 300 }, (_, i) => `s${i}="x"`).join()}`);
    expect(many.messages[0]).toContain('more than 256 attributes');
    expect(Object.keys(many.batches[0]!.attributes)).toHaveLength(256);
  });

  it('splits a body into batches of bounded size, the same way each time', () => {
    const body = Array.from({ length: 40_000 }, (_, i) => `m,host=a,n=${i % 500} f=${i} ${arrivalMs - i}`).join('\n');
    const batches = createReader().read(body).batches;
    expect(batches.length).toBeGreaterThan(2);
    expect(batches.reduce((sum, batch) => sum + batch.rows.reduce((count, row) => count + row.values.length, 0), 0)).toBe(40_000);
    expect(createReader().read(body).batches.map((batch) => batch.contentHash)).toEqual(batches.map((batch) => batch.contentHash));
  });

  it('splits a body by what stands in it alone: sent again, beside another one or to another collector, it makes the same batches', () => {
    const lines = (fields: number) => Array.from({ length: 1_000 * fields }, (_, i) => `docker_container_mem,host=a,container_name=service-${i % 1_000}-abcdefghijklmnopqrstuvwxyz,image=registry.example.com/team/app-${i % 1_000} field_number_${Math.floor(i / 1_000)}_with_a_name=${i} ${arrivalMs}`).join('\n');
    const body = lines(8);
    const hashes = (batches: readonly RawBatch[]) => batches.map(({ contentHash }) => contentHash);
    const first = createReader();
    const expected = hashes(first.read(body).batches);
    expect(expected.length).toBeGreaterThan(1);
    expect(hashes(first.read(body).batches)).toEqual(expected);
    const other = createReader();
    other.read(lines(6));
    other.read(`docker_container_mem,host=a f=1 ${arrivalMs}`);
    expect(hashes(other.read(body).batches)).toEqual(expected);
  });

  it('bounds batches of long names, whatever they stand in', () => {
    const long = (what: string, length: number) => what.padEnd(length, 'x');
    const bodies = [
      Array.from({ length: 2_500 }, (_, i) => `m,host=a,n=${long(String(i), 900)} f=1`),
      Array.from({ length: 50 }, (_, i) => `${long('m', 500)},host=a ${Array.from({ length: 100 }, (__, k) => `f${i * 100 + k}=1`).join()}`),
    ];
    for (const body of bodies) {
      const { batches, messages } = createReader().read(body.join('\n'));
      expect(messages).toEqual([]);
      expect(batches.length).toBeGreaterThan(2);
      for (const { dictionary } of batches) expect(JSON.stringify([dictionary.metrics, dictionary.labelSets]).length).toBeLessThan(1_200_000);
    }
  });

  it('starts a full table anew after an hour, so that names that come and go do not shut others out', () => {
    const { read, intake } = createReader({ MAX_SERIES_PER_RESOURCE: 50 });
    expect(read(pids(0, 50)).messages).toEqual([]);
    expect(read(pids(100, 1), { nowMs: hourMs / 2 }).messages[0]).toContain('OPSLOOP_MAX_SERIES_PER_RESOURCE');
    read(pids(100, 1), { nowMs: hourMs + 1 });
    expect(read(pids(100, 40), { nowMs: hourMs + 2 })).toMatchObject({ messages: [], batches: [{ dictionary: { size: 40 } }] });
    expect(intake.series).toBe(40);
  });

  it('forgets what was silent for an hour, and knows the rest', () => {
    const { read, intake } = createReader({ MAX_SERIES_PER_TENANT: 100 });
    read(pids(0, 30));
    read('m,host=b f=1', { nowMs: hourMs });
    intake.forgetSilent(hourMs + 1);
    expect(intake.series).toBe(1);
    expect(read('m,host=b f=2\nprocstat,host=a,pid=3 cpu=2', { nowMs: hourMs + 2 }).batches.map((batch) => [...batch.rows[0]!.values])).toEqual([[2], [2]]);
    expect(intake.series).toBe(2);
  });

  it('bounds the resources of a tenant even when none has a series', () => {
    const { read } = createReader({ MAX_SERIES_PER_TENANT: 10 });
    const { batches, messages } = read(Array.from({ length: 15 }, (_, i) => `m,host=h${i} s="x"`).join('\n'));
    expect(batches).toHaveLength(10);
    expect(messages[0]).toContain('OPSLOOP_MAX_SERIES_PER_TENANT');
  });

  it('keeps two requests apart whose slices take turns', () => {
    const { intake, decoder } = createReader();
    const begin = (value: number) => {
      const body = Array.from({ length: 100 }, (_, i) => `m,host=a,n=${i} f=${value}`).join('\n');
      const bytes = Buffer.alloc(body.length + 1);
      bytes.write(body);
      return intake.begin({ principal: agents, bytes, end: body.length, precision: 'ms', arrivalMs });
    };
    const [one, two] = [begin(1), begin(2)];
    while (!one.scan.done || !two.scan.done) {
      intake.read(one, 100, 0);
      intake.read(two, 300, 0);
    }
    const valuesOf = (open: typeof one) => intake.close(open).flatMap((record) => decoder.decode(record.value).rows.flatMap((row) => [...row.values]));
    expect(valuesOf(one)).toEqual(Array(100).fill(1));
    expect(valuesOf(two)).toEqual(Array(100).fill(2));
  });
});
