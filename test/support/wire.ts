import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A wire between a client and a server on TCP that a test can cut, mute and speak into. */
export interface Wire {
  /** The server's URL, by way of this wire. */
  url: string
  /** Destroys what runs over it now; new connections are let through. */
  cut(): void
  /** Destroys what runs over it and every new connection, until `up`. */
  down(): void
  up(): void
  /** Swallows what the server says. */
  mute(muted: boolean): void
  /** Says these bytes to every client as if the server had. */
  inject(bytes: Uint8Array): void
  close(): Promise<void>
}

export async function startWire(url: string): Promise<Wire> {
  const { hostname, port } = new URL(url)
  const pairs = new Set<{ near: Socket; far: Socket }>()
  let isMuted = false
  let isDown = false
  const server = createServer((near) => {
    if (isDown) return void near.destroy()
    const far = connect(Number(port), hostname)
    const pair = { near, far }
    pairs.add(pair)
    for (const socket of [near, far]) {
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        pairs.delete(pair)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (bytes) => far.write(bytes))
    far.on('data', (bytes) => !isMuted && near.write(bytes))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a listening server has a port')
  const wired = new URL(url)
  wired.hostname = '127.0.0.1'
  wired.port = String(address.port)
  const cut = () => {
    for (const { near } of pairs) near.destroy()
  }
  return {
    url: wired.toString(),
    cut,
    down: () => {
      isDown = true
      cut()
    },
    up: () => {
      isDown = false
    },
    mute: (muted) => {
      isMuted = muted
    },
    inject: (bytes) => {
      for (const { near } of pairs) near.write(bytes)
    },
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
