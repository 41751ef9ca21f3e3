/** What the owner of groups remembers: their members, what it has not yet judged, and how far every partition has got. */
import type { Labels } from '@opsloop/contracts';
import { normalAlarm, type AlarmState } from '../alarm/alarm-state.js';
import type { MemberReport } from './member-report.js';

export interface GroupMember {
  readonly counts: boolean;
  readonly name: string;
}

export interface GroupWatch {
  readonly tenant: string;
  readonly policy: string;
  readonly group: Labels;
  /** By resource id, as of `judgedToMs`. */
  readonly members: Map<string, GroupMember>;
  /** Not yet judged, each once. */
  waiting: MemberReport[];
  /** Arrival clock of the newest report of each resource, ms: what is delivered again is older, or the same. */
  readonly heardMs: Map<string, number>;
  /** End of the newest window that was judged, event time, ms. */
  judgedToMs: number;
  /** When it last had a member, ms. */
  livedMs: number;
  /** End of the newest window that it had enough members to be judged in, event time, ms. */
  enoughMs: number;
  alarm: AlarmState;
}

export interface GroupState {
  readonly groups: Map<string, GroupWatch>;
  /** Arrival clock of each partition that reports come from, ms; -Infinity: not heard of. */
  readonly progressMs: number[];
  /** Nothing that ends earlier is judged: members may be missing that were told of before the state began. */
  fromMs: number;
}

/** `partitions`: how many partitions reports come from. */
export function createGroupState(partitions: number): GroupState {
  return { groups: new Map(), progressMs: Array.from({ length: partitions }, () => -Infinity), fromMs: -Infinity };
}

export function createGroupWatch({ tenant, policy, group }: Pick<MemberReport, 'tenant' | 'policy' | 'group'>, judgedToMs: number): GroupWatch {
  return { tenant, policy, group, members: new Map(), waiting: [], heardMs: new Map(), judgedToMs, livedMs: judgedToMs, enoughMs: judgedToMs, alarm: normalAlarm };
}

/** Raised when the encoding changes; without a readable snapshot members tell of themselves again. */
export const groupStateFormat = 1;

interface EncodedGroup extends Pick<GroupWatch, 'tenant' | 'policy' | 'group' | 'waiting' | 'judgedToMs' | 'livedMs'> {
  /** Missing in what older versions wrote. */
  readonly enoughMs?: number;
  readonly members: readonly (readonly [string, GroupMember])[];
  readonly heardMs: readonly (readonly [string, number])[];
  readonly alarm: AlarmState | 0;
}

/** The head, then chunks of groups; one group of 10,000 resources is about 1 MB, so large ones are split by their members. */
export function* encodeGroupState({ groups, progressMs, fromMs }: GroupState): Iterable<Uint8Array> {
  const encoder = new TextEncoder();
  const bytes = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));
  yield bytes({ progressMs: progressMs.map(String), fromMs: String(fromMs) });
  for (const [key, { members, heardMs, waiting, alarm, ...rest }] of groups) {
    const whole = { key, ...rest, alarm: alarm === normalAlarm ? 0 : alarm, members: [], heardMs: [], waiting: [] };
    yield bytes(whole);
    for (const part of slices([...members])) yield bytes({ key, members: part });
    for (const part of slices([...heardMs])) yield bytes({ key, heardMs: part });
    for (const part of slices(waiting)) yield bytes({ key, waiting: part });
  }
}

const sliceSize = 2_000;

function* slices<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let from = 0; from < items.length; from += sliceSize) yield items.slice(from, from + sliceSize);
}

/** Throws when the bytes are no such snapshot. */
export function decodeGroupState(chunks: readonly Uint8Array[]): GroupState {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const read = (bytes: Uint8Array): unknown => JSON.parse(decoder.decode(bytes));
  const [first, ...rest] = chunks;
  const head = read(first!) as { progressMs: string[]; fromMs: string };
  const groups = new Map<string, GroupWatch>();
  for (const bytes of rest) {
    const part = read(bytes) as Partial<EncodedGroup> & { key: string };
    let group = groups.get(part.key);
    if (!group) {
      const { tenant = '', policy = '', group: labels = {}, judgedToMs = 0, livedMs = 0, enoughMs = judgedToMs, alarm = 0 } = part;
      group = { ...createGroupWatch({ tenant, policy, group: labels }, judgedToMs), livedMs, enoughMs, alarm: alarm === 0 ? normalAlarm : { ...alarm, pendingSinceMs: alarm.pendingSinceMs, open: alarm.open } };
      groups.set(part.key, group);
    }
    for (const [id, member] of part.members ?? []) group.members.set(id, member);
    for (const [id, heardMs] of part.heardMs ?? []) group.heardMs.set(id, heardMs);
    group.waiting.push(...(part.waiting ?? []));
  }
  return { groups, progressMs: head.progressMs.map(Number), fromMs: Number(head.fromMs) };
}
