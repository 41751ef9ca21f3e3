/** Definition files: text in, checked definitions or errors with their places out. */
import { definitionSchema, kinds, laterKinds, parseDurationMs, playbookSchema, policySchema, receiverSchema, scenarioSchema, scheduleSchema, versionProblems, type Definition, type Kind, type ScenarioSpec } from '@opsloop/contracts';
import type { z } from 'zod';
import { checkPolicy, type PolicyCheckOptions } from '../policy/check-policy.js';
import { scheduleProblems } from '../schedule/cron-times.js';
import { didYouMean } from './closest-name.js';
import type { DefinitionIssue } from './definition-issue.js';
import { explainSchemaIssue, type FieldProblem } from './explain-schema-issue.js';
import { findLaterFeatures } from './not-available-yet.js';
import { readDocuments, type FieldPath, type Position, type TextDocument } from './read-documents.js';

const maxSourceLength = 131_072;
const maxProblemsShown = 50;
const schemas: Readonly<Record<Kind, z.ZodType<Definition>>> = { Policy: policySchema, Scenario: scenarioSchema, Playbook: playbookSchema, Receiver: receiverSchema, Schedule: scheduleSchema };
const topFields = ['apiVersion', 'kind', 'metadata', 'spec'];
const metadataFields = ['name', 'title', 'labels'];

export interface ParseOptions extends PolicyCheckOptions {
  /** Named in every issue. */
  readonly file?: string;
}

export interface ParsedDefinition {
  readonly definition: Definition;
  /** As it was written. */
  readonly source: string;
  readonly file: string | undefined;
  /** An issue of one of its fields, at the place where that field is written. */
  locate(path: FieldPath, message: string): DefinitionIssue;
}

export interface ParsedDefinitions {
  readonly definitions: readonly ParsedDefinition[];
  readonly errors: readonly DefinitionIssue[];
  readonly warnings: readonly DefinitionIssue[];
}

interface Checked {
  readonly definition?: Definition;
  readonly errors: readonly FieldProblem[];
  readonly warnings: readonly FieldProblem[];
}

/**
 * Reads YAML or JSON that holds any number of definitions; a playbook may be written flat (name, steps ... at the top).
 * Defaults are filled in. A document with an error yields no definition; the others are returned all the same.
 */
export function parseDefinitions(text: string, options: ParseOptions): ParsedDefinitions {
  const read = readDocuments(text);
  const definitions: ParsedDefinition[] = [];
  const errors: DefinitionIssue[] = read.errors.map((error) => withFile(error, options.file));
  const warnings: DefinitionIssue[] = [];
  for (const document of read.documents) {
    const { value, pathOf } = normalise(document.value);
    const at = (path: FieldPath, message: string): DefinitionIssue => {
      const written = pathOf(path);
      return withFile({ ...position(document, written), path: written.join('.'), message }, options.file);
    };
    const checked = checkDocument(value, document.source, options);
    errors.push(...checked.errors.slice(0, maxProblemsShown).map((one) => at(one.path, one.message)));
    warnings.push(...checked.warnings.map((one) => at(one.path, one.message)));
    if (checked.definition) definitions.push({ definition: checked.definition, source: document.source, file: options.file, locate: at });
  }
  if (read.documents.length === 0 && errors.length === 0) errors.push(withFile({ line: 1, column: 1, path: '', message: 'holds no definition: write apiVersion, kind, metadata and spec' }, options.file));
  return { definitions, errors, warnings };
}

/** Checks one definition that came as a value (a JSON body, a stored document) the way texts are checked. */
export function checkDefinition(value: unknown, options: PolicyCheckOptions): Checked {
  return checkDocument(normalise(value).value, '', options);
}

