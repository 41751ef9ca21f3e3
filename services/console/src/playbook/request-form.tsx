import { Button, Checkbox, MultiSelect, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core';
import type { DefinitionAnswer, Playbook, ResourceAnswer, WorkOrderRequest } from '@opsloop/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { apiSend } from '../api/client.js';
import { shortId, type WorkOrderRecord } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { useDraft } from '../page/draft.js';
import { LeaveGuard } from '../page/leave-guard.js';
import { pageWords } from '../page/page-words.js';
import { ProblemNotice } from '../page/problem.js';
import { definitionsQuery } from '../definition/definition-queries.js';
import { definitionTitle } from '../definition/definition-title.js';
import { resourcesQuery } from '../resource/resource-queries.js';
import { hasScope, useMe } from '../session/me-query.js';
import { workOrderWords } from '../work-order/work-order-words.js';
import { InputFields } from './input-fields.js';
import { playbookWords } from './playbook-words.js';
import styles from './playbook.module.css';
import { defaultForm, readInputs, type InputForm } from './read-inputs.js';

const types = ['incident', 'change', 'inspection', 'collection', 'security'] as const;

interface RequestState {
  readonly targets: readonly string[];
  readonly addresses: Readonly<Record<string, string>>;
  readonly title: string;
  readonly type: WorkOrderRequest['type'];
  readonly content: string;
  readonly desired: string;
  readonly approval: boolean;
  readonly receivers: readonly string[];
  /** Those that were written: the others are the defaults of the version in force. */
  readonly inputs: InputForm;
}

const blank: RequestState = { targets: [], addresses: {}, title: '', type: 'change', content: '', desired: '', approval: false, receivers: [], inputs: {} };

/** Asks for what the playbook needs, says what will happen, and opens the work order. */
export function RequestForm({ playbook, spec }: { readonly playbook: DefinitionAnswer; readonly spec: Playbook['spec'] }) {
  const words = useWords(playbookWords);
  const page = useWords(pageWords);
  const { language } = useLanguage();
  const { target } = useSearch({ from: '/app/playbooks/$name' });
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const allowed = hasScope(useMe(), 'operate');
  const resources = useQuery(resourcesQuery).data?.items ?? [];
  const [tried, setTried] = useState(false);
  const [written, setWritten] = useDraft<Partial<RequestState>>();
  const form: RequestState = { ...blank, targets: target === undefined ? [] : [target], ...written };
  const set = (change: Partial<RequestState>): void => setWritten({ ...written, ...change });
  const inputs = { ...defaultForm(spec.inputs), ...form.inputs };
  const reading = readInputs(spec.inputs, inputs);
  const chosen = resources.filter((one) => form.targets.includes(one.resourceId));
  const usualTitle = [definitionTitle(playbook, language), ...(chosen.length === 1 ? [chosen[0]!.name] : [])].join(': ');
  const complete = chosen.length > 0 && Object.keys(reading.problems).length === 0;
  const send = useMutation({
    mutationFn: () => apiSend<WorkOrderRecord>('POST', 'work-orders', requestOf(form, { playbook: playbook.name, title: form.title.trim() || usualTitle, inputs: reading.values, chosen, withAddress: needsAddress(spec) })),
    async onSuccess(order) {
      setWritten(undefined);
      await queryClient.invalidateQueries({ queryKey: ['work-orders'] });
      await navigate({ to: '/work-orders/$id', params: { id: shortId(order.id) }, ignoreBlocker: true });
    },
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (complete) send.mutate();
      }}
    >
      <Stack gap="md">
        <MultiSelect label={words.targets} description={words.targetsText} required searchable limit={60} data={resources.map((one) => ({ value: one.resourceId, label: one.name }))} value={chosen.map((one) => one.resourceId)} onChange={(targets) => set({ targets })} error={tried && chosen.length === 0 ? words.must : undefined} />
        {needsAddress(spec) ? chosen.map((one) => <TextInput key={one.resourceId} label={words.address(one.name)} description={words.addressText} value={addressOf(form, one)} onChange={(event) => set({ addresses: { ...form.addresses, [one.resourceId]: event.currentTarget.value } })} />) : null}
        <InputFields schema={spec.inputs} form={inputs} problems={tried ? reading.problems : {}} onChange={(name, value) => set({ inputs: { ...form.inputs, [name]: value } })} />
        <TextInput label={words.orderTitle} placeholder={usualTitle} maxLength={200} value={form.title} onChange={(event) => set({ title: event.currentTarget.value })} />
        <OrderFields form={form} onChange={set} approvable={spec.approval !== 'required'} />
        {chosen.length === 0 ? null : <p className={styles['soft']}>{words.afterwards(chosen.length, spec.approval === 'required' || form.approval)}</p>}
        {send.error ? <ProblemNotice error={send.error} /> : null}
        <Button type="submit" loading={send.isPending} disabled={!allowed} title={allowed ? undefined : page.needsScope('operate')}>
          {words.submit}
        </Button>
      </Stack>
      <LeaveGuard unsaved={written !== undefined} onLeave={() => setWritten(undefined)} />
    </form>
  );
}

function OrderFields({ form, onChange, approvable }: { readonly form: RequestState; onChange(change: Partial<RequestState>): void; readonly approvable: boolean }) {
  const words = useWords(playbookWords);
  const orders = useWords(workOrderWords);
  const receivers = useQuery(definitionsQuery('receivers')).data?.items ?? [];
  return (
    <>
      <NativeSelect label={words.type} value={form.type} onChange={(event) => onChange({ type: event.currentTarget.value as RequestState['type'] })} data={types.map((value) => ({ value, label: orders[value] }))} />
      <Textarea label={words.content} autosize minRows={2} maxLength={10_000} value={form.content} onChange={(event) => onChange({ content: event.currentTarget.value })} />
      <TextInput type="datetime-local" label={words.desired} value={form.desired} onChange={(event) => onChange({ desired: event.currentTarget.value })} />
      {approvable ? <Checkbox label={words.askApproval} checked={form.approval} onChange={(event) => onChange({ approval: event.currentTarget.checked })} /> : null}
      {receivers.length === 0 ? null : <MultiSelect label={words.told} description={words.toldText} searchable data={receivers.map((one) => one.name)} value={[...form.receivers]} onChange={(names) => onChange({ receivers: names })} />}
    </>
  );
}

function needsAddress(spec: Playbook['spec']): boolean {
  return spec.steps.some((step) => step.uses === 'http');
}

function addressOf(form: RequestState, resource: ResourceAnswer): string {
  return form.addresses[resource.resourceId] ?? resource.attributes['url'] ?? '';
}

function requestOf(form: RequestState, { playbook, title, inputs, chosen, withAddress }: { readonly playbook: string; readonly title: string; readonly inputs: WorkOrderRequest['jobs'][number]['inputs']; readonly chosen: readonly ResourceAnswer[]; readonly withAddress: boolean }): WorkOrderRequest {
  return {
    type: form.type,
    title,
    content: form.content.trim(),
    targets: chosen.map((one) => ({ id: one.resourceId, name: one.name, resource: one.resourceId, ...(withAddress && addressOf(form, one) !== '' ? { address: { url: addressOf(form, one) } } : {}) })),
    jobs: [{ playbook, inputs }],
    ...(form.approval ? { approval: 'required' as const } : {}),
    ...(form.receivers.length > 0 ? { receivers: [...form.receivers] } : {}),
    ...(form.desired === '' ? {} : { desiredAt: new Date(form.desired).toISOString() }),
  };
}
