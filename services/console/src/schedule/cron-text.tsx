import { useLanguage, useWords } from '../language/language.js';
import { describeCron } from './describe-cron.js';
import { scheduleWords } from './schedule-words.js';

/** When a schedule is due, as people say it; the expression itself where there is no short sentence. */
export function CronText({ cron, timeZone }: { readonly cron: string; readonly timeZone: string }) {
  const words = useWords(scheduleWords);
  const { language } = useLanguage();
  const said = describeCron(cron, language);
  return (
    <>
      {said === undefined ? <code>{cron}</code> : <span title={cron}>{capital(said)}</span>}, {words.inZone(timeZone)}
    </>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
