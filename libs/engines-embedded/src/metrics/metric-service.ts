import { tiers, type Tier } from '@opsloop/contracts/tier';
import { EngineError } from '@opsloop/ports';
import { createFaultPoint } from '../worker/fault-point.js';
import { inChange } from './committed-change.js';
import { openMetricDatabase, type MetricDatabase } from './metric-database.js';
import type { DropRequest, MetricReply, MetricRequest, MetricStoreOpened, MetricWorkerData, RollUpRequest, StoredIds, WriteReply, WriteRequest } from './metric-messages.js';
import { QueryGate } from './query-gate.js';
import { readHistory, readTop } from './windows/read-windows.js';
import { prepareLateWindows } from './windows/store-late-windows.js';
import { forgetDefinitions, readDefinitions } from './stored-definitions.js';
import type { StartSpan } from './tiers/cut-spans.js';
import { dirtySpans } from './tiers/dirty-marks.js';
import { dropWindows } from './tiers/drop-windows.js';
import { FirstMarks } from './tiers/first-marks.js';
import { marksPerSlice, rollUpSlice } from './tiers/roll-up-windows.js';
import { heldWith, isStored, type RolledTier } from './tiers/tier-tables.js';
import { Upkeep } from './upkeep.js';
import { countRows } from './windows/window-columns.js';
import { writeWindows } from './windows/write-windows.js';

/** The metric store inside its worker: changes one after the other on one connection, reads beside them on others. */
export class MetricService {
  readonly opened: MetricStoreOpened;
  readonly #data: MetricWorkerData;
  readonly #database: MetricDatabase;
  readonly #gate: QueryGate;
  readonly #upkeep: Upkeep;
  readonly #reach: (faultPoint: string) => void;
  readonly #marks: FirstMarks;
  /** Nobody wants a tier from before this time; tiers that share tables go together. */
  readonly #droppable = new Map<Tier, number>();
  #stored: StoredIds;
  #last: Promise<unknown> = Promise.resolve();
  #stopping = false;
  #cutOff = false;
  #closed = false;

  static async open(data: MetricWorkerData, onBroken: (error: unknown) => void): Promise<MetricService> {
    const database = await openMetricDatabase({ ...data, reach: createFaultPoint(data.faultPoint) });
    try {
      await prepareLateWindows(database.writer);
      const connections = await Promise.all(Array.from({ length: data.threads }, () => database.connect()));
      const gate = new QueryGate({ connections, limitMs: data.queryLimitMs });
      const service = new MetricService(data, database, gate, await readDefinitions(database.writer), onBroken);
      await service.#upkeep.start();
      await service.#marks.load(database.writer);
      return service;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  private constructor(data: MetricWorkerData, database: MetricDatabase, gate: QueryGate, opened: MetricStoreOpened, onBroken: (error: unknown) => void) {
    this.#data = data;
    this.#database = database;
    this.#gate = gate;
    this.opened = opened;
    this.#reach = createFaultPoint(data.faultPoint);
    this.#marks = new FirstMarks(data.windowMs, data.knownMarks);
    this.#stored = { series: opened.definitions.ids.at(-1) ?? -1, resource: opened.definitions.resources.at(-1)?.id ?? -1 };
    this.#upkeep = new Upkeep({
      writer: database.writer,
      gate,
      enqueue: (work) => this.#enqueue(work),
      windowMs: data.windowMs,
      compactRows: data.compactRows,
      reach: this.#reach,
      onFailure: onBroken,
    });
  }

