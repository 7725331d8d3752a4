import type { Service } from '../stack/service.ts';
import { type Mailbox, openMailbox } from './mailbox.ts';

/** No service of AWS, but where its mails go. */
export const mailbox: Service<Mailbox> = {
  name: 'mailbox',
  types: {},
  async open({ stateDir, bus, clock, onClose }) {
    const opened = await openMailbox({ stateDir, bus, clock });
    onClose(() => opened.close());
    return opened;
  },
};
