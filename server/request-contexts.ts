import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'

type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** From this version on (nodejs.org/docs/latest-v24.x/api/async_context.html) a context costs nothing where it is not read. */
const CHEAP_SINCE_NODE = 24
const cheapHere = Number(process.versions.node.split('.')[0]) >= CHEAP_SINCE_NODE

/**
 * Disables Next's storage of request contexts whenever no request is under way. On an older Node, an AsyncLocalStorage that
 * has run once slows down every promise of the process from then on, and a message takes some hundred promises through the
 * clients and the rooms. The next request enables it again by itself.
 *
 * Call it before Next is loaded, because Next creates its storages from the global `AsyncLocalStorage` where there is one.
 */
export function createRequestContexts(areCheap = cheapHere): (serve: Serve) => Serve {
  if (areCheap) return (serve) => serve
  const contexts = new Set<AsyncLocalStorage<unknown>>()
  class Noted<T> extends AsyncLocalStorage<T> {
    constructor() {
      super()
      contexts.add(this)
    }
  }
  Object.assign(globalThis, { AsyncLocalStorage: Noted })

  let underWay = 0
  const end = () => {
    underWay -= 1
    if (underWay === 0) for (const context of contexts) context.disable()
  }
  // A page that is closed closes its response at once: what serves it goes on, and needs its context to the end.
  return (serve) => (request, response) => {
    underWay += 1
    const closed = new Promise<void>((resolve) => response.once('close', resolve))
    const served = serve(request, response)
    void Promise.allSettled([served, closed]).then(end)
    return served
  }
}
