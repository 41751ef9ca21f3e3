import { buildRawBatch, buildResource, type BuiltSample } from '@opsloop/testing';
import { decodePartitionWindows, encodePartitionWindows } from './partition-windows-codec.js';
import { countHeld } from './partition-windows.js';
import { createLab } from './windows-under-test.js';

const hourMs = 3_600_000;

describe('closing', () => {
  it('closes a window when the watermark passes its end and the grace', () => {
    const lab = createLab().send([['a.x', 1, 5]]).send([['a.x', 9, 3]]).send([['a.x', 11.999, 1]]);
    expect(lab.take()).toEqual([]);
    lab.send([['a.x', 12, 7]]);
    expect(lab.take()).toMatchObject([{ startMs: 0, revision: 2, correction: false, closedToMs: 10_000, source: 'test', windows: ['a.x@0: 2 8 3 5 3@9'] }]);
  });

  it('takes event times for themselves: history of 2014 that arrives today closes alike, and leaves gaps', () => {
    const lab = createLab();
    for (const timeS of [1_400_000_000, 1_400_000_010, 1_400_000_300]) lab.send([['a.x', timeS, 1]], { arrivalS: 1_763_000_000 });
    expect(lab.take().map(({ startMs, closedToMs }) => [startMs / 1000, closedToMs / 1000])).toEqual([[1_400_000_000, 1_400_000_010], [1_400_000_010, 1_400_000_290]]);
  });

  it('closes the windows of a silent source on the arrival clock, and corrects them when it returns', () => {
    const lab = createLab().send([['a.x', 1, 5]], { arrivalS: 100 }).tick(129);
    expect(lab.take()).toEqual([]);
    lab.tick(130);
    expect(lab.take()).toMatchObject([{ startMs: 0, closedToMs: 10_000, correction: false, windows: ['a.x@0: 1 5 5 5 5@1'] }]);
    lab.send([['a.x', 4, 7]], { arrivalS: 200 });
    expect(lab.take()).toMatchObject([{ startMs: 0, revision: 2, correction: true, windows: ['a.x@0: 2 12 5 7 7@4'] }]);
  });

  it('keeps few windows open however long a batch reaches', () => {
    const lab = createLab().send(Array.from({ length: 2_000 }, (_, i): [string, number, number] => ['a.x', i * 10, i]), { arrivalS: 1e6 });
    expect(lab.state.resources.values().next().value!.blocks.length).toBeLessThan(12);
    expect(lab.windows()).toHaveLength(1_998);
  });
});

describe('late samples', () => {
  it('correct their window, only the changed series, in a higher revision', () => {
    const lab = createLab().send([['a.x', 1, 5], ['a.y', 1, 6]]).send([['a.x', 30, 1]]);
    expect(lab.take()).toMatchObject([{ revision: 1, windows: ['a.x@0: 1 5 5 5 5@1', 'a.y@0: 1 6 6 6 6@1'] }]);
    lab.send([['a.y', 0.5, 2]], { arrivalS: 31 });
    expect(lab.take()).toMatchObject([{ startMs: 0, revision: 3, correction: true, windows: ['a.y@0: 2 8 2 6 6@1'] }]);
  });

  it('correct a window even in a batch that moves on beyond its bound', () => {
    const lab = createLab().send([['a.x', 1, 5]]).send([['a.x', 30, 1]]);
    lab.take();
    lab.send([['a.x', 2, 7], ['a.x', 500, 1]]);
    expect(lab.take()).toMatchObject([{ startMs: 30_000 }, { startMs: 0, revision: 3, correction: true, windows: ['a.x@0: 2 12 5 7 7@2'] }]);
  });

  it('are counted and dropped beyond the bound, to the millisecond', () => {
    const lab = createLab().send([['a.x', 100, 5]]).send([['a.x', 40, 1]], { arrivalS: 101 }).send([['a.x', 39.999, 1]], { arrivalS: 102 });
    expect(lab.windows()).toEqual(['a.x@40: 1 1 1 1 1@40']);
    expect(lab.state.stats.dropped.late).toBe(1);
  });

  it('of two with one time the later position is the last value', () => {
    const lab = createLab().send([['a.x', 5, 9]]).send([['a.x', 5, 4]], { source: 'test' }).tick(60);
    expect(lab.windows()).toEqual(['a.x@0: 2 13 4 9 4@5']);
  });
});

