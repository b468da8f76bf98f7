import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFailed, onTestFinished, test } from 'vitest'
import type { EventOf } from '#lib/protocol/events.ts'
import { INSTALL_TIMEOUT_MS, installCommandLineClients } from '#test/support/outside-programs.ts'
import { administer, restartBroker } from './support/administrators.ts'
import { audit } from './support/audit.ts'
import { heapFloor, watchMemory } from './support/memory.ts'
import { createSent, type Sent } from './support/odd-messages.ts'
import { sendOddMessages } from './support/outside-producers.ts'
import { createRandom, type Random } from './support/random.ts'
import { changeReaders } from './support/readers.ts'
import { createWorld, heal, SYSTEMS, type World } from './support/world.ts'

/** How long programs go on at random; `npm run soak` sets it. */
const SECONDS = Number(process.env.SWITCHBOARD_SOAK_SECONDS ?? 60)
const SEED = Number(process.env.SWITCHBOARD_SOAK_SEED ?? Date.now() % 2 ** 31)
/** Between two sends of the room's own, so that they stay within the limit of commands a second. */
const OWN_SEND_EVERY_MS = 25
/** What is done at random between two audits. */
const ROUND_MS = 15_000
/** Starting three brokers, the last round with its audit, and closing all of it. */
const BESIDES_MS = 300_000
/** A run this long has filled the histories in its first half: from there on memory must not grow. */
const MEMORY_JUDGED_FROM_SECONDS = 300
const HEAP_GROWTH_MAX = 1.2
const HEAP_NOISE_MIB = 15
const JOURNAL_SHOWN = 300
/** No program makes the server as large as this, however odd. */
const RSS_MAX_MIB = 1_024

let world: World
beforeAll(async () => {
  await installCommandLineClients()
  world = await createWorld()
}, INSTALL_TIMEOUT_MS)
afterAll(() => world?.close())

/** Does one thing after another until time is over. What the broker refuses or cannot do now is its right. */
async function repeat(until: number, deed: (turn: number) => Promise<unknown>): Promise<number> {
  let refused = 0
  for (let turn = 0; Date.now() < until; turn += 1) {
    await deed(turn).catch(() => {
      refused += 1
    })
  }
  return refused
}

/** What a send of the room's own may be answered while brokers come and go. */
const SEND_ANSWERS = new Set([202, 404, 409, 422, 429, 503, 504])

async function sendOwn(world: World, random: Random, sent: Sent, text: string): Promise<void> {
  const { system, name } = random.pick(world.cells)
  sent.remember(Buffer.from(text))
  const { status, body } = await world.ask('POST', '/messages', { system, destination: name, text })
  if (!SEND_ANSWERS.has(status)) world.wrong.push(`send to ${name}: ${status} ${JSON.stringify(body)}`)
}

/** Reports each delivery that shows a body nobody sent; remembers the newest id of ours, for others to claim. */
function watchDeliveries(world: World, sent: Sent) {
  const seen = { deliveries: 0, claimedId: undefined as string | undefined }
  world.follower.onEvent((event) => {
    if (event.kind === 'published') seen.claimedId = event.messageId
    if (event.kind !== 'delivered') return
    seen.deliveries += 1
    const { seq, consumer, text }: EventOf<'delivered'> = event
    if (!sent.explains(event))
      world.wrong.push(`#${seq} shows ${consumer} ${JSON.stringify(text)}: nobody sent it`)
  })
  return seen
}

/** Producers, readers and administrators at once, for one round; then one broker may be restarted. */
async function runRound(
  world: World,
  random: Random,
  sent: Sent,
  round: number,
  claimedId: () => string | undefined,
) {
  const until = Date.now() + ROUND_MS
  const streams = Array.from({ length: 4 }, () => createRandom(random.int(0, 2 ** 31)))
  const [a, b, c, d] = streams as [Random, Random, Random, Random]
  await Promise.all([
    repeat(until, (turn) =>
      sendOddMessages(world, a.pick(world.cells), a, sent, {
        label: `odd ${round}.${turn}`,
        claimedId: claimedId(),
      }),
    ),
    repeat(until, async (turn) => {
      await setTimeout(OWN_SEND_EVERY_MS)
      await sendOwn(world, b, sent, `own ${round}.${turn}`)
    }),
    repeat(until, async (turn) => {
      world.journal.push(await changeReaders(world, c.pick(world.cells), c, round * 1_000 + turn))
    }),
    (async () => {
      for (let deeds = d.int(0, 4); deeds > 0; deeds -= 1)
        world.journal.push(await administer(world, d.pick(world.cells), d).catch(String))
      if (d.chance(0.5)) world.journal.push(await restartBroker(world, d.pick(SYSTEMS), d))
    })(),
  ])
}

test(`whatever outside producers, administrators and readers do (seed ${SEED}), every message is shown as it was sent, every reader gets what it is due afterwards, and memory stays flat`, {
  timeout: SECONDS * 1_000 + BESIDES_MS,
}, async () => {
  const random = createRandom(SEED)
  const sent = createSent()
  const seen = watchDeliveries(world, sent)
  const memory = watchMemory(world.dashboard)
  onTestFinished(() => memory.close())
  onTestFailed(() => {
    process.stdout.write(`soak: what was done last: ${world.journal.slice(-JOURNAL_SHOWN).join('; ')}\n`)
  })
  const end = Date.now() + SECONDS * 1_000
  let round = 0
  await heal(world)
  for (; round === 0 || Date.now() < end; round += 1) {
    await runRound(world, random, sent, round, () => seen.claimedId)
    await heal(world)
    await audit(world, round, sent)
    expect(world.wrong).toEqual([])
  }
  await memory.close()
  const peak = Math.max(...memory.looks.map(({ rssMib }) => rssMib))
  const [middle, last] = [heapFloor(memory.looks, 0.5, 0.75), heapFloor(memory.looks, 0.75, 1)]
  process.stdout.write(
    `soak: ${round} rounds, ${seen.deliveries} deliveries, heap ${middle.toFixed(0)} then ${last.toFixed(0)} MiB, peak ${peak.toFixed(0)} MiB\n`,
  )
  expect(seen.deliveries).toBeGreaterThan(0)
  expect(peak).toBeLessThan(RSS_MAX_MIB)
  if (SECONDS >= MEMORY_JUDGED_FROM_SECONDS)
    expect(last).toBeLessThan(middle * HEAP_GROWTH_MAX + HEAP_NOISE_MIB)
})
