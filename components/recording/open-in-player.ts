import { pageAddress } from '#lib/util/page-address.ts'

/** Passes a recording from one page of the dashboard to the player page that it opened. */
const REQUEST = 'switchboard.recording.asks'
const RESPONSE = 'switchboard.recording.gives'

const isSameOrigin = (event: MessageEvent): boolean => event.origin === location.origin

/** Opens the player in a new tab and sends it the file. Returns false if the browser opens no tab. */
export function openInPlayer(file: File): boolean {
  const tab = window.open(pageAddress('/play'))
  if (!tab) return false
  const onRequest = (event: MessageEvent): void => {
    if (!isSameOrigin(event) || event.source !== tab || event.data !== REQUEST) return
    removeEventListener('message', onRequest)
    tab.postMessage({ [RESPONSE]: file }, location.origin)
  }
  addEventListener('message', onRequest)
  return true
}

/** In the player: requests the file from the page that opened it. Returns a function that stops listening. */
export function requestFileFromOpener(onFile: (file: File) => void): () => void {
  const opener: unknown = window.opener
  const onResponse = (event: MessageEvent): void => {
    if (!isSameOrigin(event)) return
    const file: unknown = (event.data as Record<string, unknown> | null)?.[RESPONSE]
    if (file instanceof File) onFile(file)
  }
  addEventListener('message', onResponse)
  if (opener) (opener as Window).postMessage(REQUEST, location.origin)
  return () => removeEventListener('message', onResponse)
}
