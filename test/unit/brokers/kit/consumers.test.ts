import { expect, test, vi } from 'vitest'
import type { AttachedConsumer } from '#lib/brokers/contract.ts'
import { createConsumers } from '#lib/brokers/kit/consumers.ts'
import { createDeferred } from '#lib/util/deferred.ts'

function consumerOf(address: string): AttachedConsumer {
  const nothing = async () => undefined
  return {
    spec: { name: 'worker-1', address, mode: 'queue', settings: {} },
    pause: nothing,
    resume: nothing,
    leave: nothing,
    crash: nothing,
    update: nothing,
    settle: nothing,
    seek: nothing,
  }
}

test('a consumer is listed from being attached until it ends', async () => {
  const consumers = createConsumers<AttachedConsumer>()
  let end: () => void = () => undefined
  const consumer = await consumers.attach(async (onEnded) => {
    end = onEnded
    return consumerOf('jobs')
  })
  expect(consumers.of('jobs')).toEqual([consumer])
  expect(consumers.of('other')).toEqual([])
  end()
  expect(consumers.all()).toEqual([])
})

test('a consumer that ends while it attaches is never listed', async () => {
  const consumers = createConsumers<AttachedConsumer>()
  await consumers.attach(async (onEnded) => {
    onEnded()
    return consumerOf('jobs')
  })
  expect(consumers.all()).toEqual([])
})

test('closing waits for those that attach, and makes all others leave', async () => {
  const consumers = createConsumers<AttachedConsumer>()
  const attached = await consumers.attach(async () => consumerOf('jobs'))
  const gaveUp = createDeferred<AttachedConsumer>()
  consumers.closing.addEventListener('abort', () => gaveUp.reject(new Error('closing')))
  const attaching = expect(consumers.attach(() => gaveUp.promise)).rejects.toThrow('closing')
  const leave = vi.fn(async () => undefined)
  await consumers.close(leave)
  await attaching
  expect(leave.mock.calls).toEqual([[attached]])
})
