import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { thresholdLines } from '../alarm/alarm-layers.js';
import { useLanguage, useWords } from '../language/language.js';
import { HistoryChart } from '../metric/history-chart.js';
import { historyQuery } from '../metric/metric-queries.js';
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
      {(data) => (
        <>
          <HistoryChart history={data} title={draft.metric} most={most} thresholds={thresholds} />
          <p className={styles['soft']}>{data.series.length === 0 ? words.previewNothing : words.series(data.series.length)}</p>
        </>
      )}
    </Loaded>
  );
}
