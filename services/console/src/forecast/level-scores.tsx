import type { ForecastSummary } from '@opsloop/contracts';
import styles from '../backtest/backtest.module.css';
import { useWords } from '../language/language.js';
import { LevelMark } from '../level/level-mark.js';
import { forecastWords } from './forecast-words.js';

/** The same by level: one row each, so that levels are compared by looking. */
export function LevelScores({ levels, share }: { readonly levels: NonNullable<ForecastSummary['levels']>; share(rate: number | undefined): string }) {
  const words = useWords(forecastWords);
  return (
    <table className={styles['limits']}>
      <thead>
        <tr>
          <th scope="col">{words.level}</th>
          <th scope="col">{words.judged}</th>
          <th scope="col">{words.hits}</th>
          <th scope="col">{words.falseAlarms}</th>
          <th scope="col">{words.missedName}</th>
        </tr>
      </thead>
      <tbody>
        {levels.map((one) => (
          <tr key={one.level}>
            <th scope="row">
              <LevelMark level={one.level} />
            </th>
            <td>{one.scored}</td>
            <td>{share(one.hitRate)}</td>
            <td>{share(one.falseRate)}</td>
            <td>{share(one.missedRate)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
