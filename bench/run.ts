import { startDashboard } from '../test/support/dashboard.ts'
import { startTestBrokers } from '../test/support/start-brokers.ts'
import { measureBrowser } from './browser.ts'
import { cellGroups, openGroup } from './cells.ts'
import { measureFanout } from './fanout.ts'
import { measureHostile } from './hostile.ts'
import { measureLatency } from './latency.ts'
import { measureLedger } from './ledger.ts'
import { measureLoneMessages } from './lone.ts'
import { measureMemory } from './memory.ts'
import { measureRecording } from './recording.ts'
import { printTables, type Results } from './report.ts'
import { measureRest } from './rest.ts'
import { startHelper } from './support/child.ts'
import { measureThroughput } from './throughput.ts'
import { measureViews } from './views.ts'
import { measureWorkshop } from './workshop.ts'

/**
 * Measures what the dashboard adds to the bare client libraries, on real brokers of its own, bare and through
 * interleaved in one run.
 */
const USAGE = `usage: npm run bench -- [--only part,part] [--cells cell,cell] [--views view,view] [--seconds n] [--phones n] [--json]
  --json   prints one JSON object as the last line
  --cells  measures latency, lone messages and throughput in some cells, such as rabbitmq, 'redis queue' or 'kafka fanout'
  --views  measures some views: matrix, flow or timeline
  --only   runs some parts:
    ledger      events a second that the ledger takes in
    recording   opening and stepping through a recording
    latency     one message after another, without a pause: bare client, Socket.IO echo, dashboard
    lone        one message, 11 ms apart: what a lone message costs. A loop without pauses hides that: there every
                process is awake. Bare client and dashboard by turns, p50 and p99, and their difference
    throughput  messages a second, every copy arrived
    fanout      events a second to 100 sockets
    rest        event-loop delay with many idle consumers
    browser     what a page costs
    views       from arrival in the page to the screen
    memory      heap after 100,000 and after 1,000,000 messages
    hostile     resident memory while and after clients never read, flood, fill rooms and send nonsense; and what 50 sockets
                that flood and 10,000 joins cost a calm caller; --seconds says how
                long (60 by default, an hour is 3600)
    workshop    a hall of phones, each with a consumer of its own: joins, one send seen by all, memory, peace; --phones says
                how many (500 by default)
`

const PARTS = [
  'ledger',
  'recording',
  'latency',
  'lone',
  'throughput',
  'fanout',
  'rest',
  'browser',
  'views',
  'memory',
  'hostile',
  'workshop',
] as const
type Part = (typeof PARTS)[number]

const argument = (name: string) =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.split('=')[1] ??
  (process.argv.includes(`--${name}`) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : undefined)
const wanted = process.argv.some((word) => word.startsWith('--only'))
  ? (argument('only') ?? '').split(',')
  : PARTS
const wants = (part: Part) => wanted.includes(part)
const wantedCells = argument('cells')?.split(',')
const say = (words: string) => process.stderr.write(`${words}\n`)

async function main(): Promise<void> {
  if (process.argv.includes('--help')) return void process.stdout.write(USAGE)
  const results: Results = {}
  const measure = async <P extends Part>(part: P, run: () => Promise<NonNullable<Results[P]>>) => {
    if (!wants(part)) return
    say(`measuring ${part} …`)
    try {
      results[part] = await run()
    } catch (error) {
      // The other parts took minutes too: their figures are still printed.
      say(`${part} failed: ${error instanceof Error ? error.stack : String(error)}`)
      process.exitCode = 1
    }
  }
  await measure('ledger', async () => measureLedger())
  await measure('recording', measureRecording)
  if (PARTS.some((part) => part !== 'ledger' && part !== 'recording' && wants(part)))
    await onBrokers(measure, results)
  printTables(results)
  if (process.argv.includes('--json')) console.log(JSON.stringify(results))
}

type Measure = <P extends Part>(part: P, run: () => Promise<NonNullable<Results[P]>>) => Promise<void>

async function onBrokers(measure: Measure, results: Results): Promise<void> {
  say('starting RabbitMQ, Redis and Kafka …')
  const { brokers, close: stopBrokers } = await startTestBrokers()
  const dashboard = await startDashboard(brokers, { LOG_LEVEL: 'warn' })
  await dashboard.attached()
  const echo = startHelper('echo-server')
  const { port: echoPort } = await echo.next<{ port: number }>('listening')
  try {
    const wantsCells = wants('latency') || wants('lone') || wants('throughput')
    for (const plans of wantsCells ? cellGroups(wantedCells) : []) {
      const { cells, close } = await openGroup(plans, brokers, dashboard)
      const { latency, lone, throughput } = results
      await measure('latency', async () => ({
        ...latency,
        ...(await measureLatency(cells, echoPort, dashboard.url)),
      }))
      await measure('lone', async () => ({
        ...lone,
        ...(await measureLoneMessages(cells, echoPort, dashboard.url)),
      }))
      await measure('throughput', async () => ({
        ...throughput,
        ...(await measureThroughput(cells, dashboard)),
      }))
      await close()
    }
    await measure('fanout', () => measureFanout(dashboard, echo, echoPort))
    await measure('rest', () => measureRest(dashboard))
    await measure('browser', () => measureBrowser(dashboard))
    await measure('views', () => measureViews(dashboard, argument('views')?.split(',')))
    await measure('memory', () => measureMemory(brokers))
    const seconds = Number(argument('seconds'))
    const phones = Number(argument('phones'))
    await measure('workshop', () => measureWorkshop(dashboard, phones > 0 ? phones : undefined))
    await measure('hostile', () => measureHostile(brokers, seconds > 0 ? seconds : undefined))
  } finally {
    echo.stop()
    await dashboard.close()
    await stopBrokers()
  }
}

await main()
