import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import type { YieldWhenDue } from '../yield-to-browser.ts'

/** Makes one after another, with rests between them. */
export async function inTurn<T, U>(
  items: readonly T[],
  yieldWhenDue: YieldWhenDue,
  make: (item: T) => U | Promise<U>,
) {
  const made: U[] = []
  for (const item of items) {
    made.push(await make(item))
    await yieldWhenDue()
  }
  return made
}

/** Pieces that are rendered at once: each call of the renderer costs some, and so many take a few milliseconds. */
const PIECES_AT_ONCE = 20

/** React's markup of many pieces, in slices: all at once would keep the page busy for seconds. */
export async function renderInSlices<T>(
  items: readonly T[],
  yieldWhenDue: YieldWhenDue,
  piece: (item: T) => ReactNode,
): Promise<string> {
  const slices: string[] = []
  for (let from = 0; from < items.length; from += PIECES_AT_ONCE) {
    const slice = items.slice(from, from + PIECES_AT_ONCE)
    slices.push(renderToStaticMarkup(slice.map(piece)))
    await yieldWhenDue()
  }
  return slices.join('')
}

/** An element's content that React has rendered before. */
export const rendered = (markup: string) => ({ dangerouslySetInnerHTML: { __html: markup } })
