import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recipe as kafka } from '#lib/brokers/kafka/recipe.ts'
import { managementUrlBeside } from '#lib/brokers/rabbitmq/broker-urls.ts'
import { recipe as rabbitmq } from '#lib/brokers/rabbitmq/recipe.ts'
import type { LaunchPlan, Recipe } from '#lib/brokers/recipe.ts'
import { recipe as redis } from '#lib/brokers/redis/recipe.ts'
import { findOrInstall } from '#lib/launcher/install.ts'
import { createProgramJob } from '#lib/launcher/jobs.ts'
import { choosePorts } from '#lib/launcher/ports.ts'
import { startTimeOf } from '#lib/launcher/process-identity.mjs'
import { awaitReady } from '#lib/launcher/start-broker.ts'
import { type SupervisedBroker, superviseBroker } from '#lib/launcher/supervised-broker.ts'
import type { GivenBrokers, TestBrokers } from './brokers.ts'
import { until } from './until.ts'

const recipes = { rabbitmq, redis, kafka }
export type TestSystem = keyof typeof recipes

/** A broker for one test: its real process can be killed and started again on the same port with the same data. */
export interface OwnBroker {
  url: string
  managementUrl?: string
  port: number
  /** SIGKILL to the broker itself (redis-server, the Erlang or Java virtual machine); resolves once it is gone. */
  kill9(): Promise<void>
  /** Starts it again; resolves with its handshake. Does nothing while it runs. */
  start(): Promise<void>
  /** SIGSTOP to its processes, through its supervisor, which lets them go on when this process is gone. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** A polite stop; resolves once it is gone. */
  stop(): Promise<void>
  /** Ends it and removes its data. Idempotent. */
  close(): Promise<void>
}

async function run(
  recipe: Recipe,
  folder: string,
  createPorts: () => ReturnType<typeof choosePorts>,
): Promise<SupervisedBroker> {
  const announce = (what: string) => process.stdout.write(`${recipe.label} for tests: installing ${what}\n`)
  const program = await findOrInstall(recipe, { announce })
  const running = await superviseBroker({
    folder,
    dataFolders: recipe.dataFolders,
    restart: false,
    createJob: async () => createProgramJob(recipe, program, folder, await createPorts()),
  })
  try {
    await awaitReady(running, recipe)
  } catch (error) {
    const lines = running.state()?.lastLines.join('\n') ?? ''
    await running.release()
    throw new Error(`${recipe.label} for tests did not start\n${lines}`, { cause: error })
  }
  return running
}

const gone = (running: SupervisedBroker) =>
  until(`${running.folder} to be left by its supervisor`, () => !running.isSupervised())

/**
 * Starts one isolated broker with free ports and a temporary folder. It ends with this process at the latest. `change` makes it
 * another than `npm start` would start, each time it is started: with TLS on a further port, with users, in a cluster.
 */
export async function startOwnBroker(
  system: TestSystem,
  change: (plan: LaunchPlan) => LaunchPlan = (plan) => plan,
): Promise<OwnBroker> {
  const usual = recipes[system]
  const recipe: Recipe = { ...usual, plan: async (...given) => change(await usual.plan(...given)) }
  const folder = await mkdtemp(join(tmpdir(), `switchboard-${system}-`))
  const ports = await choosePorts(recipe, false)
  const begin = () => run(recipe, folder, async () => ports)
  let running: SupervisedBroker | undefined = await begin()
  const { url, addresses, port } = running.launched

  const stop = async () => {
    await running?.release()
    running = undefined
  }
  const kill9 = async () => {
    const broker = running?.state()?.broker
    if (!running || !broker) throw new Error(`${system} does not run: nothing to kill`)
    process.kill(-broker.pid, 'SIGKILL')
    await until(`${system} to be gone`, () => startTimeOf(broker.pid) === null)
    await gone(running)
    await stop()
  }
  const stand = async (stands: 'paused' | null) => {
    if (!(await running?.setFault(stands))) throw new Error(`${system} cannot be ${stands ?? 'resumed'}`)
  }
  return {
    url,
    port,
    ...(addresses.management ? { managementUrl: addresses.management } : {}),
    kill9,
    pause: () => stand('paused'),
    resume: () => stand(null),
    async start() {
      running ??= await begin()
    },
    stop,
    async close() {
      // Its data goes with it: no need for the seconds of a clean stop.
      if (running?.state()?.broker) await kill9()
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** One that somebody keeps running is left running. */
const usedOrOwn = async <T extends { url: string }>(
  system: TestSystem,
  given: T | undefined,
): Promise<T | OwnBroker> => given ?? startOwnBroker(system)

async function startAll(given: GivenBrokers): Promise<{ brokers: TestBrokers; close(): Promise<void> }> {
  const all = await Promise.all([
    usedOrOwn('rabbitmq', given.rabbitmq),
    usedOrOwn('redis', given.redis),
    usedOrOwn('kafka', given.kafka),
  ])
  const [one, two, three] = all
  return {
    brokers: {
      rabbitmq: { url: one.url, managementUrl: one.managementUrl ?? managementUrlBeside(one.url) },
      redis: { url: two.url },
      kafka: { url: three.url },
    },
    close: async () => {
      await Promise.all(all.map((broker) => ('close' in broker ? broker.close() : undefined)))
    },
  }
}

interface Shared {
  users: number
  started: ReturnType<typeof startAll>
}
/** Every test project runs the same global setup in this process, each with modules of its own: they share one set. */
const SHARED = Symbol.for('switchboard.test.brokers')
const holder = globalThis as { [SHARED]?: Shared }

/** All three, side by side, for a whole test run. Ends with this process at the latest. */
export async function startTestBrokers(
  given: GivenBrokers = {},
): Promise<{ brokers: TestBrokers; close(): Promise<void> }> {
  const shared = holder[SHARED] ?? { users: 0, started: startAll(given) }
  holder[SHARED] = shared
  shared.users += 1
  const { brokers, close } = await shared.started
  return {
    brokers,
    close: async () => {
      shared.users -= 1
      if (shared.users > 0) return
      delete holder[SHARED]
      await close()
    },
  }
}
