/** Which resources became anomalous together, and which of them first. Of a stream of scored samples; bounded. */
import type { AnomalyScore } from './anomaly-score.js';

export interface TogetherSettings {
  /** Onsets that follow each other within this belong together. */
  readonly withinMs: number;
  /** Score from which a series is anomalous; its onset is where it last rose above half of that. */
  readonly threshold: number;
  /** Alarms a week that a series raises by chance. */
  readonly falseAlarmsPerWeek: number;
  /** Series whose rise is followed at once, episodes that are open at once, and resources that an episode lists. */
  readonly maxRising: number;
  readonly maxEpisodes: number;
  readonly maxResources: number;
}

export const togetherDefaults: TogetherSettings = { withinMs: 600_000, threshold: 0.5, falseAlarmsPerWeek: 2, maxRising: 10_000, maxEpisodes: 100, maxResources: 200 };

export interface ScoredSample extends Pick<AnomalyScore, 'score'> {
  readonly resource: string;
  /** Unique among all resources. */
  readonly series: string;
  readonly timeMs: number;
}

export interface MovedResource {
  readonly resource: string;
  /** The series of the resource that moved first. */
  readonly series: string;
  readonly onsetMs: number;
  readonly peakScore: number;
}

export interface Episode {
  /** Onset of the first resource. */
  readonly startMs: number;
  /** Newest onset. */
  readonly lastMs: number;
  /** In the order of their onsets: the first is where to look. */
  readonly moved: readonly MovedResource[];
  /** Alarms of further resources, beyond those listed. */
  readonly more: number;
}

/** Changed in place by `noteScore`. */
export interface TogetherState {
  /** Onsets of series that rise, oldest first. */
  readonly rising: Map<string, number>;
  readonly episodes: Episode[];
}

export function createTogether(): TogetherState {
  return { rising: new Map(), episodes: [] };
}

/** As JSON for a checkpoint. */
export function encodeTogether({ rising, episodes }: TogetherState): string {
  return JSON.stringify({ format: togetherFormat, rising: [...rising], episodes });
}

/** Throws a RangeError for text of another format. */
export function decodeTogether(text: string): TogetherState {
  const { format, rising, episodes } = JSON.parse(text) as { format: number; rising: [string, number][]; episodes: Episode[] };
  if (format !== togetherFormat) throw new RangeError(`episodes of format ${togetherFormat} are expected, not ${format}`);
  return { rising: new Map(rising), episodes };
}

/** Raised when the meaning changes. */
const togetherFormat = 1;
const weekMs = 7 * 86_400_000;

/** Takes one scored sample; answers the episode that it began, joined or raised, undefined when it changed none. */
export function noteScore(state: TogetherState, settings: TogetherSettings, sample: ScoredSample): Episode | undefined {
  const onsetMs = followRise(state, settings, sample);
  if (sample.score < settings.threshold) return undefined;
  const near = state.episodes.findIndex((episode) => onsetMs <= episode.lastMs + settings.withinMs && onsetMs >= episode.startMs - settings.withinMs);
  const moved: MovedResource = { resource: sample.resource, series: sample.series, onsetMs, peakScore: sample.score };
  if (near < 0) {
    const episode: Episode = { startMs: onsetMs, lastMs: onsetMs, moved: [moved], more: 0 };
    state.episodes.push(episode);
    if (state.episodes.length > settings.maxEpisodes) state.episodes.shift();
    return episode;
  }
  const joined = join(state.episodes[near]!, moved, settings.maxResources);
  if (joined === state.episodes[near]) return undefined;
  state.episodes[near] = joined;
  return joined;
}

/**
 * How likely so many resources would have moved in an episode if none had to do with another: the upper tail of a
 * Poisson distribution. Small is telling; 1 for a resource alone.
 * @param watchedSeries how many series are scored
 */
export function chanceOf(episode: Episode, settings: TogetherSettings, watchedSeries: number): number {
  const others = episode.moved.length + episode.more - 1;
  const mean = (watchedSeries * settings.falseAlarmsPerWeek * (episode.lastMs - episode.startMs + settings.withinMs)) / weekMs;
  let term = Math.exp(-mean), below = 0;
  for (let k = 0; k < others; k++) {
    below += term;
    term *= mean / (k + 1);
  }
  return Math.max(0, 1 - below);
}

/** Where the series' rise began: at the first sample above half the threshold. */
function followRise({ rising }: TogetherState, { threshold, maxRising }: TogetherSettings, { series, score, timeMs }: ScoredSample): number {
  if (score < threshold / 2) {
    rising.delete(series);
    return timeMs;
  }
  const since = rising.get(series);
  if (since !== undefined) return since;
  rising.set(series, timeMs);
  if (rising.size > maxRising) rising.delete(rising.keys().next().value!);
  return timeMs;
}

function join(episode: Episode, moved: MovedResource, maxResources: number): Episode {
  const known = episode.moved.findIndex(({ resource }) => resource === moved.resource);
  if (known < 0 && episode.moved.length >= maxResources) return { ...episode, lastMs: Math.max(episode.lastMs, moved.onsetMs), more: episode.more + 1 };
  const before = episode.moved[known];
  if (before && moved.onsetMs >= before.onsetMs && moved.peakScore <= before.peakScore) return episode;
  const first = before && before.onsetMs <= moved.onsetMs ? before : moved;
  const list = episode.moved.filter((_, index) => index !== known);
  list.push({ ...first, peakScore: Math.max(moved.peakScore, before?.peakScore ?? 0) });
  list.sort((a, b) => a.onsetMs - b.onsetMs || (a.resource < b.resource ? -1 : 1));
  return { ...episode, startMs: Math.min(episode.startMs, list[0]!.onsetMs), lastMs: Math.max(episode.lastMs, moved.onsetMs), moved: list };
}
