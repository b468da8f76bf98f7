import { expect, it } from 'vitest'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import type { ContractBench, Recorder } from './contract-bench.ts'

const isSettling = (type: string) => type === 'acknowledged' || type === 'requeued' || type === 'rejected'
const settlings = (recorder: Recorder) => recorder.events.filter(({ type }) => isSettling(type))
const hears = (recorder: Recorder, text: string) =>
  until(`"${text}"`, () => recorder.texts().includes(text), { timeoutMs: 30_000 })

/** A consumer that receives whatever is published, whoever else is there: the proof that a message went out. */
const witness = (bench: ContractBench, address: string) => bench.attach(address)

export function registerEndingRules(bench: ContractBench): void {
  registerPauseRules(bench)
  registerLeaveRules(bench)
  registerCrashRules(bench)
}

function registerPauseRules(bench: ContractBench): void {
  const { can } = bench
  it.runIf(can.pause && can.settle)(
    'a paused consumer settles nothing; resumed, it settles all',
    async () => {
      const address = await bench.declare()
      const paused = await bench.attach(address)
      await paused.consumer.pause()
      await paused.consumer.pause()
      for (const text of ['a', 'b', 'c']) await bench.publish(address, text)
      const elsewhere = await bench.declare()
      const other = await witness(bench, elsewhere)
      await bench.publish(elsewhere, 'proof')
      await until('the proof settled', () => settlings(other).length === 1)
      expect(settlings(paused)).toEqual([])
      await paused.consumer.resume()
      await paused.consumer.resume()
      await until('all settled', () => settlings(paused).length >= 3)
      expect(paused.texts()).toEqual(['a', 'b', 'c'])
      expect(settlings(paused).map(({ type }) => type)).toEqual([
        'acknowledged',
        'acknowledged',
        'acknowledged',
      ])
    },
  )

  // Of a shared queue a witness would get its share and no more.
  it.runIf(can.pause && !can.settle && bench.subject.mode !== 'queue')(
    'a paused consumer receives nothing; resumed, it reads on',
    async () => {
      const address = await bench.declare()
      const paused = await bench.attach(address)
      const other = await witness(bench, address)
      await bench.publish(address, 'before')
      await hears(paused, 'before')
      await paused.consumer.pause()
      await paused.consumer.pause()
      for (const text of ['a', 'b', 'c']) {
        await bench.publish(address, text)
        await hears(other, text)
      }
      expect(paused.texts()).toEqual(['before'])
      await paused.consumer.resume()
      await paused.consumer.resume()
      await until('what it had not read', () => paused.texts().length >= 4, { timeoutMs: 30_000 })
      expect(paused.texts().sort()).toEqual(['a', 'b', 'before', 'c'])
      expect(paused.ids()).not.toContain(null)
      expect(paused.events.filter(({ type }) => type === 'gap')).toEqual([])
    },
  )
}

function registerLeaveRules(bench: ContractBench): void {
  it('who has left receives nothing more, while others do', async () => {
    const address = await bench.declare()
    const leaver = await bench.attach(address)
    await leaver.consumer.leave()
    await leaver.consumer.leave()
    const other = await witness(bench, address)
    for (const text of ['a', 'b', 'c']) await bench.publish(address, text)
    for (const text of ['a', 'b', 'c']) await hears(other, text)
    expect(leaver.texts()).toEqual([])
  })

  it('leaves also while paused', async () => {
    const address = await bench.declare()
    const leaver = await bench.attach(address)
    await leaver.consumer.pause()
    await bench.publish(address, 'unread')
    await leaver.consumer.leave()
    const other = await witness(bench, address)
    await bench.publish(address, 'after')
    await hears(other, 'after')
    expect(leaver.texts()).not.toContain('after')
    // What was in hand goes back where the system takes it back; nothing is acknowledged on the way out.
    expect(settlings(leaver).filter(({ type }) => type !== 'requeued')).toEqual([])
  })
}

function registerCrashRules(bench: ContractBench): void {
  const { can } = bench
  it.runIf(can.crash)(
    'who has crashed says so and receives nothing more',
    async () => {
      const address = await bench.declare()
      const victim = await bench.attach(address)
      const other = can.settle ? undefined : await witness(bench, address)
      await victim.consumer.crash()
      await victim.consumer.crash()
      const crashes = () => victim.events.filter((e) => e.type === 'state' && e.state === 'crashed')
      await until('the crash to be reported', () => crashes().length > 0)
      const heir = other ?? (await witness(bench, address))
      for (const text of ['a', 'b', 'c']) await bench.publish(address, text)
      for (const text of ['a', 'b', 'c']) await hears(heir, text)
      expect(victim.events.filter(({ type }) => type !== 'state')).toEqual([])
      expect(crashes()).toHaveLength(1)
    },
    60_000,
  )

  it.runIf(can.crash && can.settle && can.keepsForAbsent)(
    'what a crashed consumer had in hand comes again',
    async () => {
      const address = await bench.declare()
      const victim = await bench.attach(address)
      await victim.consumer.pause()
      await bench.publish(address, 'in hand')
      await hears(victim, 'in hand')
      const heir = await bench.attach(address)
      await victim.consumer.crash()
      await hears(heir, 'in hand')
      const [first] = victim.deliveries()
      const [again] = heir.deliveries()
      expect(again).toMatchObject({
        redelivered: true,
        messageId: first?.messageId,
        identity: first?.identity,
      })
      expect(settlings(victim)).toEqual([])
    },
  )

  it.runIf(can.crash && can.groups && can.keepsForAbsent)(
    'what a crashed consumer would have received goes to the next of its group',
    async () => {
      const address = await bench.declare()
      const group = uniqueName('group')
      const victim = await bench.attach(address, { group })
      await victim.consumer.crash()
      for (const text of ['a', 'b', 'c']) await bench.publish(address, text)
      const heir = await bench.attach(address, { group })
      for (const text of ['a', 'b', 'c']) await hears(heir, text)
      expect(victim.texts()).toEqual([])
    },
    60_000,
  )
}
