/** Snapshots of a partition: everything that the next step depends on, and nothing that can be made again. */
import type { CounterRow, CounterState } from './counter-log.js';
import { createPartitionWindows, type PartitionWindows } from './partition-windows.js';
import { createSource, type ResourceWindows, type WindowSource } from './resource-windows.js';
import { SeriesLayout } from './series-layout.js';
import { StateReader } from './state-reader.js';
import { StateWriter } from './state-writer.js';
import { fullColumnNames, type FullColumns, type WindowBlock } from './window-block.js';
import { changeWidth, widthAt, type WindowGrid } from './window-grid.js';
import type { WindowTools } from './window-tools.js';

/** Rises when the bytes change their meaning. */
export const windowsFormat = 2;
/** Older formats that are read, too. 1: says nothing of widths; its windows are taken for as wide as they are set now. */
export const readableWindowsFormats = [1];

const chunkBytes = 512 * 1024;
const counterNames = ['newestMs', 'newest', 'settledMs', 'settled'] as const;

/** The state as chunks of at most 512 KiB. The state must stand still until the last is taken. */
export function* encodePartitionWindows(state: PartitionWindows): Iterable<Uint8Array> {
  const writer = new StateWriter(chunkBytes);
  writer.u32(windowsFormat);
  writer.f64(state.clockMs);
  writer.f64(state.scannedS);
  const seen = [...state.seen.entries(state.clockMs)];
  writer.column(Uint32Array.from(seen.flatMap(({ high, low }) => [high, low])));
  writer.column(Float64Array.from(seen, ({ arrivalMs }) => arrivalMs));
  const layouts = new Map<SeriesLayout, number>();
  writer.u32(state.resources.size);
  for (const windows of state.resources.values()) {
    writeLayout(writer, windows.layout, layouts);
    writeResource(writer, windows);
    yield* writer.full();
  }
  yield* writer.rest();
}

/** Windows of another width than the tools have keep theirs. Throws an Error when the chunks are not a snapshot of a format that is read. */
export function decodePartitionWindows(chunks: readonly Uint8Array[], tools: WindowTools): PartitionWindows {
  const reader = new StateReader(chunks);
  const format = reader.u32();
  if (format !== windowsFormat && !readableWindowsFormats.includes(format)) throw new Error(`windows of format ${format} cannot be read: this version reads ${windowsFormat}`);
  const state = createPartitionWindows(tools);
  state.clockMs = reader.f64();
  state.scannedS = reader.f64();
  const words = reader.words();
  for (const [index, arrivalMs] of reader.doubles().entries()) state.seen.restore(words[index * 2]!, words[index * 2 + 1]!, arrivalMs);
  const layouts: SeriesLayout[] = [];
  for (let left = reader.u32(); left > 0; left--) {
    const layout = readLayout(reader, layouts);
    const windows = readResource(reader, layout, format === 1 ? () => tools.grid : readGrid, tools);
    state.resources.set(windows.resource.id, windows);
  }
  if (!reader.done) throw new Error('the snapshot has bytes behind its end');
  return state;
}

/** Resources that share a layout share it in the snapshot, and again when it is read. */
function writeLayout(writer: StateWriter, layout: SeriesLayout, known: Map<SeriesLayout, number>): void {
  const index = known.get(layout) ?? known.size;
  writer.u32(index);
  if (known.has(layout)) return;
  known.set(layout, index);
  const { metrics, labelSets, metricOf, labelsOf } = layout.dictionary;
  writer.text(JSON.stringify({ metrics, labelSets }));
  writer.column(metricOf);
  writer.column(labelsOf);
  writer.column(layout.isCounter);
  writer.column(layout.rateScales);
}

function readLayout(reader: StateReader, known: SeriesLayout[]): SeriesLayout {
  const index = reader.u32();
  if (index < known.length) return known[index]!;
  const strings = JSON.parse(reader.text()) as Pick<SeriesLayout['dictionary'], 'metrics' | 'labelSets'>;
  const metricOf = reader.words();
  const dictionary = { size: metricOf.length, ...strings, metricOf, labelsOf: reader.words() };
  const layout = new SeriesLayout(dictionary, reader.octets(), reader.doubles());
  known.push(layout);
  return layout;
}

