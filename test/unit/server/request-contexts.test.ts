import type { AsyncLocalStorage } from 'node:async_hooks'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createRequestContexts } from '../../../server/request-contexts.ts'

const request = () => new IncomingMessage(new Socket())

/** What Next would find, and give back at the end. */
function globalContexts() {
  const before = Reflect.get(globalThis, 'AsyncLocalStorage')
  onTestFinished(() => void Reflect.set(globalThis, 'AsyncLocalStorage', before))
  return () => new (Reflect.get(globalThis, 'AsyncLocalStorage') as typeof AsyncLocalStorage<string>)()
}

it('a request’s context is let go once no request is under way, and is there again for the next', async () => {
  const newContext = globalContexts()
  const inContext = createRequestContexts(false)
  const context = newContext()
  const seen: Array<string | undefined> = []
  const serve = inContext(async ({ url = '' }) => context.enterWith(url))
  const begin = async (url: string) => {
    const response = new ServerResponse(request())
    await serve(Object.assign(request(), { url }), response)
    seen.push(context.getStore())
    return () => response.emit('close')
  }
  const endFirst = await begin('/first')
  const endSecond = await begin('/second')
  endFirst()
  seen.push(context.getStore())
  endSecond()
  seen.push(context.getStore())
  const endThird = await begin('/third')
  endThird()
  expect(seen).toEqual(['/first', '/second', '/second', undefined, '/third'])
})
