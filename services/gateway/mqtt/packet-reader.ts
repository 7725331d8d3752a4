/** MQTT packets out of the pieces in which they come. What is none is told, and ends no program. */
import { type Packet, parser } from 'mqtt-packet';

interface Read {
  /** Why what came is not MQTT; nothing can be read after it. */
  malformed?: string;
  /** Of a packet that has begun. */
  incompleteBytes: number;
}

/** @param receive may throw where a packet cannot be answered, which is the fault of the packet, too */
export function packetReader(receive: (packet: Packet) => void): (data: Buffer) => Read {
  const packets = parser();
  let malformed: string | undefined;
  packets.on('packet', receive).on('error', ({ message }) => {
    malformed ??= message;
  });
  return (data) => {
    try {
      const incompleteBytes = packets.parse(data);
      return { incompleteBytes, ...(malformed !== undefined && { malformed }) };
    } catch (error) {
      return { incompleteBytes: 0, malformed: (error as Error).message };
    }
  };
}
