/** The MQTT listener. */
import { setMaxListeners } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type ConnectionOptions, MqttConnection } from './mqtt-connection.ts';

export function createMqttServer(options: ConnectionOptions): Server {
  // One listener a connection is not a leak.
  setMaxListeners(0, options.stop);
  return createServer((socket: Socket) => {
    new MqttConnection(socket, options);
    // Connections have no end of their own: they would keep the server from closing.
    const end = () => socket.destroy();
    options.stop.addEventListener('abort', end);
    socket.on('close', () => options.stop.removeEventListener('abort', end));
  });
}
