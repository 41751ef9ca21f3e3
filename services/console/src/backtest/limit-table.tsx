import { Button, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { BacktestItem } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLanguage, useWords } from '../language/language.js';
import { levelWords } from '../level/level-words.js';
import { formatNumber, formatValue } from '../metric/format-value.js';
import { Loaded } from '../page/loaded.js';
import { suggestionQuery, type BacktestQuestion } from './backtest-query.js';
import { backtestWords } from './backtest-words.js';
import styles from './backtest.module.css';
import { formatShare } from './format-share.js';

const askAfterMs = 500;

interface LimitTableProps {
  readonly question: BacktestQuestion;
  readonly unit: string;
  readonly onTake: ((level: string, limit: number) => void) | undefined;
}

/** How often each limit would have disturbed somebody; a click takes one into the text. */
export function LimitTable({ question, unit, onTake }: LimitTableProps) {
  const words = useWords(backtestWords);
  const [text, setText] = useState('');
  const [settled] = useDebouncedValue(text, askAfterMs);
  const limits = readLimits(settled);
  const answer = useQuery(suggestionQuery(question, limits ?? ''));
  return (
    <section aria-label={words.limits} className={styles['part']}>
      <h3>{words.limits}</h3>
      <TextInput className={styles['tried']!} label={words.tried} placeholder={words.triedHint} value={text} onChange={(event) => setText(event.currentTarget.value)} error={readLimits(text) === undefined ? words.triedWrong : undefined} />
      <Loaded query={answer} height={200}>
        {({ suggestion }) => (suggestion ? <Limits suggestion={suggestion} unit={unit} onTake={onTake} /> : <p className={styles['soft']}>{words.noLimits}</p>)}
      </Loaded>
    </section>
  );
}

function Limits({ suggestion: { level, limits }, unit, onTake }: { readonly suggestion: NonNullable<BacktestItem['suggestion']> } & Pick<LimitTableProps, 'unit' | 'onTake'>) {
  const words = useWords(backtestWords);
  const levels = useWords(levelWords);
  const { language } = useLanguage();
  const scored = limits.some((one) => one.score);
  return (
    <>
      <p className={styles['soft']}>{words.limitsFor(levels[level])}</p>
      <table className={styles['limits']} aria-label={words.limits}>
        <thead>
          <tr>
            {[words.limit, words.alarmsPerWeek, words.pagesPerWeek, ...(scored ? [words.precision, words.recall] : [])].map((title) => (
              <th key={title} scope="col">{title}</th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {limits.map((one) => {
            const shown = formatValue(one.limit, unit, language).text;
            return (
              <tr key={one.limit} data-present={one.isPresent || undefined}>
                <th scope="row">{shown}</th>
                <td>{formatNumber(one.alarmsPerWeek)}</td>
                <td>{formatNumber(one.pagesPerWeek)}</td>
                {scored ? <td>{formatShare(one.score?.precision)}</td> : null}
                {scored ? <td>{formatShare(one.score?.recall)}</td> : null}
                <td>
                  {one.isPresent ? <b>{words.now}</b> : onTake ? (
                    <Button size="compact-xs" variant="default" aria-label={words.takeLimit(shown)} onClick={() => onTake(level, one.limit)}>
                      {words.take}
                    </Button>
                  ) : null}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

/** `70, 80` as the API takes it; undefined: it is no list of numbers. */
function readLimits(text: string): string | undefined {
  const parts = text.split(',').map((part) => part.trim()).filter((part) => part !== '');
  return parts.every((part) => /^-?\d+(\.\d+)?$/.test(part)) ? parts.join(',') : undefined;
}
