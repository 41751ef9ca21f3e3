/** What the page of work orders shows, as its address says it. What is usual is left out of the address. */
export interface BoardSearch {
  readonly view?: 'list';
  /** Looked for in what is shown. */
  readonly text?: string;
  /** Name of a playbook. */
  readonly playbook?: string;
  /** Id or name of a resource. */
  readonly resource?: string;
}

export function readBoardSearch({ view, text, playbook, resource }: Readonly<Record<string, unknown>>): BoardSearch {
  return {
    ...(view === 'list' && { view }),
    ...(typeof text === 'string' && text !== '' && { text }),
    ...(typeof playbook === 'string' && playbook !== '' && { playbook }),
    ...(typeof resource === 'string' && resource !== '' && { resource }),
  };
}
