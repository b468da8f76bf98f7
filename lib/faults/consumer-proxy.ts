import net from 'node:net'
import type { ConnectionRoute } from '#lib/brokers/contract.ts'
import type { LineFault } from '#lib/protocol/faults.ts'
import { type LineState, ProxiedConnection } from './proxied-connection.ts'

const LOOPBACK = '127.0.0.1'

let proxied = 0
/** How many connections of this process go through a proxy now. */
export const proxiedConnections = (): number => proxied

type Peer = Parameters<ConnectionRoute['reach']>[0]

/**
 * The line of one consumer between its connections and the broker: straight, until `stand` puts a proxy of this process in
 * between, on this machine's loopback, one listener for each broker that is asked for. Whoever made it ends it with `close`.
 * Why only where a fault asks: docs/decisions/050-a-proxy-only-where-a-fault-asks.md.
 */
export class ConsumerProxy implements ConnectionRoute {
  readonly #listeners = new Map<string, Promise<net.Server>>()
  readonly #connections = new Set<ProxiedConnection>()
  #state: LineState = { kind: 'whole' }
  #stands = false

  /** Further connections go through the proxy, whole until a fault is set. */
  stand(): void {
    this.#stands = true
  }

  /** How many connections go through it. */
  get connections(): number {
    return this.#connections.size
  }

  set(fault: LineFault): void {
    this.#setState(fault)
  }

  /**
   * Ends the fault: what was held back goes on. Connections that stand stay, for a reconnection would be a fault of its own;
   * the next ones go straight to the broker.
   */
  lift(): void {
    this.#stands = false
    this.#setState({ kind: 'whole' })
  }

  /** Breaks every connection, once: each side gets a reset. The next ones go straight to the broker. */
  cut(): void {
    this.lift()
    for (const connection of this.#connections) connection.cut()
  }

  async reach(peer: Peer): Promise<Peer> {
    if (!this.#stands) return peer
    const key = `${peer.port} ${peer.host}`
    let listening = this.#listeners.get(key)
    if (listening === undefined) {
      listening = this.#listen(peer)
      this.#listeners.set(key, listening)
      listening.catch(() => this.#listeners.delete(key))
    }
    const { port } = (await listening).address() as net.AddressInfo
    return { host: LOOPBACK, port }
  }

  /** Cuts what goes through it and listens no more. Idempotent. */
  async close(): Promise<void> {
    this.cut()
    const listeners = [...this.#listeners.values()]
    this.#listeners.clear()
    for (const server of await Promise.allSettled(listeners)) {
      if (server.status === 'fulfilled') server.value.close()
    }
  }

  #setState(state: LineState): void {
    this.#state = state
    for (const connection of this.#connections) connection.setState(state)
  }

  #listen(peer: Peer): Promise<net.Server> {
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) =>
      this.#accept(client, peer),
    )
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, LOOPBACK, () => {
        // It keeps no process alive.
        server.unref()
        resolve(server)
      })
    })
  }

  #accept(client: net.Socket, peer: Peer): void {
    const onClosed = () => {
      if (this.#connections.delete(connection)) proxied -= 1
    }
    const connection = new ProxiedConnection({ client, peer, state: this.#state, onClosed })
    this.#connections.add(connection)
    proxied += 1
  }
}
