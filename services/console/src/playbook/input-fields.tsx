import { NativeSelect, Switch, TextInput } from '@mantine/core';
import type { Playbook } from '@opsloop/contracts';
import { useWords } from '../language/language.js';
import { playbookWords } from './playbook-words.js';
import type { InputForm, InputProblem } from './read-inputs.js';

type Schema = Playbook['spec']['inputs'];

interface InputFieldsProps {
  readonly schema: Schema;
  readonly form: InputForm;
  readonly problems: Readonly<Record<string, InputProblem>>;
  onChange(name: string, value: string | boolean): void;
}

/** One field an input, made from its type: a choice, a switch, a number or a text. */
export function InputFields({ schema, form, problems, onChange }: InputFieldsProps) {
  const words = useWords(playbookWords);
  return Object.entries(schema).map(([name, input]) => {
    const set = (value: string | boolean): void => onChange(name, value);
    const problem = problems[name];
    const error = problem === undefined ? undefined : problem === 'notPattern' ? words.notPattern(input.pattern ?? '') : words[problem];
    const shared = { label: name, error, ...(input.description === undefined ? {} : { description: input.description }) };
    if (input.type === 'boolean') return <Switch key={name} {...shared} color="var(--inverse)" checked={form[name] === true} onChange={(event) => set(event.currentTarget.checked)} />;
    if (input.enum) return <NativeSelect key={name} {...shared} value={String(form[name])} onChange={(event) => set(event.currentTarget.value)} data={input.enum.map(String)} />;
    return <TextInput key={name} {...shared} required={input.default === undefined} {...(input.type === 'number' ? { inputMode: 'decimal' as const } : {})} value={String(form[name] ?? '')} onChange={(event) => set(event.currentTarget.value)} />;
  });
}
