import type { Service } from '../stack/service.ts';
import { type Mailbox, openMailbox } from './mailbox.ts';

/** The inbox for SNS' e-mails; not a service of AWS. */
export const mailbox: Service<Mailbox> = {
  name: 'mailbox',
  types: {},
  async open({ stateDir, bus, clock, onClose }) {
    const opened = await openMailbox({ stateDir, bus, clock });
    onClose(() => opened.close());
    return opened;
  },
};
