import { describe, expect, it, onTestFinished } from 'vitest'
import type { DriverLog } from '#lib/brokers/contract.ts'
import { parseBrokerUrls } from '#lib/brokers/rabbitmq/broker-urls.ts'
import { Management } from '#lib/brokers/rabbitmq/management.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { unusedPort } from './support/contract-bench.ts'

/** What was logged at `info` and above, by level and code. */
function recordingLog() {
  const logged: string[] = []
  const note = (level: string) => (details: object) => {
    logged.push(`${level} ${'code' in details ? details.code : ''}`)
  }
  const log: DriverLog = {
    debug: () => undefined,
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
  }
  return { log, logged }
}

function managementAt(url: string) {
  const { log, logged } = recordingLog()
  const management = new Management(parseBrokerUrls(testBrokers().rabbitmq.url, url), log)
  onTestFinished(() => management.close())
  return { management, logged }
}

describe('a management API that does not answer', () => {
  it('leaves unknown what it alone knows, and is logged once', async () => {
    const { management, logged } = managementAt(`http://guest:guest@127.0.0.1:${await unusedPort()}`)
    expect(await management.totals('anything')).toBeNull()
    expect(await management.destination('queue', 'anything')).toBeNull()
    expect(logged).toEqual(['warn management-away'])
  })

  it('because of its credentials is logged once, too', async () => {
    const url = new URL(testBrokers().rabbitmq.managementUrl)
    url.password = 'wrong'
    const { management, logged } = managementAt(url.href)
    expect(await management.totals('anything')).toBeNull()
    expect(await management.totals('anything')).toBeNull()
    expect(logged).toEqual(['warn management-away'])
  })

  it('is not logged for an answer that there is no such queue', async () => {
    const { management, logged } = managementAt(testBrokers().rabbitmq.managementUrl)
    expect(await management.destination('queue', 'there-is-none')).toBeNull()
    expect(logged).toEqual([])
  })
})
