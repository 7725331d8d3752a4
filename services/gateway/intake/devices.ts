/** Who may send on the LAN: a file of `DEVICE:PASSWORD` lines. The device `*` stands for any. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UserError } from '../../../infra/cli/user-error.ts';
import { ID_PATTERN } from '../../contract/reading.ts';

const ANY = '*';

/** Says whether this device has this password. */
export type Authenticate = (device: string, password: string) => boolean;

/** @throws UserError, a misuse, naming the line that cannot be read, without what stands in it */
export function readDevices(file: string): Authenticate {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw UserError.misuse(`Cannot read --devices ${file} (${(cause as NodeJS.ErrnoException).code}).`, {
      cause,
    });
  }
  const digests = new Map<string, Buffer>();
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    const at = line.indexOf(':');
    const device = line.slice(0, at);
    if (at < 1 || at === line.length - 1 || (device !== ANY && !ID_PATTERN.test(device))) {
      throw UserError.misuse(
        `${file}, line ${i + 1}: Expected DEVICE:PASSWORD, or *:PASSWORD for every device.`,
      );
    }
    digests.set(device, digest(line.slice(at + 1)));
  });
  return (device, password) => {
    const given = digest(password);
    return [device, ANY].some((name) => {
      const wanted = digests.get(name);
      return wanted !== undefined && timingSafeEqual(wanted, given);
    });
  };
}

const digest = (text: string) => createHash('sha256').update(text).digest();
