import { Button, NativeSelect } from '@mantine/core';
import { parseDurationMs } from '@opsloop/contracts/duration-text';
import { useLanguage, useWords } from '../language/language.js';
import { formatLength } from '../time/format-time.js';
import { parseRange, rangePresets } from '../time/range.js';
import { metricWords } from './metric-words.js';

interface RangePickerProps {
  readonly value: string | undefined;
  /** The text for the address; empty: the usual one. */
  onChange(range: string): void;
}

export function RangePicker({ value, onChange }: RangePickerProps) {
  const words = useWords(metricWords);
  const { language } = useLanguage();
  const range = parseRange(value);
  const fixed = range.kind === 'fixed';
  const other = !fixed && !(rangePresets as readonly string[]).includes(range.text) ? [{ value: range.text, label: formatLength(range.lengthMs, language) }] : [];
  return (
    <>
      <NativeSelect
        label={words.range}
        value={fixed ? 'fixed' : range.text}
        onChange={(event) => onChange(event.currentTarget.value === '1h' ? '' : event.currentTarget.value)}
        data={[...(fixed ? [{ value: 'fixed', label: `${words.rangeFixed}, ${formatLength(range.toMs - range.fromMs, language)}`, disabled: true }] : []), ...rangePresets.map((preset) => ({ value: preset as string, label: formatLength(parseDurationMs(preset)!, language) })), ...other]}
      />
      {fixed ? (
        <Button variant="default" onClick={() => onChange('')}>
          {words.backToLive}
        </Button>
      ) : null}
    </>
  );
}