describe('counters', () => {
  const counter = (timeS: number, value: number): BuiltSample => ({ metric: 'net.bytes_recv', labels: { interface: 'eth0' }, timeMs: timeS * 1000, value });
  const name = 'net.bytes_recv[["interface","eth0"]]';

  it('become rates in the window of their own time; the first gives none, and after a reset the new value is the increase', () => {
    const lab = createLab();
    for (const [timeS, value] of [[1, 100], [11, 300], [21, 50], [121, 150]] as const) lab.send([counter(timeS, value)]);
    lab.tick(200);
    expect(lab.windows()).toEqual([`${name}@10: 1 20 20 20 20@11`, `${name}@20: 1 5 5 5 5@21`, `${name}@120: 1 1 1 1 1@121`]);
  });

  it('keep their previous value through a snapshot', () => {
    const lab = createLab().send([counter(1, 100)]).restart().send([counter(11, 300)]).tick(100);
    expect(lab.windows()).toEqual([`${name}@10: 1 20 20 20 20@11`]);
  });

  it('that come late change the window after theirs too, although it is closed', () => {
    const lab = createLab().send([counter(8, 0)]).send([counter(18, 200)]).send([counter(40, 200)]);
    expect(lab.windows()).toEqual([`${name}@10: 1 20 20 20 20@18`]);
    lab.send([counter(9, 20)], { arrivalS: 41 });
    expect(lab.take()).toMatchObject([
      { startMs: 0, correction: true, revision: 4, windows: [`${name}@0: 1 20 20 20 20@9`] },
      { startMs: 10_000, correction: true, revision: 4, windows: [`${name}@10: 1 20 20 20 20@18`] },
    ]);
  });

  it('in milliseconds become seconds per second, exactly', () => {
    const lab = createLab();
    for (const [timeS, value] of [[1, 1_760_000_000_001], [11, 1_760_000_005_002]] as const) lab.send([{ metric: 'diskio.read_time', labels: { name: 'sda' }, timeMs: timeS * 1000, value }]);
    lab.tick(100);
    expect(lab.windows()).toEqual(['diskio.read_time[["name","sda"]]@10: 1 0.5001 0.5001 0.5001 0.5001@11']);
  });
});

describe('names', () => {
  it('come from the catalogue: totals have no label, one field feeds several metrics, other tags describe the resource', () => {
    const lab = createLab();
    const tags = { rack: '7' };
    lab.send([
      { metric: 'cpu.usage_idle', labels: { cpu: 'cpu-total', ...tags }, timeMs: 1000, value: 30 },
      { metric: 'cpu.usage_idle', labels: { cpu: 'cpu0', ...tags }, timeMs: 1000, value: 40 },
      { metric: 'shop.orders', labels: { kind: 'web', ...tags }, timeMs: 1000, value: 3 },
    ], { attributes: { os: 'linux' } });
    const [batch] = lab.tick(100).take();
    expect(batch!.windows.map((text) => text.split(' ').slice(0, 3).join(' '))).toEqual([
      'cpu.utilisation@0: 1 70', 'cpu.usage_idle@0: 1 30', 'cpu.utilisation[["cpu","cpu0"]]@0: 1 60', 'cpu.usage_idle[["cpu","cpu0"]]@0: 1 40', 'shop.orders[["kind","web"],["rack","7"]]@0: 1 3',
    ]);
    expect(batch!.attributes).toEqual({ rack: '7', os: 'linux' });
  });

  it('last text wins, also of batches without a number', () => {
    const lab = createLab();
    for (const version of ['1', '2', '1']) {
      lab.send([], { attributes: { version }, arrivalS: 2 });
      expect([...lab.state.resources.values()].map(({ attributes }) => attributes)).toEqual([{ version }]);
    }
  });

  it('that fall together in one message hold the last value', () => {
    const lab = createLab();
    const disk = (mode: string, value: number): BuiltSample => ({ metric: 'disk.used', labels: { device: 'sda', path: '/', fstype: 'ext4', mode }, timeMs: 1000, value });
    lab.send([disk('ro', 1), disk('rw', 2)]).send([{ ...disk('ro', 3), timeMs: 11_000 }, { ...disk('rw', 4), timeMs: 12_000 }, { ...disk('ro', 5), timeMs: 12_000 }]).tick(100);
    expect(lab.windows().map((text) => text.split('@')[1])).toEqual(['0: 1 2 2 2 2', '10: 2 7 3 4 4']);
  });

  it('share one dictionary between resources with the same series, also after a snapshot', () => {
    const lab = createLab();
    const both = () => [1, 2].map((n) => lab.send([['a.x', 1, n]], { resource: buildResource({ uid: `web-${n}` }) }));
    both();
    lab.tick(100);
    const [first, second] = lab.take();
    expect(second!.dictionary).toBe(first!.dictionary);
    lab.restart();
    const layouts = [...lab.state.resources.values()].map(({ layout }) => layout);
    expect(layouts[1]).toBe(layouts[0]);
  });
});

