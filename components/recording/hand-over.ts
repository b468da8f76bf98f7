/** How one page of the dashboard gives a recording to another one that it opened. */
const ASKS = 'switchboard.recording.asks'
const GIVES = 'switchboard.recording.gives'
const PLAYER = '/play'

const isOurs = (event: MessageEvent): boolean => event.origin === location.origin

/** Opens the player in a tab of its own and gives it the file. Answers false where the browser opens no tab. */
export function openInPlayer(file: File): boolean {
  const tab = window.open(PLAYER)
  if (!tab) return false
  const onAsk = (event: MessageEvent): void => {
    if (!isOurs(event) || event.source !== tab || event.data !== ASKS) return
    removeEventListener('message', onAsk)
    tab.postMessage({ [GIVES]: file }, location.origin)
  }
  addEventListener('message', onAsk)
  return true
}

/** In the player: asks the page that opened it for the file. Returns what ends the waiting. */
export function askOpener(onFile: (file: File) => void): () => void {
  const opener: unknown = window.opener
  const onGift = (event: MessageEvent): void => {
    if (!isOurs(event)) return
    const file: unknown = (event.data as Record<string, unknown> | null)?.[GIVES]
    if (file instanceof File) onFile(file)
  }
  addEventListener('message', onGift)
  if (opener) (opener as Window).postMessage(ASKS, location.origin)
  return () => removeEventListener('message', onGift)
}
