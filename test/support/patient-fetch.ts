const TOO_MANY_REQUESTS = 429
const MS_PER_SECOND = 1_000

/** `fetch` for tests that poll: when the server's limit refuses a request, it waits as long as the answer says and asks again. */
export async function patientFetch(url: string, init: RequestInit): Promise<Response> {
  for (;;) {
    const response = await fetch(url, init)
    if (response.status !== TOO_MANY_REQUESTS) return response
    const { retryAfterMs = MS_PER_SECOND } = (await response.json()) as { retryAfterMs?: number }
    await new Promise((resolve) => setTimeout(resolve, retryAfterMs))
  }
}
