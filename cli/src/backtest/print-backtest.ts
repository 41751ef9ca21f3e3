import type { Api } from '@opsloop/contracts';
import type { BacktestAlarm, BacktestReport } from '@opsloop/domain';
import { line, type CliHost } from '../cli-host.js';
import { formatTable } from '../format-table.js';

const mostLines = 50;

/** A backtest for people: what would have happened, how often, and how right it would have been. */
export function printBacktest(host: CliHost, report: Api<BacktestReport>): void {
  const { policy, alarms, pages, orders, missing } = report;
  const held = orders.filter((order) => order.heldBack !== undefined).length;
  host.out(line(`${policy}: ${report.from} to ${report.to}, ${report.judged} windows judged`));
  if (report.measuredFrom > report.from) host.out(line(`  history begins at ${report.measuredFrom}: rates are reckoned from there`));
  host.out(line(`  ${alarms.length} alarms (${rate(report.alarmsPerWeek)} a week), ${pages.length} pages (${rate(report.pagesPerWeek)} a week), ${orders.length - held} work orders${held > 0 ? ` and ${held} held back` : ''}`));
  if (alarms.length > 0) host.out(indent(formatTable([['OPENED', 'RESOLVED', 'LEVEL', 'ON', 'WHY'], ...alarms.slice(0, mostLines).map(alarmRow)])));
  if (alarms.length > mostLines) host.out(line(`  ... and ${alarms.length - mostLines} more (--output json tells all)`));
  for (const order of orders.slice(0, mostLines)) host.out(line(`  ${order.at} ${order.heldBack === undefined ? `${order.scenario} runs ${order.playbook} on ${order.resource}${order.approval === 'required' ? ' once approved' : ''}` : `${order.scenario} does not run ${order.playbook} on ${order.resource}: ${order.heldBack}`}`));
  if (missing.length > 0) host.out(line(`  not defined here, so left out: ${missing.join(', ')}`));
  printForecasts(host, report);
  printScore(host, report);
  printComparison(host, report);
  printSuggestion(host, report);
}

function alarmRow({ openedAt, resolvedAt, level, resourceName, labels, transitions }: Api<BacktestAlarm>): string[] {
  const parts = Object.values(labels as Record<string, string>);
  return [openedAt, resolvedAt ?? 'open', level, [resourceName, ...parts].join('/'), transitions[0]?.reason ?? ''];
}

function printForecasts(host: CliHost, { forecasts }: Api<BacktestReport>): void {
  if (!forecasts) return;
  const { scored, hitRate, falseRate, missedRate, meanLeadSeconds, coverage, levels } = forecasts;
  const lead = meanLeadSeconds === undefined ? '' : `, ${Math.round(meanLeadSeconds / 60)} min ahead (mean)`;
  host.out(line(`  ${scored} forecasts scored: hits ${share(hitRate ?? null)}, false ${share(falseRate ?? null)}, crossings missed ${share(missedRate ?? null)}, interval held ${share(coverage ?? null)}${lead}`));
  if (!levels || levels.length < 2) return;
  for (const one of levels) host.out(line(`    ${one.level}: ${one.scored} scored, hits ${share(one.hitRate ?? null)}, false ${share(one.falseRate ?? null)}, crossings missed ${share(one.missedRate ?? null)}`));
}

function printScore(host: CliHost, { score }: Api<BacktestReport>): void {
  if (!score) return;
  const { precision, recall, found, labelled, right, alarms, medianDelaySeconds } = score;
  host.out(line(`  found ${found} of ${labelled} labelled times (recall ${share(recall)}), ${right} of ${alarms} alarms were right (precision ${share(precision)})${medianDelaySeconds === null ? '' : `, ${medianDelaySeconds} s after they began (median)`}`));
}

function printComparison(host: CliHost, { comparison, pagesPerWeek }: Api<BacktestReport>): void {
  if (!comparison) return;
  const { before, kept, gained, lost } = comparison;
  host.out(line(`  against the version before: ${kept} alarms stay, ${gained.length} come, ${lost.length} go; ${rate(before.pagesPerWeek)} -> ${rate(pagesPerWeek)} pages a week`));
  for (const [sign, list] of [['+', gained], ['-', lost]] as const) for (const alarm of list.slice(0, mostLines)) host.out(line(`    ${sign} ${alarmRow(alarm).slice(0, 4).join(' ')}`));
}

function printSuggestion(host: CliHost, { suggestion }: Api<BacktestReport>): void {
  if (!suggestion) return;
  host.out(line(`  other limits for ${suggestion.level}:`));
  const rows = suggestion.limits.map(({ limit, isPresent, alarmsPerWeek, pagesPerWeek, score }) => [`${limit}${isPresent ? ' (now)' : ''}`, rate(alarmsPerWeek), rate(pagesPerWeek), score ? share(score.precision) : '', score ? share(score.recall) : '']);
  host.out(indent(formatTable([['LIMIT', 'ALARMS/WEEK', 'PAGES/WEEK', 'PRECISION', 'RECALL'], ...rows])));
}

function rate(perWeek: number): string {
  return String(Number(perWeek.toPrecision(3)));
}

function share(value: number | null): string {
  return value === null ? '-' : value.toFixed(2);
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '    ');
}