describe('senders', () => {
  it('each have a watermark: a new one may come with an older time', () => {
    const lab = createLab().send([['a.x', 5_000, 1]]).send([['a.y', 100, 2]], { source: 'late', arrivalS: 5_001 }).tick(5_100);
    expect(lab.take().map(({ source, windows }) => [source, windows[0]])).toEqual([['test', 'a.x@5000: 1 1 1 1 1@5000'], ['late', 'a.y@100: 1 2 2 2 2@100']]);
  });

  it('merge what they say of one series; it closes with its owner', () => {
    const lab = createLab().send([['a.x', 1, 5]]).send([['a.x', 3, 7], ['a.y', 3, 1]], { source: 'two' }).send([['a.y', 14, 1]], { source: 'two' });
    expect(lab.take()).toMatchObject([{ source: 'two', windows: ['a.y@0: 1 1 1 1 1@3'] }]);
    lab.send([['a.x', 14, 1]]);
    expect(lab.take()).toMatchObject([{ source: 'test', windows: ['a.x@0: 2 12 5 7 7@3'] }]);
  });

  it('take over the series of one that fell silent, with what is held of it', () => {
    const lab = createLab().send([['a.x', 1, 5]], { arrivalS: 1 }).tick(40);
    expect(lab.windows()).toEqual(['a.x@0: 1 5 5 5 5@1']);
    lab.send([['a.x', 4, 7], ['a.x', 44, 1]], { source: 'two', arrivalS: 44 });
    expect(lab.take()).toMatchObject([{ source: 'two', correction: true, windows: ['a.x@0: 2 12 5 7 7@4'] }]);
    lab.tick(100);
    expect(lab.take()).toMatchObject([{ source: 'two', windows: ['a.x@40: 1 1 1 1 1@44'] }]);
  });

  it('that took over do not write anew what their predecessor no longer holds', () => {
    const lab = createLab();
    for (let timeS = 0; timeS <= 200; timeS += 10) lab.send([['a.x', timeS, 1]]);
    lab.tick(240).take();
    lab.send([['a.x', 150, 5]], { source: 'two', arrivalS: 241 }).send([['a.x', 95, 5]], { source: 'two', arrivalS: 242 });
    expect(lab.windows()).toEqual(['a.x@150: 2 6 1 5 5@150']);
    expect(lab.state.stats.dropped.late).toBe(1);
  });

  it('bring history from before the owner began, but change nothing that it has covered', () => {
    const lab = createLab();
    for (let timeS = 1_000; timeS <= 2_000; timeS += 10) lab.send([['a.x', timeS, 1]]);
    lab.take();
    lab.send([['a.x', 1_500, 9]], { source: 'fetcher', arrivalS: 2_001 });
    expect(lab.state.stats.dropped.late).toBe(1);
    lab.send([['a.x', 500, 9], ['a.x', 520, 9]], { source: 'replay', arrivalS: 2_002 });
    expect(lab.take()).toMatchObject([{ source: 'replay', correction: false, windows: ['a.x@500: 1 9 9 9 9@500'] }]);
  });

  it('are at most 31 at a time; the longest silent one gives way', () => {
    const lab = createLab();
    for (let n = 0; n < 31; n++) lab.send([[`a.x${n}`, 1, 1]], { source: `s${n}`, arrivalS: 1 });
    lab.send([['a.z', 1, 1]], { source: 'more', arrivalS: 2 });
    expect(lab.state.stats.dropped['source-limit']).toBe(1);
    lab.tick(60).take();
    lab.send([['a.z', 50, 1]], { source: 'more', arrivalS: 61 }).tick(100);
    expect(lab.windows()).toEqual(['a.z@50: 1 1 1 1 1@50']);
  });
});

