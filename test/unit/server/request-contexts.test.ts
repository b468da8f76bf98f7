import type { AsyncLocalStorage } from 'node:async_hooks'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createDeferred } from '#lib/util/deferred.ts'
import { createRequestContexts } from '../../../server/request-contexts.ts'

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
const request = () => new IncomingMessage(new Socket())

/** What Next would find, and give back at the end. */
function globalContexts() {
  const before = Reflect.get(globalThis, 'AsyncLocalStorage')
  onTestFinished(() => void Reflect.set(globalThis, 'AsyncLocalStorage', before))
  return () => new (Reflect.get(globalThis, 'AsyncLocalStorage') as typeof AsyncLocalStorage<string>)()
}

/** Requests as a server has them, each with a way to end it. */
function served(contextOf: () => AsyncLocalStorage<string>) {
  const inContext = createRequestContexts(false)
  const context = contextOf()
  const begin = async (url: string) => {
    const response = new ServerResponse(request())
    const handled = createDeferred<void>()
    const serve = inContext(async ({ url = '' }) => {
      context.enterWith(url)
      await handled.promise
    })
    const answered = serve(Object.assign(request(), { url }), response)
    return {
      close: () => response.emit('close'),
      finish: async () => {
        handled.resolve()
        await answered
      },
    }
  }
  return { context, begin }
}

it('a request’s context is disabled once no request is under way, and works again for the next', async () => {
  const { context, begin } = served(globalContexts())
  const first = await begin('/first')
  const second = await begin('/second')
  await first.finish()
  first.close()
  await settled()
  expect(context.getStore()).toBe('/second')
  await second.finish()
  second.close()
  await settled()
  expect(context.getStore()).toBeUndefined()
  await begin('/third')
  expect(context.getStore()).toBe('/third')
})

it('a request whose page was closed keeps its context for as long as it is served', async () => {
  const { context, begin } = served(globalContexts())
  const only = await begin('/only')
  only.close()
  await settled()
  expect(context.getStore()).toBe('/only')
  await only.finish()
  await settled()
  expect(context.getStore()).toBeUndefined()
})
