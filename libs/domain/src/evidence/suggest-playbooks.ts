import type { Alarm, Playbook, SuggestedPlaybook, TemplateEvidence } from '@opsloop/contracts';

const mostPlaybooks = 5;

export interface PlaybookChoice {
  readonly name: string;
  readonly title: SuggestedPlaybook['title'];
  readonly for: Playbook['spec']['for'];
}

export interface SuggestionInput {
  readonly alarm: Pick<Alarm, 'labels' | 'attributes'>;
  readonly templates: readonly TemplateEvidence[];
  /** What the scenarios of the policy would run, in their order. */
  readonly planned: readonly { readonly scenario: string; readonly playbook: string }[];
  readonly playbooks: readonly PlaybookChoice[];
}

/** What the scenarios of the policy run first, then what the catalogue has for the software that the alarm and its templates are about. */
export function suggestPlaybooks({ alarm, templates, planned, playbooks }: SuggestionInput): SuggestedPlaybook[] {
  const suggested = new Map<string, SuggestedPlaybook>();
  const suggest = (choice: PlaybookChoice, because: SuggestedPlaybook['because'], of: string): void => {
    if (!suggested.has(choice.name)) suggested.set(choice.name, { name: choice.name, ...(choice.title && { title: choice.title }), because, of });
  };
  for (const { scenario, playbook } of planned) {
    const choice = playbooks.find(({ name }) => name === playbook);
    if (choice) suggest(choice, 'scenario', scenario);
  }
  const words = new Set([alarm.labels['service'], alarm.attributes['service'], alarm.attributes['software'], ...templates.map((one) => one.service)].flatMap((text) => wordsOf(text ?? '')));
  for (const word of words) {
    for (const choice of playbooks) if (wordsOf(choice.for?.software ?? '').join(' ') === word) suggest(choice, 'software', choice.for!.software!);
  }
  return [...suggested.values()].slice(0, mostPlaybooks);
}

/** `shop/nginx-1.service`: shop, nginx, 1, service. */
function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}
