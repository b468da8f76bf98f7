import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { AssignmentChange, Driver, Receipt } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/kafka/driver.ts'
import type { LogFacts } from '#lib/protocol/facts.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { attachRecorder, type Draft, draftOf, quietLog, type Recorder, upWithin } from './contract-bench.ts'

export interface OutsideReader {
  lines: string[]
  stop(): Promise<void>
}

/** One driver, and topics and consumers that are gone after each test. */
export interface KafkaWorld {
  driver(): Driver
  changes: AssignmentChange[]
  declare(settings?: Settings): Promise<string>
  attach(address: string, group: string, name?: string, settings?: Settings): Promise<Recorder>
  publish(address: string, draft: Draft | string): Promise<Receipt>
  facts(address: string): Promise<LogFacts>
  groupFacts(address: string, group: string): Promise<LogFacts['groups'][number] | undefined>
  /** Writes lines with kcat, each one message; resolves once the broker has them. */
  kcatWrites(address: string, lines: Buffer | string, more?: string[]): Promise<void>
  /** Reads with kcat as a member of `group`. */
  kcatJoins(address: string, group: string): OutsideReader
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

export function createKafkaWorld(url = () => testBrokers().kafka.url): KafkaWorld {
  const changes: AssignmentChange[] = []
  const recorders: Recorder[] = []
  const topics: string[] = []
  const children: ChildProcess[] = []
  let opened: Driver | undefined
  const driver = () => {
    if (!opened) throw new Error('the driver is opened before the first test')
    return opened
  }
  beforeAll(async () => {
    opened = createDriver({ url: url(), clientName: 'switchboard-world', log: quietLog })
    opened.onAssignment((change) => void changes.push(change))
    opened.open()
    await upWithin(opened)
  })
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill('SIGTERM')
      await ended(child)
    }
    await Promise.all(recorders.splice(0).map(({ consumer }) => consumer.leave()))
    for (const topic of topics.splice(0)) await driver().remove(topic)
    changes.length = 0
  })
  afterAll(() => opened?.close())

  const facts = async (address: string) => {
    const found = await driver().facts(address)
    if (found.mode !== 'log') throw new Error(`facts of a log came as ${found.mode}`)
    return found
  }
  return {
    driver,
    changes,
    declare: async (settings = { partitions: 3 }) => {
      const address = uniqueName('kafka')
      await driver().declare({ address, mode: 'log', settings, owned: true })
      topics.push(address)
      return address
    },
    attach: async (address, group, name = uniqueName('reader'), settings = {}) => {
      const recorder = await attachRecorder(driver(), { name, address, mode: 'log', group, settings })
      recorders.push(recorder)
      return recorder
    },
    publish: (address, draft) => driver().publish(address, draftOf(draft)),
    facts,
    groupFacts: async (address, group) =>
      (await facts(address)).groups.find((entry) => entry.group === group),
    kcatWrites: async (address, lines, more = []) => {
      const child = spawn('kcat', ['-P', '-b', url(), '-t', address, ...more], {
        stdio: ['pipe', 'ignore', 'pipe'],
      })
      child.stdin.end(lines)
      const [code] = await once(child, 'exit')
      if (code !== 0) throw new Error(`kcat ended with ${code}`)
    },
    kcatJoins: (address, group) => {
      const child = spawn(
        'kcat',
        ['-b', url(), '-X', 'session.timeout.ms=6000', '-u', '-q', '-f', '%p %s\n', '-G', group, address],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      )
      children.push(child)
      const lines: string[] = []
      createInterface({ input: child.stdout }).on('line', (line) => void lines.push(line))
      return {
        lines,
        stop: async () => {
          child.kill('SIGTERM')
          await ended(child)
        },
      }
    },
  }
}

export const textsOf = (all: readonly Recorder[]) => all.flatMap((recorder) => recorder.texts())
export const partitionsRead = (recorder: Recorder) =>
  new Set(recorder.deliveries().map(({ address }) => (address.kind === 'offset' ? address.partition : -1)))
export const heard = (recorder: Recorder, text: string, timeoutMs = 15_000) =>
  until(`"${text}"`, () => recorder.texts().includes(text), { timeoutMs })
