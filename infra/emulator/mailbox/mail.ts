/** A plain-text mail to send. */
export interface OutgoingMail {
  to: string;
  from: string;
  subject: string;
  text: string;
  headers?: Record<string, string>;
}

export interface Mail {
  id: string;
  /** Addresses that it was delivered to, separated by commas. */
  to: string;
  from: string;
  subject: string;
  text: string;
  /** ISO 8601. */
  receivedAt: string;
}
