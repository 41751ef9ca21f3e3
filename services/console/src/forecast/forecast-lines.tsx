import type { AlarmAnswer } from '@opsloop/contracts';
import { useLanguage, useWords } from '../language/language.js';
import { levelWords } from '../level/level-words.js';
import { useMinute } from '../time/clock.js';
import { formatClock, toMs } from '../time/format-time.js';
import { forecastWords } from './forecast-words.js';

/** When each threshold was expected as the alarm opened, and by which models. */
export function ForecastLines({ forecast, className }: { readonly forecast: NonNullable<AlarmAnswer['forecast']>; readonly className: string | undefined }) {
  const words = useWords(forecastWords);
  const { language } = useLanguage();
  const nowMs = useMinute();
  const clock = (iso: string): string => formatClock(toMs(iso), nowMs, language);
  return (
    <>
      {forecast.crossings.map(({ level, threshold, crossesAt, earliest, latest }) => {
        const what = `${levelWords[language][level]} ${threshold}`;
        const when = crossesAt === null || earliest === null ? words.never(what) : latest === null ? words.expectedFrom(what, clock(crossesAt), clock(earliest)) : words.expected(what, clock(crossesAt), clock(earliest), clock(latest));
        return (
          <p key={level} className={className}>
            {when}
          </p>
        );
      })}
      <p className={className}>{words.models(forecast.model)}</p>
    </>
  );
}
