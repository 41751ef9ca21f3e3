import type { Kind } from '@opsloop/contracts';

/** Where the API keeps each kind, in the order in which definitions need each other: first what others name. */
export const definitionFolders = { Receiver: 'receivers', Playbook: 'playbooks', Scenario: 'scenarios', Policy: 'policies', Schedule: 'schedules' } as const satisfies Record<Kind, string>;

export const kindsInOrder = Object.keys(definitionFolders) as readonly Kind[];
