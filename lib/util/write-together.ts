import type { Writable } from 'node:stream'

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
