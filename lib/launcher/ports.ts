import net from 'node:net'

/**
 * Free ports are taken from below the range that systems give to outgoing connections (32768 and up on Linux, 49152 and
 * up elsewhere): a broker's port must not be taken by somebody's connection while it restarts, nor may a client that
 * keeps dialling a dead port meet itself there.
 */
const FIRST = 20_000
const LAST = 31_999
const TRIES = 200

/** Given out in this process and not yet listened on. */
const promised = new Set<number>()

/** Whether a server could listen there on 127.0.0.1 right now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** `preferred` when it is free (0 = no preference), else one at random; never the same twice in one process. */
export async function choosePort(preferred: number): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const random = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1))
    const port = tries === 0 && preferred > 0 ? preferred : random
    if (promised.has(port)) continue
    promised.add(port)
    if (await isPortFree(port)) return port
    promised.delete(port)
  }
  throw new Error(`none of ${TRIES} ports between ${FIRST} and ${LAST} is free`)
}

/** Gives a port back once its broker listens there or is gone. */
export const forgetPort = (port: number): void => void promised.delete(port)