describe('bounds', () => {
  it('a batch counts once in ten minutes of arrival', () => {
    const lab = createLab({ latenessMs: hourMs });
    for (const arrivalS of [10, 20, 609, 611]) lab.send([['a.x', 1, 5]], { arrivalS });
    expect(lab.state.stats.dropped.duplicate).toBe(2);
    expect(lab.windows().at(-1)).toBe('a.x@0: 2 10 5 5 5@1');
  });

  it('and its rows, too, when they come again among others', () => {
    const lab = createLab({ latenessMs: hourMs });
    lab.send([['a.x', 1, 5], ['a.x', 2, 6]]).send([['a.x', 1, 5], ['a.x', 2, 6], ['a.x', 3, 7]]).send([['a.x', 2, 6], ['a.x', 3, 7]]);
    expect(lab.state.stats.dropped.duplicate).toBe(4);
    lab.send([['a.x', 2, 60], ['a.x', 4, 8]]).tick(100);
    expect(lab.windows()).toEqual(['a.x@0: 5 86 5 60 8@4']);
  });

  it('series above the limit are refused and counted', () => {
    const lab = createLab({ maxSeries: 2 }).send([['a.x', 1, 1], ['a.y', 1, 2], ['a.z', 1, 3]]).tick(100);
    expect(lab.windows()).toHaveLength(2);
    expect(lab.state.stats.dropped['series-limit']).toBe(1);
  });

  it('series that are gone make room for new ones', () => {
    const lab = createLab({ maxSeries: 400 });
    for (let n = 0; n < 3_000; n++) lab.send([[`job.run${n}`, n * 10, n], { metric: 'net.bytes_recv', timeMs: n * 10_000, value: n * 100 }]);
    expect(lab.state.stats.dropped['series-limit']).toBe(0);
    expect(countHeld(lab.state).series).toBeLessThan(400);
    const windows = lab.windows();
    expect(windows.filter((text) => text.startsWith('job.'))).toHaveLength(2_998);
    expect(new Set(windows.filter((text) => text.startsWith('net.')).map((text) => text.split(': ')[1]!.split('@')[0]))).toEqual(new Set(['1 10 10 10 10']));
  });

  it('a source that is silent for an hour keeps no windows, and after 25 hours nothing', () => {
    const lab = createLab().send([['a.x', 1, 1]], { arrivalS: 1 }).tick(3_601);
    expect(countHeld(lab.state)).toMatchObject({ resources: 1, windows: 0 });
    lab.send([['a.x', 2, 1]], { arrivalS: 3_602 });
    expect(lab.state.stats.dropped.late).toBe(1);
    lab.tick(3_602 + 25 * 3_600);
    expect(lab.state.resources.size).toBe(0);
  });

  it('a sum beyond what a double holds is left out and counted; the other series of the resource are there, and it is back when the sum fits', () => {
    const most = Number.MAX_VALUE;
    const lab = createLab();
    lab.send([['a.limit', 1, most], ['a.x', 1, 1]]).send([['a.limit', 2, most], ['a.x', 2, 2]]).send([['a.limit', 12, most], ['a.x', 12, 3]]);
    expect(lab.windows()).toEqual(['a.x@0: 2 3 1 2 2@2']);
    expect(lab.state.stats.dropped.overflow).toBe(2);
    // Late: the window is corrected, all but what is left out.
    lab.send([['a.limit', 3, 1], ['a.x', 3, 5]]);
    expect(lab.windows()).toEqual(['a.x@0: 3 8 1 5 5@3']);
    lab.tick(60);
    expect(lab.windows()).toEqual([`a.limit@10: 1 ${most} ${most} ${most} ${most}@12`, 'a.x@10: 1 3 3 3 3@12']);
  });

  it('windows far apart in time are bounded in number', () => {
    const lab = createLab();
    lab.send(Array.from({ length: 1_000 }, (_, n): [string, number, number] => ['a.x', n * 10, 1]), { arrivalS: 0 });
    expect(lab.state.stats.dropped['window-limit']).toBe(1_000 - 430);
  });

  it('many counter samples in one window leave the log before their time, and late ones are refused there', () => {
    const lab = createLab();
    const { dictionary } = buildRawBatch({ samples: Array.from({ length: 500 }, (_, n) => ({ metric: 'net.bytes_recv', labels: { interface: `eth${n}` }, timeMs: 0, value: 0 })) });
    const rows = Array.from({ length: 2_100 }, (_, n) => ({ timeMs: n * 4, slots: undefined, values: new Float64Array(500).fill(n) }));
    lab.send([['a.x', 8.4, 1]], { dictionary, rows });
    lab.send([{ metric: 'net.bytes_recv', labels: { interface: 'eth0' }, timeMs: 5_001, value: 5_001 }], { arrivalS: 9 });
    expect(lab.state.stats.dropped['counter-log']).toBe(1);
    lab.tick(100);
    const [window] = lab.windows();
    expect(window).toMatch(/: 2099 /);
  });
});

describe('snapshots', () => {
  it('come in chunks of at most 1 MiB and are refused in another format', () => {
    const lab = createLab({ maxSeries: 100_000 });
    const size = 100_000;
    const dictionary = { size, metrics: ['a.x'], labelSets: Array.from({ length: size }, (_, n) => ({ n: String(n) })), metricOf: new Uint32Array(size), labelsOf: Uint32Array.from({ length: size }, (_, n) => n) };
    lab.send([['a.x', 1, 1]], { dictionary, rows: [{ timeMs: 1_000, slots: undefined, values: new Float64Array(size) }] });
    const chunks = [...encodePartitionWindows(lab.state)];
    expect(chunks.length).toBeGreaterThan(2);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(2 ** 20);
    const tools = lab.state.tools;
    expect(decodePartitionWindows(chunks, tools).resources.size).toBe(1);
    expect(() => decodePartitionWindows([Uint8Array.of(9, 0, 0, 0), ...chunks.slice(1)], tools)).toThrow('format 9');
    expect(() => decodePartitionWindows(chunks.slice(0, -1), tools)).toThrow('ends at byte');
  });
});
