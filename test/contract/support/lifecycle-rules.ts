import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import type { DriverStatus } from '#lib/brokers/contract.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { type ContractBench, draftOf, unusedPort } from './contract-bench.ts'

/** "At once" for a refusal that asks nobody: far below any network timeout, far above a busy machine's hiccup. */
const AT_ONCE_MS = 500

const openSockets = () =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length

export function registerLifecycleRules(bench: ContractBench): void {
  registerOpeningRules(bench)
  registerAwayRules(bench)
  registerClosingRules(bench)
}

function registerOpeningRules(bench: ContractBench): void {
  it('is up with the version of its broker once opened, and reports it', async () => {
    const driver = bench.makeDriver()
    const reported: DriverStatus[] = []
    driver.onStatus((status) => void reported.push(status))
    expect(driver.status.status).not.toBe('up')
    driver.open()
    const up = await until('up', () => reported.find(({ status }) => status === 'up'))
    expect(up).toMatchObject({ status: 'up', version: expect.stringMatching(/^\d+\.\d+/) })
    expect(driver.status).toEqual(up)
  })

  it('takes a declaration again without a word', async () => {
    const driver = bench.driver()
    const address = uniqueName('contract')
    const settings = bench.subject.destinationSettings ?? {}
    const spec = { address, mode: bench.subject.mode, settings, owned: true }
    const first = await driver.declare(spec)
    expect(first.traits.length).toBeGreaterThan(0)
    // RabbitMQ's management API tells some traits, and is not waited for when it is slow.
    await until('the same traits', async () =>
      isDeepStrictEqual((await driver.declare(spec)).traits, first.traits),
    )
    await driver.remove(address)
  })
}

function registerAwayRules(bench: ContractBench): void {
  it('refuses at once while its broker is away, says why, and goes on trying', async () => {
    const driver = bench.makeDriver({ url: bench.subject.urlAt(await unusedPort()) })
    const address = uniqueName('contract')
    const group = bench.can.groups ? { group: uniqueName('group') } : {}
    const spec = { name: 'nobody', address, mode: bench.subject.mode, settings: {}, ...group }
    driver.open()
    const startedAt = Date.now()
    await expect(driver.publish(address, draftOf('lost?'))).rejects.toMatchObject({ code: 'broker-down' })
    expect(Date.now() - startedAt).toBeLessThan(AT_ONCE_MS)
    await expect(driver.attach(spec, () => undefined)).rejects.toMatchObject({ code: 'broker-down' })
    await expect(driver.facts(address)).rejects.toMatchObject({ code: 'broker-down' })
    const status = await until('a second try', () => {
      const { status } = driver
      return status.status !== 'up' && status.tries >= 2 ? status : undefined
    })
    expect(status.reason.code).toBe('refused')
    expect(status.reason.text).not.toBe('')
  })

  it('refuses before it was opened and after it was closed', async () => {
    const driver = bench.makeDriver()
    await expect(driver.publish('nowhere', draftOf('x'))).rejects.toMatchObject({ code: 'broker-down' })
    await driver.close()
    await expect(driver.publish('nowhere', draftOf('x'))).rejects.toMatchObject({ code: 'broker-down' })
  })
}

function registerClosingRules(bench: ContractBench): void {
  it('ends everything when closed, however often, and reports nothing afterwards', async () => {
    const other = bench.driver()
    const address = await bench.declare(other)
    const before = openSockets()
    const driver = await bench.openDriver()
    await bench.adopt(address, driver)
    const recorder = await bench.attach(address, { driver })
    await bench.publish(address, 'before', driver)
    await until('the message', () => recorder.texts().includes('before'))
    await Promise.all([driver.close(), driver.close()])
    await driver.close()
    const emitted = recorder.events.length
    expect(driver.status.status).toBe('down')
    await bench.publish(address, 'after', other)
    await until('its sockets to be gone', () => openSockets() <= before)
    expect(recorder.events.slice(emitted)).toEqual([])
    expect(recorder.texts()).toEqual(['before'])
  })
}
