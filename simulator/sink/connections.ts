/**
 * Connections that take one call at a time, so that one that hangs holds up no other sites, and that are used again: by
 * itself the SDK makes a connection for every call then, on AWS with a TLS handshake, which costs more than the call.
 */
import type { Put } from './put-records.ts';

export interface Connection {
  put: Put;
  close(): void;
}

/** @param open a connection of its own; no more are opened than there are calls at a time */
export function reuseConnections(open: () => Connection): Connection {
  const all = new Set<Connection>();
  const free: Connection[] = [];

  function opened(): Connection {
    const connection = open();
    all.add(connection);
    return connection;
  }

  return {
    async put(entries) {
      const connection = free.pop() ?? opened();
      const results = await connection.put(entries);
      if (results.some(({ outcome }) => outcome === 'unreachable')) {
        // It may hang, or be half closed.
        all.delete(connection);
        connection.close();
      } else free.push(connection);
      return results;
    },
    close() {
      for (const { close } of all) close();
    },
  };
}
