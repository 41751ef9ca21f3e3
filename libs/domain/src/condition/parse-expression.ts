/** Expressions over named conditions: `busy and (slow or not idle)`, `2 of (a, b, c)`. */

/** true, false, or undefined: not known, as in Kleene's logic. */
export type Truth = boolean | undefined;

export interface Expression {
  /** Names in it, without repeats. */
  readonly names: readonly string[];
  evaluate(truthOf: (name: string) => Truth): Truth;
}

const tokenPattern = /\s*(?:(\d+)|([A-Za-z][A-Za-z0-9_-]*)|([(),]))/y;
const mostTokens = 500;
const deepest = 20;

type Node = (truthOf: (name: string) => Truth) => Truth;

/** The expression, or what is wrong with it. */
export function parseExpression(text: string): Expression | string {
  const tokens = tokenise(text);
  if (typeof tokens === 'string') return tokens;
  try {
    const reader = createReader(tokens);
    const evaluate = readOr(reader, 0);
    if (reader.peek() !== undefined) return `goes on with "${reader.peek()!}" where and, or, or its end is expected`;
    return { names: [...reader.names], evaluate };
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function tokenise(text: string): string[] | string {
  const tokens: string[] = [];
  let at = 0;
  while (text.slice(at).trim() !== '') {
    tokenPattern.lastIndex = at;
    const match = tokenPattern.exec(text);
    if (!match) return `cannot be read at "${text.slice(at).trim().slice(0, 20)}": write names joined by and, or, not and brackets, or 2 of (a, b, c)`;
    tokens.push(match[0].trim());
    at = tokenPattern.lastIndex;
    if (tokens.length > mostTokens) return `is longer than ${mostTokens} words`;
  }
  return tokens.length === 0 ? 'is empty: write a name of a condition' : tokens;
}

interface Reader {
  readonly names: Set<string>;
  peek(): string | undefined;
  take(expected?: string): string;
}

function createReader(tokens: readonly string[]): Reader {
  let at = 0;
  return {
    names: new Set(),
    peek: () => tokens[at]?.toLowerCase(),
    take(expected) {
      const token = tokens[at];
      if (token === undefined) throw new SyntaxError(`ends where ${expected ?? 'a name'} is expected`);
      if (expected !== undefined && token.toLowerCase() !== expected) throw new SyntaxError(`has "${token}" where ${expected} is expected`);
      at++;
      return token;
    },
  };
}

function readOr(reader: Reader, depth: number): Node {
  if (depth > deepest) throw new SyntaxError(`has brackets deeper than ${deepest}`);
  const parts = readList(reader, 'or', () => readAnd(reader, depth));
  return parts.length === 1 ? parts[0]! : (truthOf) => atLeast(1, parts.map((part) => part(truthOf)));
}

function readAnd(reader: Reader, depth: number): Node {
  const parts = readList(reader, 'and', () => readOne(reader, depth));
  return parts.length === 1 ? parts[0]! : (truthOf) => atLeast(parts.length, parts.map((part) => part(truthOf)));
}

function readOne(reader: Reader, depth: number): Node {
  const word = reader.peek();
  if (word === 'not') return readNot(reader, depth);
  if (word === '(') {
    reader.take();
    const inner = readOr(reader, depth + 1);
    reader.take(')');
    return inner;
  }
  if (word !== undefined && /^\d+$/.test(word)) return readSome(reader, depth);
  const name = reader.take();
  if (['and', 'or', 'of', ')', ','].includes(name.toLowerCase())) throw new SyntaxError(`has "${name}" where a name is expected`);
  reader.names.add(name);
  return (truthOf) => truthOf(name);
}

function readNot(reader: Reader, depth: number): Node {
  if (depth > deepest) throw new SyntaxError(`has more than ${deepest} not in a row`);
  reader.take();
  const inner = readOne(reader, depth + 1);
  return (truthOf) => {
    const truth = inner(truthOf);
    return truth === undefined ? undefined : !truth;
  };
}

/** `2 of (a, b, c)`. */
function readSome(reader: Reader, depth: number): Node {
  const n = Number(reader.take());
  reader.take('of');
  reader.take('(');
  const parts = readList(reader, ',', () => readOr(reader, depth + 1));
  reader.take(')');
  if (n < 1 || n > parts.length) throw new SyntaxError(`asks for ${n} of ${parts.length}: write 1 to ${parts.length}`);
  return (truthOf) => atLeast(n, parts.map((part) => part(truthOf)));
}

function readList(reader: Reader, separator: string, readPart: () => Node): Node[] {
  const parts = [readPart()];
  while (reader.peek() === separator) {
    reader.take();
    parts.push(readPart());
  }
  return parts;
}

/** Whether n of them are true; undefined while those that are not known could decide it. */
function atLeast(n: number, truths: readonly Truth[]): Truth {
  const known = truths.filter((truth) => truth === true).length;
  if (known >= n) return true;
  return known + truths.filter((truth) => truth === undefined).length >= n ? undefined : false;
}
