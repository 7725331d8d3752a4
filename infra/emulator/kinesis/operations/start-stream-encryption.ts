import { streamOf } from '../api/find.ts';
import { operation } from '../api/operation.ts';
import { required, STREAM } from '../api/shapes.ts';

/** Accepted and described; records are not encrypted here. */
export const startStreamEncryption = operation(
  {
    ...STREAM,
    EncryptionType: required({ type: 'string', values: ['NONE', 'KMS'] }),
    KeyId: required({ type: 'string', min: 1, max: 2048 }),
  },
  async (input, { streams }) => {
    streamOf(streams, input).state.keyId = input.KeyId;
    await streams.save();
    return undefined;
  },
);
