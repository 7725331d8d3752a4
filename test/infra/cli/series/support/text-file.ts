/** A text as if it were read from a file. */
import type { TextFile } from '../../../../../infra/cli/series/text.ts';

/** @param sizes of the pieces in which it arrives, one after the other; the last one repeats */
export function textFile(text: string, file = 'some.csv', sizes: readonly number[] = [1000]): TextFile {
  return {
    file,
    head: text.slice(0, 64 * 1024),
    async *chunks() {
      let at = 0;
      for (let i = 0; at < text.length; i++) {
        const size = sizes[Math.min(i, sizes.length - 1)] as number;
        yield text.slice(at, at + size);
        at += size;
      }
    },
  };
}
