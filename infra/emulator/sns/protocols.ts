/** Protocols whose receivers are programs: they get a signed notice, or the message alone. */
export const PROGRAM_PROTOCOLS = ['http', 'https', 'lambda', 'sqs'] as const;
export type ProgramProtocol = (typeof PROGRAM_PROTOCOLS)[number];

export const isProgram = (protocol: string): protocol is ProgramProtocol =>
  PROGRAM_PROTOCOLS.some((known) => known === protocol);

/** Anybody may be behind these, so they are asked whether they want the messages. */
export const mustConfirm = (protocol: string): boolean => protocol === 'http' || protocol === 'https';
