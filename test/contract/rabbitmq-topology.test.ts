import { once } from 'node:events'
import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createDriver } from '#lib/brokers/rabbitmq/driver.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { quietLog } from './support/contract-bench.ts'
import {
  connectionsNamed,
  createRabbitBench,
  draft,
  factsBecome,
  management,
  queueFacts,
  states,
} from './support/rabbitmq-bench.ts'

const bench = createRabbitBench()
const queueSpec = (address: string, owned: boolean) => ({
  address,
  mode: 'queue' as const,
  settings: {},
  owned,
})

describe('declaring', () => {
  it('makes a queue as a plain client would: not durable, not exclusive, not auto-delete, no arguments', async () => {
    const { driver } = await bench.open()
    const address = uniqueName('plain')
    const declared = await driver.declare(queueSpec(address, true))
    expect(declared).toEqual({ traits: ['not durable', 'classic'], existed: false })
    const { channel } = await bench.outside()
    const same = { durable: false, exclusive: false, autoDelete: false }
    expect(await channel.assertQueue(address, same)).toMatchObject({ queue: address })
    await driver.remove(address)
  })

  it('uses a queue that exists as it is, and never deletes one that is not its own', async () => {
    const { driver } = await bench.open()
    const { channel } = await bench.outside()
    const address = uniqueName('theirs')
    await channel.assertQueue(address, { durable: true, arguments: { 'x-max-length': 10 } })
    bench.undo.push(() => channel.deleteQueue(address))
    channel.sendToQueue(address, Buffer.from('waits'))
    const { traits } = await driver.declare(queueSpec(address, false))
    expect(traits).toEqual(['durable', 'classic', 'x-max-length 10'])
    await driver.remove(address)
    expect(await channel.checkQueue(address)).toMatchObject({ messageCount: 1 })
  })

  it('deletes its own queues when they are removed', async () => {
    const { driver } = await bench.open()
    const address = uniqueName('ours')
    await driver.declare(queueSpec(address, true))
    await driver.remove(address)
    await expect(queueFacts(driver, address)).rejects.toMatchObject({ code: 'destination-not-found' })
  })

  it('says what the broker refuses, with its reason, and harms nothing else', async () => {
    const { driver, faults } = await bench.open()
    const address = await bench.declare(driver)
    const { channel } = await bench.outside()
    const taken = uniqueName('exclusive')
    await channel.assertQueue(taken, { exclusive: true })
    await expect(driver.declare(queueSpec(taken, false))).rejects.toMatchObject({
      code: 'broker-refused',
      detail: { replyCode: 405, reason: expect.stringContaining('RESOURCE_LOCKED') },
    })
    await expect(driver.declare(queueSpec('amq.reserved', true))).rejects.toMatchObject({
      code: 'broker-refused',
      detail: { replyCode: 403 },
    })
    await expect(bench.attach(driver, uniqueName('nowhere'))).rejects.toMatchObject({
      code: 'broker-refused',
      detail: { replyCode: 404 },
    })
    expect((await driver.publish(address, draft('fine'))).outcome).toBe('published')
    expect(faults).toEqual([])
  })
})

describe('a queue that was deleted under its workers', () => {
  it('is declared anew with the properties it had, so that the program that made it finds what it expects', async () => {
    const { driver } = await bench.open()
    const { channel } = await bench.outside()
    const address = uniqueName('theirs')
    const options = { durable: true, arguments: { 'x-max-length': 10 } }
    await channel.assertQueue(address, options)
    bench.undo.push(() => channel.deleteQueue(address))
    await driver.declare(queueSpec(address, false))
    const worker = await bench.attach(driver, address)
    await channel.deleteQueue(address)
    await until('the worker to be back', () => states(worker).join() === 'attached,attaching,attached')
    expect(await channel.assertQueue(address, options)).toMatchObject({ consumerCount: 1 })
  })
})

describe('facts', () => {
  it('without the management API hold what AMQP says, and null for the rest', async () => {
    const nobody = 'http://guest:guest@127.0.0.1:9'
    const { driver } = await bench.open({ managementUrl: nobody })
    const address = await bench.declare(driver)
    await driver.publish(address, draft('waits'))
    expect(await queueFacts(driver, address)).toEqual({
      mode: 'queue',
      ready: 1,
      unacked: null,
      unackedMaxAgeMs: null,
      consumers: 0,
      durable: false,
      outside: 0,
      pending: [],
      deadLetters: null,
      partitions: [],
    })
  })

  it('say whether a queue is durable', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    await factsBecome(driver, address, { durable: false })
  })
})

describe('opening', () => {
  const statusOf = async (url: string) => {
    const driver = createDriver({ url, clientName: uniqueName('rabbit'), log: quietLog })
    bench.undo.push(() => driver.close())
    driver.open()
    const status = await until('a reason', () => driver.status.status === 'down' && driver.status)
    return status.status === 'down' ? status.reason : undefined
  }

  it('with a wrong password reports a failed authentication', async () => {
    const url = new URL(testBrokers().rabbitmq.url)
    url.password = 'wrong'
    const reason = await statusOf(url.toString())
    expect(reason).toMatchObject({ code: 'authentication', text: expect.stringContaining('ACCESS_REFUSED') })
  })

  it('of a virtual host that does not exist reports a failed authentication', async () => {
    const url = new URL(testBrokers().rabbitmq.url)
    url.pathname = `/${uniqueName('vhost')}`
    expect(await statusOf(url.toString())).toMatchObject({ code: 'authentication' })
  })

  it('at a port of another protocol reports the wrong protocol', async () => {
    const web = createServer().listen(0, '127.0.0.1')
    bench.undo.push(() => new Promise((resolve) => web.close(resolve)))
    await once(web, 'listening')
    const address = web.address()
    const port = typeof address === 'object' ? address?.port : undefined
    expect(await statusOf(`amqp://127.0.0.1:${port}`)).toMatchObject({ code: 'wrong-protocol' })
  })
})

describe('closing', () => {
  it('ends every connection of the driver on the broker, each of which was named after its role', async () => {
    const { driver, clientName } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address)
    const names = await until('three connections', async () => {
      const found = await connectionsNamed(clientName)
      return found.length === 3 && found.map((one) => one.user_provided_name).sort()
    })
    const roles = ['control', `${address}/${worker.spec.name}`, 'publisher']
    expect(names).toEqual(roles.map((role) => `${clientName}:${role}`).sort())
    await driver.remove(address)
    await driver.close()
    await until('none', async () => (await connectionsNamed(clientName)).length === 0)
  }, 60_000)

  it('waits for the receipts due', async () => {
    const { driver } = await bench.open()
    const address = uniqueName('late')
    await driver.declare(queueSpec(address, false))
    bench.undo.push(() => management('DELETE', `/api/queues/%2F/${address}`))
    const receipts = Array.from({ length: 500 }, (_, n) => driver.publish(address, draft(`m${n}`)))
    await driver.close()
    expect(new Set((await Promise.all(receipts)).map(({ outcome }) => outcome))).toEqual(
      new Set(['published']),
    )
  })
})
