import { parseDefinitions, type DefinitionIssue, type ParsedDefinition } from '@opsloop/domain';
import { badRequest } from '../http/api-error.js';

/** The definitions of a body; a problem with the line of each fault when it holds one. */
export function readBody(body: unknown, baseWindowMs: number): readonly ParsedDefinition[] {
  const { definitions, errors } = parseDefinitions(body as string, { baseWindowMs });
  if (errors.length > 0) throw badRequest('The definition cannot be used.', errors.map(toProblemError));
  return definitions;
}

export function toProblemError(issue: DefinitionIssue): { at: string; message: string } {
  return { at: `line ${issue.line}${issue.path ? `, ${issue.path}` : ''}`, message: issue.message };
}
