import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientOptions } from '../../../../infra/emulator/stack/client-options.ts';
import { emulate } from '../support/emulate.ts';

async function open() {
  const { endpoint, folder } = await emulate({ Resources: {} });
  const client = new SSMClient({ ...clientOptions(endpoint), maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  const put = (Name: string, more: Partial<PutParameterCommand['input']> = {}) =>
    client.send(new PutParameterCommand({ Name, Value: `value of ${Name}`, Type: 'SecureString', ...more }));
  return { client, folder, put };
}

describe('the Parameter Store', () => {
  it('keeps a secret, shows it only when asked to decrypt, and counts its versions', async () => {
    const { client, folder, put } = await open();
    expect(await put('/shop/key')).toMatchObject({ Version: 1, Tier: 'Standard' });
    await expect(put('/shop/key')).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
    expect(await put('/shop/key', { Value: 'new', Overwrite: true, Type: undefined })).toMatchObject({
      Version: 2,
    });
    const get = async (WithDecryption: boolean) =>
      (await client.send(new GetParameterCommand({ Name: '/shop/key', WithDecryption }))).Parameter;
    expect(await get(true)).toMatchObject({
      ...{ Name: '/shop/key', Type: 'SecureString', Value: 'new', Version: 2, DataType: 'text' },
      ARN: 'arn:aws:ssm:us-east-1:000000000000:parameter/shop/key',
      LastModifiedDate: expect.any(Date),
    });
    expect((await get(false))?.Value).not.toContain('new');
    expect(statSync(join(folder, 'state', 'ssm.json')).mode & 0o077).toBe(0);
  });

  it('lists what is under a path, in pages, and describes without values', async () => {
    const { client, put } = await open();
    const names = Array.from({ length: 12 }, (_, i) => `/shop/channels/c${String(i).padStart(2, '0')}`);
    for (const name of [...names, '/shop/channels/deep/one', '/shop/channelsnot', 'plain']) await put(name);
    const Path = '/shop/channels';
    const first = await client.send(new GetParametersByPathCommand({ Path, WithDecryption: true }));
    expect(first.Parameters).toHaveLength(10);
    const { NextToken } = first;
    const second = await client.send(
      new GetParametersByPathCommand({ Path, WithDecryption: true, NextToken }),
    );
    expect([...(first.Parameters ?? []), ...(second.Parameters ?? [])].map(({ Name }) => Name)).toEqual(
      names,
    );
    expect(second.NextToken).toBeUndefined();
    const filters = [{ Key: 'Path', Option: 'Recursive', Values: [Path] }];
    const described = await client.send(new DescribeParametersCommand({ ParameterFilters: filters }));
    expect(described.Parameters).toHaveLength(13);
    expect(JSON.stringify(described)).not.toContain('value of');
    const some = await client.send(new GetParametersCommand({ Names: ['plain', 'nobody'] }));
    expect([some.Parameters?.map(({ Name }) => Name), some.InvalidParameters]).toEqual([
      ['plain'],
      ['nobody'],
    ]);
  });

  it('refuses as AWS does', async () => {
    const { client, put } = await open();
    const refused = (answer: Promise<unknown>, name: string) =>
      expect(answer).rejects.toMatchObject({ name });
    await refused(client.send(new GetParameterCommand({ Name: 'nobody' })), 'ParameterNotFound');
    await refused(client.send(new DeleteParameterCommand({ Name: 'nobody' })), 'ParameterNotFound');
    await refused(put('aws-thing'), 'ValidationException');
    await refused(put('not/qualified'), 'ValidationException');
    await refused(put('big', { Value: 'x'.repeat(4097) }), 'ValidationException');
    await refused(put('advanced', { Tier: 'Advanced' }), 'ValidationException');
    await put('gone');
    await client.send(new DeleteParameterCommand({ Name: 'gone' }));
    await refused(client.send(new GetParameterCommand({ Name: 'gone' })), 'ParameterNotFound');
  });
});
