/** The line between a site and the cloud, which can be cut: a forwarder of connections. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export class Line {
  readonly port: number;
  readonly #sockets: Set<Socket>;
  readonly #close: () => void;
  #isCut = false;

  private constructor(port: number, sockets: Set<Socket>, close: () => void) {
    this.port = port;
    this.#sockets = sockets;
    this.#close = close;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** @param target a port of this machine */
  static async to(target: number): Promise<Line> {
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      if (line.#isCut) {
        near.destroy();
        return;
      }
      const far = connect(target, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one.on('error', () => {});
        one.on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const line = new Line(port, sockets, () => server.close());
    return line;
  }

  /** Ends all connections at once, in the middle of whatever they carry, and lets no others through. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    this.#isCut = false;
  }

  close(): void {
    this.cut();
    this.#close();
  }
}
