import { inflateRawSync } from 'node:zlib';
import { buildRawBatch } from '@opsloop/testing';
import { createPartitionWindows, stepBatch, stepTick, type PartitionWindows } from './partition-windows.js';
import { decodePartitionWindows, encodePartitionWindows } from './partition-windows-codec.js';
import { boundaryAt, changeWidth, createGrid, narrowestWidth, widthAt } from './window-grid.js';
import { createWindowTools } from './window-tools.js';

/** A minute of UTC, in seconds. */
const startS = 1_760_000_040;
const second = 1000;

describe('a grid', () => {
  it('keeps the former width up to a boundary of both', () => {
    const grid = changeWidth(createGrid(10 * second), 15 * second, 40 * second);
    expect(grid.sinceMs).toBe(60 * second);
    expect([59.999, 60].map((timeS) => widthAt(grid, timeS * second) / second)).toEqual([10, 15]);
    expect([-1, 59, 60, 74, 75].map((timeS) => boundaryAt(grid, timeS * second) / second)).toEqual([-10, 50, 60, 60, 75]);
    expect(narrowestWidth(grid)).toBe(10 * second);
  });

  it('that holds nothing takes another width at once', () => {
    expect(changeWidth(createGrid(10), 60, -Infinity)).toEqual(createGrid(60));
  });
});

/** A sample a second, of value 1, for a server that is started again with other widths. */
function createServer(widthS: number) {
  const toolsOf = (width: number) => createWindowTools({ widthMs: width * second, graceMs: 2 * second, latenessMs: 60 * second, idleMs: 30 * second, maxSeries: 1000 });
  let state: PartitionWindows = createPartitionWindows(toolsOf(widthS));
  let position = 0;
  /** By start: the newest revision of each window, in seconds after `startS`. */
  const windows = new Map<number, { readonly widthS: number; readonly count: number; readonly sum: number }>();
  const emit: Parameters<typeof stepBatch>[3] = (batch) => {
    windows.set(batch.startMs / second - startS, { widthS: batch.widthMs / second, count: batch.count[0]!, sum: batch.sum[0]! });
  };
  const server = {
    windows,
    get late() {
      return state.stats.dropped.late;
    },
    send(fromS: number, toS: number) {
      for (let timeS = fromS; timeS < toS; timeS++) server.sendAt(timeS, timeS);
      return server;
    },
    sendAt(timeS: number, arrivalS: number) {
      stepBatch(state, buildRawBatch({ samples: [{ metric: 'a.x', timeMs: (startS + timeS) * second, value: 1 }] }), { position: ++position, arrivalMs: (startS + arrivalS) * second }, emit);
      return server;
    },
    startAgain(width: number, chunks: Iterable<Uint8Array> = encodePartitionWindows(state)) {
      state = decodePartitionWindows([...chunks], toolsOf(width));
      return server;
    },
    fallSilent(arrivalS: number) {
      stepTick(state, (startS + arrivalS) * second, emit);
      return server;
    },
    /** [start, end, count] of all windows, in order of time. */
    told: () => [...windows].toSorted(([a], [b]) => a - b).map(([start, { widthS: width, count }]) => [start, start + width, count]),
  };
  return server;
}

describe('a server that is started again with another width', () => {
  it('widens windows at the next boundary of both: every window holds its own samples, all of them', () => {
    const server = createServer(10).send(0, 95).startAgain(60).send(95, 260).fallSilent(400);
    expect(server.told()).toEqual([...Array.from({ length: 12 }, (_, n) => [n * 10, n * 10 + 10, 10]), [120, 180, 60], [180, 240, 60], [240, 300, 20]]);
  });

  it('narrows them alike', () => {
    const server = createServer(60).send(0, 95).startAgain(10).send(95, 150).fallSilent(300);
    expect(server.told()).toEqual([[0, 60, 60], [60, 120, 60], [120, 130, 10], [130, 140, 10], [140, 150, 10]]);
  });

  it('and once more before that boundary came', () => {
    const server = createServer(10).send(0, 95).startAgain(60).send(95, 100).startAgain(60).send(100, 105).startAgain(15).send(105, 200).fallSilent(400);
    expect(server.told()).toEqual([...Array.from({ length: 12 }, (_, n) => [n * 10, n * 10 + 10, 10]), ...Array.from({ length: 5 }, (_, n) => [120 + n * 15, 135 + n * 15, 15]), [195, 210, 5]]);
  });

  it('corrects windows of the former width', () => {
    const server = createServer(10).send(0, 95).startAgain(60).send(95, 130).sendAt(81.5, 130);
    expect(server.windows.get(80)).toEqual({ widthS: 10, count: 11, sum: 11 });
    expect(server.late).toBe(0);
  });

  it('reads what says nothing of widths as wide as they are set', () => {
    // Written by a server of windows of 10 s: samples at 0, 5 and 12 s.
    const written = 'XVE9S8RAEJ1TOK7Q/gqxGKwkHnfRRBIQo62lnZJic5l4wbiRzcYPQkBsLSxttPMHiL/BSixsFLHwN9wPEJTN3ZK7e82bt8w8Zt42QOH56/r+chcAFn+c750mALS33h+anYO7yBzc3L7xJ7GXtbpWsjw/2X/1+zmae/lQ3IARVgCgwBOSIu5n6B4i61ygb2DCAkr2Saq3ovRL3T/FWgAMtx8rI0FZmos+oVugJM64RBdDilieSDTwVKRncUgCXeQpJzRQ0FGc8lofxzxEFwdppvrzWIlzCtZ6aGAlbNZzuhQEPWaZzqYVRRu23TfXme1gaSCTUsRBLilDtygNHG1THSYpk+iXOoA6SM3WmBdexwGP76uvnMHwb65ibVjBm0y4Hm170xq8ul7yJoOcnal/TkEvqdDy9PLT3querv4B';
    const server = createServer(10).startAgain(10, [inflateRawSync(Buffer.from(written, 'base64'))]).send(13, 22).sendAt(7, 22).fallSilent(300);
    expect(server.told()).toEqual([[0, 10, 3], [10, 20, 8], [20, 30, 2]]);
  });
});
