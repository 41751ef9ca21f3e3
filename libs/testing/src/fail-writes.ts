import fs from 'node:fs';

/**
 * Until the function that it answers is called, writes to files by descriptor fail as on a broken disk: in turn before
 * anything is written and after everything was.
 */
export function failWrites(): () => void {
  const { write } = fs;
  let failures = 0;
  fs.write = ((fd: number, bytes: Uint8Array, offset: number, length: number, position: number, done: (error: Error | null, written?: number) => void) => {
    const failure = Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' });
    if (failures++ % 2 === 0) setImmediate(done, failure);
    else write(fd, bytes, offset, length, position, () => done(failure));
  }) as typeof fs.write;
  return () => void (fs.write = write);
}
