import { inputValueProblem, type InputValues, type PlaybookSpec } from '@opsloop/contracts';

export interface InputProblem {
  readonly input: string;
  readonly message: string;
}

export type CompletedInputs = { readonly values: InputValues } | { readonly problems: readonly InputProblem[] };

/** The values of a run: what was given, checked against type, pattern and choice, and the defaults for the rest. */
export function completeInputs(spec: PlaybookSpec, given: InputValues): CompletedInputs {
  const problems: InputProblem[] = [];
  const values: InputValues = {};
  const declared = Object.keys(spec.inputs);
  for (const name of Object.keys(given)) {
    if (!declared.includes(name)) problems.push({ input: name, message: `is not an input of the playbook: ${declared.length > 0 ? `it has ${declared.join(', ')}` : 'it has none'}` });
  }
  for (const [name, input] of Object.entries(spec.inputs)) {
    const value = Object.hasOwn(given, name) ? given[name] : input.default;
    if (value === undefined) {
      problems.push({ input: name, message: `is missing: the playbook has no default for it` });
      continue;
    }
    const wrong = inputValueProblem(input, value);
    if (wrong) problems.push({ input: name, message: wrong });
    else values[name] = value;
  }
  return problems.length > 0 ? { problems } : { values };
}
