export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

export interface Stage {
  readonly image: string;
  /** What other stages call it. */
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile: comments gone, continued lines joined, variables as they are written. */
export function readDockerfile(text: string): Stage[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#')).join('\n').replaceAll(/\\\n/g, ' ').split('\n');
  const stages: { image: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (name === undefined || rest === undefined) continue;
    const [image = '', , alias] = rest.split(/\s+/);
    if (name === 'FROM') stages.push({ image, name: alias, instructions: [] });
    else stages.at(-1)?.instructions.push({ name, rest });
  }
  return stages;
}
