import type { Language } from '../language/words.js';

/** A value in the unit that people read it in. `text` has both. */
export interface ShownValue {
  readonly number: string;
  readonly unit: string;
  readonly text: string;
}

interface Scale {
  /** The value is divided by it. */
  readonly factor: number;
  readonly suffix: string;
}

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const decimal = ['', 'k', 'M', 'G', 'T'];
const timeScales = {
  en: { ms: 'ms', s: 's', min: 'min', h: 'h', d: 'd' },
  ko: { ms: 'ms', s: '초', min: '분', h: '시간', d: '일' },
} as const;

/** The scale in which a value of this magnitude is read; one axis uses one scale. */
export function scaleFor(unit: string, magnitude: number, language: Language): Scale {
  const size = Math.abs(magnitude);
  switch (unit) {
    case 'percent':
      return { factor: 1, suffix: '%' };
    case 'bytes':
      return stepped(size, 1024, binary, '');
    case 'bytes_per_second':
      return stepped(size, 1024, binary, '/s');
    case 'count_per_second':
      return stepped(size < 10_000 ? 0 : size, 1000, decimal, '/s');
    case 'hertz':
      return stepped(size, 1000, decimal, 'Hz');
    case 'celsius':
      return { factor: 1, suffix: '°C' };
    case 'watts':
      return { factor: 1, suffix: 'W' };
    case 'seconds':
      return secondsScale(size, language);
    default:
      return stepped(size < 1_000_000 ? 0 : size, 1000, decimal, '');
  }
}

function stepped(size: number, base: number, names: readonly string[], tail: string): Scale {
  let index = 0;
  while (index < names.length - 1 && size >= base ** (index + 1)) index += 1;
  return { factor: base ** index, suffix: `${names[index]!}${tail}` };
}

function secondsScale(size: number, language: Language): Scale {
  const names = timeScales[language];
  if (size > 0 && size < 1) return { factor: 0.001, suffix: names.ms };
  if (size < 120) return { factor: 1, suffix: names.s };
  if (size < 7_200) return { factor: 60, suffix: names.min };
  if (size < 172_800) return { factor: 3_600, suffix: names.h };
  return { factor: 86_400, suffix: names.d };
}

/** About three significant digits, thousands separated, never scientific below 10^15. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e15) return value.toExponential(2);
  const digits = size === 0 || Number.isInteger(value) || size >= 1_000 ? 0 : size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.01 ? 2 : 4;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

export function formatValue(value: number | null | undefined, unit: string, language: Language): ShownValue {
  if (value === null || value === undefined || Number.isNaN(value)) return { number: '–', unit: '', text: '–' };
  const { factor, suffix } = scaleFor(unit, value, language);
  const number = formatNumber(value / factor);
  // A sign hangs on its number; a name keeps its distance.
  const joint = suffix === '' || suffix.startsWith('%') || suffix.startsWith('°') || suffix.startsWith('/') ? '' : ' ';
  return { number, unit: suffix, text: `${number}${joint}${suffix}` };
}
