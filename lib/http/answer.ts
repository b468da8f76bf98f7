/** Answers tell of this moment: nothing between here and the caller may keep one. */
const NO_STORE = { 'cache-control': 'no-store' }

export const json = (status: number, value: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json', ...NO_STORE, ...headers },
  })

export const noContent = (): Response => new Response(null, { status: 204, headers: NO_STORE })

export const text = (contentType: string, value: string): Response =>
  new Response(value, { headers: { 'content-type': contentType, ...NO_STORE } })
