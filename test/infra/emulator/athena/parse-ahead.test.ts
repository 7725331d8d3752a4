/** A query that was parsed when it came is not parsed again when it runs. */
import { expect, it, vi } from 'vitest';
import { Engine } from '../../../../infra/emulator/athena/engine.ts';
import { parseAhead, parseSelect } from '../../../../infra/emulator/athena/query/parse.ts';

const SQL = 'SELECT 1 AS one';

it('once, as planning changes the tree', async () => {
  const engine = new Engine({ folders: [], memoryBytes: 2 ** 28 });
  await engine.connected(async (connection) => {
    const asked = vi.spyOn(connection, 'runAndReadAll');
    await parseAhead(connection, SQL);
    const other = await parseSelect(connection, 'SELECT 2 AS two');
    expect(asked).toHaveBeenCalledTimes(2);
    const { tree } = await parseSelect(connection, SQL);
    expect(asked).toHaveBeenCalledTimes(2);
    expect(tree).not.toEqual(other.tree);
    const again = await parseSelect(connection, SQL);
    expect(asked).toHaveBeenCalledTimes(3);
    expect(again.tree).toEqual(tree);
    expect(again.tree).not.toBe(tree);
  });
});
