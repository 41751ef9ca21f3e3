import { chanceOf, createTogether, decodeTogether, encodeTogether, noteScore, togetherDefaults, type Episode, type ScoredSample } from './together.js';

const minuteMs = 60_000;
const weekMs = 7 * 24 * 60 * minuteMs;

function at(minute: number, resource: string, score: number, series = `${resource}/cpu`): ScoredSample {
  return { resource, series, timeMs: weekMs + minute * minuteMs, score };
}

function note(samples: readonly ScoredSample[], settings = togetherDefaults, state = createTogether()): Episode | undefined {
  return samples.reduce<Episode | undefined>((last, sample) => noteScore(state, settings, sample) ?? last, undefined);
}

describe('noteScore', () => {
  it('lists the resources that moved together in the order of their onsets', () => {
    const episode = note([at(0, 'db', 0.6), at(1, 'app', 0.1), at(3, 'app', 0.8), at(4, 'web', 0.7), at(4, 'db', 0.65)]);
    expect(episode!.moved.map(({ resource }) => resource)).toEqual(['db', 'app', 'web']);
    expect(episode!.moved[0]).toMatchObject({ peakScore: 0.65, onsetMs: at(0, 'db', 0).timeMs });
  });

  it('counts the onset from where the score rose, so what alarmed later may have moved first', () => {
    const episode = note([at(0, 'disk', 0.3), at(1, 'web', 0.9), at(2, 'disk', 0.35), at(3, 'disk', 0.6)]);
    expect(episode!.moved.map(({ resource }) => resource)).toEqual(['disk', 'web']);
    expect(episode!.startMs).toBe(at(0, 'disk', 0).timeMs);
  });

  it('forgets a rise that went back', () => {
    const episode = note([at(0, 'disk', 0.3), at(1, 'disk', 0.1), at(2, 'web', 0.9), at(3, 'disk', 0.6)]);
    expect(episode!.moved.map(({ resource }) => resource)).toEqual(['web', 'disk']);
  });

  it('keeps apart what is farther apart, and names the series that moved first on a resource', () => {
    const state = createTogether();
    note([at(0, 'db', 0.6), at(60, 'db', 0.9, 'db/disk'), at(61, 'db', 0.9, 'db/cpu'), at(62, 'web', 0.6)], togetherDefaults, state);
    expect(state.episodes.map(({ moved }) => moved.map(({ series }) => series))).toEqual([['db/cpu'], ['db/disk', 'web/cpu']]);
  });

  it('tells an episode again only when it changed', () => {
    const state = createTogether();
    expect(noteScore(state, togetherDefaults, at(0, 'db', 0.6))).toBeDefined();
    expect(noteScore(state, togetherDefaults, at(1, 'db', 0.55))).toBeUndefined();
    expect(noteScore(state, togetherDefaults, at(2, 'db', 0.4))).toBeUndefined();
    expect(noteScore(state, togetherDefaults, at(3, 'db', 0.7))).toBeDefined();
  });

  it('is bounded in rising series, episodes and resources', () => {
    const settings = { ...togetherDefaults, maxRising: 3, maxEpisodes: 2, maxResources: 4 };
    const state = createTogether();
    for (let index = 0; index < 50; index++) noteScore(state, settings, at(0, `host${index}`, 0.3));
    expect(state.rising.size).toBe(3);
    for (let episode = 0; episode < 5; episode++) for (let index = 0; index < 7; index++) noteScore(state, settings, at(episode * 100 + 10, `host${index}`, 0.9));
    expect(state.episodes.length).toBe(2);
    expect(state.episodes[1]).toMatchObject({ moved: { length: 4 }, more: 3 });
  });

  it('goes on from a checkpoint', () => {
    const samples = Array.from({ length: 300 }, (_, index) => at(Math.floor(index / 3), `host${(index * 7) % 11}`, ((index * 37) % 100) / 100));
    const whole = createTogether();
    let resumed = createTogether();
    for (const sample of samples) {
      resumed = decodeTogether(encodeTogether(resumed));
      expect(noteScore(resumed, togetherDefaults, sample)).toEqual(noteScore(whole, togetherDefaults, sample));
    }
    expect(() => decodeTogether('{"format":9}')).toThrow(/format/);
  });
});

describe('chanceOf', () => {
  const episode = (resources: number): Episode => note(Array.from({ length: resources }, (_, index) => at(index, `host${index}`, 0.9)))!;

  it('is 1 for a resource alone, small for many at once, and larger the more is watched', () => {
    expect(chanceOf(episode(1), togetherDefaults, 10_000)).toBe(1);
    expect(chanceOf(episode(5), togetherDefaults, 100)).toBeLessThan(0.01);
    expect(chanceOf(episode(5), togetherDefaults, 100_000)).toBeGreaterThan(0.9);
  });
});
