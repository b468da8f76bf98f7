import { startDashboard } from '../test/support/dashboard.ts'
import { startTestBrokers } from '../test/support/start-brokers.ts'
import { measureBrowser } from './browser.ts'
import { CELL_GROUPS, openGroup } from './cells.ts'
import { measureFanout } from './fanout.ts'
import { measureLatency } from './latency.ts'
import { measureLedger } from './ledger.ts'
import { measureMemory } from './memory.ts'
import { measureRecording } from './recording.ts'
import { printTables, type Results } from './report.ts'
import { measureRest } from './rest.ts'
import { startHelper } from './support/child.ts'
import { measureThroughput } from './throughput.ts'
import { measureViews } from './views.ts'

/**
 * Measures what the dashboard adds to the bare client libraries, on real brokers of its own, bare and through
 * interleaved in one run. `--json` prints one JSON object as the last line; `--only latency,browser` runs a part.
 */
const PARTS = [
  'ledger',
  'recording',
  'latency',
  'throughput',
  'fanout',
  'rest',
  'browser',
  'views',
  'memory',
] as const
type Part = (typeof PARTS)[number]

const argument = (name: string) =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.split('=')[1] ??
  process.argv[process.argv.indexOf(`--${name}`) + 1]
const wanted = process.argv.some((word) => word.startsWith('--only'))
  ? (argument('only') ?? '').split(',')
  : PARTS
const wants = (part: Part) => wanted.includes(part)
const say = (words: string) => process.stderr.write(`${words}\n`)

async function main(): Promise<void> {
  const results: Results = {}
  const measure = async <P extends Part>(part: P, run: () => Promise<NonNullable<Results[P]>>) => {
    if (!wants(part)) return
    say(`measuring ${part} …`)
    try {
      results[part] = await run()
    } catch (error) {
      // The other parts took minutes too: what they measured is worth telling.
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
    for (const plans of wants('latency') || wants('throughput') ? CELL_GROUPS : []) {
      const { cells, close } = await openGroup(plans, brokers, dashboard)
      const [latency, throughput] = [results.latency, results.throughput]
      await measure('latency', async () => ({
        ...latency,
        ...(await measureLatency(cells, echoPort, dashboard.url)),
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
    await measure('views', () => measureViews(dashboard))
    await measure('memory', () => measureMemory(brokers))
  } finally {
    echo.stop()
    await dashboard.close()
    await stopBrokers()
  }
}

await main()
