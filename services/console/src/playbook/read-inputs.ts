import type { Playbook } from '@opsloop/contracts';

type Schema = Playbook['spec']['inputs'];
export type InputForm = Readonly<Record<string, string | boolean>>;
export type InputProblem = 'must' | 'notNumber' | 'notPattern';

export interface InputReading {
  readonly values: Readonly<Record<string, string | number | boolean>>;
  readonly problems: Readonly<Record<string, InputProblem>>;
}

/** What a form begins with: the defaults. */
export function defaultForm(schema: Schema): InputForm {
  return Object.fromEntries(Object.entries(schema).map(([name, input]) => [name, input.type === 'boolean' ? input.default === true : String(input.default ?? (input.enum?.[0] !== undefined ? input.enum[0] : ''))]));
}

/** The values of a form in the types of the playbook. The server checks again; this says it beside the field. */
export function readInputs(schema: Schema, form: InputForm): InputReading {
  const values: Record<string, string | number | boolean> = {};
  const problems: Record<string, InputProblem> = {};
  for (const [name, input] of Object.entries(schema)) {
    const given = form[name] ?? '';
    const text = String(given).trim();
    if (input.type === 'boolean') values[name] = given === true;
    else if (text === '') {
      if (input.default === undefined) problems[name] = 'must';
    } else if (input.type === 'number') {
      if (Number.isFinite(Number(text))) values[name] = Number(text);
      else problems[name] = 'notNumber';
    } else if (input.pattern !== undefined && !new RegExp(`^(?:${input.pattern})$`, 'u').test(text)) problems[name] = 'notPattern';
    else values[name] = input.enum?.find((one) => String(one) === text) ?? text;
  }
  return { values, problems };
}