function checkDocument(value: unknown, source: string, options: PolicyCheckOptions): Checked {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refused([], 'is not a definition: write apiVersion, kind, metadata and spec');
  if (source.length > maxSourceLength) return refused([], `is ${source.length} characters long, ${maxSourceLength} are allowed for one definition`);
  const { kind } = value as { kind?: unknown };
  if (kind === undefined) return refused(['kind'], `is missing: it is one of ${kinds.join(', ')}`);
  if (laterKinds.some((later) => later === kind)) return refused(['kind'], `${String(kind)} is not available yet: there are ${kinds.join(', ')} so far`);
  const known = kinds.find((one) => one === kind);
  if (known === undefined) return refused(['kind'], `"${String(kind)}" is not a kind${didYouMean(String(kind), kinds)}: it is one of ${kinds.join(', ')}`);
  const later = findLaterFeatures(known, value);
  const parsed = schemas[known].safeParse(value);
  if (!parsed.success || later.length > 0) return { errors: [...later, ...shapeErrors(parsed.error, schemas[known], value, later)], warnings: [] };
  const checked = semanticProblems(parsed.data, options);
  return { ...checked, ...(checked.errors.length === 0 && { definition: parsed.data }) };
}

function refused(path: FieldPath, message: string): Checked {
  return { errors: [{ path, message }], warnings: [] };
}

function shapeErrors(error: z.ZodError | undefined, schema: z.ZodType, value: unknown, later: readonly FieldProblem[]): FieldProblem[] {
  const told = new Set(later.map((one) => one.path.join('.')));
  return (error?.issues ?? []).flatMap((issue) => explainSchemaIssue(issue, schema, value)).filter((one) => !told.has(one.path.join('.')));
}

function semanticProblems(definition: Definition, options: PolicyCheckOptions): Pick<Checked, 'errors' | 'warnings'> {
  switch (definition.kind) {
    case 'Policy':
      return checkPolicy(definition, options);
    case 'Schedule':
      return { errors: scheduleProblems(definition.spec), warnings: [] };
    case 'Scenario':
      return { errors: scenarioProblems(definition.spec), warnings: [] };
    case 'Receiver':
      return { errors: definition.spec.levels?.length === 0 ? [{ path: ['spec', 'levels'], message: 'is empty, so that no alarm would be told: leave it out for all levels, or name some, for example [warn, critical]' }] : [], warnings: [] };
    case 'Playbook':
      return { errors: versionProblems(definition.spec).map(({ path, message }) => ({ path: ['spec', ...path], message })), warnings: [] };
  }
}

function scenarioProblems({ levels, cooldown }: ScenarioSpec): FieldProblem[] {
  if (Object.keys(levels).length === 0) return [{ path: ['spec', 'levels'], message: 'is empty: write what to do at a level, for example { critical: [...] }' }];
  if (parseDurationMs(cooldown) === 0) return [];
  return Object.entries(levels).flatMap(([level, steps]) => {
    const orders = steps.flatMap((step, index) => (step.do === 'work-order' ? [index] : []));
    return orders.slice(1).map((index) => ({ path: ['spec', 'levels', level, index], message: `is the second work order of ${level}, and the cooldown of ${cooldown} would hold it back: put the steps of both into one playbook, which runs them one after the other` }));
  });
}

/** The stored definition, with defaults of fields that it does not know yet; undefined when it no longer fits. */
export function readStoredDefinition(value: unknown): Definition | undefined {
  const parsed = definitionSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** A flat playbook becomes a full one; `pathOf` leads from the full one back to what the author wrote. */
function normalise(value: unknown): { value: unknown; pathOf(path: FieldPath): FieldPath } {
  const asIs = { value, pathOf: (path: FieldPath) => path };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return asIs;
  const keys = Object.keys(value);
  if (topFields.some((field) => keys.includes(field)) || !keys.includes('name') || !keys.includes('steps')) return asIs;
  const fields = Object.entries(value);
  const metadata = Object.fromEntries(fields.filter(([key]) => metadataFields.includes(key)));
  const spec = Object.fromEntries(fields.filter(([key]) => !metadataFields.includes(key)));
  return {
    value: { apiVersion: 'opsloop/v1', kind: 'Playbook', metadata, spec },
    pathOf: ([first, ...rest]) => (first === 'metadata' || first === 'spec' ? rest : first === undefined ? [] : [first, ...rest]),
  };
}

function position(document: TextDocument, path: FieldPath): Position {
  return document.locate(path);
}

function withFile(issue: DefinitionIssue, file: string | undefined): DefinitionIssue {
  return file === undefined ? issue : { ...issue, file };
}
