/** Readings as devices send them to a gateway: no site, no hour of sending. */
export const reading = (seq: number, device = 'd1', more: object = {}) => ({
  device_id: device,
  seq,
  ...{ temperature: 20.5, cpu: 30, ram: 40, hd: 50 },
  timestamp: '2026-01-31T09:30:00.000Z',
  ...more,
});

export const line = (seq: number, device = 'd1'): string => JSON.stringify(reading(seq, device));

/** The readings of a record, or of several. */
export const readingsIn = (...records: Uint8Array[]): { device_id: string; seq: number; site_id: string }[] =>
  records.flatMap((data) =>
    Buffer.from(data)
      .toString()
      .split('\n')
      .map((text) => JSON.parse(text)),
  );

export const seqsIn = (...records: Uint8Array[]): number[] => readingsIn(...records).map(({ seq }) => seq);
