/**
 * The other way to the stream: published to AWS IoT, whose rule makes the name of the certificate the partition key. An
 * acknowledgement means that AWS IoT has the record; what the stream does not take of it is kept in the cloud.
 */
import { UserError } from '../../../infra/cli/user-error.ts';
import { explain, type Problem } from './explain.ts';
import { Keyring } from './keyring.ts';
import { MqttLink } from './mqtt-link.ts';
import type { SiteKeys } from './site-keys.ts';
import type { Uplink } from './uplink.ts';

export async function openMqttUplink(folder: string, now: () => number): Promise<Uplink> {
  const ring = await Keyring.open(folder);
  const { site } = ring.keys;
  if (site.mqtt === undefined) {
    throw new UserError(
      `${folder}/site.json names no MQTT endpoint: the stack was deployed without edgeMqtt=on when ${site.site} was enrolled. Deploy with it, then: npm run enroll -- --rotate ${site.site}`,
    );
  }
  let link: MqttLink | undefined;
  const explained = (error: unknown, keys: SiteKeys): Problem => {
    const { host = '', port } = keys.site.mqtt ?? {};
    return explain(error, { keys, host: `${host}:${port}`, nowMs: now() });
  };
  const disconnect = () => {
    link?.close();
    link = undefined;
  };

  return {
    get keys() {
      return ring.keys;
    },
    get newKeysProblem() {
      return ring.newKeysProblem;
    },
    // The broker does not tell the time.
    clockOffsetMs: undefined,
    async send(data) {
      try {
        if (!link?.isOpen) link = await ring.use(MqttLink.open, explained);
        await link.publish(data);
        return undefined;
      } catch (error) {
        disconnect();
        return explained(error, ring.keys);
      }
    },
    async look() {
      const found = await ring.look();
      if (found) disconnect();
      return found;
    },
    close: disconnect,
  };
}
