import type { Duplex, Writable } from 'node:stream'

/**
 * Makes what is written to a socket from here on in this turn of the event loop leave in one system call: `first` lets the
 * first write, which is mostly the only one, leave at once and gathers the rest; `end` gathers all, where nobody waits for
 * the first.
 */
export type WriteTogether = (after: 'first' | 'end') => void

/** Must be called before each write. */
export function createWriteTogether(socket: Pick<Writable, 'cork' | 'uncork'>): WriteTogether {
  let turn: 'fresh' | 'written' | 'corked' = 'fresh'
  const endTurn = () => {
    if (turn === 'corked') socket.uncork()
    turn = 'fresh'
  }
  return (after) => {
    if (turn === 'fresh') process.nextTick(endTurn)
    if (turn === 'fresh' && after === 'first') turn = 'written'
    else if (turn !== 'corked') {
      turn = 'corked'
      socket.cork()
    }
  }
}

/**
 * Makes all that is ever written to a socket leave so, for a client library that writes piece by piece: with Nagle off each
 * piece costs a call and a packet, half of all processor time under load. A single write is not delayed: it leaves at the
 * end of the same turn.
 */
export function writeAlwaysTogether(socket: Duplex): void {
  const { write } = socket
  const writeTogether = createWriteTogether(socket)
  socket.write = (...args: unknown[]): boolean => {
    writeTogether('end')
    return Reflect.apply(write, socket, args)
  }
}