  async handle(request: MetricRequest): Promise<MetricReply> {
    if (this.#stopping) throw stopped();
    switch (request.kind) {
      case 'write': return this.#enqueue(() => this.#write(request));
      case 'history': return readHistory((read) => this.#gate.run(read), this.#data.threads, request);
      case 'top': return readTop((read) => this.#gate.run(read), this.#data.threads, request);
      case 'roll-up': return this.#rollUp(request);
      case 'drop': return this.#enqueue(() => this.#drop(request));
      case 'forget': return this.#enqueue(() => forgetDefinitions(this.#database.writer, request));
      case 'wind-down': return this.#windDown(request.withinMs);
    }
  }

  /** Takes no more and ends what runs; nothing is under way in DuckDB afterwards. Safe twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#windDown(0);
    this.#cutOff = true;
    await this.#drained();
    this.#database.close();
  }

  /** Queries end at once; changes that were asked for have `withinMs` to finish, then they are cut off and fail. */
  async #windDown(withinMs: number): Promise<void> {
    this.#stopping = true;
    const timer = setTimeout(() => {
      this.#cutOff = true;
      this.#database.writer.interrupt();
    }, withinMs);
    await Promise.all([this.#gate.end(), this.#drained()]);
    clearTimeout(timer);
  }

  /** Changes may call for others, a write for sorting: all of them are done. */
  async #drained(): Promise<void> {
    for (let last; last !== this.#last;) {
      last = this.#last;
      await last.catch(() => undefined);
    }
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const run = (): Promise<T> => (this.#cutOff ? Promise.reject(stopped()) : work());
    const done = this.#last.then(run, run);
    this.#last = done;
    return done;
  }

  async #write(request: WriteRequest): Promise<WriteReply> {
    const { writer } = this.#database;
    const { rows } = request;
    const { stored, marks } = await inChange(writer, async (change) => {
      const written = await writeWindows(writer, request, { change, windowMs: this.#data.windowMs, stored: this.#stored, known: this.#marks });
      this.#reach('metric-store.before-commit');
      return written;
    });
    this.#reach('metric-store.after-commit');
    this.#stored = stored;
    this.#marks.add(marks);
    this.#upkeep.added('base', countRows(rows));
    return { ...stored, trouble: this.#upkeep.trouble, rows };
  }

  async #rollUp({ tier, untilMs }: RollUpRequest): Promise<number> {
    if (!isStored(tier, this.#data.windowMs)) return 0;
    let rows = 0;
    for (let more = true; more && !this.#stopping;) {
      // Once for many slices: a count of all marks for each would take longer than their work.
      const dirty = await this.#enqueue(() => dirtySpans(this.#database.writer, tier, untilMs, marksPerSlice[tier]));
      for (const span of dirty.spans) rows += await this.#rollUpSpan(tier, span);
      more = dirty.more;
    }
    return rows;
  }

  async #rollUpSpan(tier: RolledTier, span: StartSpan): Promise<number> {
    let rows = 0;
    for (let more = true; more && !this.#stopping;) {
      // Slice by slice, so that writes get their turn in between.
      const slice = await this.#enqueue(async () => {
        const rolled = await rollUpSlice(this.#database.writer, tier, span, this.#data.windowMs, () => this.#reach('metric-store.before-rollup-commit'));
        if (tier === this.#marks.tier) this.#marks.remove(rolled.marks);
        return rolled;
      });
      this.#upkeep.added(tier, slice.rows);
      rows += slice.rows;
      more = slice.more;
    }
    return rows;
  }

  async #drop({ tier, beforeMs }: DropRequest): Promise<number> {
    // The last word counts, and not the latest time: a clock that ran ahead may have been set back.
    this.#droppable.set(tier, beforeMs);
    const unwantedBefore = (some: readonly Tier[]): number => Math.min(...some.map((one) => this.#droppable.get(one) ?? -Infinity));
    const held = heldWith(tier, this.#data.windowMs);
    await dropWindows(this.#database.writer, held, unwantedBefore(held), this.#data.windowMs);
    await this.#marks.load(this.#database.writer);
    this.#upkeep.deleted();
    return unwantedBefore(tiers);
  }
}

function stopped(): EngineError {
  return new EngineError('the metric store is stopping', { retryable: true });
}
