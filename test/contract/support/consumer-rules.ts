import { expect, it } from 'vitest'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import type { ContractBench, Recorder } from './contract-bench.ts'

const SHARED_MESSAGES = 30
const DEFAULT_ATTACH_REPEATS = 25

const texts = (count: number, word: string) => Array.from({ length: count }, (_, index) => `${word}${index}`)
const together = (recorders: Recorder[]) => recorders.flatMap((recorder) => recorder.texts())

async function publishAll(bench: ContractBench, address: string, all: string[]): Promise<void> {
  await Promise.all(all.map((text) => bench.publish(address, text)))
}

export function registerConsumerRules(bench: ContractBench): void {
  registerSharingRules(bench)
  registerReadersRule(bench)
  registerAttachedRules(bench)
  registerAbsenceRules(bench)
}

function registerSharingRules(bench: ContractBench): void {
  const { mode } = bench.subject
  it.runIf(mode === 'queue')('queue: exactly one consumer gets each message, and all take part', async () => {
    const address = await bench.declare()
    const recorders = [await bench.attach(address), await bench.attach(address)]
    const sent = texts(SHARED_MESSAGES, 'job')
    await publishAll(bench, address, sent)
    await until('all jobs', () => together(recorders).length >= sent.length)
    expect(together(recorders).sort()).toEqual([...sent].sort())
    for (const recorder of recorders) expect(recorder.texts().length).toBeGreaterThan(0)
  })

  it.runIf(mode === 'fanout')('fan-out: every consumer gets each message', async () => {
    const address = await bench.declare()
    const recorders = [await bench.attach(address), await bench.attach(address), await bench.attach(address)]
    const sent = texts(SHARED_MESSAGES, 'news')
    await publishAll(bench, address, sent)
    for (const recorder of recorders) {
      await until('all news', () => recorder.texts().length >= sent.length)
      expect(recorder.texts()).toEqual(sent)
    }
    const [first, ...others] = recorders.map((recorder) => recorder.deliveries().map((d) => d.identity))
    for (const identities of others) expect(identities).toEqual(first)
  })

  it.runIf(mode === 'log' && bench.can.groups)(
    'log: one consumer of each group gets each message',
    async () => {
      const address = await bench.declare()
      const group = uniqueName('group')
      const pair = [await bench.attach(address, { group }), await bench.attach(address, { group })]
      const single = [await bench.attach(address)]
      const sent = texts(SHARED_MESSAGES, 'record')
      await publishAll(bench, address, sent)
      for (const members of [pair, single]) {
        await until('all records', () => together(members).length >= sent.length)
        expect(together(members).sort()).toEqual([...sent].sort())
      }
    },
  )
}

function registerReadersRule(bench: ContractBench): void {
  const isRule = bench.subject.mode === 'log' && !bench.can.groups
  it.runIf(isRule)('log without groups: every reader gets each message, in one order', async () => {
    const address = await bench.declare()
    const recorders = [await bench.attach(address), await bench.attach(address)]
    const sent = texts(SHARED_MESSAGES, 'record')
    await publishAll(bench, address, sent)
    for (const recorder of recorders) {
      await until('all records', () => recorder.texts().length >= sent.length)
      expect(recorder.texts()).toEqual(sent)
    }
  })
}

function registerAttachedRules(bench: ContractBench): void {
  const repeats = bench.subject.attachRepeats ?? DEFAULT_ATTACH_REPEATS
  it(`attached means that nothing published from now on is missed (${repeats} times)`, async () => {
    const address = await bench.declare()
    for (let round = 0; round < repeats; round++) {
      const recorder = await bench.attach(address)
      await bench.publish(address, `round ${round}`)
      await until(`round ${round}`, () => recorder.texts().includes(`round ${round}`))
      expect(recorder.texts()).toEqual([`round ${round}`])
      await settled(bench, recorder)
      await recorder.consumer.leave()
    }
  }, 120_000)
}

/** Where messages are settled, leaving before that would bring them back. */
async function settled(bench: ContractBench, recorder: Recorder): Promise<void> {
  if (!bench.can.settle) return
  await until('its settling', () =>
    recorder
      .deliveries()
      .every(({ delivery }) =>
        recorder.events.some((event) => event.type === 'acknowledged' && event.delivery === delivery),
      ),
  )
}

function registerAbsenceRules(bench: ContractBench): void {
  const { can } = bench
  it.runIf(can.keepsForAbsent && !can.groups)('what is sent while nobody is there waits', async () => {
    const address = await bench.declare()
    await publishAll(bench, address, ['early'])
    const recorder = await bench.attach(address, { settings: bench.subject.beginning ?? {} })
    await until('what waited', () => recorder.texts().includes('early'))
  })

  it.runIf(can.keepsForAbsent && can.groups)(
    'what is sent while a group is away waits for it, also for a group that never received anything',
    async () => {
      const address = await bench.declare()
      const group = uniqueName('group')
      const first = await bench.attach(address, { group })
      await first.consumer.leave()
      await publishAll(bench, address, ['while away'])
      const second = await bench.attach(address, { group })
      await until('what waited', () => second.texts().includes('while away'))
      expect(second.texts()).toEqual(['while away'])
    },
    60_000,
  )

  it.runIf(!can.keepsForAbsent)('what is sent while a consumer is away is not for it', async () => {
    const address = await bench.declare()
    await publishAll(bench, address, ['early'])
    const recorder = await bench.attach(address)
    await publishAll(bench, address, ['late'])
    await until('what was sent later', () => recorder.texts().includes('late'))
    expect(recorder.texts()).toEqual(['late'])
  })
}