function writeResource(writer: StateWriter, windows: ResourceWindows): void {
  const { resource, attributes, sources, blocks } = windows;
  writer.text(JSON.stringify({ resource, attributes, sources: sources.map((source) => source?.name ?? null) }));
  for (const source of sources) if (source) writeSource(writer, source);
  writer.column(windows.owners);
  writer.u32(windows.compactAbove);
  for (const name of counterNames) writer.column(windows.counters[name]);
  writer.f64(windows.counters.settledToMs);
  writeGrid(writer, windows.grid);
  writer.u32(blocks.length);
  for (const block of blocks) writeBlock(writer, block);
}

function readResource(reader: StateReader, layout: SeriesLayout, readGridOf: (reader: StateReader) => WindowGrid, tools: WindowTools): ResourceWindows {
  const { resource, attributes, sources: names } = JSON.parse(reader.text()) as Pick<ResourceWindows, 'resource' | 'attributes'> & { sources: (string | null)[] };
  const sources = names.map((name, index) => (name === null ? undefined : readSource(reader, name, index)));
  const owners = reader.octets();
  const compactAbove = reader.u32();
  const counters: CounterState = { newestMs: reader.doubles(), newest: reader.doubles(), settledMs: reader.doubles(), settled: reader.doubles(), settledToMs: reader.f64(), logged: 0 };
  const former = readGridOf(reader);
  const blocks = Array.from({ length: reader.u32() }, () => readBlock(reader, former));
  for (const { rows } of blocks) for (const row of rows) counters.logged += row.values.length;
  const grid = changeWidth(former, tools.grid.widthMs, Math.max(...blocks.map(({ endMs }) => endMs), ...sources.map((source) => source?.closedToMs ?? -Infinity)));
  return { resource, attributes, layout, owners, sources, grid: grid.former ? grid : tools.grid, blocks, counters, compactAbove, bindEpoch: 0, hasNews: false };
}

/** The width of now, then the former ones with the time up to which they held. */
function writeGrid(writer: StateWriter, grid: WindowGrid): void {
  writer.f64(grid.widthMs);
  writer.f64(grid.sinceMs);
  writer.u32(grid.former ? 1 : 0);
  if (grid.former) writeGrid(writer, grid.former);
}

function readGrid(reader: StateReader): WindowGrid {
  return { widthMs: reader.f64(), sinceMs: reader.f64(), former: reader.u32() === 1 ? readGrid(reader) : undefined };
}

function writeSource(writer: StateWriter, source: WindowSource): void {
  for (const value of [source.firstEventMs, source.maxEventMs, source.lastArrivalMs, source.closedToMs, source.retiredToMs]) writer.f64(value);
  writer.u32(source.idle ? 1 : 0);
}

function readSource(reader: StateReader, name: string, index: number): WindowSource {
  const [firstEventMs, maxEventMs, lastArrivalMs, closedToMs, retiredToMs] = [reader.f64(), reader.f64(), reader.f64(), reader.f64(), reader.f64()];
  return { ...createSource(name, index, lastArrivalMs), firstEventMs, maxEventMs, closedToMs, retiredToMs, idle: reader.u32() === 1 };
}

function writeBlock(writer: StateWriter, { startMs, revision, sources, timeMs, last, full, rows }: WindowBlock): void {
  for (const value of [startMs, revision, timeMs]) writer.f64(value);
  writer.u32(sources);
  writer.column(last);
  writer.u32(full ? 1 : 0);
  if (full) for (const name of fullColumnNames) writer.column(full[name]);
  writer.u32(rows.length);
  for (const row of rows) writeRow(writer, row);
}

function readBlock(reader: StateReader, grid: WindowGrid): WindowBlock {
  const [startMs, revision, timeMs] = [reader.f64(), reader.f64(), reader.f64()];
  const sources = reader.u32();
  const last = reader.doubles();
  const full = reader.u32() === 1 ? (Object.fromEntries(fullColumnNames.map((name) => [name, reader.doubles()])) as unknown as FullColumns) : undefined;
  const rows = Array.from({ length: reader.u32() }, () => readRow(reader));
  return { startMs, endMs: startMs + widthAt(grid, startMs), revision, sources, timeMs, last, full, rows, touched: undefined, crossings: undefined };
}

function writeRow(writer: StateWriter, { timeMs, counters, values, size }: CounterRow): void {
  writer.f64(timeMs);
  writer.column(values);
  writer.u32(counters ? 1 : 0);
  if (!counters) return;
  writer.u32(size);
  writer.column(counters);
}

function readRow(reader: StateReader): CounterRow {
  const timeMs = reader.f64();
  const values = reader.doubles();
  if (reader.u32() === 0) return { timeMs, values, counters: undefined, size: 0 };
  const size = reader.u32();
  return { timeMs, values, size, counters: reader.words() };
}
