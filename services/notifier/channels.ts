/** The channels as the Parameter Store has them, read again after a minute. */
import { GetParametersByPathCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { type Channel, channelSchema } from '../contract/channel.ts';
import { parseJson } from '../contract/json.ts';

const FRESH_MS = 60_000;

export interface NamedChannel {
  name: string;
  channel: Channel;
}

export interface ReadChannels {
  channels: NamedChannel[];
  /** Names of those that no channel can be read from. */
  damaged: string[];
}

/** @param path under which each channel is a parameter */
export function createChannelReader(ssm: SSMClient, path: string, now: () => number) {
  let kept: (ReadChannels & { readMs: number }) | undefined;
  return async (): Promise<ReadChannels> => {
    if (kept === undefined || now() - kept.readMs > FRESH_MS) {
      kept = { readMs: now(), ...(await readChannels(ssm, path)) };
    }
    return kept;
  };
}

async function readChannels(ssm: SSMClient, Path: string): Promise<ReadChannels> {
  const read: ReadChannels = { channels: [], damaged: [] };
  let NextToken: string | undefined;
  do {
    const request = { Path, WithDecryption: true, NextToken };
    const page = await ssm.send(new GetParametersByPathCommand(request));
    for (const { Name = '', Value = '' } of page.Parameters ?? []) {
      const name = Name.slice(Path.length + 1);
      const channel = parseChannel(Value);
      if (channel) read.channels.push({ name, channel });
      else read.damaged.push(name);
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return read;
}

/** Without the reason: it would quote the secret. */
const parseChannel = (text: string): Channel | undefined => parseJson(text, channelSchema);
