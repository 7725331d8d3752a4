/** Received mails, each in an `.eml` file, parsed on demand. The file's name is the id, and sorts by arrival. */
import { mkdir, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { writeFileAtomic } from '../state/atomic-file.ts';
import type { Mail } from './mail.ts';

/** Parsed mails kept in memory; older ones are read again from their files. */
const MAX_PARSED = 1_000;
const READ_AT_ONCE = 32;
/** `20260131T093000123Z-000001` */
const ID_PATTERN = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-\d{6}$/;

interface MailStore {
  size(): number;
  add(raw: Uint8Array, receivedAtMs: number): Promise<Mail>;
  /** Newest first, `limit` of them from `offset` on. */
  list(limit: number, offset?: number): Promise<Mail[]>;
  get(id: string): Promise<Mail | undefined>;
}

export async function loadMailStore(folder: string): Promise<MailStore> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  // A mail that a crash has left half-written was never acknowledged to its sender.
  const unfinished = names.filter((name) => name.includes('.eml.'));
  await Promise.all(unfinished.map((name) => unlink(join(folder, name))));
  const ids = names
    .filter((name) => name.endsWith('.eml'))
    .map((name) => name.slice(0, -'.eml'.length))
    .filter((id) => ID_PATTERN.test(id))
    .sort();
  const known = new Set(ids);
  const parsed = new Map<string, Mail>();
  let sequence = Number(ids.at(-1)?.slice(-6) ?? 0);

  function remember(mail: Mail): Mail {
    parsed.set(mail.id, mail);
    for (const oldest of parsed.keys()) {
      if (parsed.size <= MAX_PARSED) break;
      parsed.delete(oldest);
    }
    return mail;
  }

  async function get(id: string): Promise<Mail | undefined> {
    if (!known.has(id)) return undefined;
    const mail = parsed.get(id);
    if (mail) return mail;
    try {
      return remember(await parseMail(id, await readFile(join(folder, `${id}.eml`))));
    } catch (error) {
      // Somebody has deleted the file.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  return {
    size: () => ids.length,
    async add(raw, receivedAtMs) {
      sequence = (sequence + 1) % 1_000_000;
      const stamp = new Date(receivedAtMs).toISOString().replace(/[-:.]/g, '');
      const id = `${stamp}-${String(sequence).padStart(6, '0')}`;
      await writeFileAtomic(join(folder, `${id}.eml`), raw);
      const mail = await parseMail(id, raw);
      ids.push(id);
      known.add(id);
      return remember(mail);
    },
    async list(limit, offset = 0) {
      const end = Math.max(ids.length - offset, 0);
      const wanted = ids.slice(Math.max(end - limit, 0), end).reverse();
      const mails: Mail[] = [];
      for (let i = 0; i < wanted.length; i += READ_AT_ONCE) {
        const some = await Promise.all(wanted.slice(i, i + READ_AT_ONCE).map(get));
        mails.push(...some.filter((mail) => mail !== undefined));
      }
      return mails;
    },
    get,
  };
}

async function parseMail(id: string, raw: Uint8Array): Promise<Mail> {
  const email = await PostalMime.parse(raw);
  const deliveredTo = email.headers.filter(({ key }) => key === 'delivered-to').map(({ value }) => value);
  const to = deliveredTo.length > 0 ? deliveredTo : (email.to ?? []).map(({ address }) => address ?? '');
  return {
    id,
    to: to.filter(Boolean).join(', '),
    from: email.from?.address ?? '',
    subject: email.subject ?? '',
    text: email.text ?? email.html ?? '',
    receivedAt: id.replace(ID_PATTERN, '$1-$2-$3T$4:$5:$6.$7Z'),
  };
}
