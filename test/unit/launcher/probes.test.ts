import net from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { recipe as kafka } from '#lib/brokers/kafka/recipe.ts'
import { recipe as rabbitmq } from '#lib/brokers/rabbitmq/recipe.ts'
import { ProbeError } from '#lib/brokers/recipe.ts'
import { recipe as redis } from '#lib/brokers/redis/recipe.ts'
import { choosePort } from '#lib/launcher/ports.ts'
import { until } from '#test/support/until.ts'

const recipes = [rabbitmq, redis, kafka]
const TIMEOUT_MS = 300

const disposers: Array<() => Promise<unknown>> = []
afterEach(async () => {
  await Promise.all(disposers.splice(0).map((dispose) => dispose()))
})

/** Something that listens and is no broker; `open` holds its open connections. */
async function listener(talk: (socket: net.Socket) => void) {
  const open = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => open.delete(socket))
    talk(socket)
  })
  disposers.push(() => {
    for (const socket of open) socket.destroy()
    return new Promise((done) => server.close(done))
  })
  const port = await choosePort(0)
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  return { port, open }
}

async function reasonOf(probe: Promise<unknown>) {
  const error = await probe.then(
    () => expect.unreachable('a probe of no broker succeeded'),
    (failure: unknown) => failure,
  )
  expect(error).toBeInstanceOf(ProbeError)
  return (error as ProbeError).reason
}

const answer = (bytes: string | Buffer) => (socket: net.Socket) => {
  socket.once('data', () => socket.write(bytes))
}

describe.each(recipes)('a probe of $label', (recipe) => {
  test('says that nothing listens', async () => {
    const reason = await reasonOf(recipe.probe(recipe.urlFor(await choosePort(0)), TIMEOUT_MS))
    expect(reason.code).toBe('refused')
    expect(reason.text).toMatch(/nothing listens on 127\.0\.0\.1:\d+/)
  })

  test('gives up in time on a listener that never answers, and closes its socket', async () => {
    const { port, open } = await listener((socket) => socket.resume())
    const begun = performance.now()
    const reason = await reasonOf(recipe.probe(recipe.urlFor(port), TIMEOUT_MS))
    expect(performance.now() - begun).toBeLessThan(TIMEOUT_MS * 5)
    expect(reason).toMatchObject({ code: 'connecting', text: expect.stringContaining('gives no answer') })
    await until('its socket to be closed', () => open.size === 0)
  })

  test('says when the other side hangs up', async () => {
    const { port } = await listener((socket) => socket.once('data', () => socket.end()))
    const reason = await reasonOf(recipe.probe(recipe.urlFor(port), TIMEOUT_MS))
    expect(reason).toMatchObject({ code: 'lost', text: expect.stringContaining('hung up') })
  })

  test.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'],
    ['zeros', Buffer.alloc(64)],
    ['noise', Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 167 + 13) % 256))],
    ['an SSH server', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ])('takes %s for what it is', async (_, bytes) => {
    const { port } = await listener(answer(bytes))
    const reason = await reasonOf(recipe.probe(recipe.urlFor(port), TIMEOUT_MS))
    // Bytes that could begin a longer answer are waited for; the others are reported at once.
    expect(['wrong-protocol', 'connecting']).toContain(reason.code)
    expect(reason.text).not.toBe('')
  })

  test('does not collect what never ends', async () => {
    const flood = Buffer.alloc(256 * 1024, '$')
    const { port, open } = await listener((socket) => {
      const pour = () => {
        while (!socket.destroyed && socket.write(flood));
      }
      socket.on('drain', pour)
      pour()
    })
    const reason = await reasonOf(recipe.probe(recipe.urlFor(port), TIMEOUT_MS))
    expect(reason.code).toBe('wrong-protocol')
    await until('its socket to be closed', () => open.size === 0)
  })
})
