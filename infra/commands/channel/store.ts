/** The channels in the Parameter Store: one SecureString each. */
import {
  DeleteParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  paginateGetParametersByPath,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { type Channel, channelSchema } from '../../../services/contract/channel.ts';
import { parseJson } from '../../../services/contract/json.ts';
import { UserError } from '../../cli/user-error.ts';

export interface StoredChannel {
  name: string;
  /** Undefined for a parameter that is not a channel. */
  channel: Channel | undefined;
}

export interface ChannelStore {
  /** @throws UserError for a name that is taken, unless it may be replaced */
  put(name: string, channel: Channel, replace: boolean): Promise<void>;
  list(): Promise<StoredChannel[]>;
  /** @throws UserError where there is no such channel */
  remove(name: string): Promise<void>;
}

export function openChannelStore(ssm: SSMClient, path: string): ChannelStore {
  const nameOf = (name: string) => `${path}/${name}`;
  return {
    async put(name, channel, replace) {
      const request = {
        ...{ Name: nameOf(name), Value: JSON.stringify(channel), Overwrite: replace },
        Type: 'SecureString',
        Description: 'A channel of Streamwatch: npm run channel',
      } as const;
      try {
        await ssm.send(new PutParameterCommand(request));
      } catch (error) {
        if (!(error instanceof ParameterAlreadyExists)) throw error;
        throw new UserError(`There is a channel ${name} already. Add --replace to write it again.`);
      }
    },
    async list() {
      const found: StoredChannel[] = [];
      const pages = paginateGetParametersByPath({ client: ssm }, { Path: path, WithDecryption: true });
      for await (const { Parameters = [] } of pages) {
        for (const { Name = '', Value = '' } of Parameters) {
          found.push({ name: Name.slice(path.length + 1), channel: parseJson(Value, channelSchema) });
        }
      }
      return found;
    },
    async remove(name) {
      try {
        await ssm.send(new DeleteParameterCommand({ Name: nameOf(name) }));
      } catch (error) {
        if (!(error instanceof ParameterNotFound)) throw error;
        throw new UserError(`There is no channel ${name}. List them with: npm run channel -- list`);
      }
    },
  };
}
