import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { thresholdLines } from '../alarm/alarm-layers.js';
import { useLanguage, useWords } from '../language/language.js';
import { HistoryChart } from '../metric/history-chart.js';
import { historyQuery } from '../metric/metric-queries.js';
import { onlyTotals } from '../metric/pick-series.js';
import { RangePicker } from '../metric/range-picker.js';
import { Loaded } from '../page/loaded.js';
import { Section } from '../page/page.js';
import { parseRange } from '../time/range.js';
import type { PolicyDraft } from './policy-draft.js';
import { policyWords } from './policy-words.js';
import styles from './policy.module.css';

const most = 8;
/** Finer steps than this are not asked for over long ranges. */
const mostPoints = 2_000;

/** The metric as the policy would judge it, with the thresholds drawn in. */
export function PolicyPreview({ draft }: { readonly draft: PolicyDraft | undefined }) {
  const words = useWords(policyWords);
  const [range, setRange] = useState('6h');
  return (
    <Section title={words.preview} beside={<span className={styles['range']}><RangePicker value={range} onChange={(next) => setRange(next === '' ? '1h' : next)} /></span>}>
      {draft === undefined ? <p className={styles['soft']}>{words.previewNone}</p> : <PreviewChart draft={draft} range={range} />}
    </Section>
  );
}

function PreviewChart({ draft, range: text }: { readonly draft: PolicyDraft; readonly range: string }) {
  const words = useWords(policyWords);
  const { language } = useLanguage();
  const range = parseRange(text);
  const lengthMs = range.kind === 'last' ? range.lengthMs : range.toMs - range.fromMs;
  const fine = draft.windowMs !== undefined && draft.windowMs >= 1_000 && lengthMs / draft.windowMs <= mostPoints;
  const history = useQuery(historyQuery({ metric: draft.metric, range, aggregates: [draft.aggregate], labels: draft.match, ...(fine ? { stepMs: draft.windowMs! } : {}) }));
  const thresholds = useMemo(() => thresholdLines(draft.threshold, language), [draft.threshold, language]);
  return (
    <Loaded query={history} height={260}>
      {(data) => {
        // Labels that series carry themselves narrow to parts; without them, totals are judged where there are any.
        const judged = data.series.some((one) => Object.keys(draft.match).some((key) => key in one.labels)) ? data.series : onlyTotals(data.series);
        return (
          <>
            <HistoryChart history={{ ...data, series: judged }} title={draft.metric} most={most} thresholds={thresholds} />
            <p className={styles['soft']}>{judged.length === 0 ? words.previewNothing : words.series(judged.length)}</p>
          </>
        );
      }}
    </Loaded>
  );
}
