import type { Unsubscribe } from '#lib/util/emitter.ts'
import {
  EXCESS_BURST,
  EXCESS_PER_SECOND,
  INFLOW_BURST,
  INFLOW_BYTES_PER_UNIT,
  INFLOW_PER_SECOND,
} from './limits.ts'

/** As much of an Engine.IO connection as is held back. */
export interface InflowConnection {
  readonly transport: object
  on(event: 'data', listener: (data: unknown) => void): unknown
  close(discard?: boolean): unknown
}

/**
 * What sockets send, refused or not, costs the server its time. What one socket sends beyond its own rate counts against an
 * allowance of all sockets together. Once that is used up, a socket that exceeds its rate is not read until the allowance has
 * been regained: what it sends then waits in the buffers of the connection, and TCP slows the sender down. A socket that keeps
 * to its rate is always read.
 */
export class Inflow {
  private readonly excess = new Account(EXCESS_PER_SECOND, EXCESS_BURST)

  /** Holds the connection back until the returned function is called. */
  watch(connection: InflowConnection): Unsubscribe {
    const usual = new Account(INFLOW_PER_SECOND, INFLOW_BURST)
    let timer: NodeJS.Timeout | undefined
    connection.on('data', (data) => {
      const cost = 1 + sizeOf(data) / INFLOW_BYTES_PER_UNIT
      if (usual.has(cost)) return void usual.take(cost)
      this.excess.take(cost)
      const waitMs = this.excess.msUntilPaid
      if (waitMs <= 0) return
      const webSocket = webSocketOf(connection.transport)
      // Over long polling nobody can be kept waiting: each request brings its own connection.
      if (webSocket === undefined) return void connection.close(true)
      webSocket.pause()
      clearTimeout(timer)
      timer = setTimeout(() => webSocket.resume(), waitMs)
    })
    return () => clearTimeout(timer)
  }
}

/** Units that are regained steadily, up to a burst. More may be taken than there are: that is a debt, which is paid first. */
class Account {
  private readonly perMs: number
  private readonly burst: number
  private units: number
  private at = performance.now()

  constructor(perSecond: number, burst: number) {
    this.perMs = perSecond / 1_000
    this.burst = burst
    this.units = burst
  }

  has(cost: number): boolean {
    const time = performance.now()
    this.units = Math.min(this.burst, this.units + (time - this.at) * this.perMs)
    this.at = time
    return this.units >= cost
  }

  take(cost: number): void {
    this.has(cost)
    this.units -= cost
  }

  get msUntilPaid(): number {
    return Math.max(0, -this.units / this.perMs)
  }
}

const sizeOf = (data: unknown): number =>
  typeof data === 'string' ? data.length : ArrayBuffer.isView(data) ? data.byteLength : 0

/** The `ws` socket of a WebSocket transport. */
function webSocketOf(transport: object): { pause(): void; resume(): void } | undefined {
  const socket: unknown = Reflect.get(transport, 'socket')
  const isOne = typeof socket === 'object' && socket !== null && 'pause' in socket && 'resume' in socket
  return isOne ? (socket as { pause(): void; resume(): void }) : undefined
}
