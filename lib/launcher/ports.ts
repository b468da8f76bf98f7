import net from 'node:net'
import type { Recipe } from '#lib/brokers/recipe.ts'

/**
 * Free ports are taken from below the range that systems give to outgoing connections (32768 and up on Linux, 49152 and
 * up elsewhere): nobody's connection may take a broker's port while it restarts, and a client that keeps
 * dialling a dead port must not connect to itself.
 */
const FIRST = 20_000
const LAST = 31_999
const TRIES = 200

/** Chosen by this process and not yet listened on. */
const reserved = new Set<number>()

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
    if (reserved.has(port)) continue
    reserved.add(port)
    if (await isPortFree(port)) return port
    reserved.delete(port)
  }
  throw new Error(`none of ${TRIES} ports between ${FIRST} and ${LAST} is free`)
}

/** Gives a port back once its broker listens there or is gone. */
export const forgetPort = (port: number): void => void reserved.delete(port)

/** The ports of one broker: its protocol's, and those of its management, controller and so on, as its recipe lists them. */
export interface BrokerPorts {
  port: number
  extraPorts: number[]
}

/** The system's usual ports where they are free (`usual`), else free ones. */
export async function choosePorts(recipe: Recipe, usual: boolean): Promise<BrokerPorts> {
  const port = await choosePort(usual ? recipe.defaultPort : 0)
  const extraPorts: number[] = []
  for (const { preferred } of recipe.extraPorts) extraPorts.push(await choosePort(usual ? preferred : 0))
  return { port, extraPorts }
}

/** From now on the operating system knows whether they are free: a broker listens on them, or is gone. */
export function forgetPorts({ port, extraPorts }: BrokerPorts): void {
  for (const each of [port, ...extraPorts]) forgetPort(each)
}
