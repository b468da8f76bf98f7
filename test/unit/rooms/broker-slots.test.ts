import { describe, expect, it } from 'vitest'
import { type BrokerStatus, brokerStatusSchema } from '#lib/protocol/status.ts'
import { LocalBrokerSlots } from '#lib/rooms/broker-slots.ts'
import { createScriptedDriver, LOST, UP } from '#test/support/scripted-driver.ts'

const hints = [{ where: 'Docker', command: 'docker compose up' }]

describe('broker slots', () => {
  it("the launcher's status counts until there is a driver, then the driver's", () => {
    const slots = new LocalBrokerSlots({ systems: ['redis'] })
    const reported: BrokerStatus[] = []
    slots.onStatus((status) => reported.push(status))
    expect(slots.status('redis')).toMatchObject({ status: 'connecting', reason: { code: 'looking' } })
    slots.report('redis', { status: 'down', reason: { code: 'not-found', text: 'no redis' }, hints })
    expect(slots.status('redis')).toMatchObject({ status: 'down', hints })
    const driver = createScriptedDriver('redis', LOST)
    slots.attachDriver('redis', driver, { address: '127.0.0.1:6379', origin: 'listening' })
    slots.report('redis', { status: 'down', reason: { code: 'stopped', text: '' } })
    driver.setStatus(UP)
    expect(slots.status('redis')).toMatchObject({
      status: 'up',
      version: '1.0',
      address: '127.0.0.1:6379',
      origin: 'listening',
    })
    expect(reported.map(({ status }) => status)).toEqual(['down', 'connecting', 'up'])
    for (const status of reported) brokerStatusSchema.parse(status)
  })

  it('a broker that takes no messages is not up, says why, and is up again when it takes them', () => {
    const slots = new LocalBrokerSlots({ systems: ['rabbitmq'] })
    const driver = createScriptedDriver('rabbitmq')
    slots.attachDriver('rabbitmq', driver, { address: '127.0.0.1:5672' })
    driver.setStatus({ ...UP, status: 'up', version: '1.0', blocked: 'low on memory' })
    const blocked = slots.status('rabbitmq')
    expect(blocked).toMatchObject({
      status: 'blocked',
      version: '1.0',
      reason: { code: 'blocked', text: 'low on memory' },
    })
    brokerStatusSchema.parse(blocked)
    driver.setStatus(UP)
    expect(slots.status('rabbitmq')).toMatchObject({ status: 'up' })
    expect(slots.status('rabbitmq')).not.toHaveProperty('reason')
  })

  it('`since` is when the status began, not when its details changed', async () => {
    const slots = new LocalBrokerSlots({ systems: ['redis'] })
    const driver = createScriptedDriver('redis', LOST)
    slots.attachDriver('redis', driver)
    const { since } = slots.status('redis')
    driver.setStatus({
      ...LOST,
      status: 'connecting',
      reason: { code: 'refused', text: 'ECONNREFUSED' },
      tries: 3,
    })
    expect(slots.status('redis')).toMatchObject({ since, tries: 3 })
    driver.setStatus(UP)
    expect(slots.status('redis').since).toBeGreaterThan(since)
  })

  it('emits nothing when nothing has changed', () => {
    const slots = new LocalBrokerSlots({ systems: ['redis'] })
    const driver = createScriptedDriver('redis')
    slots.attachDriver('redis', driver)
    let notified = 0
    slots.onStatus(() => {
      notified += 1
    })
    driver.setStatus({ ...UP })
    expect(notified).toBe(0)
  })

  it('retry calls the driver, or the launcher while there is none', () => {
    const asked: string[] = []
    const slots = new LocalBrokerSlots({
      systems: ['redis'],
      retryLaunch: (system) => asked.push(`launch ${system}`),
    })
    slots.retry('redis')
    const driver = createScriptedDriver('redis', LOST)
    driver.retry = () => asked.push('driver')
    slots.attachDriver('redis', driver)
    slots.retry('redis')
    expect(asked).toEqual(['launch redis', 'driver'])
    expect(() => slots.retry('nats')).toThrow(expect.objectContaining({ code: 'system-not-found' }))
  })

  it('a driver that is replaced is not listened to any more', () => {
    const slots = new LocalBrokerSlots({ systems: ['redis'] })
    const [first, second] = [createScriptedDriver('redis'), createScriptedDriver('redis')]
    slots.attachDriver('redis', first)
    slots.attachDriver('redis', second)
    first.setStatus(LOST)
    expect(slots.status('redis').status).toBe('up')
    expect(slots.driver('redis')).toBe(second)
  })
})
