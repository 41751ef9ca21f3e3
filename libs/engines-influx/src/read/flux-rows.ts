import { EngineError } from '@opsloop/ports';

/** Called for each row of an answer with its cells; `columns` is the same array until the shape of the rows changes. */
export type OnRow = (cells: readonly string[], columns: readonly string[]) => void;

/**
 * Reads Flux's CSV as it arrives, a line at a time. Names and numbers are written so that no cell needs quotes (see
 * series-names). Flux answers 200 before it has run: a failure on the way is a last table `error,reference`.
 */
export async function readFluxRows(chunks: AsyncIterable<Uint8Array>, onRow: OnRow): Promise<void> {
  let rest = '';
  let columns: readonly string[] | undefined;
  const take = (line: string): void => {
    if (line === '') columns = undefined;
    else if (!columns) columns = line.split(',');
    else if (columns[1] === 'error') throw new EngineError(`the query failed: ${line.slice(1, 500)}`, { retryable: true });
    else onRow(line.split(','), columns);
  };
  for await (const chunk of chunks) {
    const text = rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    let from = 0;
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      take(text.slice(from, text.charCodeAt(to - 1) === 13 ? to - 1 : to));
      from = to + 1;
    }
    rest = text.slice(from);
  }
  if (rest !== '') take(rest);
}
