import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Listening } from './sharing.ts'

/** Resolves with the port. Throws an error whose message is one line for a person. */
export function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) =>
      reject(new Error(messageFor(error, host, port), { cause: error }))
    server.once('error', refuse)
    server.listen(port, host, () => {
      server.off('error', refuse)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function messageFor(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken by another program. Choose another: PORT=${port + 1} npm start`
    case 'EACCES':
      return `Port ${port} needs more rights than this program has. Choose another: PORT=3000 npm start`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST=${host} is no address of this machine. Leave it out to listen on 127.0.0.1`
    default:
      return `The dashboard cannot listen on ${host}:${port}: ${error.message}`
  }
}

/** The address to type into a browser. */
export function addressOf({ host, port, baseUrls }: Listening): string {
  const [baseUrl] = baseUrls
  if (baseUrl !== undefined) return baseUrl
  const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}
