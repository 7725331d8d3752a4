/** Accepted and described; records are not encrypted here. */
import { streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { required, STREAM } from '../api/shapes.ts';

const encryption = (keyAfter: (keyId: string) => string | undefined) =>
  operation(
    {
      ...STREAM,
      EncryptionType: required({ type: 'string', values: ['NONE', 'KMS'] }),
      KeyId: required({ type: 'string', min: 1, max: 2048 }),
    },
    async (input, { streams }) => {
      streamOf(streams, input).state.keyId = keyAfter(input.KeyId);
      await streams.save();
    },
  );

export const startStreamEncryption = encryption((keyId) => keyId);
export const stopStreamEncryption = encryption(() => undefined);
