import { sharePartitions, type MemberClaim } from './share-partitions.js';

const member = (id: string, owned: number[] = [], rest: Partial<MemberClaim> = {}): MemberClaim => ({ id, owned, releasing: [], isLeaving: false, ...rest });
const sizes = (shares: Map<string, number[]>) => [...shares.values()].map(({ length }) => length);

/** Joins again until nothing moves; what each round took away counts as let go of by the next one. */
function settle(partitions: number, members: readonly MemberClaim[]): { shares: Map<string, number[]>; rounds: number } {
  let claims = members;
  for (let rounds = 1; ; rounds++) {
    const shares = sharePartitions(partitions, claims);
    const owners = [...shares.values()].flat();
    expect(new Set(owners).size).toBe(owners.length);
    for (const [id, share] of shares) for (const partition of share) expect(claims.some((one) => one.id !== id && [...one.owned, ...one.releasing].includes(partition))).toBe(false);
    const next = claims.map((one) => ({ ...one, owned: shares.get(one.id)! }));
    if (JSON.stringify(next) === JSON.stringify(claims)) return { shares, rounds };
    claims = next;
  }
}

describe('sharePartitions', () => {
  test('a lone member gets everything, at once', () => {
    expect(sharePartitions(4, [member('a')])).toEqual(new Map([['a', [0, 1, 2, 3]]]));
  });

  test.each([[16, 2], [16, 3], [8, 5], [3, 5], [1, 2]])('%i partitions over %i members: even within one, every partition has one owner', (partitions, count) => {
    const { shares, rounds } = settle(partitions, Array.from({ length: count }, (_, i) => member(`m${i}`, i === 0 ? Array.from({ length: partitions }, (_one, p) => p) : [])));
    expect([...shares.values()].flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: partitions }, (_, p) => p));
    expect(Math.max(...sizes(shares)) - Math.min(...sizes(shares))).toBeLessThanOrEqual(1);
    expect(rounds).toBeLessThanOrEqual(3);
  });

  test('a partition that moves is given to nobody until its owner has let go of it', () => {
    const first = sharePartitions(4, [member('a', [0, 1, 2, 3]), member('b')]);
    expect(first).toEqual(new Map([['a', [0, 1]], ['b', []]]));
    expect(sharePartitions(4, [member('a', [0, 1], { releasing: [3] }), member('b')])).toEqual(new Map([['a', [0, 1]], ['b', [2]]]));
    expect(sharePartitions(4, [member('a', [0, 1]), member('b', [2])])).toEqual(new Map([['a', [0, 1]], ['b', [2, 3]]]));
  });

  test('a member that goes takes nothing, and what it still holds waits for it', () => {
    expect(sharePartitions(4, [member('a', [], { releasing: [0, 1], isLeaving: true }), member('b', [2, 3])])).toEqual(new Map([['a', []], ['b', [2, 3]]]));
    expect(sharePartitions(4, [member('b', [2, 3])])).toEqual(new Map([['b', [2, 3, 0, 1]]]));
  });

  test('whoever stays keeps what it has when a member joins or goes', () => {
    const before = settle(12, [member('a'), member('b'), member('c')]).shares;
    const left = settle(12, [member('a', before.get('a')), member('b', before.get('b'))]).shares;
    for (const id of ['a', 'b']) expect(left.get(id)).toEqual(expect.arrayContaining(before.get(id)!));
    const joined = settle(12, [member('a', left.get('a')), member('b', left.get('b')), member('d')]).shares;
    for (const id of ['a', 'b']) expect(left.get(id)).toEqual(expect.arrayContaining(joined.get(id)!));
  });

  test('of two who claim the same partition one keeps it', () => {
    const shares = sharePartitions(2, [member('a', [0, 1]), member('b', [0, 1])]);
    expect([...shares.values()].flat().toSorted()).toEqual([0, 1].slice(0, [...shares.values()].flat().length));
    expect(new Set([...shares.values()].flat()).size).toBe([...shares.values()].flat().length);
  });
});
