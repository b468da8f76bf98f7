import net from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ConsumerProxy, proxiedConnections } from '#lib/faults/consumer-proxy.ts'
import { until } from '#test/support/until.ts'

const LATENCY_MS = 60

/** A server that answers each byte with itself, and says how its connections ended. */
async function echo() {
  const ends: string[] = []
  let received = 0
  const server = net.createServer((socket) => {
    socket.on('data', (bytes) => {
      received += bytes.length
      socket.write(bytes)
    })
    socket.on('end', () => ends.push('goodbye'))
    socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? ''))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const peer = { host: '127.0.0.1', port: (server.address() as net.AddressInfo).port }
  return { peer, ends, received: () => received }
}

async function connected(proxy: ConsumerProxy, peer: { host: string; port: number }) {
  const socket = net.connect(await proxy.reach(peer))
  onTestFinished(() => void socket.destroy())
  let text = ''
  let error = ''
  socket.on('data', (bytes) => {
    text += bytes.toString()
  })
  socket.on('error', (failure: NodeJS.ErrnoException) => {
    error = failure.code ?? ''
  })
  await new Promise((resolve) => socket.once('connect', resolve))
  return { socket, text: () => text, error: () => error }
}

function standing() {
  const proxy = new ConsumerProxy()
  onTestFinished(() => proxy.close())
  proxy.stand()
  return proxy
}

describe('the line of a consumer', () => {
  test('is straight until a fault asks for a proxy, and again for what connects once it is over', async () => {
    const { peer } = await echo()
    const proxy = new ConsumerProxy()
    onTestFinished(() => proxy.close())
    expect(await proxy.reach(peer)).toEqual(peer)
    await connected(proxy, peer)
    expect(proxiedConnections()).toBe(0)
    proxy.stand()
    expect(await proxy.reach(peer)).not.toEqual(peer)
    await connected(proxy, peer)
    await until('it to be accepted', () => proxiedConnections() === 1)
    proxy.lift()
    expect(await proxy.reach(peer)).toEqual(peer)
    await proxy.close()
    expect(proxiedConnections()).toBe(0)
  })

  test('that is slow takes its time each way, in order', async () => {
    const { peer } = await echo()
    const proxy = standing()
    proxy.set({ kind: 'slow', latencyMs: LATENCY_MS, jitterMs: LATENCY_MS })
    const { socket, text } = await connected(proxy, peer)
    const before = performance.now()
    const sent = Array.from({ length: 50 }, (_, n) => `${n},`)
    for (const part of sent) {
      socket.write(part)
      await new Promise(setImmediate)
    }
    await until('all of it to be back', () => text().length === sent.join('').length)
    expect(text()).toBe(sent.join(''))
    // A timer may fire a millisecond early.
    expect(performance.now() - before).toBeGreaterThanOrEqual(2 * LATENCY_MS - 2)
  })

  test('that is frozen lets nothing through, stays open, and passes on what waited once it thaws', async () => {
    const { peer, received, ends } = await echo()
    const proxy = standing()
    const { socket, text } = await connected(proxy, peer)
    socket.write('a')
    await until('its echo', () => text() === 'a')
    proxy.set({ kind: 'freeze' })
    socket.write('b')
    // What a whole line would have brought long since.
    const other = await connected(new ConsumerProxy(), peer)
    other.socket.write('xyz')
    await until('an echo beside it', () => other.text() === 'xyz')
    expect(received()).toBe('a'.length + 'xyz'.length)
    expect(socket.destroyed).toBe(false)
    proxy.lift()
    await until('what waited', () => text() === 'ab')
    socket.end('c')
    await until('its end to be passed on', () => ends.includes('goodbye') && text() === 'abc')
  })

  test('that is cut resets both sides without a goodbye', async () => {
    const { peer, ends } = await echo()
    const proxy = standing()
    const { socket, text, error } = await connected(proxy, peer)
    socket.write('a')
    await until('its echo', () => text() === 'a')
    proxy.cut()
    await until('the broker to see a reset', () => ends.length > 0)
    await until('the client to see one', () => socket.destroyed)
    expect([ends, error()]).toEqual([['ECONNRESET'], 'ECONNRESET'])
    expect(proxy.connections).toBe(0)
    expect(await proxy.reach(peer)).toEqual(peer)
  })

  test('to a broker that does not answer ends the connection', async () => {
    const { peer } = await echo()
    const free = { ...peer, port: 1 }
    const { socket } = await connected(standing(), free)
    await until('it to end', () => socket.destroyed)
  })
})
