import { expect, it } from 'vitest'
import { type Facts, factsSchema } from '#lib/protocol/facts.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import type { ContractBench } from './contract-bench.ts'

/** Reads facts until the broker's own figures have caught up with what was done. */
function factsUntil<M extends Mode>(
  bench: ContractBench,
  address: string,
  mode: M,
  what: string,
  holds: (facts: Extract<Facts, { mode: M }>) => boolean,
) {
  return until(what, async () => {
    const facts = factsSchema.parse(await bench.driver().facts(address))
    if (facts.mode !== mode) throw new Error(`facts of a ${mode} came as ${facts.mode}`)
    const found = facts as Extract<Facts, { mode: M }>
    if (!holds(found)) throw new Error(`not yet: ${JSON.stringify(found)}`)
    return found
  })
}

export function registerFactsRules(bench: ContractBench): void {
  const { mode } = bench.subject
  registerReaderFactsRule(bench)
  it.runIf(mode === 'queue')('queue: ready, unacked and consumers agree with what was done', async () => {
    const address = await bench.declare()
    for (const text of ['a', 'b', 'c']) await bench.publish(address, text)
    await factsUntil(bench, address, 'queue', '3 ready', (f) => f.ready === 3 && f.consumers === 0)
    const { consumer } = await bench.attach(address)
    await factsUntil(bench, address, 'queue', '0 ready', (f) => f.ready === 0 && f.unacked === 0)
    await consumer.pause()
    await bench.publish(address, 'd')
    await factsUntil(bench, address, 'queue', '1 unacked', (f) => f.unacked === 1 && f.consumers === 1)
    await consumer.resume()
    await factsUntil(bench, address, 'queue', '0 unacked', (f) => f.ready === 0 && f.unacked === 0)
  })

  it.runIf(mode === 'fanout')('fan-out: subscribers and buffers agree with what was done', async () => {
    const address = await bench.declare()
    await factsUntil(bench, address, 'fanout', 'nobody', (f) => f.subscribers === 0)
    const names = [uniqueName('first'), uniqueName('second')]
    const recorders = []
    for (const name of names) recorders.push(await bench.attach(address, { name }))
    const facts = await factsUntil(bench, address, 'fanout', '2 subscribers', (f) => f.subscribers === 2)
    expect(facts.outputBuffers.map(({ consumer }) => consumer).sort()).toEqual([...names].sort())
    for (const { bytes } of facts.outputBuffers) expect(bytes).toBeGreaterThanOrEqual(0)
    await recorders[0]?.consumer.leave()
    await factsUntil(bench, address, 'fanout', '1 subscriber', (f) => f.subscribers === 1)
    await recorders[1]?.consumer.crash()
    await factsUntil(bench, address, 'fanout', 'nobody left', (f) => f.subscribers === 0)
  })

  it.runIf(mode === 'log' && bench.can.groups)(
    'log: ends, members, positions and lag agree with what was done',
    async () => {
      const address = await bench.declare()
      const name = uniqueName('reader')
      const group = uniqueName('group')
      const { consumer } = await bench.attach(address, { name, group })
      for (const text of ['a', 'b', 'c']) await bench.publish(address, text)
      const ofGroup = (facts: Extract<Facts, { mode: 'log' }>) => facts.groups.find((g) => g.group === group)
      const read = await factsUntil(bench, address, 'log', 'all read', (f) => ofGroup(f)?.lag === 0)
      expect(read.partitions.reduce((sum, { low, end }) => sum + Number(end) - Number(low), 0)).toBe(3)
      const [member, ...others] = ofGroup(read)?.members ?? []
      expect(others).toEqual([])
      expect(member).toMatchObject({ consumer: name, outside: false })
      expect([...(member?.partitions ?? [])].sort()).toEqual(
        read.partitions.map(({ partition }) => partition),
      )
      await consumer.leave()
      for (const text of ['d', 'e']) await bench.publish(address, text)
      const away = await factsUntil(bench, address, 'log', 'a lag of 2', (f) => ofGroup(f)?.lag === 2)
      expect(ofGroup(away)?.members).toEqual([])
    },
    60_000,
  )
}

function registerReaderFactsRule(bench: ContractBench): void {
  const isRule = bench.subject.mode === 'log' && !bench.can.groups
  it.runIf(isRule)('log without groups: ends, positions and lag agree with what was done', async () => {
    const address = await bench.declare()
    const name = uniqueName('reader')
    const recorder = await bench.attach(address, { name })
    for (const text of ['a', 'b', 'c']) await bench.publish(address, text)
    await until('all three', () => recorder.texts().length === 3)
    const read = await factsUntil(bench, address, 'log', 'all read', (f) => f.readers[0]?.lag === 0)
    const [partition] = read.partitions
    expect(Number(partition?.end) - Number(partition?.low)).toBe(3)
    expect(read.readers).toEqual([{ consumer: name, position: partition?.end, lag: 0 }])
    await recorder.consumer.pause()
    for (const text of ['d', 'e']) await bench.publish(address, text)
    await factsUntil(bench, address, 'log', 'a lag of 2', (f) => f.readers[0]?.lag === 2)
    await recorder.consumer.leave()
    await factsUntil(bench, address, 'log', 'nobody', (f) => f.readers.length === 0)
  })
}
