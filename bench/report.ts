import type { Browser } from './browser.ts'
import type { Fanout } from './fanout.ts'
import { printFloods } from './floods.ts'
import type { Hostile } from './hostile.ts'
import type { Latency } from './latency.ts'
import type { LedgerFigures } from './ledger.ts'
import { type LoneMessage, printLoneMessages } from './lone.ts'
import type { Memory } from './memory.ts'
import type { RecordingFigures } from './recording.ts'
import type { Rest } from './rest.ts'
import { round } from './support/stats.ts'
import type { Throughput } from './throughput.ts'
import type { ViewFigures } from './views.ts'
import { printWorkshop, type Workshop } from './workshop.ts'

export interface Results {
  ledger?: LedgerFigures
  recording?: RecordingFigures
  latency?: Record<string, Latency>
  lone?: Record<string, LoneMessage>
  throughput?: Record<string, Throughput>
  fanout?: Fanout
  rest?: Rest
  browser?: Browser
  views?: Record<string, ViewFigures>
  memory?: Memory
  hostile?: Hostile
  workshop?: Workshop
}

const MEBIBYTE = 1024 * 1024
const thousands = (value: number) => Math.round(value).toLocaleString('en')

/** Prints what was measured as tables for a person. */
export function printTables(results: Results): void {
  printReplays(results)
  printBrokers(results)
  printPages(results)
  if (results.workshop) printWorkshop(results.workshop)
}

function printReplays({ ledger, recording }: Results): void {
  if (ledger)
    console.log(
      `\nLedger: ${thousands(ledger.eventsPerSecond)} events a second on one core; a frame of events taken in and read in ${round(ledger.frameP99, 2)} ms at p99; ${round(ledger.heapEarly / MEBIBYTE, 1)} MiB at event 100,000, ${round(ledger.heapLate / MEBIBYTE, 1)} MiB at event 1,000,000`,
    )
  if (recording) {
    console.log(
      `\nRecording of ${thousands(recording.events)} events: opened in ${round(recording.openMs, 0)} ms; a step, ms`,
    )
    console.table(
      Object.fromEntries(
        Object.entries(recording.steps).map(([name, { p50, p99 }]) => [
          name,
          { p50: round(p50, 1), p99: round(p99, 1) },
        ]),
      ),
    )
  }
}

function printBrokers({ latency, lone, throughput, fanout, rest }: Results): void {
  if (latency) {
    console.log(
      '\nLatency, ms: bare client · Socket.IO echo · through the dashboard · through ÷ (bare + echo)',
    )
    console.table(
      Object.fromEntries(
        Object.entries(latency).flatMap(([system, of]) =>
          (['p50', 'p99'] as const).map((p) => [
            `${system} ${p}`,
            {
              bare: round(of.bare[p]),
              echo: round(of.echo[p]),
              through: round(of.through[p]),
              ratio: round(of.ratio[p], 2),
            },
          ]),
        ),
      ),
    )
  }
  if (lone) printLoneMessages(lone)
  if (throughput) {
    console.log('\nThroughput, messages a second, every copy arrived')
    console.table(
      Object.fromEntries(
        Object.entries(throughput).map(([system, of]) => [
          system,
          { bare: thousands(of.bare), through: thousands(of.through), ratio: round(of.ratio, 2) },
        ]),
      ),
    )
  }
  if (fanout)
    console.log(
      `\nFan-out to 100 sockets, events a second: bare ${thousands(fanout.bare)}, through ${thousands(fanout.through)}, ratio ${round(fanout.ratio, 2)}, ${round(fanout.batch, 1)} events a batch`,
    )
  if (rest) {
    const crowd = Object.entries(rest.consumers).map(([system, count]) => `${count} on ${system}`)
    console.log(`\nAt rest with ${crowd.join(', ')}: event-loop delay ${round(rest.delayP99, 1)} ms at p99`)
  }
}

function printPages({ browser, views, memory, hostile }: Results): void {
  if (browser) {
    console.log('\nBrowser')
    console.table(browser)
  }
  if (views) {
    console.log('\nViews under load: from arrival in the page to the screen, ms')
    console.table(views)
  }
  if (memory)
    console.log(
      `\nServer heap: ${round(memory.early / MEBIBYTE, 1)} MiB after 100,000 messages, ${round(memory.late / MEBIBYTE, 1)} MiB after 1,000,000 (${round(memory.growth * 100, 1)} %)`,
    )
  if (hostile) {
    printFloods(hostile.floods)
    const mib = (bytes: number) => `${round(bytes / MEBIBYTE, 0)} MiB`
    console.log(
      `\nHostile clients for ${hostile.seconds} s (${hostile.rounds} rounds), server's resident memory: ${mib(hostile.before)} before, ${mib(hostile.peak)} at its highest, ${mib(hostile.after)} after; a calm caller waited ${round(hostile.slowestMs, 0)} ms at most`,
    )
  }
}
