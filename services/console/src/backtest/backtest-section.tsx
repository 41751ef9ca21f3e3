/** What a policy that is being written would have done. Read this file first. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ForecastCounts } from '../forecast/forecast-counts.js';
import { useWords } from '../language/language.js';
import { RangePicker } from '../metric/range-picker.js';
import { Loaded } from '../page/loaded.js';
import { Section } from '../page/page.js';
import type { PolicyDraft } from '../policy/policy-draft.js';
import { parseRange } from '../time/range.js';
import { BacktestAlarms } from './backtest-alarms.js';
import { BacktestChart } from './backtest-chart.js';
import { BacktestComparison } from './backtest-comparison.js';
import { BacktestCounts } from './backtest-counts.js';
import { backtestQuery, type BacktestQuestion } from './backtest-query.js';
import { BacktestScores } from './backtest-scores.js';
import { backtestWords } from './backtest-words.js';
import styles from './backtest.module.css';
import { LabelInput } from './label-input.js';
import { LimitTable } from './limit-table.js';

interface BacktestSectionProps {
  readonly draft: PolicyDraft | undefined;
  /** The newest text without faults; undefined: there was none yet. */
  readonly text: string | undefined;
  /** The text in the editor is another one. */
  readonly stale: boolean;
  /** Takes a limit into the text; undefined: it may not be changed. */
  readonly onTake: ((level: string, limit: number) => void) | undefined;
}

export function BacktestSection({ draft, text, stale, onTake }: BacktestSectionProps) {
  const words = useWords(backtestWords);
  const [chosen, setRange] = useState<string>();
  const range = chosen ?? usualRange(draft);
  const [labels, setLabels] = useState('');
  return (
    <Section title={words.title} beside={<span className={styles['range']}><RangePicker value={range} onChange={(next) => setRange(next === '' ? '1h' : next)} /></span>}>
      <p className={styles['soft']}>{words.lead}</p>
      {text === undefined ? <p className={styles['soft']}>{words.notYet}</p> : <Report draft={draft} question={{ text, range: parseRange(range), labels }} stale={stale} onTake={onTake} />}
      <LabelInput onChange={setLabels} />
    </Section>
  );
}

const minuteMs = 60_000;

/** A week; a day where it is judged by windows that are not kept for so long. */
function usualRange(draft: PolicyDraft | undefined): string {
  return draft?.windowMs === undefined || draft.windowMs % minuteMs === 0 ? '7d' : '24h';
}

function Report({ draft, question, stale, onTake }: { readonly draft: PolicyDraft | undefined; readonly question: BacktestQuestion } & Pick<BacktestSectionProps, 'stale' | 'onTake'>) {
  const words = useWords(backtestWords);
  const report = useQuery(backtestQuery(question));
  // A report that failed says why; one that is only late stays in sight.
  if (report.error) return <Loaded query={{ ...report, data: undefined }}>{() => null}</Loaded>;
  return (
    <Loaded query={report} height={420}>
      {(item) => (
        <div className={styles['report']} aria-busy={report.isPlaceholderData || undefined}>
          {stale ? <p className={styles['soft']}>{words.stale}</p> : null}
          <BacktestCounts item={item} />
          {item.judged === 0 ? <p>{words.nothing}</p> : <BacktestChart item={item} draft={draft} />}
          {item.missing.length > 0 ? <p>{words.missing(item.missing.join(', '))}</p> : null}
          {item.forecasts ? <ForecastCounts summary={item.forecasts} /> : null}
          <BacktestScores item={item} />
          <BacktestComparison item={item} />
          {item.judged === 0 ? null : <LimitTable question={question} unit={item.unit} onTake={onTake} />}
          <BacktestAlarms item={item} />
        </div>
      )}
    </Loaded>
  );
}
