import { parseComparison } from '@opsloop/contracts';
import type { Language } from './wording.js';

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const siPrefixes = ['', 'k', 'M', 'G', 'T', 'P'];
const suffixes: Readonly<Record<string, string>> = { percent: '%', celsius: '°C', watts: 'W', seconds: 's', hertz: 'Hz', count_per_second: '/s' };

/** A measured value with its unit, short enough for a subject line: 97.3 %, 1.5 GiB, 12 MB/s. Units as in the catalogue. */
export function formatValue(value: number | null, unit: string, language: Language): string {
  if (value === null) return language === 'ko' ? '측정값 없음' : 'no data';
  if (unit === 'bool') return value === 0 ? (language === 'ko' ? '아니요' : 'no') : language === 'ko' ? '예' : 'yes';
  if (unit === 'bytes') return scaled(value, 1024, binaryUnits);
  if (unit === 'bytes_per_second') return scaled(value, 1000, siPrefixes.map((prefix) => `${prefix}B/s`));
  if (unit === 'hertz' || unit === 'watts') return scaled(value, 1000, siPrefixes.map((prefix) => `${prefix}${suffixes[unit]!}`));
  const suffix = suffixes[unit];
  return suffix === undefined ? digits(value) : `${digits(value)} ${suffix}`;
}

/** A threshold such as `> 1073741824` in the same unit: `> 1 GiB`. What is not a comparison stays as it is. */
export function formatThreshold(threshold: string, unit: string, language: Language): string {
  const comparison = parseComparison(threshold);
  return comparison ? `${comparison.operator} ${formatValue(comparison.value, unit, language)}` : threshold;
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let scaledValue = value;
  let step = 0;
  while (Math.abs(scaledValue) >= base && step < units.length - 1) {
    scaledValue /= base;
    step += 1;
  }
  return `${digits(scaledValue)} ${units[step]!}`;
}

/** Three significant digits below 1,000, whole numbers above, no exponent where it can be helped. */
function digits(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  if (Math.abs(value) >= 1000 && Math.abs(value) < 1e15) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}
