import { partGroup, type Part } from './part.js';

function part(name: string, told: string[], start: () => Promise<void> = async () => undefined): Part {
  return {
    name,
    async start() {
      await start();
      told.push(`${name} runs`);
    },
    stop: async () => void told.push(`${name} stops`),
  };
}

describe('a group that is stopped while it starts', () => {
  it('begins no other part, stops what had begun all the same, and what that stands on after it', async () => {
    const told: string[] = [];
    let goOn = (): void => undefined;
    const slow = part('slow', told, () => new Promise((resolve) => (goOn = resolve)));
    const group = partGroup('group', [part('engine', told), partGroup('inner', [slow, part('next', told)]), part('last', told)]);
    const starting = group.start();
    await new Promise(setImmediate);
    const stopping = group.stop(10_000);
    await new Promise(setImmediate);
    goOn();
    await Promise.all([starting, stopping]);
    expect(told).toEqual(['engine runs', 'slow stops', 'slow runs', 'slow stops', 'engine stops']);
  });

  it('has not failed to start, when the stop ended what a part waited for', async () => {
    const told: string[] = [];
    let giveUp = (): void => undefined;
    const waiting: Part = { name: 'waiting', start: () => new Promise((_, reject) => (giveUp = () => reject(new Error('the documents do not answer')))), stop: async () => giveUp() };
    const group = partGroup('group', [part('engine', told), waiting, part('last', told)]);
    const starting = group.start();
    await new Promise(setImmediate);
    await group.stop(10_000);
    await expect(starting).resolves.toBeUndefined();
    expect(told).toEqual(['engine runs', 'engine stops']);
  });

  it('does not wait for ever for a start that hears no stop', async () => {
    const told: string[] = [];
    const group = partGroup('group', [part('engine', told), part('deaf', told, () => new Promise(() => undefined))]);
    void group.start();
    await new Promise(setImmediate);
    await group.stop(50);
    expect(told).toEqual(['engine runs', 'deaf stops', 'deaf stops', 'engine stops']);
  });
});

it('stops those before a part that fails to start, and tells why', async () => {
  const told: string[] = [];
  const group = partGroup('group', [part('engine', told), part('broken', told, () => Promise.reject(new Error('no')))]);
  await expect(group.start()).rejects.toThrow('no');
  expect(told).toEqual(['engine runs', 'broken stops', 'engine stops']);
});
