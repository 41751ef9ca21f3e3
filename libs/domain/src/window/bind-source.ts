/** Decides where the samples of a source go when senders share a resource, and whose watermark closes their windows. */
import type { RawBatch } from '@opsloop/contracts';
import { compactSeries } from './compact-series.js';
import type { MappingShape } from './mapping-plan.js';
import { adoptLayout, noOwner, watermarkOf, type Binding, type ResourceWindows, type WindowSource } from './resource-windows.js';
import { createRoute, noSlot } from './route.js';
import { appendSeries } from './series-layout.js';
import { seriesText } from './series-text.js';
import type { WindowTools } from './window-tools.js';

/** Two senders whose clocks are this close measure the same thing at the same time. */
const nearMs = 600_000;

interface BindContext {
  readonly windows: ResourceWindows;
  readonly source: WindowSource;
  readonly newestMs: number;
  readonly clockMs: number;
  readonly tools: WindowTools;
}

/** The binding of a batch's dictionary. Made once and used again until owners change. */
export function bindingOf(windows: ResourceWindows, source: WindowSource, batch: RawBatch, shape: MappingShape, clockMs: number, tools: WindowTools): Binding {
  const last = source.binding;
  const known = last?.dictionary === batch.dictionary ? last : source.bindings.get(batch.dictionary);
  const context = { windows, source, newestMs: batch.rows.at(-1)?.timeMs ?? -Infinity, clockMs, tools };
  const binding = known && known.epoch === windows.bindEpoch && stillHolds(known, context) ? known : bind(context, batch, shape);
  if (binding !== known) source.bindings.set(batch.dictionary, binding);
  source.binding = binding;
  return binding;
}

function stillHolds(binding: Binding, context: BindContext): boolean {
  for (const { owner, standing } of binding.others) if (standingOf(context, owner) !== standing) return false;
  return true;
}

function bind(context: BindContext, { dictionary }: RawBatch, shape: MappingShape): Binding {
  const { windows, source, tools } = context;
  let extension = tools.layouts.extend(windows.layout, shape);
  const limit = Math.min(windows.compactAbove, tools.settings.maxSeries);
  if (extension.layout.size > limit || extension.slotOf.includes(noSlot)) {
    compactSeries(windows, tools);
    extension = tools.layouts.extend(windows.layout, shape);
  }
  adoptLayout(windows, extension.layout, source.index);
  const { slotOf, route } = extension;
  if (slotOf.every((slot) => slot === noSlot || windows.owners[slot] === source.index)) {
    return { dictionary, epoch: windows.bindEpoch, parts: [{ owner: source.index, route }], others: [] };
  }
  const others = new Map<number, string>();
  const chosen = chooseSlots(context, shape, slotOf, others);
  const owners = [...new Set([...chosen].filter((slot) => slot !== noSlot).map((slot) => windows.owners[slot]!))];
  const parts = owners.map((owner) => ({ owner, route: createRoute(shape, chosen, windows.layout, (target) => windows.owners[chosen[target]!] === owner) }));
  return { dictionary, epoch: windows.bindEpoch, parts, others: [...others].map(([owner, standing]) => ({ owner, standing })) };
}

/** A slot for each target: shared with another owner, taken over from it, or one of our own. */
function chooseSlots(context: BindContext, shape: MappingShape, found: Uint32Array, others: Map<number, string>): Uint32Array {
  const { windows, source } = context;
  const { targets } = shape;
  const chosen = found.slice();
  const apart: number[] = [];
  const taken = new Set<number>();
  for (let target = 0; target < targets.size; target++) {
    if (found[target] === noSlot) continue;
    const text = seriesText(targets.metrics[targets.metricOf[target]!]!, targets.labelSets[targets.labelsOf[target]!]!);
    const slot = chooseSlot(context, windows.layout.slotsOf(text), others);
    if (slot === undefined) apart.push(target);
    else chosen[target] = slot;
    const owner = slot === undefined ? source.index : windows.owners[slot]!;
    if (owner !== source.index && mayTake(windows, owner)) {
      taken.add(owner);
      windows.owners[slot!] = source.index;
    }
  }
  if (taken.size > 0) inherit(windows, source, taken);
  const { size } = windows.layout;
  const room = size + apart.length <= context.tools.settings.maxSeries;
  if (room && apart.length > 0) adoptLayout(windows, appendSeries(windows.layout, shape, apart), source.index);
  for (const [index, target] of apart.entries()) chosen[target] = room ? size + index : noSlot;
  return chosen;
}

/** Undefined: the series gets a slot of its own beside those of others. */
function chooseSlot(context: BindContext, candidates: readonly number[], others: Map<number, string>): number | undefined {
  const { windows, source } = context;
  let own: number | undefined;
  let refusing: number | undefined;
  for (const slot of candidates) {
    const owner = windows.owners[slot]!;
    if (owner === source.index) {
      own ??= slot;
      continue;
    }
    const standing = standingOf(context, owner);
    if (owner !== noOwner) others.set(owner, standing);
    // The lower slot wins, so that two senders with slots of their own meet in the same one.
    if (standing === 'near' || standing === 'silent') return own === undefined || slot < own ? slot : own;
    if (standing === 'behind') refusing ??= slot;
  }
  return own ?? refusing;
}

/**
 * How the batch stands to an owner: `near` its time and to be merged with it; `silent`: near, and free to take;
 * `behind`: in a time that the owner has already covered, so late; `apart`: in another time altogether.
 */
function standingOf({ windows, newestMs, clockMs, tools }: BindContext, owner: number): string {
  const other = windows.sources[owner];
  if (!other) return 'silent';
  const aheadMs = newestMs - watermarkOf(other, clockMs);
  const { latenessMs } = tools.settings;
  if (aheadMs < -latenessMs) return !other.idle && newestMs >= other.firstEventMs ? 'behind' : 'apart';
  if (other.idle) return 'silent';
  return aheadMs <= Math.max(latenessMs, nearMs) ? 'near' : 'apart';
}

function mayTake(windows: ResourceWindows, owner: number): boolean {
  return windows.sources[owner]?.idle ?? true;
}

/** The windows that hold taken series are now closed, and held, by their new owner too. */
function inherit(windows: ResourceWindows, source: WindowSource, taken: ReadonlySet<number>): void {
  const isNew = source.maxEventMs === -Infinity;
  for (const owner of taken) {
    const from = windows.sources[owner];
    if (!from) continue;
    for (const block of windows.blocks) if (block.sources & (1 << owner)) block.sources |= 1 << source.index;
    if (isNew) source.closedToMs = Math.max(source.closedToMs, from.closedToMs);
    source.retiredToMs = Math.max(source.retiredToMs, from.retiredToMs);
  }
  windows.bindEpoch += 1;
}
